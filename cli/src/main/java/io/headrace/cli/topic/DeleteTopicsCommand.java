package io.headrace.cli.topic;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.ClusterOptions;
import io.headrace.cli.client.Outcomes;
import io.headrace.cli.client.Terminal;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DeleteTopicsRequest;
import io.headrace.protocol.message.DeleteTopicsResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The end of topics. */
@Command(
        name = "delete",
        aliases = "rm",
        description = "Deletes topics with all their records.",
        mixinStandardHelpOptions = true)
final class DeleteTopicsCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "TOPIC", description = "Names of the topics.")
    private List<String> names = List.of();

    @Option(names = "--if-exists", description = "Do not fail when there is no such topic.")
    private boolean ifExists;

    @Option(
            names = {"-y", "--yes", "--force"},
            description = "Do not ask.")
    private boolean yes;

    @Override
    public Integer call() {
        Terminal.confirm(
                "Delete " + String.join(", ", names) + " with all records?",
                yes,
                spec.commandLine().getErr());
        Outcomes outcomes = new Outcomes(spec.commandLine().getErr());
        List<DeleteTopicsRequest.DeleteTopicState> topics = new ArrayList<>();
        for (String name : names) {
            topics.add(new DeleteTopicsRequest.DeleteTopicState().setName(name));
        }
        DeleteTopicsRequest request =
                new DeleteTopicsRequest().setTopics(topics).setTimeoutMs(30_000);
        try (Cluster cluster = ClusterOptions.of(spec).connect()) {
            DeleteTopicsResponse response =
                    Cluster.await(cluster.client().sendToAny(request, DeleteTopicsResponse.class));
            for (DeleteTopicsResponse.DeletableTopicResult result : response.responses()) {
                ErrorCode error = ErrorCode.forCode(result.errorCode());
                if (error == ErrorCode.NONE || (ifExists && error == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)) {
                    outcomes.done();
                } else if (error == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
                    outcomes.failed(String.valueOf(result.name()), error, "there is no such topic");
                } else {
                    outcomes.failed(String.valueOf(result.name()), error, result.errorMessage());
                }
            }
        }
        return outcomes.exitCode();
    }
}
