package io.headrace.storage.compact;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TopicConfig;

/** What the cleaner remembers of one partition. Owned by the cleaner's thread. */
final class CleanedLog {
    static final long NEVER = -1;

    final TopicIdPartition id;
    TopicConfig config;
    /** Everything below is compacted; {@link #NEVER} if nothing is. */
    long cleanedTo;
    /** Whether its log is damaged, so that it is left alone. */
    boolean uncleanable;
    /** When its files are looked at again, as long as it is not open. */
    long lookAgainMs = Long.MIN_VALUE;
    /** Whether it was named when the partitions were last gone through. */
    boolean exists;
    /** The share of not yet compacted bytes when it was last looked at. */
    double dirtyRatio;

    CleanedLog(TopicIdPartition id, TopicConfig config, long cleanedTo) {
        this.id = id;
        this.config = config;
        this.cleanedTo = cleanedTo;
    }
}
