package io.headrace.protocol.records;

import org.jspecify.annotations.Nullable;

/** Finds records by timestamp inside a batch, reading compressed ones as well. Not thread-safe. */
public final class TimestampSearch {
    private final RecordCursor cursor = new RecordCursor();
    private final DecompressionLimit limit;

    public TimestampSearch(DecompressionLimit limit) {
        this.limit = limit;
    }

    /**
     * The first record at or after both a timestamp and an offset, or null. Timestamps need not ascend; a batch without a
     * match is passed over by its max timestamp, without reading its records.
     *
     * @throws InvalidBatchException if the records are damaged
     */
    public @Nullable TimestampOffset firstAtOrAfter(RecordBatch batch, long timestamp, long startOffset) {
        if (batch.maxTimestamp() < timestamp || batch.lastOffset() < startOffset) {
            return null;
        }
        try (RecordCursor records = cursor.open(batch, limit)) {
            while (records.next()) {
                if (records.timestamp() >= timestamp && records.offset() >= startOffset) {
                    return new TimestampOffset(records.timestamp(), records.offset());
                }
            }
            return null;
        }
    }

    /**
     * The largest timestamp of the batch's records and the first record that has it, or null for a batch without records
     * or timestamps. With the log append time all have the same, so it is the first record.
     *
     * @throws InvalidBatchException if the records are damaged
     */
    public @Nullable TimestampOffset max(RecordBatch batch) {
        long maxTimestamp = RecordBatch.NO_TIMESTAMP;
        long maxOffset = -1;
        try (RecordCursor records = cursor.open(batch, limit)) {
            while (records.next()) {
                if (records.timestamp() > maxTimestamp) {
                    maxTimestamp = records.timestamp();
                    maxOffset = records.offset();
                }
            }
        }
        return maxOffset < 0 ? null : new TimestampOffset(maxTimestamp, maxOffset);
    }
}
