package io.headrace.server;

/** What monitoring programs see of compaction through JMX; counted since the start of the broker. */
public interface LogCleanerMXBean {
    /** How often a log was compacted. */
    long getRuns();

    /** How often that was given up. */
    long getFailures();

    /** Bytes of segments that were read, once to find the keys and once to copy. */
    long getBytesRead();

    /** Bytes that were written to new segments. */
    long getBytesWritten();

    /** Partitions that are left alone until the next start, as their logs are damaged. */
    int getUncleanablePartitions();

    /** The largest share of not yet compacted bytes of any log when they were last looked at, 0 to 1. */
    double getDirtiestRatio();
}
