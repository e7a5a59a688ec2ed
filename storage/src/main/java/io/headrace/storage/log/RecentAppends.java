package io.headrace.storage.log;

/**
 * Where the part of a log begins that was appended so lately that the page cache still has it: the last 8 to 16 MiB of what
 * was appended since the log was opened. Owned by the log's writer.
 */
final class RecentAppends {
    static final int BYTES_MAX = 16 << 20;

    private long startOffset;
    private long middleOffset;
    private long bytesSinceMiddle;

    RecentAppends(long logEndOffset) {
        this.startOffset = logEndOffset;
        this.middleOffset = logEndOffset;
    }

    /** Batches were appended; the first one has {@code baseOffset}. */
    void note(long baseOffset, long bytes) {
        if (bytesSinceMiddle + bytes > BYTES_MAX / 2) {
            startOffset = middleOffset;
            middleOffset = baseOffset;
            bytesSinceMiddle = 0;
        }
        bytesSinceMiddle += bytes;
    }

    long startOffset() {
        return startOffset;
    }
}
