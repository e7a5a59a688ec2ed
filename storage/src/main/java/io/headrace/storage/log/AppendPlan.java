package io.headrace.storage.log;

import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatches;
import java.nio.ByteBuffer;

/**
 * What a group of batches to be appended amounts to.
 *
 * @param bytes their size
 * @param lastOffset the offset of the last record
 * @param latestMs the largest timestamp
 */
record AppendPlan(long bytes, long lastOffset, long latestMs) {
    /**
     * Looks at every header.
     *
     * @throws IllegalArgumentException unless the buffers hold whole batches whose offsets grow from {@code logEndOffset} on
     */
    static AppendPlan of(ByteBuffer[] buffers, int from, int count, long logEndOffset) {
        long bytes = 0;
        long nextOffset = logEndOffset;
        long latestMs = -1;
        for (int i = from; i < from + count; i++) {
            RecordBatches batches = RecordBatches.of(buffers[i]);
            while (batches.next()) {
                RecordBatch batch = batches.batch();
                if (batch.baseOffset() < nextOffset || batch.lastOffsetDelta() < 0) {
                    throw new IllegalArgumentException(batch + " cannot follow offset " + (nextOffset - 1));
                }
                nextOffset = batch.nextOffset();
                latestMs = Math.max(latestMs, batch.maxTimestamp());
            }
            if (batches.end() != RecordBatches.End.CLEAN) {
                throw new IllegalArgumentException("Buffer " + i + " does not end where a batch ends");
            }
            bytes += buffers[i].remaining();
        }
        return new AppendPlan(bytes, nextOffset - 1, latestMs);
    }
}
