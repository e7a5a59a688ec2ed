package io.headrace.cli.transaction;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.CommandFailure;
import io.headrace.cli.client.Session;
import io.headrace.cli.client.TimeText;
import io.headrace.cli.output.OutputOptions;
import io.headrace.cli.output.Table;
import io.headrace.protocol.message.ListTransactionsRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The transactional ids there are. */
@Command(name = "list", aliases = "ls", description = "Lists transactional ids.", mixinStandardHelpOptions = true)
final class ListTransactionsCommand implements Runnable {
    private static final long NO_DURATION = -1;

    private final Session session;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Option(
            names = "--state",
            paramLabel = "STATE",
            split = ",",
            description = "Only in these states: Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit,"
                    + " CompleteAbort, PrepareEpochFence.")
    private List<String> states = List.of();

    @Option(
            names = {"--producer-id", "--producer-id-filter"},
            paramLabel = "ID",
            split = ",",
            description = "Only of these producers.")
    private List<Long> producerIds = List.of();

    @Option(
            names = {"--longer-than", "--duration"},
            paramLabel = "TIME",
            description = "Only transactions that have been open for longer: 500ms, 10s, 5m.")
    private @Nullable String duration;

    @Option(
            names = {"--id-pattern", "--transactional-id-pattern"},
            paramLabel = "REGEX",
            description = "Only transactional ids that match this RE2 expression as a whole.")
    private @Nullable String idPattern;

    ListTransactionsCommand(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        ListTransactionsRequest request = new ListTransactionsRequest()
                .setStateFilters(states)
                .setProducerIdFilters(producerIds)
                .setDurationFilter(durationMs())
                .setTransactionalIdPattern(idPattern);
        Table table = new Table("transactionalId", "coordinator", "producerId", "state");
        try (Cluster cluster = session.connect()) {
            new TransactionCoordinators(cluster)
                    .list(request)
                    .forEach(one ->
                            table.row(one.transactionalId(), one.coordinatorId(), one.producerId(), one.state()));
        }
        table.print(session.out(), output);
    }

    private long durationMs() {
        String text = duration;
        return text == null
                ? NO_DURATION
                : CommandFailure.parsed(() -> TimeText.duration(text).toMillis());
    }
}
