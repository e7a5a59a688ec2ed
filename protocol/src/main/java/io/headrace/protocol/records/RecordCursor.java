package io.headrace.protocol.records;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Visits the records of a batch one after the other, decompressing as it goes.
 *
 * <p>Moving on allocates nothing; only {@link #record}, {@link #key}, {@link #value} and {@link #headers} do. A cursor can
 * be opened again and again and keeps its decompression window, so a thread that visits many batches keeps one. At most
 * one window's worth of decompressed bytes, or one record, is in memory at a time. Not thread-safe.
 *
 * <p>Everything is checked: that each record and each of its fields lies within its bounds, that the batch has as many
 * records as its header says, and that nothing follows the last. Offset deltas and timestamps are reported as they stand.
 */
public final class RecordCursor implements AutoCloseable {
    private static final int WINDOW_BYTES = 32 << 10;
    /** A window that had to grow for a large record is given back rather than kept. */
    private static final int WINDOW_KEPT_BYTES_MAX = 1 << 20;
    /** Enough for the size field of any record. */
    private static final int SIZE_FIELD_BYTES_MAX = 5;

    private static final byte[] NO_WINDOW = new byte[0];

    private final RecordParser parser = new RecordParser();
    private final BlockBuffers blockBuffers = new BlockBuffers();
    private DecompressionLimit limit = DecompressionLimit.DEFAULT;
    private @Nullable InputStream stream;

    /** The decompressed bytes at hand; unused for an uncompressed batch. */
    private byte[] window = NO_WINDOW;

    /** What the parser reads: the window, or the batch's own buffer. */
    private ByteBuffer bytes = ByteBuffer.allocate(0);

    /** Start of the record after the current one, and end of the bytes at hand, in {@link #bytes}. */
    private int nextPosition;

    private int availableEnd;
    private long decompressedBytes;
    private int compressedBytes;

    private long baseOffset;
    private long baseTimestamp;
    private boolean logAppendTime;
    private long maxTimestamp;
    private int recordCount;

    private int index = -1;
    private int bodyPosition;
    private int bodySize;

    /** A cursor over nothing; {@link #open} aims it. */
    public RecordCursor() {}

    /**
     * Starts over with the records of another batch. The batch's bytes must stay unchanged while the cursor is in use; the
     * view itself may move on.
     *
     * @throws InvalidBatchException if the record count is negative, the codec unknown or the compressed bytes malformed
     */
    public RecordCursor open(RecordBatch batch, DecompressionLimit newLimit) {
        close();
        limit = newLimit;
        baseOffset = batch.baseOffset();
        baseTimestamp = batch.baseTimestamp();
        logAppendTime = batch.timestampType() == TimestampType.LOG_APPEND_TIME;
        maxTimestamp = batch.maxTimestamp();
        recordCount = batch.recordCount();
        if (recordCount < 0) {
            throw RecordParser.invalid("Batch with " + recordCount + " records");
        }
        index = -1;
        decompressedBytes = 0;
        compressedBytes = batch.sizeBytes() - RecordBatch.HEADER_SIZE_BYTES;
        if (batch.isCompressed()) {
            openStream(batch);
        } else {
            bytes = batch.buffer();
            nextPosition = batch.position() + RecordBatch.HEADER_SIZE_BYTES;
            availableEnd = nextPosition + compressedBytes;
        }
        return this;
    }

    private void openStream(RecordBatch batch) {
        Compression codec = batch.compression();
        if (window.length == 0 || window.length > WINDOW_KEPT_BYTES_MAX) {
            window = new byte[WINDOW_BYTES];
        }
        bytes = ByteBuffer.wrap(window);
        nextPosition = 0;
        availableEnd = 0;
        // A batch that compaction left empty has no compressed bytes either.
        if (compressedBytes == 0 && recordCount == 0) {
            return;
        }
        try {
            stream = codec.decompress(batch.recordBytes(), blockBuffers, limit);
        } catch (IOException e) {
            throw corrupt(e);
        }
    }

    /**
     * Moves to the next record.
     *
     * @return false after the last, when the cursor has closed itself
     * @throws InvalidBatchException if the bytes here are no record, the stream is corrupt or a limit is passed, or if more
     *     bytes follow the last record
     */
    public boolean next() {
        if (index + 1 >= recordCount) {
            requireNothingLeft();
            close();
            return false;
        }
        if (stream != null) {
            fetch(SIZE_FIELD_BYTES_MAX);
        }
        parser.aim(bytes, nextPosition, availableEnd);
        int size = parser.readSize();
        if (stream != null) {
            size = fetchBody(size);
        }
        bodyPosition = parser.position();
        bodySize = size;
        parser.readBody(size);
        nextPosition = parser.position();
        index++;
        return true;
    }

    private int fetchBody(int size) {
        if (size > limit.recordBytesMax()) {
            throw new InvalidBatchException(
                    InvalidBatchException.Reason.TOO_LARGE,
                    "Record of " + size + " bytes, more than " + limit.recordBytesMax());
        }
        int sizeFieldBytes = parser.position() - nextPosition;
        fetch(sizeFieldBytes + size);
        parser.aim(bytes, nextPosition + sizeFieldBytes, availableEnd);
        return size;
    }

    private void requireNothingLeft() {
        if (stream != null && nextPosition == availableEnd) {
            fetch(1);
        }
        if (nextPosition < availableEnd) {
            throw RecordParser.invalid("More bytes follow the " + recordCount + " records that the batch announced");
        }
    }

    /** Brings as many of the next {@code count} bytes into the window as the stream still has. */
    private void fetch(int count) {
        InputStream in = stream;
        if (in == null || availableEnd - nextPosition >= count) {
            return;
        }
        makeRoom(count);
        try {
            while (availableEnd - nextPosition < count) {
                if (availableEnd == window.length) {
                    // Grows with the bytes that have arrived, not with those that were announced.
                    growWindow(Math.min(count, window.length * 2L));
                }
                int read = in.read(window, availableEnd, window.length - availableEnd);
                if (read < 0) {
                    return;
                }
                availableEnd += read;
                decompressedBytes += read;
                limit.check(decompressedBytes, compressedBytes);
            }
        } catch (IOException e) {
            throw corrupt(e);
        }
    }

    /** Moves what is left to the front of the window if the wanted bytes would not fit behind it. */
    private void makeRoom(int count) {
        if (count > window.length - nextPosition) {
            System.arraycopy(window, nextPosition, window, 0, availableEnd - nextPosition);
            availableEnd -= nextPosition;
            nextPosition = 0;
        }
    }

    private void growWindow(long size) {
        byte[] grown = new byte[(int) size];
        System.arraycopy(window, 0, grown, 0, availableEnd);
        window = grown;
        bytes = ByteBuffer.wrap(window);
    }

    private static InvalidBatchException corrupt(IOException cause) {
        return new InvalidBatchException(
                InvalidBatchException.Reason.CORRUPT,
                "The records of the batch cannot be decompressed: " + cause.getMessage(),
                cause);
    }

    /** Position of the current record in its batch, from 0. */
    public int index() {
        return index;
    }

    public int offsetDelta() {
        return parser.offsetDelta();
    }

    public long offset() {
        return baseOffset + parser.offsetDelta();
    }

    /** The record's timestamp in ms: its own, or the batch's when that is stamped with the log append time. */
    public long timestamp() {
        return logAppendTime ? maxTimestamp : baseTimestamp + parser.timestampDelta();
    }

    /** Whether the key is not null. */
    public boolean hasKey() {
        return parser.keySize() >= 0;
    }

    /** Whether the value is not null. */
    public boolean hasValue() {
        return parser.valueSize() >= 0;
    }

    /** Bytes of the record, uncompressed, without its size field. */
    public int sizeBytes() {
        return bodySize;
    }

    /** The key, shared with the cursor: valid until it moves. */
    public @Nullable ByteBuffer key() {
        return slice(bytes, parser.keyPosition(), parser.keySize());
    }

    /** The value, shared with the cursor: valid until it moves. */
    public @Nullable ByteBuffer value() {
        return slice(bytes, parser.valuePosition(), parser.valueSize());
    }

    /** The headers, shared with the cursor: valid until it moves. */
    public List<RecordHeader> headers() {
        return headers(bytes, parser.headersPosition(), bodyPosition + bodySize);
    }

    /** Appends the record to others of a batch with the same base offset; its bytes are copied, but for the timestamp. */
    void copyTo(RecordEncoder target, long timestampDelta) {
        int start = parser.offsetDeltaPosition();
        target.append(timestampDelta, bytes, start, nextPosition - start);
    }

    long baseOffset() {
        return baseOffset;
    }

    /** A copy of the record that outlives the cursor. */
    public Record record() {
        byte[] body = new byte[bodySize];
        bytes.get(bodyPosition, body);
        ByteBuffer copy = ByteBuffer.wrap(body);
        return new Record(
                offset(),
                timestamp(),
                slice(copy, parser.keyPosition() - bodyPosition, parser.keySize()),
                slice(copy, parser.valuePosition() - bodyPosition, parser.valueSize()),
                headers(copy, parser.headersPosition() - bodyPosition, bodySize));
    }

    private List<RecordHeader> headers(ByteBuffer from, int start, int end) {
        int count = parser.headerCount();
        if (count == 0) {
            return List.of();
        }
        List<RecordHeader> headers = new ArrayList<>(count);
        RecordParser fields = new RecordParser();
        fields.aim(from, start, end);
        for (int i = 0; i < count; i++) {
            int keySize = fields.readVarint();
            ByteBuffer key = from.slice(fields.position(), keySize);
            fields.aim(from, fields.position() + keySize, end);
            int valueSize = fields.readVarint();
            headers.add(new RecordHeader(key, slice(from, fields.position(), valueSize)));
            fields.aim(from, fields.position() + Math.max(valueSize, 0), end);
        }
        return headers;
    }

    private static @Nullable ByteBuffer slice(ByteBuffer from, int start, int size) {
        return size < 0 ? null : from.slice(start, size);
    }

    /** Lets go of the decompressor. The cursor can be opened again. */
    @Override
    public void close() {
        InputStream open = stream;
        if (open == null) {
            return;
        }
        stream = null;
        blockBuffers.trim();
        if (window.length > WINDOW_KEPT_BYTES_MAX) {
            window = NO_WINDOW;
        }
        try {
            open.close();
        } catch (IOException e) {
            throw corrupt(e);
        }
    }
}
