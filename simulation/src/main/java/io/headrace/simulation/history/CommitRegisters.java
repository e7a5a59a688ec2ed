package io.headrace.simulation.history;

import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Outcome;
import io.headrace.simulation.history.Operation.Step;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes each group's offset of each partition for a register: what is read must have been written by a commit that was not
 * yet, or not certainly, overwritten when the read began.
 */
final class CommitRegisters {
    private record Write(long offset, long startMs, long endMs, boolean certain) {}

    private record Read(long offset, long startMs, long endMs) {}

    private static final class Register {
        final List<Write> writes = new ArrayList<>();
        final List<Read> reads = new ArrayList<>();
    }

    private final Map<String, Register> registers = new HashMap<>();
    private final Findings findings;

    CommitRegisters(List<Operation> operations, Findings findings) {
        this.findings = findings;
        for (Operation operation : operations) {
            if (operation.outcome() != Outcome.FAIL) {
                operation.steps().forEach(step -> add(operation, step));
            }
        }
    }

    private void add(Operation operation, Step step) {
        boolean ok = operation.outcome() == Outcome.OK;
        if (step.action() == Action.COMMIT) {
            long endMs = ok ? operation.endMs() : Long.MAX_VALUE;
            register(step).writes.add(new Write(step.offset(), operation.startMs(), endMs, ok));
        } else if (step.action() == Action.COMMITTED && ok) {
            register(step).reads.add(new Read(step.offset(), operation.startMs(), operation.endMs()));
        }
    }

    private Register register(Step step) {
        return registers.computeIfAbsent(step.key(), key -> new Register());
    }

    void check() {
        registers.forEach(this::check);
    }

    private void check(String key, Register register) {
        // Whatever ended before the latest start of a commit that is certainly over was overwritten by it.
        List<Write> byEnd = new ArrayList<>(register.writes);
        byEnd.removeIf(write -> !write.certain());
        byEnd.sort(Comparator.comparingLong(Write::endMs));
        register.reads.sort(Comparator.comparingLong(Read::startMs));
        Map<Long, List<Write>> byOffset = new HashMap<>();
        register.writes.forEach(write -> byOffset.computeIfAbsent(write.offset(), offset -> new ArrayList<>())
                .add(write));
        long overwrittenBeforeMs = Long.MIN_VALUE;
        int over = 0;
        for (Read read : register.reads) {
            while (over < byEnd.size() && byEnd.get(over).endMs() < read.startMs()) {
                overwrittenBeforeMs =
                        Math.max(overwrittenBeforeMs, byEnd.get(over).startMs());
                over++;
            }
            if (!explained(read, byOffset.getOrDefault(read.offset(), List.of()), overwrittenBeforeMs)) {
                findings.add(
                        AnomalyKind.STALE_COMMIT,
                        key + " was found at " + read.offset() + " between " + read.startMs() + " and " + read.endMs()
                                + " ms, after a later commit or without one");
            }
        }
    }

    private static boolean explained(Read read, List<Write> writes, long overwrittenBeforeMs) {
        if (read.offset() == Operation.NO_OFFSET) {
            return overwrittenBeforeMs == Long.MIN_VALUE;
        }
        for (int i = writes.size() - 1; i >= 0; i--) {
            Write write = writes.get(i);
            if (write.startMs() <= read.endMs() && write.endMs() >= overwrittenBeforeMs) {
                return true;
            }
        }
        return false;
    }
}
