package io.headrace.storage.compact;

import io.headrace.protocol.records.DecompressionLimit;
import io.headrace.protocol.records.EndTransactionMarker;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordCursor;
import io.headrace.storage.log.AbortedTransaction;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which transactions a walk over a log is in the middle of, and how they end. Told of every batch in log order, all of
 * them below the last stable offset, so that a transaction that is not known to be aborted is committed. Not thread-safe.
 */
final class TransactionOutcomes {
    /** What becomes of a marker. */
    enum MarkerFate {
        /** Batches of its transaction are still in the log, or it is of another kind. */
        NEEDED,
        /** Nothing is left of its transaction. */
        OF_EMPTY_TRANSACTION,
        /** It ends the transaction otherwise than was told: what was decided about the transaction's records is wrong. */
        CONTRADICTION
    }

    private static final class Aborted {
        final AbortedTransaction transaction;
        boolean hasBatches;
        boolean hasRecords;

        Aborted(AbortedTransaction transaction) {
            this.transaction = transaction;
        }
    }

    /** Those whose first offset has not been reached. */
    private final PriorityQueue<AbortedTransaction> expected =
            new PriorityQueue<>(Comparator.comparingLong(AbortedTransaction::firstOffset));
    /** By producer id. */
    private final Map<Long, Aborted> aborted = new HashMap<>();
    /** Producers with batches of a transaction that will be committed. */
    private final Set<Long> committed = new HashSet<>();
    /** Those of them whose batches have records: an emptied one may be left of an earlier transaction. */
    private final Set<Long> committedRecords = new HashSet<>();

    private @Nullable AbortedTransaction kept;

    /** Aborted transactions that have records in the part of the log that comes next. One may be named more than once. */
    void expect(List<AbortedTransaction> transactions) {
        expected.addAll(transactions);
    }

    /** Whether a batch that is no marker belongs to an aborted transaction. */
    boolean isAborted(RecordBatch batch) {
        reach(batch.lastOffset());
        if (!batch.isTransactional()) {
            return false;
        }
        Aborted transaction = aborted.get(batch.producerId());
        boolean hasRecords = batch.recordCount() > 0;
        if (transaction == null) {
            committed.add(batch.producerId());
            if (hasRecords) {
                committedRecords.add(batch.producerId());
            }
            return false;
        }
        transaction.hasBatches = true;
        transaction.hasRecords |= hasRecords;
        return true;
    }

    /**
     * Decides on a batch of control records. Afterwards {@link #takeKept} has the aborted transaction that readers must still
     * be told of, if there is one.
     *
     * @throws io.headrace.protocol.records.InvalidBatchException if it is no control record
     */
    MarkerFate onControlBatch(RecordBatch batch) {
        reach(batch.lastOffset());
        if (batch.recordCount() == 0) {
            return MarkerFate.OF_EMPTY_TRANSACTION;
        }
        EndTransactionMarker marker = read(batch);
        if (marker == null) {
            return MarkerFate.NEEDED;
        }
        long producerId = batch.producerId();
        Aborted transaction = marker.committed() ? aborted.get(producerId) : aborted.remove(producerId);
        boolean wasCommitted = committed.remove(producerId);
        boolean hadCommittedRecords = committedRecords.remove(producerId);
        if (marker.committed()) {
            if (transaction != null && transaction.hasRecords) {
                return MarkerFate.CONTRADICTION;
            }
            return wasCommitted ? MarkerFate.NEEDED : MarkerFate.OF_EMPTY_TRANSACTION;
        }
        if (transaction == null || !transaction.hasBatches) {
            return hadCommittedRecords ? MarkerFate.CONTRADICTION : MarkerFate.OF_EMPTY_TRANSACTION;
        }
        kept = transaction.transaction;
        return MarkerFate.NEEDED;
    }

    private static @Nullable EndTransactionMarker read(RecordBatch batch) {
        try (RecordCursor records = batch.records(DecompressionLimit.NONE)) {
            return records.next() ? EndTransactionMarker.read(records.key(), records.value()) : null;
        }
    }

    /** The transaction whose marker was just found to be needed; told once. */
    @Nullable
    AbortedTransaction takeKept() {
        AbortedTransaction taken = kept;
        kept = null;
        return taken;
    }

    private void reach(long offset) {
        AbortedTransaction next = expected.peek();
        while (next != null && next.firstOffset() <= offset) {
            expected.remove();
            aborted.putIfAbsent(next.producerId(), new Aborted(next));
            next = expected.peek();
        }
    }
}
