package io.headrace.core.transaction;

import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What the log says about a transactional id at one moment. Immutable: each change makes a new one, which counts once it is
 * durable.
 *
 * @param producerId the producer that may write
 * @param previousProducerId the producer id before the last change: a retry of the request that exhausted its epochs comes
 *     with it
 * @param nextProducerId the producer id from the end of this transaction on if the epochs of the present one are used up,
 *     else -1
 * @param producerEpoch the epoch that may write; in a prepared transaction of version 2, the one after it
 * @param lastProducerEpoch the epoch that a retry of the last bump comes with, -1 if nobody may retry; not in the log
 * @param timeoutMs how long a transaction may last; {@link #NO_TIMEOUT} in an outside two-phase commit
 * @param state where the transaction stands
 * @param partitions the partitions in the transaction
 * @param startMs when the transaction began, -1 before the first
 * @param lastUpdateMs the last change
 * @param clientVersion the {@code transaction.version} that the client acted by: 0 or 2
 */
record TransactionMetadata(
        long producerId,
        long previousProducerId,
        long nextProducerId,
        short producerEpoch,
        short lastProducerEpoch,
        int timeoutMs,
        TransactionState state,
        SortedSet<TopicPartition> partitions,
        long startMs,
        long lastUpdateMs,
        short clientVersion) {
    static final long NO_PRODUCER_ID = -1;
    static final short NO_EPOCH = -1;
    static final int NO_TIMEOUT = Integer.MAX_VALUE;

    /** The version of transactions in which each one has an epoch of its own (KIP-890). */
    static final short EPOCH_PER_TRANSACTION = 2;

    private static final SortedSet<TopicPartition> NO_PARTITIONS =
            Collections.unmodifiableSortedSet(Collections.emptySortedSet());

    /** Of an id that was never used; it counts once a first epoch is given out. */
    static TransactionMetadata fresh(long producerId, int timeoutMs, long nowMs) {
        return new TransactionMetadata(
                producerId,
                NO_PRODUCER_ID,
                NO_PRODUCER_ID,
                NO_EPOCH,
                NO_EPOCH,
                timeoutMs,
                TransactionState.EMPTY,
                NO_PARTITIONS,
                -1,
                nowMs,
                (short) 0);
    }

    /**
     * Whether no further epoch may be given to a client. The very last epoch is kept, so that the present one can always be
     * fenced.
     */
    static boolean isExhausted(short epoch) {
        return epoch >= Short.MAX_VALUE - 1;
    }

    boolean isEpochExhausted() {
        return isExhausted(producerEpoch);
    }

    boolean hasEpochPerTransaction() {
        return clientVersion >= EPOCH_PER_TRANSACTION;
    }

    /** A producer begins with an epoch; what it or another did with earlier ones is over. */
    TransactionMetadata initialized(short epoch, short lastEpoch, int newTimeoutMs, long nowMs) {
        return new TransactionMetadata(
                producerId,
                producerId,
                nextProducerId,
                epoch,
                lastEpoch,
                newTimeoutMs,
                TransactionState.EMPTY,
                NO_PARTITIONS,
                -1,
                nowMs,
                clientVersion);
    }

    /** A producer begins with a new id, as the epochs of the old one are used up. */
    TransactionMetadata rotated(long newProducerId, short lastEpoch, int newTimeoutMs, long nowMs) {
        return new TransactionMetadata(
                newProducerId,
                producerId,
                nextProducerId,
                (short) 0,
                lastEpoch,
                newTimeoutMs,
                TransactionState.EMPTY,
                NO_PARTITIONS,
                -1,
                nowMs,
                clientVersion);
    }

    /** Partitions are added; the first ones begin a transaction. */
    TransactionMetadata withPartitions(Collection<TopicPartition> added, short version, long nowMs) {
        SortedSet<TopicPartition> all = new TreeSet<>(partitions);
        all.addAll(added);
        return new TransactionMetadata(
                producerId,
                producerId,
                nextProducerId,
                producerEpoch,
                lastProducerEpoch,
                timeoutMs,
                TransactionState.ONGOING,
                Collections.unmodifiableSortedSet(all),
                state.isAtRest() ? nowMs : startMs,
                nowMs,
                version);
    }

    /**
     * The outcome is decided. In version 2 this bumps the epoch, which fences whatever of the transaction is still on its
     * way.
     *
     * @param newNextProducerId the id to go on with if the epoch is exhausted, else -1
     */
    TransactionMetadata prepared(boolean commit, short version, long newNextProducerId, long nowMs) {
        boolean bumps = version >= EPOCH_PER_TRANSACTION;
        return new TransactionMetadata(
                producerId,
                producerId,
                newNextProducerId,
                bumps ? (short) (producerEpoch + 1) : producerEpoch,
                bumps ? producerEpoch : lastProducerEpoch,
                timeoutMs,
                commit ? TransactionState.PREPARE_COMMIT : TransactionState.PREPARE_ABORT,
                partitions,
                state == TransactionState.ONGOING ? startMs : nowMs,
                nowMs,
                version);
    }

    /** All markers of a prepared transaction are written. */
    TransactionMetadata completed(long nowMs) {
        boolean rotates = hasEpochPerTransaction() && nextProducerId != NO_PRODUCER_ID;
        return new TransactionMetadata(
                rotates ? nextProducerId : producerId,
                producerId,
                NO_PRODUCER_ID,
                rotates ? 0 : producerEpoch,
                lastProducerEpoch,
                timeoutMs,
                state == TransactionState.PREPARE_COMMIT
                        ? TransactionState.COMPLETE_COMMIT
                        : TransactionState.COMPLETE_ABORT,
                NO_PARTITIONS,
                startMs,
                nowMs,
                clientVersion);
    }
}
