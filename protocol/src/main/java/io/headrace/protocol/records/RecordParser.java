package io.headrace.protocol.records;

import java.nio.ByteBuffer;

/**
 * Takes one record apart by absolute position, checking every length against the bytes that are there. Allocates nothing.
 *
 * <pre>
 * size varint | attributes 1 | timestamp delta varlong | offset delta varint |
 *   key size varint, negative: null | key | value size varint, negative: null | value |
 *   header count varint | (key size varint | key | value size varint, negative: null | value)*
 * </pre>
 *
 * <p>Varints are zigzag encoded, at most 5 bytes (10 for a varlong). A longer one, or one with bits beyond the type's, is
 * refused; needlessly long encodings are not. They are read here and not by {@link io.headrace.protocol.wire.WireReader},
 * which moves through a view of one message: this class is aimed anew at each record of a batch and must not allocate.
 */
final class RecordParser {
    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private int position;
    private int end;

    private long timestampDelta;
    private int offsetDeltaPosition;
    private int offsetDelta;
    private int keyPosition;
    private int keySize;
    private int valuePosition;
    private int valueSize;
    private int headerCount;
    private int headersPosition;

    /** Sets the bytes to read: from {@code start} to {@code limit} of {@code bytes}. */
    void aim(ByteBuffer bytes, int start, int limit) {
        buffer = bytes;
        position = start;
        end = limit;
    }

    /** The next byte to read. */
    int position() {
        return position;
    }

    /** Reads the size of the record that starts here, not counting the size field itself. */
    int readSize() {
        int size = readVarint();
        if (size < 0) {
            throw invalid("Record of negative size " + size);
        }
        return size;
    }

    /** Reads the body of a record, which must fill its {@code size} exactly. */
    void readBody(int size) {
        if (size > end - position) {
            throw invalid("Record of " + size + " bytes where " + (end - position) + " are left");
        }
        int limit = end;
        end = position + size;
        // No record attribute is defined in format version 2.
        skip(1);
        timestampDelta = readVarlong();
        offsetDeltaPosition = position;
        offsetDelta = readVarint();
        keySize = readVarint();
        keyPosition = position;
        skip(Math.max(keySize, 0));
        valueSize = readVarint();
        valuePosition = position;
        skip(Math.max(valueSize, 0));
        readHeaders();
        if (position != end) {
            throw invalid("Record of " + size + " bytes ends " + (end - position) + " bytes early");
        }
        end = limit;
    }

    private void readHeaders() {
        headerCount = readVarint();
        headersPosition = position;
        // A header takes at least two bytes.
        if (headerCount < 0 || headerCount > (end - position) / 2) {
            throw invalid("Record with " + headerCount + " headers in " + (end - position) + " bytes");
        }
        for (int i = 0; i < headerCount; i++) {
            readHeader();
        }
    }

    /** Passes over one header. */
    private void readHeader() {
        int headerKeySize = readVarint();
        if (headerKeySize < 0) {
            throw invalid("Record header with a key of negative size " + headerKeySize);
        }
        skip(headerKeySize);
        skip(Math.max(readVarint(), 0));
    }

    private void skip(int count) {
        if (count > end - position) {
            throw invalid("Record field of " + count + " bytes where " + (end - position) + " are left");
        }
        position += count;
    }

    int readVarint() {
        if (position >= end) {
            throw endOfRecord();
        }
        int value = buffer.get(position++);
        if (value < 0) {
            value = readLongVarint(value & 0x7f);
        }
        return (value >>> 1) ^ -(value & 1);
    }

    private int readLongVarint(int firstBits) {
        int value = firstBits;
        for (int shift = 7; shift <= 28; shift += 7) {
            if (position >= end) {
                throw endOfRecord();
            }
            int next = buffer.get(position++);
            value |= (next & 0x7f) << shift;
            if (next >= 0) {
                if (shift == 28 && next > 0x0f) {
                    break;
                }
                return value;
            }
        }
        throw invalid("Varint with more than 32 bits");
    }

    private long readVarlong() {
        if (position >= end) {
            throw endOfRecord();
        }
        long value = buffer.get(position++);
        if (value < 0) {
            value = readLongVarlong(value & 0x7f);
        }
        return (value >>> 1) ^ -(value & 1);
    }

    private long readLongVarlong(long firstBits) {
        long value = firstBits;
        for (int shift = 7; shift <= 63; shift += 7) {
            if (position >= end) {
                throw endOfRecord();
            }
            long next = buffer.get(position++);
            value |= (next & 0x7f) << shift;
            if (next >= 0) {
                if (shift == 63 && next > 1) {
                    break;
                }
                return value;
            }
        }
        throw invalid("Varlong with more than 64 bits");
    }

    long timestampDelta() {
        return timestampDelta;
    }

    /** Where what follows the timestamp begins. */
    int offsetDeltaPosition() {
        return offsetDeltaPosition;
    }

    int offsetDelta() {
        return offsetDelta;
    }

    int keyPosition() {
        return keyPosition;
    }

    /** Negative for a null key. */
    int keySize() {
        return keySize;
    }

    int valuePosition() {
        return valuePosition;
    }

    /** Negative for a null value. */
    int valueSize() {
        return valueSize;
    }

    int headerCount() {
        return headerCount;
    }

    int headersPosition() {
        return headersPosition;
    }

    private InvalidBatchException endOfRecord() {
        return invalid("Record ends in the middle of a field");
    }

    static InvalidBatchException invalid(String message) {
        return new InvalidBatchException(InvalidBatchException.Reason.INVALID_RECORD, message);
    }
}
