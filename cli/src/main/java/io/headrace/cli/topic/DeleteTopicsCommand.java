package io.headrace.cli.topic;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.Confirmation;
import io.headrace.cli.client.Outcomes;
import io.headrace.cli.client.Session;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DeleteTopicsRequest;
import io.headrace.protocol.message.DeleteTopicsResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The end of topics. */
@Command(
        name = "delete",
        aliases = "rm",
        description = "Deletes topics with all their records.",
        mixinStandardHelpOptions = true)
final class DeleteTopicsCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(arity = "1..*", paramLabel = "TOPIC", description = "Names of the topics.")
    private List<String> names = List.of();

    @Option(names = "--if-exists", description = "Do not fail when there is no such topic.")
    private boolean ifExists;

    @Mixin
    private final Confirmation confirmation = new Confirmation();

    DeleteTopicsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        confirmation.ask("Delete " + String.join(", ", names) + " with all records?", session.err());
        Outcomes outcomes = new Outcomes(session.err());
        List<DeleteTopicsRequest.DeleteTopicState> topics = new ArrayList<>();
        for (String name : names) {
            topics.add(new DeleteTopicsRequest.DeleteTopicState().setName(name));
        }
        DeleteTopicsRequest request =
                new DeleteTopicsRequest().setTopics(topics).setTimeoutMs(30_000);
        try (Cluster cluster = session.connect()) {
            DeleteTopicsResponse response = cluster.ask(request, DeleteTopicsResponse.class);
            for (DeleteTopicsResponse.DeletableTopicResult result : response.responses()) {
                ErrorCode error = ErrorCode.forCode(result.errorCode());
                boolean missing = error == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
                outcomes.add(
                        String.valueOf(result.name()),
                        missing && ifExists ? ErrorCode.NONE : error,
                        missing ? "there is no such topic" : result.errorMessage());
            }
        }
        return outcomes.exitCode();
    }
}
