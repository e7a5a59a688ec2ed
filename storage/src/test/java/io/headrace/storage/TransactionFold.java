package io.headrace.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.records.DecompressionLimit;
import io.headrace.protocol.records.EndTransactionMarker;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordCursor;
import io.headrace.storage.log.AbortedTransaction;
import io.headrace.storage.log.LogView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The transactions of a partition by its batches alone: slow, and obviously right. */
final class TransactionFold {
    private final long logStartOffset;
    private final long fromOffset;
    private final Map<Long, Part> open = new HashMap<>();
    private final List<Part> aborted = new ArrayList<>();

    /** One transaction's part in the partition. */
    private static final class Part {
        final long producerId;
        final long firstOffset;
        /** The first batch that can still be read; -1 if there is none. */
        long firstReadable = -1;

        long markerOffset;

        Part(long producerId, long firstOffset) {
            this.producerId = producerId;
            this.firstOffset = firstOffset;
        }
    }

    /** @param fromOffset transactions that began earlier are not looked at */
    TransactionFold(long logStartOffset, long fromOffset) {
        this.logStartOffset = logStartOffset;
        this.fromOffset = fromOffset;
    }

    void add(RecordBatch batch) {
        if (!batch.isTransactional() || batch.baseOffset() < fromOffset) {
            return;
        }
        if (batch.isControl()) {
            Part ended = open.remove(batch.producerId());
            if (ended != null && !marker(batch).committed()) {
                ended.markerOffset = batch.baseOffset();
                aborted.add(ended);
            }
            return;
        }
        Part part = open.computeIfAbsent(batch.producerId(), id -> new Part(id, batch.baseOffset()));
        if (part.firstReadable < 0 && batch.lastOffset() >= logStartOffset) {
            part.firstReadable = batch.baseOffset();
        }
    }

    private static EndTransactionMarker marker(RecordBatch batch) {
        try (RecordCursor records = batch.records(DecompressionLimit.NONE)) {
            assertThat(records.next()).isTrue();
            return requireNonNull(EndTransactionMarker.read(records.key(), records.value()));
        }
    }

    boolean isOpen(long producerId) {
        return open.containsKey(producerId);
    }

    int abortedCount() {
        return aborted.size();
    }

    /** Compares with a log that has all of these batches, those below its start excepted, and nothing else. */
    void check(String name, LogView view) throws IOException {
        long end = view.logEndOffset();
        long lowest = end;
        long highest = end;
        for (Part part : open.values()) {
            lowest = Math.min(lowest, part.firstOffset);
            if (part.firstReadable >= 0) {
                highest = Math.min(highest, Math.max(part.firstReadable, logStartOffset));
            }
        }
        assertThat(view.lastStableOffset())
                .as("last stable offset of %s", name)
                .isBetween(Math.max(lowest, logStartOffset), highest);
        List<AbortedTransaction> told = view.abortedTransactions(logStartOffset, end);
        long before = -1;
        for (AbortedTransaction transaction : told) {
            assertThat(transaction.firstOffset()).as("order in %s", name).isGreaterThan(before);
            before = transaction.firstOffset();
        }
        List<AbortedTransaction> unexplained = new ArrayList<>(told);
        for (Part part : aborted) {
            AbortedTransaction found = find(unexplained, part);
            if (found != null) {
                unexplained.remove(found);
                assertThat(found.firstOffset())
                        .as("%s, aborted at %s", name, part.markerOffset)
                        .isBetween(part.firstOffset, Math.max(part.firstOffset, part.firstReadable));
            } else if (part.firstReadable >= 0) {
                throw new AssertionError(name + " does not tell of the transaction of " + part.producerId + " from "
                        + part.firstOffset + " that was aborted at " + part.markerOffset + ": " + told);
            }
        }
        unexplained.removeIf(transaction -> transaction.firstOffset() < fromOffset);
        assertThat(unexplained)
                .as("transactions of %s that were not aborted", name)
                .isEmpty();
    }

    private static @Nullable AbortedTransaction find(List<AbortedTransaction> told, Part part) {
        for (AbortedTransaction transaction : told) {
            if (transaction.producerId() == part.producerId && transaction.lastOffset() == part.markerOffset) {
                return transaction;
            }
        }
        return null;
    }
}
