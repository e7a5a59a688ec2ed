package io.headrace.core.transaction;

import io.headrace.core.config.TransactionConfig;

/**
 * The limits of a transaction coordinator. Times are in milliseconds.
 *
 * @param timeoutMsMax longest timeout that a transaction may ask for
 * @param transactionalIdExpirationMs how long an id without a transaction is remembered
 * @param timeoutCheckIntervalMs how often transactions past their timeout are looked for
 * @param expirationCheckIntervalMs how often expired ids are looked for
 * @param twoPhaseCommit whether producers may take part in an outside two-phase commit (KIP-939)
 * @param transactionalIdsMax ids that one coordinator remembers; more are refused
 * @param partitionsMax partitions in one transaction; more are refused
 * @param waitingAddsMax additions to one transaction that may wait for the end of the one before; more are refused
 * @param addPatienceMs how long they wait
 * @param markerRetryMs the pause before a marker that could not be written is tried again
 * @param appendTimeoutMs how long a client waits for the log
 * @param tombstonesMax ids that expire in one append
 */
public record TransactionSettings(
        int timeoutMsMax,
        long transactionalIdExpirationMs,
        long timeoutCheckIntervalMs,
        long expirationCheckIntervalMs,
        boolean twoPhaseCommit,
        int transactionalIdsMax,
        int partitionsMax,
        int waitingAddsMax,
        long addPatienceMs,
        long markerRetryMs,
        long appendTimeoutMs,
        int tombstonesMax) {
    private static final int TRANSACTIONAL_IDS_MAX = 100_000;
    private static final int PARTITIONS_MAX = 10_000;
    private static final int WAITING_ADDS_MAX = 1_000;
    private static final long MARKER_RETRY_MS = 100;
    private static final long APPEND_TIMEOUT_MS = 30_000;
    private static final int TOMBSTONES_MAX = 1_000;

    /** What the broker's configuration says, and defaults for the rest. */
    public static TransactionSettings of(TransactionConfig config) {
        return new TransactionSettings(
                config.timeoutMsMax(),
                config.transactionalIdExpirationMs(),
                config.timeoutCheckIntervalMs(),
                config.expirationCheckIntervalMs(),
                config.twoPhaseCommit(),
                TRANSACTIONAL_IDS_MAX,
                PARTITIONS_MAX,
                WAITING_ADDS_MAX,
                config.verificationRetryMsMax(),
                MARKER_RETRY_MS,
                APPEND_TIMEOUT_MS,
                TOMBSTONES_MAX);
    }
}
