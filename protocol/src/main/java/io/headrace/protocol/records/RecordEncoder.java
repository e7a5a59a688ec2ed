package io.headrace.protocol.records;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes records one behind the other into a growing array, in the layout that {@link RecordParser} reads. */
final class RecordEncoder {
    private byte[] bytes = new byte[512];
    private int size;

    byte[] bytes() {
        return bytes;
    }

    /** How many of {@link #bytes} are written. */
    int size() {
        return size;
    }

    void append(
            long timestampDelta,
            int offsetDelta,
            @Nullable ByteBuffer key,
            @Nullable ByteBuffer value,
            List<RecordHeader> headers) {
        int bodySize = bodySize(timestampDelta, offsetDelta, key, value, headers);
        ensureRoom(varlongSize(bodySize) + bodySize);
        writeVarlong(bodySize);
        bytes[size++] = 0;
        writeVarlong(timestampDelta);
        writeVarlong(offsetDelta);
        writeField(key);
        writeField(value);
        writeVarlong(headers.size());
        for (RecordHeader header : headers) {
            writeField(header.keyBytes());
            writeField(header.value());
        }
    }

    /** Appends a record of which all that follows the timestamp is there already: from {@code start} of {@code source}. */
    void append(long timestampDelta, ByteBuffer source, int start, int count) {
        int bodySize = Math.addExact(1 + varlongSize(timestampDelta), count);
        ensureRoom(varlongSize(bodySize) + bodySize);
        writeVarlong(bodySize);
        bytes[size++] = 0;
        writeVarlong(timestampDelta);
        source.get(start, bytes, size, count);
        size += count;
    }

    static int bodySize(
            long timestampDelta,
            int offsetDelta,
            @Nullable ByteBuffer key,
            @Nullable ByteBuffer value,
            List<RecordHeader> headers) {
        long total = 1L
                + varlongSize(timestampDelta)
                + varlongSize(offsetDelta)
                + fieldSize(key)
                + fieldSize(value)
                + varlongSize(headers.size());
        for (RecordHeader header : headers) {
            total += fieldSize(header.keyBytes()) + fieldSize(header.value());
        }
        return Math.toIntExact(total);
    }

    private static long fieldSize(@Nullable ByteBuffer field) {
        return field == null ? 1 : (long) varlongSize(field.remaining()) + field.remaining();
    }

    private void writeField(@Nullable ByteBuffer field) {
        if (field == null) {
            writeVarlong(-1);
            return;
        }
        int length = field.remaining();
        writeVarlong(length);
        field.get(field.position(), bytes, size, length);
        size += length;
    }

    /** An int zigzags to the same bytes as the long of the same value, so there is one method for both. */
    private void writeVarlong(long value) {
        long rest = (value << 1) ^ (value >> 63);
        while ((rest & ~0x7fL) != 0) {
            bytes[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
    }

    static int varlongSize(long value) {
        long bits = (value << 1) ^ (value >> 63);
        return (70 - Long.numberOfLeadingZeros(bits | 1)) / 7;
    }

    private void ensureRoom(int count) {
        int needed = Math.addExact(size, count);
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.max(needed, Math.min(bytes.length * 2L, Integer.MAX_VALUE - 64)));
        }
    }
}
