package io.headrace.protocol.records;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A view of one record batch, format version 2 (KIP-98), that lies somewhere in a byte buffer.
 *
 * <pre>
 *  position  size  field
 *         0     8  base offset                 patched by the leader, outside the checksum
 *         8     4  length of all that follows
 *        12     4  partition leader epoch      patched by the leader, outside the checksum
 *        16     1  magic = 2
 *        17     4  CRC-32C of everything from the attributes to the end
 *        21     2  attributes: 0-2 compression, 3 timestamp type, 4 transactional, 5 control, 6 delete horizon
 *        23     4  last offset delta
 *        27     8  base timestamp; the delete horizon when attribute bit 6 is set
 *        35     8  max timestamp
 *        43     8  producer id, -1 for none
 *        51     2  producer epoch
 *        53     4  base sequence
 *        57     4  number of records
 *        61        records, compressed as one block unless the codec is none
 * </pre>
 *
 * <p>Reads heap, direct and read-only buffers by absolute position and leaves the position and limit of the buffer it
 * was given alone. {@link #wrap} and {@link #advance} re-aim an existing view, so that a loop over many batches
 * allocates nothing. Accessors trust the header: call {@link #isComplete} first on bytes of unknown origin. Not
 * thread-safe; any number of views may share a buffer.
 */
public final class RecordBatch {
    /** Where each header field starts, counted from the start of the batch. */
    public static final int BASE_OFFSET_POSITION = 0;

    public static final int LENGTH_POSITION = 8;
    public static final int PARTITION_LEADER_EPOCH_POSITION = 12;
    public static final int MAGIC_POSITION = 16;
    public static final int CRC_POSITION = 17;
    public static final int ATTRIBUTES_POSITION = 21;
    public static final int LAST_OFFSET_DELTA_POSITION = 23;
    public static final int BASE_TIMESTAMP_POSITION = 27;
    public static final int MAX_TIMESTAMP_POSITION = 35;
    public static final int PRODUCER_ID_POSITION = 43;
    public static final int PRODUCER_EPOCH_POSITION = 51;
    public static final int BASE_SEQUENCE_POSITION = 53;
    public static final int RECORD_COUNT_POSITION = 57;

    /** Size of the header; the records start here. */
    public static final int HEADER_SIZE_BYTES = 61;
    /** The base offset and length fields, which the length field does not count. */
    public static final int LENGTH_OVERHEAD_BYTES = 12;
    /** The only batch format that is stored or accepted. */
    public static final byte MAGIC = 2;

    public static final long NO_TIMESTAMP = -1L;
    public static final long NO_PRODUCER_ID = -1L;
    public static final short NO_PRODUCER_EPOCH = -1;
    public static final int NO_SEQUENCE = -1;

    static final int COMPRESSION_MASK = 0x07;
    static final int LOG_APPEND_TIME_FLAG = 0x08;
    public static final int TRANSACTIONAL_FLAG = 0x10;
    static final int CONTROL_FLAG = 0x20;
    static final int DELETE_HORIZON_FLAG = 0x40;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final CRC32C checksum = new CRC32C();
    /** The buffer as handed in, to notice that {@link #wrap} got the same one again. */
    private ByteBuffer source = NOTHING;
    /** Our own position and limit over the same bytes; big endian whatever the source's order. */
    private ByteBuffer buffer = NOTHING;

    private int position;

    /** A view of nothing yet; {@link #wrap} aims it. */
    public RecordBatch() {}

    /** A view of the batch that starts at the absolute {@code position} of {@code buffer}. */
    public static RecordBatch at(ByteBuffer buffer, int position) {
        return new RecordBatch().wrap(buffer, position);
    }

    /** A view of the batch that starts at the buffer's own position. */
    public static RecordBatch of(ByteBuffer buffer) {
        return at(buffer, buffer.position());
    }

    /** Aims this view at the batch that starts at the absolute {@code position}; bytes count up to the buffer's limit. */
    @SuppressWarnings("ReferenceEquality") // whether it is the same buffer, not whether its contents are the same
    public RecordBatch wrap(ByteBuffer newBuffer, int newPosition) {
        if (newBuffer != source || newBuffer.limit() != buffer.limit()) {
            source = newBuffer;
            buffer = newBuffer.duplicate();
        }
        position = newPosition;
        return this;
    }

    /** Aims this view at another position of the same buffer. */
    RecordBatch moveTo(int newPosition) {
        position = newPosition;
        return this;
    }

    /**
     * Moves to the batch that follows this one.
     *
     * @return whether a complete batch is there; if not, the view is aimed at whatever follows
     */
    public boolean advance() {
        position += sizeBytes();
        return isComplete();
    }

    /**
     * Whether a whole batch with a header of the known format lies here: enough bytes, a length that covers the header,
     * magic 2. Says nothing about the checksum.
     */
    public boolean isComplete() {
        int available = availableBytes();
        if (available < HEADER_SIZE_BYTES) {
            return false;
        }
        int length = lengthField();
        return length >= HEADER_SIZE_BYTES - LENGTH_OVERHEAD_BYTES
                && length <= available - LENGTH_OVERHEAD_BYTES
                && magic() == MAGIC;
    }

    /** Bytes between the start of the batch and the buffer's limit. */
    public int availableBytes() {
        return buffer.limit() - position;
    }

    /** Where in the buffer the batch starts. */
    public int position() {
        return position;
    }

    public long baseOffset() {
        return buffer.getLong(position + BASE_OFFSET_POSITION);
    }

    /** The length field as it stands: the size of the batch without its first 12 bytes. */
    public int lengthField() {
        return buffer.getInt(position + LENGTH_POSITION);
    }

    /** The size of the whole batch, header included. */
    public int sizeBytes() {
        return LENGTH_OVERHEAD_BYTES + lengthField();
    }

    public int partitionLeaderEpoch() {
        return buffer.getInt(position + PARTITION_LEADER_EPOCH_POSITION);
    }

    public byte magic() {
        return buffer.get(position + MAGIC_POSITION);
    }

    /** The stored checksum, as the unsigned 32-bit number it is. */
    public long crc() {
        return Integer.toUnsignedLong(buffer.getInt(position + CRC_POSITION));
    }

    public short attributes() {
        return buffer.getShort(position + ATTRIBUTES_POSITION);
    }

    /** The codec's number in the attributes, 0 to 7, whether or not it is a known one. */
    public int compressionId() {
        return attributes() & COMPRESSION_MASK;
    }

    /**
     * The codec of the records.
     *
     * @throws InvalidBatchException for a codec number that stands for nothing
     */
    public Compression compression() {
        return Compression.forId(compressionId());
    }

    public boolean isCompressed() {
        return compressionId() != 0;
    }

    public TimestampType timestampType() {
        return (attributes() & LOG_APPEND_TIME_FLAG) == 0 ? TimestampType.CREATE_TIME : TimestampType.LOG_APPEND_TIME;
    }

    public boolean isTransactional() {
        return (attributes() & TRANSACTIONAL_FLAG) != 0;
    }

    /** Whether the batch carries a marker for readers (end of transaction) and no user data. */
    public boolean isControl() {
        return (attributes() & CONTROL_FLAG) != 0;
    }

    /** Whether compaction has noted when the tombstones of this batch may go (KIP-534). */
    public boolean hasDeleteHorizon() {
        return (attributes() & DELETE_HORIZON_FLAG) != 0;
    }

    /** The time from which tombstones of this batch may be removed, or {@link #NO_TIMESTAMP} when none is noted. */
    public long deleteHorizonMs() {
        return hasDeleteHorizon() ? baseTimestamp() : NO_TIMESTAMP;
    }

    public int lastOffsetDelta() {
        return buffer.getInt(position + LAST_OFFSET_DELTA_POSITION);
    }

    public long lastOffset() {
        return baseOffset() + lastOffsetDelta();
    }

    /** The offset that the next batch of the partition may start with. */
    public long nextOffset() {
        return lastOffset() + 1;
    }

    /** What the records' timestamp deltas count from, in ms. */
    public long baseTimestamp() {
        return buffer.getLong(position + BASE_TIMESTAMP_POSITION);
    }

    public long maxTimestamp() {
        return buffer.getLong(position + MAX_TIMESTAMP_POSITION);
    }

    public long producerId() {
        return buffer.getLong(position + PRODUCER_ID_POSITION);
    }

    /** Whether an idempotent or transactional producer wrote the batch. */
    public boolean hasProducerId() {
        return producerId() > NO_PRODUCER_ID;
    }

    public short producerEpoch() {
        return buffer.getShort(position + PRODUCER_EPOCH_POSITION);
    }

    public int baseSequence() {
        return buffer.getInt(position + BASE_SEQUENCE_POSITION);
    }

    /** The sequence number of the last record, or {@link #NO_SEQUENCE}. */
    public int lastSequence() {
        int baseSequence = baseSequence();
        return baseSequence == NO_SEQUENCE ? NO_SEQUENCE : incrementSequence(baseSequence, lastOffsetDelta());
    }

    public int recordCount() {
        return buffer.getInt(position + RECORD_COUNT_POSITION);
    }

    /** Sequence numbers run from 0 to 2^31-1, then start again at 0. */
    public static int incrementSequence(int sequence, int increment) {
        return (int) (((long) sequence + increment) & Integer.MAX_VALUE);
    }

    /** The checksum that the batch should carry. Reads every byte from the attributes on. */
    public long computeCrc() {
        int limit = buffer.limit();
        checksum.reset();
        buffer.limit(position + sizeBytes()).position(position + ATTRIBUTES_POSITION);
        try {
            checksum.update(buffer);
        } finally {
            buffer.limit(limit).position(0);
        }
        return checksum.getValue();
    }

    public boolean hasValidCrc() {
        return crc() == computeCrc();
    }

    /** Patches the base offset in place; the checksum does not cover it. */
    public void setBaseOffset(long offset) {
        buffer.putLong(position + BASE_OFFSET_POSITION, offset);
    }

    /** Patches the partition leader epoch in place; the checksum does not cover it. */
    public void setPartitionLeaderEpoch(int epoch) {
        buffer.putInt(position + PARTITION_LEADER_EPOCH_POSITION, epoch);
    }

    /**
     * Sets the max timestamp together with the attribute bit that says what it means, and renews the checksum. The base
     * timestamp stays. Does nothing, not even reading the records, when both already are as wanted.
     */
    public void setMaxTimestamp(TimestampType type, long timestampMs) {
        if (timestampType() == type && maxTimestamp() == timestampMs) {
            return;
        }
        int attributes = attributes();
        int wanted = type == TimestampType.LOG_APPEND_TIME
                ? attributes | LOG_APPEND_TIME_FLAG
                : attributes & ~LOG_APPEND_TIME_FLAG;
        buffer.putShort(position + ATTRIBUTES_POSITION, (short) wanted);
        buffer.putLong(position + MAX_TIMESTAMP_POSITION, timestampMs);
        buffer.putInt(position + CRC_POSITION, (int) computeCrc());
    }

    /** The bytes of the whole batch, shared with the buffer. */
    public ByteBuffer bytes() {
        return buffer.slice(position, sizeBytes());
    }

    /** The records section as stored, compressed or not, shared with the buffer. */
    public ByteBuffer recordBytes() {
        return buffer.slice(position + HEADER_SIZE_BYTES, sizeBytes() - HEADER_SIZE_BYTES);
    }

    /** Opens a cursor over the records. Close it; one that has read to the end of the records is closed already. */
    public RecordCursor records(DecompressionLimit limit) {
        return new RecordCursor().open(this, limit);
    }

    /**
     * All records at once, their keys and values copied out of the batch. For places where convenience counts more than
     * speed.
     *
     * @throws InvalidBatchException if the records are not what the header says
     */
    public List<Record> readRecords(DecompressionLimit limit) {
        List<Record> records = new ArrayList<>();
        try (RecordCursor cursor = records(limit)) {
            while (cursor.next()) {
                records.add(cursor.record());
            }
        }
        return records;
    }

    /** The whole buffer under this view, for classes of this package that walk the records by absolute position. */
    ByteBuffer buffer() {
        return buffer;
    }

    @Override
    public String toString() {
        if (!isComplete()) {
            return "RecordBatch(incomplete, " + availableBytes() + " bytes available)";
        }
        return "RecordBatch(offsets " + baseOffset() + ".." + lastOffset() + ", " + recordCount() + " records, "
                + sizeBytes() + " bytes, epoch " + partitionLeaderEpoch() + ", codec " + compressionId()
                + ", producer " + producerId() + "/" + producerEpoch() + " sequence " + baseSequence()
                + (isTransactional() ? ", transactional" : "") + (isControl() ? ", control" : "") + ")";
    }
}
