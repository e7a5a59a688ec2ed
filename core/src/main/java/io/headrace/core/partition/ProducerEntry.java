package io.headrace.core.partition;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a partition remembers of one producer. Immutable: a change makes a new entry, so that keeping the old one is enough
 * to undo it.
 *
 * @param epoch the newest epoch seen
 * @param batches the last batches of this epoch, oldest first; at most {@link ProducerStates#BATCHES_REMEMBERED}
 * @param lastTimestampMs when the producer last wrote, as far as known; decides when it is forgotten
 * @param coordinatorEpoch the epoch of the transaction coordinator that wrote the last marker, -1 before the first
 * @param transactionFirstOffset where the open transaction began, {@link #NO_TRANSACTION} when there is none
 */
record ProducerEntry(
        short epoch, List<Batch> batches, long lastTimestampMs, int coordinatorEpoch, long transactionFirstOffset) {
    static final long NO_TRANSACTION = -1;
    static final int NO_SEQUENCE = -1;
    /** A batch in the log, enough of it to recognise it when it is sent again. */
    record Batch(int firstSequence, int lastSequence, long firstOffset, long lastOffset, long timestampMs) {}

    int lastSequence() {
        return batches.isEmpty() ? NO_SEQUENCE : batches.get(batches.size() - 1).lastSequence();
    }

    boolean inTransaction() {
        return transactionFirstOffset != NO_TRANSACTION;
    }

    @Nullable
    Batch find(int firstSequence, int lastSequence) {
        for (Batch batch : batches) {
            if (batch.firstSequence() == firstSequence && batch.lastSequence() == lastSequence) {
                return batch;
            }
        }
        return null;
    }

    ProducerEntry withBatch(short newEpoch, Batch batch, long nowMs, long newTransactionFirstOffset) {
        List<Batch> kept = newEpoch == epoch ? batches : List.of();
        int from = Math.max(0, kept.size() + 1 - ProducerStates.BATCHES_REMEMBERED);
        List<Batch> next = new ArrayList<>(kept.size() - from + 1);
        next.addAll(kept.subList(from, kept.size()));
        next.add(batch);
        return new ProducerEntry(newEpoch, next, nowMs, coordinatorEpoch, newTransactionFirstOffset);
    }

    ProducerEntry withMarker(short newEpoch, int newCoordinatorEpoch, long nowMs) {
        List<Batch> kept = newEpoch == epoch ? batches : List.of();
        return new ProducerEntry(newEpoch, kept, nowMs, newCoordinatorEpoch, NO_TRANSACTION);
    }
}
