package io.headrace.storage.log;

import io.headrace.protocol.records.EndTransactionMarker;
import io.headrace.protocol.records.RecordBatch;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Follows the transactions of a log batch by batch, and tells which were aborted. A producer has one at a time. Holds no more
 * of them than were open at once. Not thread-safe.
 */
final class OpenTransactions {
    /** Producer id to first offset. */
    private final Map<Long, Long> firstOffsets = new HashMap<>();

    private final TreeSet<Long> ascending = new TreeSet<>();

    /** Whether a batch must be whole for {@link #apply}; for others the header is enough. */
    static boolean needsRecords(RecordBatch header) {
        return ProducerReplay.needsRecords(header);
    }

    /**
     * Takes the next batch.
     *
     * @return the transaction that it aborted; null if it did not
     * @throws io.headrace.protocol.records.InvalidBatchException if it is a marker that makes no sense
     */
    @Nullable
    AbortedTransaction apply(RecordBatch batch) {
        if (!batch.hasProducerId()) {
            return null;
        }
        if (!batch.isControl()) {
            if (batch.isTransactional() && firstOffsets.putIfAbsent(batch.producerId(), batch.baseOffset()) == null) {
                ascending.add(batch.baseOffset());
            }
            return null;
        }
        EndTransactionMarker marker = ProducerReplay.marker(batch);
        Long firstOffset = marker == null ? null : firstOffsets.remove(batch.producerId());
        if (marker == null || firstOffset == null) {
            return null;
        }
        ascending.remove(firstOffset);
        if (marker.committed()) {
            return null;
        }
        long lastStable = ascending.isEmpty() ? batch.baseOffset() + 1 : ascending.first();
        return new AbortedTransaction(batch.producerId(), firstOffset, batch.baseOffset(), lastStable);
    }
}
