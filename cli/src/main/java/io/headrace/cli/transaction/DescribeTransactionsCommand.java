package io.headrace.cli.transaction;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.Session;
import io.headrace.cli.client.TimeText;
import io.headrace.cli.output.OutputOptions;
import io.headrace.cli.output.Table;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** What the coordinators know about transactional ids. */
@Command(
        name = "describe",
        aliases = "info",
        description = "Shows producer, state and partitions of transactional ids.",
        mixinStandardHelpOptions = true)
final class DescribeTransactionsCommand implements Runnable {
    private final Session session;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Parameters(arity = "1..*", paramLabel = "ID", description = "Transactional ids.")
    private List<String> ids = List.of();

    DescribeTransactionsCommand(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Table table = new Table(
                "transactionalId",
                "producerId",
                "producerEpoch",
                "state",
                "timeoutMs",
                "started",
                "openMs",
                "partitions");
        long nowMs = System.currentTimeMillis();
        try (Cluster cluster = session.connect()) {
            TransactionCoordinators coordinators = new TransactionCoordinators(cluster);
            for (String id : ids) {
                TransactionDescription one = coordinators.describe(id);
                Long startMs = one.startMs();
                table.row(
                        one.transactionalId(),
                        one.producerId(),
                        one.producerEpoch(),
                        one.state(),
                        one.timeoutMs(),
                        startMs == null ? null : TimeText.rfc3339(startMs),
                        startMs == null ? null : Math.max(0, nowMs - startMs),
                        one.partitions());
            }
        }
        table.print(session.out(), output);
    }
}
