package io.headrace.storage.compact;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.records.DecompressionLimit;
import io.headrace.protocol.records.EndTransactionMarker;
import io.headrace.protocol.records.Record;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatches;
import io.headrace.storage.log.AbortedTransaction;
import io.headrace.storage.log.FetchSlice;
import io.headrace.storage.log.LogView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a client makes of a log. */
final class LogContents {
    private LogContents() {}

    /** Every batch from an offset on, whole and in order. */
    static List<RecordBatch> batches(LogView view, long fromOffset, long bound) throws IOException {
        List<RecordBatch> batches = new ArrayList<>();
        long next = fromOffset;
        while (true) {
            FetchSlice slice = view.read(next, 2_000, true, bound);
            if (slice.records() == null) {
                return batches;
            }
            ByteBuffer bytes = ByteBuffer.allocate(slice.sizeBytes());
            slice.records().readInto(bytes);
            slice.records().release();
            RecordBatches walk = RecordBatches.of(bytes.flip());
            while (walk.next()) {
                RecordBatch batch = RecordBatch.at(bytes, walk.batch().position());
                assertThat(batch.hasValidCrc()).as("%s", batch).isTrue();
                assertThat(batch.lastOffset()).isGreaterThanOrEqualTo(next);
                next = batch.nextOffset();
                batches.add(batch);
            }
            next = Math.max(next, slice.nextOffset());
        }
    }

    /** The records that a reader of committed data hands to its application, as Java's consumer does it. */
    static List<Record> committed(LogView view, long fromOffset) throws IOException {
        long bound = view.lastStableOffset();
        Deque<AbortedTransaction> aborted = new ArrayDeque<>(view.abortedTransactions(fromOffset, bound));
        Set<Long> abortedProducers = new HashSet<>();
        List<Record> found = new ArrayList<>();
        for (RecordBatch batch : batches(view, fromOffset, bound)) {
            while (!aborted.isEmpty() && Objects.requireNonNull(aborted.peek()).firstOffset() <= batch.lastOffset()) {
                abortedProducers.add(aborted.remove().producerId());
            }
            if (batch.isControl()) {
                if (isAbort(batch)) {
                    abortedProducers.remove(batch.producerId());
                }
            } else if (!batch.isTransactional() || !abortedProducers.contains(batch.producerId())) {
                for (Record record : batch.readRecords(DecompressionLimit.NONE)) {
                    if (record.offset() >= fromOffset) {
                        found.add(record);
                    }
                }
            }
        }
        return found;
    }

    private static boolean isAbort(RecordBatch batch) {
        List<Record> records = batch.readRecords(DecompressionLimit.NONE);
        if (records.isEmpty()) {
            return false;
        }
        EndTransactionMarker marker =
                EndTransactionMarker.read(records.get(0).key(), records.get(0).value());
        return marker != null && !marker.committed();
    }

    static @Nullable String text(@Nullable ByteBuffer bytes) {
        return bytes == null
                ? null
                : StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }
}
