package io.headrace.storage.log;

import io.headrace.core.partition.CompletedTransaction;
import io.headrace.core.partition.ProducerStates;
import io.headrace.protocol.records.DecompressionLimit;
import io.headrace.protocol.records.EndTransactionMarker;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordCursor;
import org.jspecify.annotations.Nullable;

/** Folds batches that are in the log into the producer states, as they were when the batches were first accepted. */
public final class ProducerReplay {
    private ProducerReplay() {}

    /** Whether a batch must be whole for {@link #apply}; for others the header is enough. */
    public static boolean needsRecords(RecordBatch header) {
        return header.isControl() && header.hasProducerId();
    }

    /**
     * Notes a batch.
     *
     * @param nowMs the time of the replay, from which on the producer is remembered
     * @return the transaction that it ended, or null
     * @throws io.headrace.protocol.records.InvalidBatchException if it is a marker that makes no sense
     */
    public static @Nullable CompletedTransaction apply(ProducerStates states, RecordBatch batch, long nowMs) {
        if (!batch.hasProducerId()) {
            return null;
        }
        if (!batch.isControl()) {
            states.update(batch, nowMs);
            return null;
        }
        EndTransactionMarker marker = marker(batch);
        if (marker == null) {
            if (batch.recordCount() == 0) {
                // Compaction keeps it for this alone, where it is the last that there is of its producer.
                states.updateEpoch(batch.producerId(), batch.producerEpoch(), nowMs);
            }
            return null;
        }
        return states.updateMarker(
                        batch.producerId(),
                        batch.producerEpoch(),
                        marker.coordinatorEpoch(),
                        !marker.committed(),
                        batch.baseOffset(),
                        nowMs)
                .completed();
    }

    /** What a control batch says of a transaction; null if it is about something else. */
    static @Nullable EndTransactionMarker marker(RecordBatch batch) {
        try (RecordCursor records = batch.records(DecompressionLimit.NONE)) {
            return records.next() ? EndTransactionMarker.read(records.key(), records.value()) : null;
        }
    }
}
