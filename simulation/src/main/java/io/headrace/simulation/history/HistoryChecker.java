package io.headrace.simulation.history;

import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Outcome;
import io.headrace.simulation.history.Operation.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Searches a history for anomalies, by the rules of Jepsen's Kafka workload.
 *
 * <p>Operations are {@linkplain #add added} as they end, then {@link #check} looks at all of them once. The time is that of
 * sorting each partition's offsets; the memory is some tens of bytes for each value sent or polled. What it finds is bounded,
 * see {@link Findings}. Which kinds are tolerable is for the caller to say; see {@link AnomalyKind#allowedByKafka}.
 */
public final class HistoryChecker {
    private final List<Operation> operations = new ArrayList<>();
    private final Map<String, Versions> versions = new LinkedHashMap<>();
    private final Findings findings = new Findings();
    private boolean checked;

    /**
     * Takes an operation; those of one process in the order in which they ended.
     *
     * @throws IllegalArgumentException if it ends before it begins, or sends a value that another one sent to that partition
     */
    public void add(Operation operation) {
        if (operation.endMs() < operation.startMs()) {
            throw new IllegalArgumentException("It ends before it begins: " + operation);
        }
        int index = operations.size();
        operations.add(operation);
        for (Step step : operation.steps()) {
            if (step.action() == Action.SEND) {
                Versions key = versionsOf(step.key());
                int number = key.number(step.value());
                if (key.writer(number) != Versions.NOWHERE) {
                    throw new IllegalArgumentException(
                            "Two operations send " + step.value() + " to " + step.key() + ": " + operation);
                }
                key.writtenBy(number, index);
            } else if (step.action() == Action.POLL && operation.outcome() == Outcome.OK) {
                Versions key = versionsOf(step.key());
                key.read(key.number(step.value()));
            }
        }
    }

    private Versions versionsOf(String key) {
        return versions.computeIfAbsent(key, Versions::new);
    }

    /** Looks at everything; once. */
    public Findings check() {
        if (checked) {
            throw new IllegalStateException("A history is checked once");
        }
        checked = true;
        Effects effects = new Effects(operations);
        proveByPolls(effects);
        CommitRegisters registers = new CommitRegisters(operations, effects, findings);
        registers.prove();
        boolean[] committed = new boolean[operations.size()];
        for (int i = 0; i < committed.length; i++) {
            committed[i] = effects.isProven(i);
        }
        orderVersions(committed);
        checkWrites(committed);
        checkReads();
        new ProcessOrder(operations, versions, findings).check();
        registers.check();
        return findings;
    }

    /** What was polled was committed by then. */
    private void proveByPolls(Effects effects) {
        for (Operation operation : operations) {
            if (operation.outcome() != Outcome.OK) {
                continue;
            }
            for (Step step : operation.steps()) {
                if (step.action() == Action.POLL) {
                    Versions key = versionsOf(step.key());
                    int writer = key.writer(key.number(step.value()));
                    if (writer != Versions.NOWHERE && operations.get(writer).outcome() != Outcome.FAIL) {
                        effects.prove(writer, operation.endMs());
                    }
                }
            }
        }
    }

    private void orderVersions(boolean[] committed) {
        for (int i = 0; i < operations.size(); i++) {
            for (Step step : operations.get(i).steps()) {
                boolean counts = step.action() == Action.POLL || (step.action() == Action.SEND && committed[i]);
                if (counts && step.offset() != Operation.NO_OFFSET) {
                    Versions key = versionsOf(step.key());
                    key.sighted(key.number(step.value()), step.offset());
                }
            }
        }
        Measuring measuring = new Measuring(operations, versions);
        TransactionCycles cycles = new TransactionCycles(operations, committed, versions, findings);
        WriteTimes writeTimes = new WriteTimes(operations, findings);
        for (Versions key : versions.values()) {
            int[] order = key.order(findings);
            cycles.addWrites(key, order);
            writeTimes.check(key, order);
            measuring.order(key, order);
        }
        findings.measured(measuring.measures());
        cycles.check();
    }

    private void checkWrites(boolean[] committed) {
        for (Versions key : versions.values()) {
            int bound = Versions.NOWHERE;
            for (int number = 0; number < key.count(); number++) {
                if (key.isRead(number)) {
                    bound = Math.max(bound, key.firstIndex(number));
                }
            }
            for (int number = 0; number < key.count(); number++) {
                int writer = key.writer(number);
                if (writer == Versions.NOWHERE) {
                    findings.add(AnomalyKind.PHANTOM, key.key() + " gave " + key.value(number) + ", which nobody sent");
                } else if (committed[writer] && !key.isRead(number)) {
                    boolean passedOver = key.lastIndex(number) != Versions.NOWHERE && key.lastIndex(number) <= bound;
                    findings.add(
                            passedOver ? AnomalyKind.LOST_WRITE : AnomalyKind.UNSEEN,
                            key.key() + " never gave " + key.value(number) + " of " + shown(writer));
                }
            }
        }
    }

    private void checkReads() {
        for (int i = 0; i < operations.size(); i++) {
            for (Step step : operations.get(i).steps()) {
                if (step.action() != Action.POLL) {
                    continue;
                }
                Versions key = versionsOf(step.key());
                int writer = key.writer(key.number(step.value()));
                if (writer == i) {
                    findings.add(
                            AnomalyKind.PRECOMMITTED_READ,
                            step.key() + " gave " + step.value() + " to its own transaction " + shown(i));
                } else if (writer != Versions.NOWHERE
                        && operations.get(writer).outcome() == Outcome.FAIL
                        && operations.get(i).outcome() == Outcome.OK) {
                    findings.add(
                            AnomalyKind.G1A, step.key() + " gave " + step.value() + " of the failed " + shown(writer));
                }
            }
        }
    }

    private String shown(int index) {
        String line = HistoryText.format(operations.get(index));
        return "[" + (line.length() > 200 ? line.substring(0, 200) + " ..." : line) + "]";
    }
}
