package io.headrace.storage.compact;

import java.util.concurrent.atomic.LongAdder;

/** What compaction has done since the start. Any thread may read; the numbers are only roughly of one moment. */
public final class CompactionCounters {
    private final LongAdder runs = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder bytesRead = new LongAdder();
    private final LongAdder bytesWritten = new LongAdder();
    private volatile int uncleanablePartitions;
    private volatile double dirtiestRatio;

    /** How often a log was compacted. */
    public long runs() {
        return runs.sum();
    }

    /** How often that was given up. */
    public long failures() {
        return failures.sum();
    }

    /** Bytes read of segments, once to find the keys and once to copy. */
    public long bytesRead() {
        return bytesRead.sum();
    }

    /** Bytes written to new segments. */
    public long bytesWritten() {
        return bytesWritten.sum();
    }

    /** Partitions that are left alone until the next start, as their logs are damaged. */
    public int uncleanablePartitions() {
        return uncleanablePartitions;
    }

    /** The largest share of not yet compacted bytes that any log had when they were last looked at, 0 to 1. */
    public double dirtiestRatio() {
        return dirtiestRatio;
    }

    void onRun() {
        runs.increment();
    }

    void onFailure() {
        failures.increment();
    }

    void onRead(long bytes) {
        bytesRead.add(bytes);
    }

    void onWritten(long bytes) {
        bytesWritten.add(bytes);
    }

    void onLook(int uncleanable, double dirtiest) {
        uncleanablePartitions = uncleanable;
        dirtiestRatio = dirtiest;
    }
}
