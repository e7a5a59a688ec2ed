package io.headrace.cli.topic;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.CommandFailure;
import io.headrace.cli.client.Outcomes;
import io.headrace.cli.client.Session;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.CreatePartitionsRequest;
import io.headrace.protocol.message.CreatePartitionsResponse;
import io.headrace.protocol.message.IncrementalAlterConfigsRequest;
import io.headrace.protocol.message.IncrementalAlterConfigsResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Changes to topics. */
@Command(
        name = "alter",
        description = "Adds partitions to topics and changes their settings.",
        mixinStandardHelpOptions = true)
final class AlterTopicsCommand implements Callable<Integer> {
    private static final byte RESOURCE_TOPIC = 2;
    private static final byte OPERATION_SET = 0;
    private static final byte OPERATION_DELETE = 1;
    private static final int TIMEOUT_MS = 30_000;

    private final Session session;

    @Parameters(arity = "1..*", paramLabel = "TOPIC", description = "Names of the topics.")
    private List<String> names = List.of();

    @Option(
            names = {"-p", "--partitions"},
            paramLabel = "COUNT",
            description = "The new number of partitions; it can only grow.")
    private int partitions;

    @Option(
            names = {"-s", "--set", "-c", "--config"},
            paramLabel = "KEY=VALUE",
            description = "A setting to make; may be repeated.")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Option(
            names = {"-d", "--delete", "--unset"},
            paramLabel = "KEY",
            description = "A setting to give up, so that the default applies; may be repeated.")
    private List<String> deleted = List.of();

    @Option(names = "--dry-run", description = "Let the broker check without changing anything.")
    private boolean dryRun;

    AlterTopicsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (partitions == 0 && settings.isEmpty() && deleted.isEmpty()) {
            throw new CommandFailure(
                    CommandFailure.USAGE, "Nothing to change: give --partitions, --set KEY=VALUE or --delete KEY");
        }
        Outcomes outcomes = new Outcomes(session.err());
        try (Cluster cluster = session.connect()) {
            if (partitions != 0) {
                addPartitions(cluster, outcomes);
            }
            if (!settings.isEmpty() || !deleted.isEmpty()) {
                changeSettings(cluster, outcomes);
            }
        }
        return outcomes.exitCode();
    }

    private void addPartitions(Cluster cluster, Outcomes outcomes) {
        List<CreatePartitionsRequest.CreatePartitionsTopic> topics = new ArrayList<>();
        for (String name : names) {
            topics.add(new CreatePartitionsRequest.CreatePartitionsTopic()
                    .setName(name)
                    .setCount(partitions)
                    .setAssignments(null));
        }
        CreatePartitionsRequest request = new CreatePartitionsRequest()
                .setTopics(topics)
                .setTimeoutMs(TIMEOUT_MS)
                .setValidateOnly(dryRun);
        for (CreatePartitionsResponse.CreatePartitionsTopicResult result :
                cluster.ask(request, CreatePartitionsResponse.class).results()) {
            outcomes.add(result.name(), ErrorCode.forCode(result.errorCode()), result.errorMessage());
        }
    }

    private void changeSettings(Cluster cluster, Outcomes outcomes) {
        List<IncrementalAlterConfigsRequest.AlterableConfig> changes = new ArrayList<>();
        settings.forEach((key, value) -> changes.add(new IncrementalAlterConfigsRequest.AlterableConfig()
                .setName(key)
                .setConfigOperation(OPERATION_SET)
                .setValue(value)));
        deleted.forEach(key -> changes.add(new IncrementalAlterConfigsRequest.AlterableConfig()
                .setName(key)
                .setConfigOperation(OPERATION_DELETE)
                .setValue(null)));
        List<IncrementalAlterConfigsRequest.AlterConfigsResource> resources = new ArrayList<>();
        for (String name : names) {
            resources.add(new IncrementalAlterConfigsRequest.AlterConfigsResource()
                    .setResourceType(RESOURCE_TOPIC)
                    .setResourceName(name)
                    .setConfigs(changes));
        }
        IncrementalAlterConfigsRequest request =
                new IncrementalAlterConfigsRequest().setResources(resources).setValidateOnly(dryRun);
        for (IncrementalAlterConfigsResponse.AlterConfigsResourceResponse result :
                cluster.ask(request, IncrementalAlterConfigsResponse.class).responses()) {
            outcomes.add(result.resourceName(), ErrorCode.forCode(result.errorCode()), result.errorMessage());
        }
    }
}
