package io.headrace.simulation;

import io.headrace.protocol.records.DecompressionLimit;
import io.headrace.protocol.records.Record;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Changes records in place, in batches that are not compressed; they must not get longer or shorter. */
final class BatchEditing {
    private static final int SIZE_POSITION = 8;
    private static final int SIZE_OVERHEAD_BYTES = 12;
    private static final int MAGIC_POSITION = 16;

    private BatchEditing() {}

    interface Edit {
        /** What becomes of a record; null if it stays as it is. */
        @Nullable
        Record of(boolean isControl, Record record);
    }

    /** Edits the whole batches that the remaining bytes begin with; position and limit stay. */
    static void edit(ByteBuffer bytes, Edit edit) {
        int position = bytes.position();
        while (position + RecordBatch.HEADER_SIZE_BYTES <= bytes.limit() && bytes.get(position + MAGIC_POSITION) == 2) {
            int size = bytes.getInt(position + SIZE_POSITION) + SIZE_OVERHEAD_BYTES;
            if (size < RecordBatch.HEADER_SIZE_BYTES || size > bytes.limit() - position) {
                return;
            }
            RecordBatch batch = RecordBatch.at(bytes, position);
            if (batch.hasValidCrc()) {
                ByteBuffer edited = edited(batch, edit);
                if (edited != null && edited.remaining() == size) {
                    bytes.put(position, edited, edited.position(), size);
                }
            }
            position += size;
        }
    }

    private static @Nullable ByteBuffer edited(RecordBatch batch, Edit edit) {
        RecordBatchBuilder builder = new RecordBatchBuilder()
                .compression(batch.compression())
                .baseOffset(batch.baseOffset())
                .partitionLeaderEpoch(batch.partitionLeaderEpoch())
                .producer(batch.producerId(), batch.producerEpoch(), batch.baseSequence())
                .transactional(batch.isTransactional())
                .control(batch.isControl());
        if (batch.hasDeleteHorizon()) {
            builder.deleteHorizonMs(batch.deleteHorizonMs());
        }
        boolean changed = false;
        for (Record record : batch.readRecords(DecompressionLimit.NONE)) {
            Record other = edit.of(batch.isControl(), record);
            changed |= other != null;
            Record kept = other == null ? record : other;
            builder.appendAt(kept.offset(), kept.timestamp(), kept.key(), kept.value(), kept.headers());
        }
        return changed ? builder.lastOffset(batch.lastOffset()).build() : null;
    }
}
