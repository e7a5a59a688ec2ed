package io.headrace.simulation.history;

import java.util.Arrays;

/** A directed graph over numbered nodes: each node's edges are a chain in one shared array. */
final class Edges {
    /** The end of a chain. */
    static final int NONE = -1;

    private final int[] first;
    private final IntList targets = new IntList();
    private final IntList following = new IntList();

    Edges(int nodeCount) {
        first = new int[nodeCount];
        Arrays.fill(first, NONE);
    }

    int nodeCount() {
        return first.length;
    }

    void add(int from, int to) {
        targets.add(to);
        following.add(first[from]);
        first[from] = targets.size() - 1;
    }

    /** The first edge of a node, or {@link #NONE}. */
    int first(int node) {
        return first[node];
    }

    /** The edge after this one, or {@link #NONE}. */
    int following(int edge) {
        return following.at(edge);
    }

    int target(int edge) {
        return targets.at(edge);
    }
}
