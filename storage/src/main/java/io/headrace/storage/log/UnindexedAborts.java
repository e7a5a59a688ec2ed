package io.headrace.storage.log;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The aborted transactions that were added while their index cannot be relied on: what the log does not tell yet to who makes
 * the index anew from it. Not thread-safe.
 */
final class UnindexedAborts {
    /** The log itself has the older ones by then. */
    static final int REMEMBERED_MAX = 10_000;

    private final ArrayDeque<AbortedTransaction> latest = new ArrayDeque<>();
    private long forgottenTo;

    /** @param forgottenTo the last marker that is not remembered; -1 if there is none */
    UnindexedAborts(long forgottenTo) {
        this.forgottenTo = forgottenTo;
    }

    void add(AbortedTransaction aborted) {
        latest.add(aborted);
        if (latest.size() > REMEMBERED_MAX) {
            forgottenTo = latest.remove().lastOffset();
        }
    }

    /**
     * Forgets those whose marker is at {@code endOffset} or later: they are not in the log any more.
     *
     * @return how many
     */
    int cut(long endOffset) {
        int before = latest.size();
        while (!latest.isEmpty() && latest.getLast().lastOffset() >= endOffset) {
            latest.removeLast();
        }
        forgottenTo = Math.min(forgottenTo, endOffset - 1);
        return before - latest.size();
    }

    /** Whether everything is remembered whose marker is at {@code offset} or later. */
    boolean isCompleteFrom(long offset) {
        return forgottenTo < offset;
    }

    /** Those whose marker is at {@code offset} or later, in the order of their markers. */
    List<AbortedTransaction> from(long offset) {
        List<AbortedTransaction> found = new ArrayList<>();
        for (AbortedTransaction aborted : latest) {
            if (aborted.lastOffset() >= offset) {
                found.add(aborted);
            }
        }
        return found;
    }
}
