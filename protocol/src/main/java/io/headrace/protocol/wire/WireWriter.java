package io.headrace.protocol.wire;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes the protocol's primitive types, big endian, in one pass and without knowing the size beforehand.
 *
 * <p>Bytes go into chunks of its own; a {@link Payload} is only referenced. The result is a list of parts in order.
 * {@link #reset} makes the writer ready for the next message and takes its chunks back, so the parts are to be sent or
 * copied before that. One writer per thread is enough; it is not safe for use by several.
 *
 * <p>A {@code flexible} message has its lengths as varints, one more than the length, in place of numbers of fixed size
 * (KIP-482). A string of more than 32,767 bytes is a {@link MalformedMessageException}.
 */
public final class WireWriter {
    /** Chunks kept for the next message, which bounds what an idle writer holds to 144 KiB. */
    private static final int SPARE_CHUNK_COUNT_MAX = 8;

    private static final int CHUNK_BYTES = 16 << 10;
    private static final int STRING_BYTES_MAX = Short.MAX_VALUE;
    private static final int VARINT_BYTES_MAX = 5;
    private static final int VARLONG_BYTES_MAX = 10;

    /** A filled stretch of one of our chunks; unlike a buffer the caller gave us, it may be patched and reused. */
    private static final class Filled implements Payload {
        final byte[] chunk;
        final int start;
        final int sizeBytes;

        Filled(byte[] chunk, int start, int sizeBytes) {
            this.chunk = chunk;
            this.start = start;
            this.sizeBytes = sizeBytes;
        }

        @Override
        public int sizeBytes() {
            return sizeBytes;
        }
    }

    private final List<Payload> parts = new ArrayList<>();
    private final ArrayList<byte[]> spareChunks = new ArrayList<>();
    private byte[] chunk;

    /** The whole of the chunk: puts several bytes at once. */
    private ByteBuffer view;

    private int start;
    private int position;
    private int sizeBeforeStart;
    private @Nullable WireWriter scratch;

    public WireWriter() {
        chunk = new byte[CHUNK_BYTES];
        view = ByteBuffer.wrap(chunk);
    }

    /** Bytes written so far, payloads included. */
    public int size() {
        return sizeBeforeStart + position - start;
    }

    /**
     * What was written, in order: {@link BufferPayload}s over this writer's own memory, valid until {@link #reset}, and
     * the payloads given to {@link #writePayload} as they are.
     */
    public List<Payload> parts() {
        List<Payload> result = new ArrayList<>(parts.size() + 1);
        for (Payload part : parts) {
            result.add(part instanceof Filled filled ? slice(filled.chunk, filled.start, filled.sizeBytes) : part);
        }
        if (position > start) {
            result.add(slice(chunk, start, position - start));
        }
        return result;
    }

    /** A copy of everything written; only when there is no payload but {@link BufferPayload}s. */
    public byte[] toByteArray() {
        ByteBuffer target = ByteBuffer.allocate(size());
        for (Payload part : parts()) {
            if (!(part instanceof BufferPayload inMemory)) {
                throw new IllegalStateException("not in memory: " + part);
            }
            target.put(inMemory.buffer().duplicate());
        }
        return target.array();
    }

    /** Forgets what was written; parts handed out before must not be read any more. */
    public void reset() {
        for (Payload part : parts) {
            if (part instanceof Filled filled && filled.chunk != chunk) {
                keepSpare(filled.chunk);
            }
        }
        parts.clear();
        if (chunk.length > CHUNK_BYTES) {
            useChunk(nextChunk(CHUNK_BYTES));
        }
        start = 0;
        position = 0;
        sizeBeforeStart = 0;
    }

    /**
     * Overwrites four bytes that were written by one {@link #writeInt}.
     *
     * @param at what {@link #size} was before that call
     */
    public void patchInt(int at, int value) {
        int partStart = 0;
        for (Payload part : parts) {
            if (at < partStart + part.sizeBytes()) {
                if (!(part instanceof Filled filled) || at + 4 > partStart + part.sizeBytes()) {
                    throw new IllegalArgumentException("no int was written at " + at);
                }
                ByteBuffer.wrap(filled.chunk).putInt(filled.start + at - partStart, value);
                return;
            }
            partStart += part.sizeBytes();
        }
        if (at < 0 || at + 4 > size()) {
            throw new IllegalArgumentException("no int was written at " + at);
        }
        view.putInt(start + at - sizeBeforeStart, value);
    }

    public void writeBoolean(boolean value) {
        writeByte(value ? 1 : 0);
    }

    public void writeByte(int value) {
        reserve(1);
        chunk[position++] = (byte) value;
    }

    public void writeShort(int value) {
        reserve(2);
        view.putShort(position, (short) value);
        position += 2;
    }

    public void writeUnsignedShort(int value) {
        if (value < 0 || value > 0xffff) {
            throw new MalformedMessageException(value + " is not an unsigned 16-bit number");
        }
        writeShort(value);
    }

    public void writeInt(int value) {
        reserve(4);
        view.putInt(position, value);
        position += 4;
    }

    public void writeUnsignedInt(long value) {
        if (value < 0 || value > 0xffff_ffffL) {
            throw new MalformedMessageException(value + " is not an unsigned 32-bit number");
        }
        writeInt((int) value);
    }

    public void writeLong(long value) {
        reserve(8);
        view.putLong(position, value);
        position += 8;
    }

    public void writeDouble(double value) {
        writeLong(Double.doubleToRawLongBits(value));
    }

    public void writeUuid(UUID value) {
        writeLong(value.getMostSignificantBits());
        writeLong(value.getLeastSignificantBits());
    }

    /** Zigzag-encoded. */
    public void writeVarint(int value) {
        writeUnsignedVarint((value << 1) ^ (value >> 31));
    }

    /** Zigzag-encoded. */
    public void writeVarlong(long value) {
        reserve(VARLONG_BYTES_MAX);
        long rest = (value << 1) ^ (value >> 63);
        while ((rest & ~0x7fL) != 0) {
            chunk[position++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        chunk[position++] = (byte) rest;
    }

    public void writeUnsignedVarint(int value) {
        reserve(VARINT_BYTES_MAX);
        int rest = value;
        while ((rest & ~0x7f) != 0) {
            chunk[position++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        chunk[position++] = (byte) rest;
    }

    /** The bytes alone, without a length. */
    public void writeBytes(byte[] bytes) {
        writeBytes(bytes, 0, bytes.length);
    }

    /** The bytes alone, without a length. */
    public void writeBytes(byte[] bytes, int from, int sizeBytes) {
        reserve(sizeBytes);
        System.arraycopy(bytes, from, chunk, position, sizeBytes);
        position += sizeBytes;
    }

    /** Copies what remains in the buffer, without a length; its position stays. */
    public void writeBytes(ByteBuffer bytes) {
        int sizeBytes = bytes.remaining();
        reserve(sizeBytes);
        bytes.get(bytes.position(), chunk, position, sizeBytes);
        position += sizeBytes;
    }

    /** Appends the payload by reference, without a length. */
    public void writePayload(Payload payload) {
        if (payload.sizeBytes() == 0) {
            return;
        }
        closePart();
        parts.add(payload);
        sizeBeforeStart = Math.addExact(sizeBeforeStart, payload.sizeBytes());
    }

    public void writeString(String value, boolean flexible) {
        int sizeBytes = Utf8.encodedSizeBytes(value);
        if (sizeBytes > STRING_BYTES_MAX) {
            throw new MalformedMessageException("string of " + sizeBytes + " bytes, at most " + STRING_BYTES_MAX);
        }
        if (flexible) {
            writeUnsignedVarint(sizeBytes + 1);
        } else {
            writeShort(sizeBytes);
        }
        reserve(sizeBytes);
        Utf8.encode(value, chunk, position);
        position += sizeBytes;
    }

    public void writeNullableString(@Nullable String value, boolean flexible) {
        if (value != null) {
            writeString(value, flexible);
        } else if (flexible) {
            writeUnsignedVarint(0);
        } else {
            writeShort(-1);
        }
    }

    public void writeByteArray(byte[] value, boolean flexible) {
        writeLength(value.length, flexible);
        writeBytes(value);
    }

    public void writeNullableByteArray(byte @Nullable [] value, boolean flexible) {
        if (value != null) {
            writeByteArray(value, flexible);
        } else {
            writeLength(-1, flexible);
        }
    }

    public void writeByteBuffer(ByteBuffer value, boolean flexible) {
        writeLength(value.remaining(), flexible);
        writeBytes(value);
    }

    public void writeNullableByteBuffer(@Nullable ByteBuffer value, boolean flexible) {
        if (value != null) {
            writeByteBuffer(value, flexible);
        } else {
            writeLength(-1, flexible);
        }
    }

    public void writeRecords(Payload value, boolean flexible) {
        writeLength(value.sizeBytes(), flexible);
        writePayload(value);
    }

    public void writeNullableRecords(@Nullable Payload value, boolean flexible) {
        if (value != null) {
            writeRecords(value, flexible);
        } else {
            writeLength(-1, flexible);
        }
    }

    /** The length of an array or of bytes; -1 for null. */
    public void writeLength(int length, boolean flexible) {
        if (flexible) {
            writeUnsignedVarint(length + 1);
        } else {
            writeInt(length);
        }
    }

    /** Where the content of a tagged field is to be written, until {@link #endTaggedField}. */
    public WireWriter beginTaggedField(int tag) {
        writeUnsignedVarint(tag);
        if (scratch == null) {
            scratch = new WireWriter();
        }
        scratch.reset();
        return scratch;
    }

    /** Appends what was written since {@link #beginTaggedField}, behind its size. */
    public void endTaggedField() {
        if (scratch == null) {
            throw new IllegalStateException("no tagged field was begun");
        }
        writeUnsignedVarint(scratch.size());
        for (Payload part : scratch.parts) {
            if (part instanceof Filled filled) {
                writeBytes(filled.chunk, filled.start, filled.sizeBytes);
            } else {
                writePayload(part);
            }
        }
        writeBytes(scratch.chunk, scratch.start, scratch.position - scratch.start);
    }

    /** A section of tagged fields with nothing in it but those that nobody knows. */
    public void writeTaggedFields(List<RawTaggedField> fields) {
        writeUnsignedVarint(fields.size());
        writeUnknownTaggedFields(fields, 0, Integer.MAX_VALUE);
    }

    /**
     * Writes the fields from index {@code from} on whose tag comes before {@code tagEnd}.
     *
     * @return the index of the first field not written
     */
    public int writeUnknownTaggedFields(List<RawTaggedField> fields, int from, int tagEnd) {
        int index = from;
        while (index < fields.size() && fields.get(index).tag() < tagEnd) {
            RawTaggedField field = fields.get(index);
            if (field.tag() < 0
                    || (index > 0 && field.tag() <= fields.get(index - 1).tag())) {
                throw new MalformedMessageException("tag " + field.tag() + " is out of order");
            }
            writeUnsignedVarint(field.tag());
            writeUnsignedVarint(field.data().length);
            writeBytes(field.data());
            index++;
        }
        if (index < fields.size() && fields.get(index).tag() == tagEnd) {
            throw new MalformedMessageException("tag " + tagEnd + " is not an unknown one");
        }
        return index;
    }

    /** Makes room for this many bytes in one stretch. */
    private void reserve(int sizeBytes) {
        if (sizeBytes > chunk.length - position) {
            closePart();
            if (position == 0) {
                keepSpare(chunk);
            }
            useChunk(nextChunk(sizeBytes));
            start = 0;
            position = 0;
        }
    }

    private void closePart() {
        if (position > start) {
            parts.add(new Filled(chunk, start, position - start));
            sizeBeforeStart = Math.addExact(sizeBeforeStart, position - start);
            start = position;
        }
    }

    private void useChunk(byte[] next) {
        chunk = next;
        view = ByteBuffer.wrap(next);
    }

    private byte[] nextChunk(int sizeBytes) {
        if (sizeBytes > CHUNK_BYTES) {
            return new byte[sizeBytes];
        }
        return spareChunks.isEmpty() ? new byte[CHUNK_BYTES] : spareChunks.remove(spareChunks.size() - 1);
    }

    private void keepSpare(byte[] used) {
        boolean kept = !spareChunks.isEmpty() && spareChunks.get(spareChunks.size() - 1) == used;
        if (used.length == CHUNK_BYTES && !kept && spareChunks.size() < SPARE_CHUNK_COUNT_MAX) {
            spareChunks.add(used);
        }
    }

    private static Payload slice(byte[] chunk, int start, int sizeBytes) {
        return new BufferPayload(ByteBuffer.wrap(chunk, start, sizeBytes).slice());
    }

    @Override
    public String toString() {
        return "WireWriter(" + size() + " bytes)";
    }
}
