package io.headrace.storage.compact;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TopicConfig;

/** What the cleaner remembers of one partition. Owned by the cleaner's thread. */
final class CleanedLog {
    static final long NEVER = -1;
    /** After a first failure; then twice as long with each. */
    private static final long RETRY_MS = 30_000;

    private static final long RETRY_MS_MAX = 3_600_000;

    final TopicIdPartition id;
    TopicConfig config;
    /** Everything below is compacted; {@link #NEVER} if nothing is. */
    long cleanedTo;
    /** Whether its log is damaged, so that it is left alone. */
    boolean uncleanable;
    /** When its files are looked at again, as long as it is not open. */
    long lookAgainMs = Long.MIN_VALUE;
    /** How often in a row its compaction has failed. */
    private int failures;
    /** When it is tried again after that. */
    private long retryAtMs = Long.MIN_VALUE;
    /** Whether it was named when the partitions were last gone through. */
    boolean exists;
    /** The share of not yet compacted bytes when it was last looked at. */
    double dirtyRatio;

    CleanedLog(TopicIdPartition id, TopicConfig config, long cleanedTo) {
        this.id = id;
        this.config = config;
        this.cleanedTo = cleanedTo;
    }

    /** Its compaction has failed, though it is not known to be damaged. */
    void onFailure(long nowMs) {
        retryAtMs = nowMs + Math.min(RETRY_MS << Math.min(failures, 16), RETRY_MS_MAX);
        failures++;
    }

    /** It was compacted, or found to need no compaction. */
    void onSuccess() {
        failures = 0;
        retryAtMs = Long.MIN_VALUE;
    }

    /** Whether it is left alone for now. A clock that was set back does not make that longer than it is at most. */
    boolean awaitsRetry(long nowMs) {
        return failures > 0 && nowMs < retryAtMs && nowMs >= retryAtMs - RETRY_MS_MAX;
    }
}
