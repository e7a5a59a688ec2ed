package io.headrace.storage.log;

import java.util.Arrays;

/**
 * Where the last few appends to the active segment ended, so that a high watermark that gets there later is known to lie
 * there. Owned by the log's writer.
 */
final class LogBoundaries {
    private static final int REMEMBERED = 16;
    private static final long[] NONE = {};

    /** Pairs of offset and position; made at the first append, as most logs never see one. */
    private long[] pairs = NONE;

    private int next;

    void note(long offset, long position) {
        if (pairs.length == 0) {
            pairs = new long[2 * REMEMBERED];
            clear();
        }
        pairs[2 * next] = offset;
        pairs[2 * next + 1] = position;
        next = (next + 1) % REMEMBERED;
    }

    /** The position, or -1 if it is not known. */
    long find(long offset) {
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i] == offset) {
                return pairs[i + 1];
            }
        }
        return -1;
    }

    void clear() {
        Arrays.fill(pairs, -1);
    }
}
