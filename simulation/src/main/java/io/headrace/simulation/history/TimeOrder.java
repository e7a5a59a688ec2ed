package io.headrace.simulation.history;

import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Kind;
import io.headrace.simulation.history.Operation.Outcome;
import io.headrace.simulation.history.Operation.Step;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which operations were over before others began: of one process, by the order of its lines, and of all, by the clock.
 *
 * <p>As edges between operations these would be quadratic in number. Instead an operation has an edge to a node that stands for
 * the moment of its end, such moments have edges from each to the next, and from the last moment before an operation begins there
 * is one to it. Such nodes have numbers from {@link #operationCount} on.
 *
 * <p>What nobody knows the end of may take effect at any time after its begin: nothing comes after it. Two sends of one process
 * that end and begin in the same millisecond may have been under way together, as producers do not wait, and count as unordered;
 * so do all operations of different processes in such a case.
 */
final class TimeOrder {
    private final List<Operation> operations;
    /** Which took effect and touched a partition's records. */
    private final boolean[] counts;

    TimeOrder(List<Operation> operations, boolean[] committed) {
        this.operations = operations;
        this.counts = new boolean[committed.length];
        for (int i = 0; i < committed.length; i++) {
            counts[i] = committed[i] && hasRecords(operations.get(i));
        }
    }

    private static boolean hasRecords(Operation operation) {
        for (Step step : operation.steps()) {
            if (step.action() == Action.SEND || step.action() == Action.POLL) {
                return true;
            }
        }
        return false;
    }

    int operationCount() {
        return operations.size();
    }

    /** Room for operations, for moments of processes and for moments of the clock. */
    int nodeCount() {
        return 3 * operations.size();
    }

    private boolean hasEnded(int index) {
        return operations.get(index).outcome() == Outcome.OK;
    }

    /** Adds what each process did one after the other. */
    void addProcesses(Edges edges) {
        Map<Integer, IntList> processes = new LinkedHashMap<>();
        for (int i = 0; i < operations.size(); i++) {
            if (counts[i]) {
                processes
                        .computeIfAbsent(operations.get(i).process(), process -> new IntList())
                        .add(i);
            }
        }
        processes.values().forEach(process -> addProcess(edges, process));
    }

    private void addProcess(Edges edges, IntList lines) {
        IntList ended = new IntList();
        // By when all were over that ended up to each line
        long[] overMs = new long[lines.size()];
        for (int i = 0; i < lines.size(); i++) {
            int index = lines.at(i);
            Operation operation = operations.get(index);
            boolean mayOverlap = operation.kind() == Kind.SEND;
            int before = countUpTo(overMs, ended.size(), operation.startMs() - (mayOverlap ? 1 : 0));
            if (before > 0) {
                edges.add(momentOf(ended.at(before - 1)), index);
            }
            if (hasEnded(index)) {
                edges.add(index, momentOf(index));
                int last = ended.size() - 1;
                if (last >= 0) {
                    edges.add(momentOf(ended.at(last)), momentOf(index));
                }
                overMs[last + 1] = last < 0 ? operation.endMs() : Math.max(overMs[last], operation.endMs());
                ended.add(index);
            }
        }
    }

    private int momentOf(int index) {
        return operations.size() + index;
    }

    /** Adds what was over by the clock, whoever did it, before something else began. */
    void addClock(Edges edges) {
        long[] endsMs = endsMs();
        int first = 2 * operations.size();
        for (int moment = 1; moment < endsMs.length; moment++) {
            edges.add(first + moment - 1, first + moment);
        }
        for (int i = 0; i < operations.size(); i++) {
            if (counts[i]) {
                Operation operation = operations.get(i);
                int before = countUpTo(endsMs, endsMs.length, operation.startMs() - 1);
                if (before > 0) {
                    edges.add(first + before - 1, i);
                }
                if (hasEnded(i)) {
                    edges.add(i, first + countUpTo(endsMs, endsMs.length, operation.endMs()) - 1);
                }
            }
        }
    }

    private long[] endsMs() {
        long[] endsMs = new long[operations.size()];
        int count = 0;
        for (int i = 0; i < operations.size(); i++) {
            if (counts[i] && hasEnded(i)) {
                endsMs[count++] = operations.get(i).endMs();
            }
        }
        return Arrays.stream(endsMs, 0, count).sorted().distinct().toArray();
    }

    /** How many of the first {@code count} times, which do not fall, are not after a time. */
    private static int countUpTo(long[] timesMs, int count, long timeMs) {
        int from = 0;
        int to = count;
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (timesMs[middle] <= timeMs) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from;
    }
}
