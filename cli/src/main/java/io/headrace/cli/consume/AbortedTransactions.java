package io.headrace.cli.consume;

import io.headrace.protocol.message.FetchResponse;
import io.headrace.protocol.records.EndTransactionMarker;
import io.headrace.protocol.records.Record;
import io.headrace.protocol.records.RecordBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells, in one answer to a read_committed fetch, which batches belong to transactions that were aborted. */
final class AbortedTransactions {
    private final Queue<FetchResponse.AbortedTransaction> toCome;
    private final Set<Long> producers = new HashSet<>();

    AbortedTransactions(@Nullable List<FetchResponse.AbortedTransaction> listed) {
        List<FetchResponse.AbortedTransaction> sorted = new ArrayList<>(listed == null ? List.of() : listed);
        sorted.sort(Comparator.comparingLong(FetchResponse.AbortedTransaction::firstOffset));
        toCome = new ArrayDeque<>(sorted);
    }

    /** To be asked for each batch in order, with the only record of control batches. */
    boolean covers(RecordBatch batch, @Nullable Record control) {
        for (var next = toCome.peek(); next != null && next.firstOffset() <= batch.lastOffset(); next = toCome.peek()) {
            producers.add(next.producerId());
            toCome.remove();
        }
        if (control != null) {
            EndTransactionMarker marker = EndTransactionMarker.read(control.key(), control.value());
            if (marker != null && !marker.committed()) {
                producers.remove(batch.producerId());
            }
            return false;
        }
        return batch.isTransactional() && producers.contains(batch.producerId());
    }
}
