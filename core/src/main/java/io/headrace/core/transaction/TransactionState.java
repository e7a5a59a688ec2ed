package io.headrace.core.transaction;

import org.jspecify.annotations.Nullable;

/**
 * Where a transactional id stands, with Kafka's names and numbers.
 *
 * <ul>
 *   <li>{@code EMPTY}: a producer has an id, and no transaction has begun.
 *   <li>{@code ONGOING}: partitions were added to a transaction.
 *   <li>{@code PREPARE_COMMIT}, {@code PREPARE_ABORT}: it is decided; markers go to the partitions. Nothing can stop it.
 *   <li>{@code COMPLETE_COMMIT}, {@code COMPLETE_ABORT}: all markers are written, the next transaction may begin.
 *   <li>{@code DEAD}: the id expires; its tombstone is on the way to the log.
 *   <li>{@code PREPARE_EPOCH_FENCE}: Kafka's name for being about to abort with a bumped epoch; never in the log.
 * </ul>
 */
public enum TransactionState {
    EMPTY(0, "Empty"),
    ONGOING(1, "Ongoing"),
    PREPARE_COMMIT(2, "PrepareCommit"),
    PREPARE_ABORT(3, "PrepareAbort"),
    COMPLETE_COMMIT(4, "CompleteCommit"),
    COMPLETE_ABORT(5, "CompleteAbort"),
    DEAD(6, "Dead"),
    PREPARE_EPOCH_FENCE(7, "PrepareEpochFence");

    private static final TransactionState[] ALL = values();

    private final byte id;
    private final String stateName;

    TransactionState(int id, String stateName) {
        this.id = (byte) id;
        this.stateName = stateName;
    }

    /** The name in answers and filters, such as {@code PrepareCommit}. */
    public String stateName() {
        return stateName;
    }

    /** The number in the log. */
    byte id() {
        return id;
    }

    /** The state with a number, or null if there is none. */
    static @Nullable TransactionState ofId(byte id) {
        return id < 0 || id >= ALL.length ? null : ALL[id];
    }

    /** The state with a name, or null if there is none. */
    static @Nullable TransactionState ofName(String name) {
        for (TransactionState state : ALL) {
            if (state.stateName.equals(name)) {
                return state;
            }
        }
        return null;
    }

    /** Whether the outcome is decided and the markers are being written. */
    boolean isPrepared() {
        return this == PREPARE_COMMIT || this == PREPARE_ABORT;
    }

    /** Whether there is no transaction, so that the id may expire or a new producer may take over. */
    boolean isAtRest() {
        return this == EMPTY || this == COMPLETE_COMMIT || this == COMPLETE_ABORT;
    }
}
