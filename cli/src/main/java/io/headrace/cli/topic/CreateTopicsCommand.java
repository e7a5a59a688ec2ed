package io.headrace.cli.topic;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.Outcomes;
import io.headrace.cli.client.Session;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.CreateTopicsRequest;
import io.headrace.protocol.message.CreateTopicsResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** New topics. */
@Command(name = "create", description = "Creates topics.", mixinStandardHelpOptions = true)
final class CreateTopicsCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(arity = "1..*", paramLabel = "TOPIC", description = "Names of the topics.")
    private List<String> names = List.of();

    @Option(
            names = {"-p", "--partitions"},
            defaultValue = "-1",
            description = "Number of partitions (default: the broker's num.partitions).")
    private int partitions = -1;

    @Option(
            names = {"-r", "--replicas", "--replication-factor"},
            defaultValue = "-1",
            description = "Number of replicas (default: the broker's default.replication.factor).")
    private short replicas = -1;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "KEY=VALUE",
            description = "A setting of the topic; may be repeated.")
    private Map<String, String> configs = new LinkedHashMap<>();

    @Option(names = "--if-not-exists", description = "Do not fail when a topic exists already.")
    private boolean ifNotExists;

    @Option(names = "--dry-run", description = "Let the broker check without creating anything.")
    private boolean dryRun;

    CreateTopicsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Outcomes outcomes = new Outcomes(session.err());
        try (Cluster cluster = session.connect()) {
            for (CreateTopicsResponse.CreatableTopicResult result :
                    cluster.ask(request(), CreateTopicsResponse.class).topics()) {
                ErrorCode error = ErrorCode.forCode(result.errorCode());
                boolean fine = ifNotExists && error == ErrorCode.TOPIC_ALREADY_EXISTS;
                outcomes.add(result.name(), fine ? ErrorCode.NONE : error, result.errorMessage());
            }
        }
        return outcomes.exitCode();
    }

    private CreateTopicsRequest request() {
        List<CreateTopicsRequest.CreatableTopicConfig> settings = new ArrayList<>();
        configs.forEach((key, value) -> settings.add(
                new CreateTopicsRequest.CreatableTopicConfig().setName(key).setValue(value)));
        List<CreateTopicsRequest.CreatableTopic> topics = new ArrayList<>();
        for (String name : names) {
            topics.add(new CreateTopicsRequest.CreatableTopic()
                    .setName(name)
                    .setNumPartitions(partitions)
                    .setReplicationFactor(replicas)
                    .setConfigs(settings));
        }
        return new CreateTopicsRequest().setTopics(topics).setTimeoutMs(30_000).setValidateOnly(dryRun);
    }
}
