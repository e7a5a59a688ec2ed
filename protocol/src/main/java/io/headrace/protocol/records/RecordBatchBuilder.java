package io.headrace.protocol.records;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Builds one record batch. Set what the header shall say, append the records, then {@link #build}.
 *
 * <p>Records get consecutive offsets unless {@link #appendAt} gives them others, which only compaction needs. Not
 * thread-safe; builds once.
 */
public final class RecordBatchBuilder {
    private final RecordEncoder records = new RecordEncoder();
    private Compression compression = Compression.NONE;
    private int compressionLevel;
    private TimestampType timestampType = TimestampType.CREATE_TIME;
    private long logAppendTimeMs = RecordBatch.NO_TIMESTAMP;
    private long baseOffset;
    private int partitionLeaderEpoch = -1;
    private long producerId = RecordBatch.NO_PRODUCER_ID;
    private short producerEpoch = RecordBatch.NO_PRODUCER_EPOCH;
    private int baseSequence = RecordBatch.NO_SEQUENCE;
    private boolean transactional;
    private boolean control;
    private long deleteHorizonMs = RecordBatch.NO_TIMESTAMP;

    private long baseTimestamp = RecordBatch.NO_TIMESTAMP;
    private long maxTimestamp = RecordBatch.NO_TIMESTAMP;
    private int lastOffsetDelta = -1;
    private int recordCount;

    /** Compresses at the codec's default level; without a call records stay as they are. */
    public RecordBatchBuilder compression(Compression codec) {
        return compression(codec, codec.levelDefault());
    }

    /** Compresses at a level between the codec's lowest and highest; ignored for codecs without levels. */
    public RecordBatchBuilder compression(Compression codec, int level) {
        if (level != codec.levelDefault() && (level < codec.levelMin() || level > codec.levelMax())) {
            throw new IllegalArgumentException(codec.configName() + " has levels from " + codec.levelMin() + " to "
                    + codec.levelMax() + ", not " + level);
        }
        compression = codec;
        compressionLevel = level;
        return this;
    }

    /** Stamps the batch with the time of the append, which all its records then have. */
    public RecordBatchBuilder logAppendTime(long timeMs) {
        timestampType = TimestampType.LOG_APPEND_TIME;
        logAppendTimeMs = timeMs;
        return this;
    }

    /** The offset of the first record, 0 unless set. */
    public RecordBatchBuilder baseOffset(long offset) {
        baseOffset = offset;
        return this;
    }

    /** -1 unless set; the partition's leader writes its own. */
    public RecordBatchBuilder partitionLeaderEpoch(int epoch) {
        partitionLeaderEpoch = epoch;
        return this;
    }

    /** The idempotent producer and the sequence number of the first record. */
    public RecordBatchBuilder producer(long id, short epoch, int firstSequence) {
        producerId = id;
        producerEpoch = epoch;
        baseSequence = firstSequence;
        return this;
    }

    /** Whether the batch is part of its producer's transaction (KIP-98); not unless set. */
    public RecordBatchBuilder transactional(boolean isTransactional) {
        transactional = isTransactional;
        return this;
    }

    /** For batches of markers, such as {@link EndTransactionMarker}. */
    public RecordBatchBuilder control(boolean isControl) {
        control = isControl;
        return this;
    }

    /** Notes when tombstones of this batch may be removed (KIP-534). Set it before the first record. */
    public RecordBatchBuilder deleteHorizonMs(long timeMs) {
        requireNoRecords();
        deleteHorizonMs = timeMs;
        baseTimestamp = timeMs;
        return this;
    }

    /**
     * Appends a record behind the last; key and value are copied, their positions stay.
     *
     * @param timestamp milliseconds since the epoch
     * @param key null for none
     * @param value null for a tombstone
     */
    public RecordBatchBuilder append(
            long timestamp, @Nullable ByteBuffer key, @Nullable ByteBuffer value, List<RecordHeader> headers) {
        return appendAt(baseOffset + lastOffsetDelta + 1, timestamp, key, value, headers);
    }

    /** As the other one, without headers. */
    public RecordBatchBuilder append(long timestamp, byte @Nullable [] key, byte @Nullable [] value) {
        return append(
                timestamp,
                key == null ? null : ByteBuffer.wrap(key),
                value == null ? null : ByteBuffer.wrap(value),
                List.of());
    }

    /** Appends a record at an offset past the last one's. Fix the base offset before. */
    public RecordBatchBuilder appendAt(
            long offset,
            long timestamp,
            @Nullable ByteBuffer key,
            @Nullable ByteBuffer value,
            List<RecordHeader> headers) {
        int offsetDelta = begin(offset, timestamp);
        records.append(timestamp - baseTimestamp, offsetDelta, key, value, headers);
        return this;
    }

    /**
     * Appends the record that a cursor is at, with its offset and timestamp: as {@link #appendAt}, without taking it apart.
     *
     * @param record of a batch with the base offset of this one
     */
    public RecordBatchBuilder appendCopy(RecordCursor record) {
        if (record.baseOffset() != baseOffset) {
            throw new IllegalArgumentException(
                    "a record of a batch from " + record.baseOffset() + " for a batch from " + baseOffset);
        }
        long timestamp = record.timestamp();
        int unused = begin(record.offset(), timestamp);
        record.copyTo(records, timestamp - baseTimestamp);
        return this;
    }

    /** Counts in a record that comes next; returns its offset delta. */
    private int begin(long offset, long timestamp) {
        int offsetDelta = Math.toIntExact(offset - baseOffset);
        if (offsetDelta <= lastOffsetDelta) {
            throw new IllegalArgumentException("offset " + offset + " is not past the last one, "
                    + (baseOffset + lastOffsetDelta) + ", in a batch from " + baseOffset);
        }
        if (recordCount == 0 && deleteHorizonMs == RecordBatch.NO_TIMESTAMP) {
            baseTimestamp = timestamp;
        }
        maxTimestamp = Math.max(maxTimestamp, timestamp);
        lastOffsetDelta = offsetDelta;
        recordCount++;
        return offsetDelta;
    }

    /**
     * Makes the batch end at a later offset than its last record does, or an empty batch end anywhere: compaction keeps
     * the range of offsets when it removes records. No records may follow.
     */
    public RecordBatchBuilder lastOffset(long offset) {
        int offsetDelta = Math.toIntExact(offset - baseOffset);
        if (offsetDelta < lastOffsetDelta) {
            throw new IllegalArgumentException("last offset " + offset + " is before the last record's");
        }
        lastOffsetDelta = offsetDelta;
        return this;
    }

    /** How many records have been appended. */
    public int recordCount() {
        return recordCount;
    }

    /** Size of the batch if its records were not compressed. */
    public int uncompressedSizeBytes() {
        return RecordBatch.HEADER_SIZE_BYTES + records.size();
    }

    /** The finished batch, a heap buffer from position 0 to its limit. */
    public ByteBuffer build() {
        if (lastOffsetDelta < 0) {
            throw new IllegalStateException("a batch covers at least one offset");
        }
        byte[] bytes = compressedBatch(compression, compressionLevel, records.bytes(), 0, records.size());
        ByteBuffer batch = ByteBuffer.wrap(bytes);
        batch.putLong(RecordBatch.BASE_OFFSET_POSITION, baseOffset);
        batch.putInt(RecordBatch.PARTITION_LEADER_EPOCH_POSITION, partitionLeaderEpoch);
        batch.put(RecordBatch.MAGIC_POSITION, RecordBatch.MAGIC);
        batch.putShort(RecordBatch.ATTRIBUTES_POSITION, attributes());
        batch.putInt(RecordBatch.LAST_OFFSET_DELTA_POSITION, lastOffsetDelta);
        batch.putLong(RecordBatch.BASE_TIMESTAMP_POSITION, baseTimestamp);
        batch.putLong(
                RecordBatch.MAX_TIMESTAMP_POSITION,
                timestampType == TimestampType.LOG_APPEND_TIME ? logAppendTimeMs : maxTimestamp);
        batch.putLong(RecordBatch.PRODUCER_ID_POSITION, producerId);
        batch.putShort(RecordBatch.PRODUCER_EPOCH_POSITION, producerEpoch);
        batch.putInt(RecordBatch.BASE_SEQUENCE_POSITION, baseSequence);
        batch.putInt(RecordBatch.RECORD_COUNT_POSITION, recordCount);
        return seal(batch);
    }

    private short attributes() {
        int attributes = recordCount == 0 ? 0 : compression.id();
        attributes |= timestampType == TimestampType.LOG_APPEND_TIME ? RecordBatch.LOG_APPEND_TIME_FLAG : 0;
        attributes |= transactional ? RecordBatch.TRANSACTIONAL_FLAG : 0;
        attributes |= control ? RecordBatch.CONTROL_FLAG : 0;
        attributes |= deleteHorizonMs == RecordBatch.NO_TIMESTAMP ? 0 : RecordBatch.DELETE_HORIZON_FLAG;
        return (short) attributes;
    }

    /**
     * What is left of a batch when compaction has taken out all its records: the header, which keeps the offsets, the
     * producer's last sequence number and the max timestamp.
     */
    public static ByteBuffer emptied(RecordBatch batch) {
        ByteBuffer header = ByteBuffer.allocate(RecordBatch.HEADER_SIZE_BYTES);
        header.put(0, batch.buffer(), batch.position(), RecordBatch.HEADER_SIZE_BYTES);
        int dropped = RecordBatch.COMPRESSION_MASK | RecordBatch.DELETE_HORIZON_FLAG;
        header.putShort(RecordBatch.ATTRIBUTES_POSITION, (short) (batch.attributes() & ~dropped));
        header.putLong(RecordBatch.BASE_TIMESTAMP_POSITION, RecordBatch.NO_TIMESTAMP);
        header.putInt(RecordBatch.RECORD_COUNT_POSITION, 0);
        return seal(header);
    }

    /** An array with room for the header, then the records compressed. */
    static byte[] compressedBatch(Compression codec, int level, byte[] plain, int start, int size) {
        if (codec == Compression.NONE) {
            byte[] batch = new byte[RecordBatch.HEADER_SIZE_BYTES + size];
            System.arraycopy(plain, start, batch, RecordBatch.HEADER_SIZE_BYTES, size);
            return batch;
        }
        ByteArrayOutputStream target = new ByteArrayOutputStream(RecordBatch.HEADER_SIZE_BYTES + size);
        target.writeBytes(new byte[RecordBatch.HEADER_SIZE_BYTES]);
        if (size > 0) {
            try {
                codec.compress(plain, start, size, level, target);
            } catch (IOException e) {
                throw new UncheckedIOException("compressing " + size + " bytes with " + codec.configName(), e);
            }
        }
        return target.toByteArray();
    }

    /** Fills in the length and the checksum of a batch whose other fields are final. */
    static ByteBuffer seal(ByteBuffer batch) {
        batch.putInt(RecordBatch.LENGTH_POSITION, batch.capacity() - RecordBatch.LENGTH_OVERHEAD_BYTES);
        CRC32C checksum = new CRC32C();
        checksum.update(batch.duplicate().position(RecordBatch.ATTRIBUTES_POSITION));
        return batch.putInt(RecordBatch.CRC_POSITION, (int) checksum.getValue());
    }

    private void requireNoRecords() {
        if (recordCount > 0) {
            throw new IllegalStateException("records have been appended");
        }
    }
}
