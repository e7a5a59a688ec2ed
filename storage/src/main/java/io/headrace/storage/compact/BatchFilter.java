package io.headrace.storage.compact;

import io.headrace.protocol.records.DecompressionLimit;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.protocol.records.RecordCursor;
import io.headrace.protocol.records.TimestampType;
import java.nio.ByteBuffer;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Takes records out of one batch after the other. Offsets, sequence numbers, epochs and timestamps of what remains do not
 * change; a batch keeps its first and last offset whatever it loses. Not thread-safe.
 */
final class BatchFilter {
    /** Whether a record stays. */
    interface Choice {
        boolean keeps(RecordBatch batch, RecordCursor record);
    }

    private final RecordCursor cursor = new RecordCursor();
    private final BitSet kept = new BitSet();

    /**
     * @param keepEmpty whether the batch's header stays even if no record does
     * @param mayGetHorizon whether the batch is a marker that may go some time later; batches with tombstones always may
     * @param horizonMs when those may go that get their horizon now (KIP-534)
     * @return what to write; the batch's own bytes if nothing changes, null for nothing
     * @throws io.headrace.protocol.records.InvalidBatchException if the records are not what the header says
     */
    @Nullable
    ByteBuffer filter(RecordBatch batch, Choice choice, boolean keepEmpty, boolean mayGetHorizon, long horizonMs) {
        kept.clear();
        boolean tombstones = false;
        // Right in most cases; only a new horizon changes what is in each record.
        RecordBatchBuilder builder = successor(batch, batch.deleteHorizonMs());
        cursor.open(batch, DecompressionLimit.NONE);
        while (cursor.next()) {
            if (choice.keeps(batch, cursor)) {
                kept.set(cursor.index());
                tombstones |= !cursor.hasValue();
                builder.appendCopy(cursor);
            }
        }
        int keptCount = kept.cardinality();
        if (keptCount == 0) {
            return keepEmpty ? RecordBatchBuilder.emptied(batch) : null;
        }
        boolean getsHorizon = (tombstones || mayGetHorizon) && !batch.hasDeleteHorizon();
        if (keptCount == batch.recordCount() && !getsHorizon) {
            return batch.bytes();
        }
        if (getsHorizon) {
            builder = successor(batch, horizonMs);
            copyKept(batch, builder);
        }
        return builder.lastOffset(batch.lastOffset()).build();
    }

    private void copyKept(RecordBatch batch, RecordBatchBuilder builder) {
        cursor.open(batch, DecompressionLimit.NONE);
        while (cursor.next()) {
            if (kept.get(cursor.index())) {
                builder.appendCopy(cursor);
            }
        }
    }

    private static RecordBatchBuilder successor(RecordBatch batch, long horizonMs) {
        RecordBatchBuilder builder = new RecordBatchBuilder()
                .compression(batch.compression())
                .baseOffset(batch.baseOffset())
                .partitionLeaderEpoch(batch.partitionLeaderEpoch())
                .producer(batch.producerId(), batch.producerEpoch(), batch.baseSequence())
                .transactional(batch.isTransactional())
                .control(batch.isControl());
        if (batch.timestampType() == TimestampType.LOG_APPEND_TIME) {
            builder.logAppendTime(batch.maxTimestamp());
        }
        if (horizonMs != RecordBatch.NO_TIMESTAMP) {
            builder.deleteHorizonMs(horizonMs);
        }
        return builder;
    }
}
