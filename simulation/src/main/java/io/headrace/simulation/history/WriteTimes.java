package io.headrace.simulation.history;

import io.headrace.simulation.history.Operation.Outcome;
import java.util.List;

/**
 * Looks whether the order of a partition contradicts the clock: a record that was acknowledged before another was sent must lie
 * before it.
 *
 * <p>Kafka promises that: a partition has one leader at a time, which appends at its end, and the end of the log is beyond
 * everything that is acknowledged with acks=all, also after the leader has changed or crashed. It holds for each record of a
 * transaction too, which is appended at some time between the begin of the transaction and its end. Sends with fewer acks can be
 * lost and their offsets given once more; they are not certain, and nothing is asked of them. Two operations that overlap, or
 * touch within a millisecond, may lie in any order.
 */
final class WriteTimes {
    private final List<Operation> operations;
    private final Findings findings;

    WriteTimes(List<Operation> operations, Findings findings) {
        this.operations = operations;
        this.findings = findings;
    }

    /** Looks at one partition. */
    void check(Versions key, int[] order) {
        int latest = Versions.NOWHERE;
        for (int i = 0; i < order.length; i++) {
            int writer = key.writer(order[i]);
            // A second copy of a value is an anomaly of its own.
            if (writer == Versions.NOWHERE || key.firstIndex(order[i]) != i) {
                continue;
            }
            Operation operation = operations.get(writer);
            if (latest != Versions.NOWHERE
                    && operation.outcome() == Outcome.OK
                    && operation.endMs() < operations.get(latest).startMs()
                    && findings.wants(AnomalyKind.SEND_AGAINST_TIME)) {
                findings.add(
                        AnomalyKind.SEND_AGAINST_TIME,
                        key.key() + " has " + key.value(order[i]) + ", acknowledged at " + operation.endMs()
                                + " ms, after a value of " + HistoryText.format(operations.get(latest)));
            }
            if (latest == Versions.NOWHERE
                    || operation.startMs() > operations.get(latest).startMs()) {
                latest = writer;
            }
        }
    }
}
