package io.headrace.simulation.history;

import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Step;
import java.util.List;
import java.util.Map;

/**
 * Finds committed operations that come after each other in a circle. One comes after another if it read what that wrote (wr), if
 * it wrote right after that into the same partition (ww), or if that was over before it began: in the same process, or by the
 * clock, see {@link TimeOrder}.
 *
 * <p><b>Without ww</b> Kafka allows no circle to readers of committed records. Each operation has a moment at which it takes
 * effect: a send when it is appended, a poll when it returns, a transaction when its coordinator decides to commit it, which is
 * after all that it polled. Whoever reads what it wrote does so after this moment, as the marker is written after the decision;
 * and it lies between begin and end, as the end is acknowledged after the decision. So all these edges lead forward in time, and
 * a circle proves a read of what was not committed yet. One of wr alone is {@link AnomalyKind#G1C}; one that needs the order of a
 * process or the clock as well has a kind of its own. A history must not hold reads of uncommitted records beside transactions.
 *
 * <p><b>With ww</b> Kafka allows them: the records of a transaction are appended one by one as they come, not when it takes effect,
 * so that two transactions at the same time may lie in one partition in this order and in another in that; and between begin and
 * end of a long one there is room for two short ones, one after the other. These circles are told as {@link AnomalyKind#G0} and
 * its kin, unless there is one without ww among the same operations. What Kafka does promise of writes, one by one, {@link WriteTimes} looks at.
 */
final class TransactionCycles {
    private static final int SHOWN_MAX = 5;

    /** The kinds of circles without ww and with it: first without the order of time, then with those of processes, then with all. */
    private static final AnomalyKind[] OF_READS = {AnomalyKind.G1C, AnomalyKind.G1C_PROCESS, AnomalyKind.G1C_REALTIME};

    private static final AnomalyKind[] OF_ALL = {AnomalyKind.G0, AnomalyKind.G0_PROCESS, AnomalyKind.G0_REALTIME};

    private final List<Operation> operations;
    private final boolean[] committed;
    private final Map<String, Versions> versions;
    private final Findings findings;
    private final TimeOrder times;
    /** Pairs of writers, one right after the other. */
    private final IntList writes = new IntList();
    /** Pairs of a writer and an operation that read what it wrote. */
    private final IntList reads = new IntList();

    TransactionCycles(
            List<Operation> operations, boolean[] committed, Map<String, Versions> versions, Findings findings) {
        this.operations = operations;
        this.committed = committed;
        this.versions = versions;
        this.findings = findings;
        this.times = new TimeOrder(operations, committed);
    }

    /** Takes the order of one partition's values, for the edges between writers. */
    void addWrites(Versions key, int[] order) {
        for (int i = 1; i < order.length; i++) {
            int from = key.writer(order[i - 1]);
            int to = key.writer(order[i]);
            if (counts(from, to)) {
                writes.add(from);
                writes.add(to);
            }
        }
    }

    void check() {
        findReads();
        boolean[] told = new boolean[times.nodeCount()];
        check(false, OF_READS, told);
        check(true, OF_ALL, told);
    }

    private void check(boolean withWrites, AnomalyKind[] kinds, boolean[] told) {
        // Where there is no circle with all edges, there is none with fewer.
        if (new Circles(graph(withWrites, kinds.length - 1)).starts().isEmpty()) {
            return;
        }
        for (int order = 0; order < kinds.length; order++) {
            report(new Circles(graph(withWrites, order)), kinds[order], told);
        }
    }

    /** @param order 0 for no order of time, 1 for that of processes, 2 for that of the clock too */
    private Edges graph(boolean withWrites, int order) {
        Edges edges = new Edges(times.nodeCount());
        addPairs(edges, reads);
        if (withWrites) {
            addPairs(edges, writes);
        }
        if (order > 0) {
            times.addProcesses(edges);
        }
        if (order > 1) {
            times.addClock(edges);
        }
        return edges;
    }

    private static void addPairs(Edges edges, IntList pairs) {
        for (int i = 0; i < pairs.size(); i += 2) {
            edges.add(pairs.at(i), pairs.at(i + 1));
        }
    }

    private void findReads() {
        for (int i = 0; i < operations.size(); i++) {
            int last = Versions.NOWHERE;
            for (Step step : operations.get(i).steps()) {
                Versions key = step.action() == Action.POLL ? versions.get(step.key()) : null;
                int from = key == null ? Versions.NOWHERE : key.writer(key.number(step.value()));
                if (from != last && counts(from, i)) {
                    reads.add(from);
                    reads.add(i);
                    last = from;
                }
            }
        }
    }

    private boolean counts(int from, int to) {
        return from >= 0 && to >= 0 && from != to && committed[from] && committed[to];
    }

    /** Tells of circles, but for those around one that was told of without the edges that this graph has more. */
    private void report(Circles circles, AnomalyKind kind, boolean[] told) {
        for (int start : circles.starts()) {
            List<Integer> component = circles.componentOf(start);
            if (component.stream().noneMatch(node -> told[node]) && findings.wants(kind)) {
                findings.add(kind, shown(circles.through(start)));
            }
            component.forEach(node -> told[node] = true);
        }
    }

    private String shown(List<Integer> circle) {
        List<Integer> inIt =
                circle.stream().filter(node -> node < times.operationCount()).toList();
        StringBuilder text = new StringBuilder("a circle of " + inIt.size());
        inIt.stream().limit(SHOWN_MAX).forEach(node -> text.append("\n    ")
                .append(HistoryText.format(operations.get(node))));
        return text.toString();
    }
}
