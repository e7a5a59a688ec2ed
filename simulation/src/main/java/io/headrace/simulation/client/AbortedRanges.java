package io.headrace.simulation.client;

import io.headrace.protocol.message.FetchResponse.AbortedTransaction;
import io.headrace.protocol.records.DecompressionLimit;
import io.headrace.protocol.records.EndTransactionMarker;
import io.headrace.protocol.records.Record;
import io.headrace.protocol.records.RecordBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which batches of a fetch belong to aborted transactions, as a reader of committed records works it out (KIP-98). */
final class AbortedRanges {
    private final Deque<AbortedTransaction> ahead;
    private final Set<Long> producers = new HashSet<>();

    /** @param aborted what the broker said; null for a reader that wants everything */
    AbortedRanges(@Nullable List<AbortedTransaction> aborted) {
        List<AbortedTransaction> sorted = new ArrayList<>(aborted == null ? List.of() : aborted);
        sorted.sort(Comparator.comparingLong(AbortedTransaction::firstOffset));
        ahead = new ArrayDeque<>(sorted);
    }

    /** Takes the next batch in order; true if its records are not to be seen. */
    boolean hides(RecordBatch batch) {
        while (!ahead.isEmpty() && ahead.element().firstOffset() <= batch.lastOffset()) {
            producers.add(ahead.remove().producerId());
        }
        if (batch.isControl()) {
            for (Record record : batch.readRecords(DecompressionLimit.NONE)) {
                EndTransactionMarker marker = EndTransactionMarker.read(record.key(), record.value());
                if (marker != null && !marker.committed()) {
                    producers.remove(batch.producerId());
                }
            }
            return true;
        }
        return batch.isTransactional() && producers.contains(batch.producerId());
    }
}
