package io.headrace.simulation.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The circles of a directed graph, one for each set of nodes that all reach each other. */
final class Circles {
    private static final int NO_COMPONENT = -1;

    private final Edges edges;
    /** The component of each node by one of its members; {@link #NO_COMPONENT} for a node that is on no circle. */
    private final int[] components;

    Circles(Edges edges) {
        this.edges = edges;
        this.components = components(edges);
    }

    /** The first node of each component. */
    List<Integer> starts() {
        List<Integer> starts = new ArrayList<>();
        boolean[] met = new boolean[components.length];
        for (int node = 0; node < components.length; node++) {
            int component = components[node];
            if (component != NO_COMPONENT && !met[component]) {
                met[component] = true;
                starts.add(node);
            }
        }
        return starts;
    }

    /** All nodes that reach a node and are reached by it. */
    List<Integer> componentOf(int start) {
        List<Integer> nodes = new ArrayList<>();
        for (int node = 0; node < components.length; node++) {
            if (components[node] == components[start]) {
                nodes.add(node);
            }
        }
        return nodes;
    }

    /** A shortest circle through one node of a component, from that node on. */
    List<Integer> through(int start) {
        int[] from = new int[components.length];
        Arrays.fill(from, NO_COMPONENT);
        ArrayDeque<Integer> queue = new ArrayDeque<>();
        queue.add(start);
        while (!queue.isEmpty()) {
            int node = queue.remove();
            for (int edge = edges.first(node); edge != Edges.NONE; edge = edges.following(edge)) {
                int target = edges.target(edge);
                if (target == start) {
                    List<Integer> circle = new ArrayList<>();
                    for (int at = node; at != start; at = from[at]) {
                        circle.add(0, at);
                    }
                    circle.add(0, start);
                    return circle;
                }
                if (components[target] == components[start] && from[target] == NO_COMPONENT) {
                    from[target] = node;
                    queue.add(target);
                }
            }
        }
        throw new IllegalStateException("A component without a circle");
    }

    /** Tarjan's algorithm without recursion: the component of each node. */
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
        Arrays.fill(component, NO_COMPONENT);
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
            component[member] = alone ? NO_COMPONENT : root;
        } while (member != root);
    }
}
