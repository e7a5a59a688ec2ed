package io.headrace.simulation.history;

import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Step;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Finds committed operations that depend on each other in a circle. One depends on another if it read what that wrote (wr),
 * or if it wrote right after that into the same partition (ww).
 *
 * <p>A circle of wr alone is {@link AnomalyKind#G1C}: somebody saw a transaction that was not over. A circle with ww is
 * {@link AnomalyKind#G0} here, whatever else is in it, and allowed.
 */
final class TransactionCycles {
    private final List<Operation> operations;
    private final boolean[] committed;
    private final Map<String, Versions> versions;
    private final Findings findings;
    private final Edges reads;
    private final Edges all;

    TransactionCycles(
            List<Operation> operations, boolean[] committed, Map<String, Versions> versions, Findings findings) {
        this.operations = operations;
        this.committed = committed;
        this.versions = versions;
        this.findings = findings;
        this.reads = new Edges(operations.size());
        this.all = new Edges(operations.size());
    }

    /** Takes the order of one partition's values, for the edges between writers. */
    void addWrites(Versions key, int[] order) {
        for (int i = 1; i < order.length; i++) {
            int from = key.writer(order[i - 1]);
            int to = key.writer(order[i]);
            if (counts(from, to)) {
                all.add(from, to);
            }
        }
    }

    void check() {
        for (int i = 0; i < operations.size(); i++) {
            for (Step step : operations.get(i).steps()) {
                Versions key = step.action() == Action.POLL ? versions.get(step.key()) : null;
                int from = key == null ? Versions.NOWHERE : key.writer(key.number(step.value()));
                if (counts(from, i)) {
                    reads.add(from, i);
                    all.add(from, i);
                }
            }
        }
        report(reads, AnomalyKind.G1C);
        report(all, AnomalyKind.G0);
    }

    private boolean counts(int from, int to) {
        return from >= 0 && to >= 0 && from != to && committed[from] && committed[to];
    }

    /** Tarjan's algorithm without recursion: the number of the component of each operation; -1 for one of its own. */
    private static int[] components(Edges edges) {
        int count = edges.nodeCount();
        int[] entered = new int[count];
        int[] low = new int[count];
        int[] next = new int[count];
        for (int node = 0; node < count; node++) {
            next[node] = edges.first(node);
        }
        int[] component = new int[count];
        boolean[] onStack = new boolean[count];
        Arrays.fill(component, -1);
        IntList stack = new IntList();
        IntList path = new IntList();
        int time = 0;
        for (int root = 0; root < count; root++) {
            if (entered[root] != 0) {
                continue;
            }
            path.add(root);
            while (path.size() > 0) {
                int node = path.at(path.size() - 1);
                if (entered[node] == 0) {
                    entered[node] = ++time;
                    low[node] = time;
                    stack.add(node);
                    onStack[node] = true;
                }
                if (next[node] != Edges.NONE) {
                    int target = edges.target(next[node]);
                    next[node] = edges.following(next[node]);
                    if (entered[target] == 0) {
                        path.add(target);
                    } else if (onStack[target]) {
                        low[node] = Math.min(low[node], entered[target]);
                    }
                    continue;
                }
                int done = path.removeLast();
                if (path.size() > 0) {
                    int parent = path.at(path.size() - 1);
                    low[parent] = Math.min(low[parent], low[done]);
                }
                if (low[done] == entered[done]) {
                    close(done, stack, onStack, component);
                }
            }
        }
        return component;
    }

    private static void close(int root, IntList stack, boolean[] onStack, int[] component) {
        boolean alone = stack.at(stack.size() - 1) == root;
        int member;
        do {
            member = stack.removeLast();
            onStack[member] = false;
            component[member] = alone ? -1 : root;
        } while (member != root);
    }

    private void report(Edges edges, AnomalyKind kind) {
        int[] components = components(edges);
        boolean[] reported = new boolean[components.length];
        for (int i = 0; i < components.length; i++) {
            int component = components[i];
            if (component >= 0 && !reported[component]) {
                reported[component] = true;
                findings.add(kind, shown(cycle(i, component, components, edges)));
            }
        }
    }

    /** A shortest circle through one operation, within its component. */
    private static List<Integer> cycle(int start, int component, int[] components, Edges edges) {
        int[] from = new int[components.length];
        Arrays.fill(from, -1);
        ArrayDeque<Integer> queue = new ArrayDeque<>();
        queue.add(start);
        while (!queue.isEmpty()) {
            int node = queue.remove();
            for (int edge = edges.first(node); edge != Edges.NONE; edge = edges.following(edge)) {
                int target = edges.target(edge);
                if (target == start) {
                    List<Integer> cycle = new ArrayList<>();
                    for (int at = node; at != start; at = from[at]) {
                        cycle.add(0, at);
                    }
                    cycle.add(0, start);
                    return cycle;
                }
                if (components[target] == component && from[target] < 0) {
                    from[target] = node;
                    queue.add(target);
                }
            }
        }
        throw new IllegalStateException("A component without a circle");
    }

    private String shown(List<Integer> cycle) {
        StringBuilder text = new StringBuilder("a circle of " + cycle.size());
        for (int i = 0; i < Math.min(cycle.size(), 5); i++) {
            text.append("\n    ").append(HistoryText.format(operations.get(cycle.get(i))));
        }
        return text.toString();
    }
}
