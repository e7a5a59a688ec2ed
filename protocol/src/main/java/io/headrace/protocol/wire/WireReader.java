package io.headrace.protocol.wire;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads the protocol's primitive types, big endian, from a buffer that came from a stranger.
 *
 * <p>Every length is checked against the bytes that are there before anything is allocated, and the number of array
 * elements and of unknown tagged fields that one reader hands out is bounded: one reader reads one message. Whatever
 * is wrong is a {@link MalformedMessageException}; the position is then undefined. Not safe for use by several threads.
 */
public final class WireReader {
    /** Elements in all arrays of one message together, unless the caller says otherwise. */
    public static final int ELEMENT_COUNT_MAX_DEFAULT = 1_000_000;

    /** Unknown tagged fields in one message, over all its structures. */
    public static final int UNKNOWN_TAGGED_FIELD_COUNT_MAX = 1_000;

    /** Size of all unknown tagged fields of one message together. */
    public static final int UNKNOWN_TAGGED_FIELD_BYTES_MAX = 1 << 20;

    /** The value of a UUID field that is not set. */
    public static final UUID ZERO_UUID = new UUID(0, 0);

    private static final int STRING_BYTES_MAX = Short.MAX_VALUE;

    private final ByteBuffer buffer;
    private int elementBudget;
    private int unknownFieldBudget = UNKNOWN_TAGGED_FIELD_COUNT_MAX;
    private int unknownFieldBytesBudget = UNKNOWN_TAGGED_FIELD_BYTES_MAX;

    /** Reads from the buffer's position to its limit; the buffer's own position does not move. */
    public WireReader(ByteBuffer buffer) {
        this(buffer, ELEMENT_COUNT_MAX_DEFAULT);
    }

    /** As {@link #WireReader(ByteBuffer)}, with an own bound on the elements in all arrays together. */
    public WireReader(ByteBuffer buffer, int elementCountMax) {
        this.buffer = buffer.slice();
        this.elementBudget = elementCountMax;
    }

    /** Bytes read so far. */
    public int position() {
        return buffer.position();
    }

    /** Bytes left to read. */
    public int remaining() {
        return buffer.remaining();
    }

    public boolean readBoolean() {
        return readByte() != 0;
    }

    public byte readByte() {
        require(1);
        return buffer.get();
    }

    public short readShort() {
        require(2);
        return buffer.getShort();
    }

    public int readUnsignedShort() {
        return Short.toUnsignedInt(readShort());
    }

    public int readInt() {
        require(4);
        return buffer.getInt();
    }

    public long readUnsignedInt() {
        return Integer.toUnsignedLong(readInt());
    }

    public long readLong() {
        require(8);
        return buffer.getLong();
    }

    public double readDouble() {
        require(8);
        return buffer.getDouble();
    }

    /** The UUID, {@link #ZERO_UUID} itself when all bits are zero. */
    public UUID readUuid() {
        require(16);
        long high = buffer.getLong();
        long low = buffer.getLong();
        return high == 0 && low == 0 ? ZERO_UUID : new UUID(high, low);
    }

    /** A zigzag-encoded varint of at most 5 bytes. */
    public int readVarint() {
        int raw = readUnsignedVarint();
        return (raw >>> 1) ^ -(raw & 1);
    }

    /** A zigzag-encoded varint of at most 10 bytes. */
    public long readVarlong() {
        long raw = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            byte next = readByte();
            raw |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return (raw >>> 1) ^ -(raw & 1);
            }
        }
        byte last = readByte();
        if (last < 0 || last > 1) {
            throw new MalformedMessageException("varlong does not fit in 64 bits");
        }
        raw |= (long) last << 63;
        return (raw >>> 1) ^ -(raw & 1);
    }

    /** A varint of at most 5 bytes, to be taken as unsigned: 2^31 and more come out negative. */
    public int readUnsignedVarint() {
        byte next = readByte();
        if (next >= 0) {
            return next;
        }
        int value = next & 0x7f;
        for (int shift = 7; shift < 28; shift += 7) {
            next = readByte();
            value |= (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        next = readByte();
        if (next < 0 || next > 0x0f) {
            throw new MalformedMessageException("varint does not fit in 32 bits");
        }
        return value | next << 28;
    }

    /** A view of the next bytes, without copying; it shares the content of the buffer given to this reader. */
    public ByteBuffer readBytes(int sizeBytes) {
        require(sizeBytes);
        int start = buffer.position();
        ByteBuffer slice = buffer.slice(start, sizeBytes);
        buffer.position(start + sizeBytes);
        return slice;
    }

    /** Text that must be UTF-8. */
    public String readString(boolean flexible) {
        return present(readNullableString(flexible), "string");
    }

    /** As {@link #readString}, or null. */
    public @Nullable String readNullableString(boolean flexible) {
        return readNullableString(flexible, true);
    }

    /** Text in which U+FFFD takes the place of what is not UTF-8, as Kafka has it. */
    public String readText(boolean flexible) {
        return present(readNullableText(flexible), "string");
    }

    /** As {@link #readText}, or null. */
    public @Nullable String readNullableText(boolean flexible) {
        return readNullableString(flexible, false);
    }

    private @Nullable String readNullableString(boolean flexible, boolean strict) {
        int sizeBytes = flexible ? readCompactLength() : readShort();
        if (sizeBytes == -1) {
            return null;
        }
        if (sizeBytes > STRING_BYTES_MAX) {
            throw new MalformedMessageException("string of " + sizeBytes + " bytes, at most " + STRING_BYTES_MAX);
        }
        require(sizeBytes);
        return decodeUtf8(sizeBytes, strict);
    }

    public byte[] readByteArray(boolean flexible) {
        return present(readNullableByteArray(flexible), "bytes");
    }

    public byte @Nullable [] readNullableByteArray(boolean flexible) {
        int sizeBytes = flexible ? readCompactLength() : readInt();
        return sizeBytes == -1 ? null : copyBytes(sizeBytes);
    }

    /** As {@link #readByteArray}, but a view as {@link #readBytes} gives it. */
    public ByteBuffer readByteBuffer(boolean flexible) {
        return present(readNullableByteBuffer(flexible), "bytes");
    }

    public @Nullable ByteBuffer readNullableByteBuffer(boolean flexible) {
        int sizeBytes = flexible ? readCompactLength() : readInt();
        return sizeBytes == -1 ? null : readBytes(sizeBytes);
    }

    /** Record batches as a view on the buffer, as {@link #readBytes} gives it. */
    public Payload readRecords(boolean flexible) {
        return present(readNullableRecords(flexible), "records");
    }

    public @Nullable Payload readNullableRecords(boolean flexible) {
        ByteBuffer bytes = readNullableByteBuffer(flexible);
        return bytes == null ? null : new BufferPayload(bytes);
    }

    /**
     * The number of elements that follow, no more than the remaining bytes can hold.
     *
     * @param elementBytesMin the fewest bytes an element takes, at least 1
     */
    public int readArrayLength(boolean flexible, int elementBytesMin) {
        int count = readNullableArrayLength(flexible, elementBytesMin);
        if (count == -1) {
            throw new MalformedMessageException("array is null where it may not be");
        }
        return count;
    }

    /** As {@link #readArrayLength}, or -1 for null. */
    public int readNullableArrayLength(boolean flexible, int elementBytesMin) {
        int count = flexible ? readCompactLength() : readInt();
        if (count == -1) {
            return count;
        }
        if (count < 0 || count > buffer.remaining() / elementBytesMin) {
            throw new MalformedMessageException(
                    "array of " + count + " elements with " + buffer.remaining() + " bytes left");
        }
        if (count > elementBudget) {
            throw new MalformedMessageException("too many array elements in one message");
        }
        elementBudget -= count;
        return count;
    }

    /** The number of tagged fields that end a structure. */
    public int readTaggedFieldCount() {
        int count = readUnsignedVarint();
        if (count < 0 || count > buffer.remaining() / 2) {
            throw new MalformedMessageException("more tagged fields than bytes left");
        }
        return count;
    }

    /** The size of one tagged field's content, which is all there. */
    public int readTaggedFieldSize() {
        int sizeBytes = readUnsignedVarint();
        require(sizeBytes);
        return sizeBytes;
    }

    /** Checks that a tagged field ended where its size said. */
    public void finishTaggedField(int tag, int endPosition) {
        if (buffer.position() != endPosition) {
            throw new MalformedMessageException("tagged field " + tag + " has the wrong size");
        }
    }

    /** Adds one field that nobody knows to {@code fields}, or to a new list when that is empty. */
    public List<RawTaggedField> readUnknownTaggedField(List<RawTaggedField> fields, int tag, int sizeBytes) {
        unknownFieldBudget--;
        unknownFieldBytesBudget -= sizeBytes;
        if (unknownFieldBudget < 0 || unknownFieldBytesBudget < 0) {
            throw new MalformedMessageException("too many unknown tagged fields in one message");
        }
        List<RawTaggedField> target = fields.isEmpty() ? new ArrayList<>(2) : fields;
        target.add(new RawTaggedField(tag, copyBytes(sizeBytes)));
        return target;
    }

    /** A length that is stored one higher, so that 0 means null; -1 for null. */
    private int readCompactLength() {
        int raw = readUnsignedVarint();
        if (raw < 0) {
            throw new MalformedMessageException("length does not fit in 31 bits");
        }
        return raw - 1;
    }

    private void require(int sizeBytes) {
        if (sizeBytes < 0) {
            throw new MalformedMessageException("negative length " + sizeBytes);
        }
        if (sizeBytes > buffer.remaining()) {
            throw new MalformedMessageException(
                    "message ends " + (sizeBytes - buffer.remaining()) + " bytes before a field does");
        }
    }

    private byte[] copyBytes(int sizeBytes) {
        require(sizeBytes);
        byte[] bytes = new byte[sizeBytes];
        buffer.get(bytes);
        return bytes;
    }

    private String decodeUtf8(int sizeBytes, boolean strict) {
        if (sizeBytes == 0) {
            return "";
        }
        if (!buffer.hasArray()) {
            return decodeUtf8(copyBytes(sizeBytes), 0, sizeBytes, strict);
        }
        int start = buffer.position();
        buffer.position(start + sizeBytes);
        return decodeUtf8(buffer.array(), buffer.arrayOffset() + start, sizeBytes, strict);
    }

    private static String decodeUtf8(byte[] array, int start, int sizeBytes, boolean strict) {
        for (int i = start; i < start + sizeBytes; i++) {
            if (array[i] < 0) {
                return strict ? decodeBeyondAscii(array, start, sizeBytes) : decodeReplacing(array, start, sizeBytes);
            }
        }
        return new String(array, start, sizeBytes, StandardCharsets.ISO_8859_1);
    }

    /** The replacement takes three bytes where one may have been: what could not be written again is refused. */
    private static String decodeReplacing(byte[] array, int start, int sizeBytes) {
        String text = new String(array, start, sizeBytes, StandardCharsets.UTF_8);
        if (sizeBytes > STRING_BYTES_MAX / 3 && Utf8.encodedSizeBytes(text) > STRING_BYTES_MAX) {
            throw new MalformedMessageException("string that is not UTF-8 and too long with what takes its place");
        }
        return text;
    }

    private static String decodeBeyondAscii(byte[] array, int start, int sizeBytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(array, start, sizeBytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new MalformedMessageException("string is not UTF-8");
        }
    }

    private static <T> T present(@Nullable T value, String kind) {
        if (value == null) {
            throw new MalformedMessageException(kind + " is null where it may not be");
        }
        return value;
    }
}
