package io.headrace.storage.disk;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The bytes of a simulated file, in chunks that forks share until one of them writes.
 *
 * <p>A chunk never changes once it is in place: a write puts a changed copy there. All chunks of
 * zeros are one, so a preallocated file costs next to nothing. Bytes of the last chunk past the size are zero.
 */
final class MemoryImage {
    private static final int CHUNK_BYTES = 4096;
    private static final byte[] ZEROS = new byte[CHUNK_BYTES];

    private byte[][] chunks;
    private long sizeBytes;

    MemoryImage() {
        this(new byte[0][], 0);
    }

    private MemoryImage(byte[][] chunks, long sizeBytes) {
        this.chunks = chunks;
        this.sizeBytes = sizeBytes;
    }

    /** A copy that changes on its own. */
    MemoryImage fork() {
        return new MemoryImage(chunks.clone(), sizeBytes);
    }

    long sizeBytes() {
        return sizeBytes;
    }

    /** Reads until the buffer is full or the image ends; returns how many bytes, -1 at the end. */
    int read(ByteBuffer target, long position) {
        if (!target.hasRemaining()) {
            return 0;
        }
        if (position >= sizeBytes) {
            return -1;
        }
        int total = (int) Math.min(target.remaining(), sizeBytes - position);
        for (int done = 0; done < total; ) {
            int offset = offsetInChunk(position + done);
            int count = Math.min(total - done, CHUNK_BYTES - offset);
            target.put(chunks[chunkIndex(position + done)], offset, count);
            done += count;
        }
        return total;
    }

    /** Writes {@code count} bytes of {@code source}, lengthening the image if need be. */
    void write(byte[] source, int sourceOffset, int count, long position) {
        grow(position + count);
        for (int done = 0; done < count; ) {
            int offset = offsetInChunk(position + done);
            int step = Math.min(count - done, CHUNK_BYTES - offset);
            put(chunkIndex(position + done), offset, source, sourceOffset + done, step);
            done += step;
        }
    }

    /** Writes zeros, lengthening the image if need be. */
    void writeZeros(long count, long position) {
        grow(position + count);
        for (long done = 0; done < count; ) {
            int offset = offsetInChunk(position + done);
            int step = (int) Math.min(count - done, CHUNK_BYTES - offset);
            put(chunkIndex(position + done), offset, ZEROS, 0, step);
            done += step;
        }
    }

    /** Cuts the image, or lengthens it with zeros. */
    void resize(long newSizeBytes) {
        if (newSizeBytes >= sizeBytes) {
            grow(newSizeBytes);
            return;
        }
        int kept = Math.toIntExact((newSizeBytes + CHUNK_BYTES - 1) / CHUNK_BYTES);
        chunks = Arrays.copyOf(chunks, kept);
        sizeBytes = newSizeBytes;
        int offset = offsetInChunk(newSizeBytes);
        if (offset != 0) {
            put(kept - 1, offset, ZEROS, 0, CHUNK_BYTES - offset);
        }
    }

    /** Inverts one bit, counted from the lowest of the first byte. */
    void flipBit(long bitIndex) {
        long position = bitIndex / Byte.SIZE;
        byte[] changed = chunks[chunkIndex(position)].clone();
        changed[offsetInChunk(position)] ^= (byte) (1 << (bitIndex % Byte.SIZE));
        chunks[chunkIndex(position)] = changed;
    }

    private void grow(long neededBytes) {
        if (neededBytes <= sizeBytes) {
            return;
        }
        int needed = Math.toIntExact((neededBytes + CHUNK_BYTES - 1) / CHUNK_BYTES);
        if (needed > chunks.length) {
            int old = chunks.length;
            chunks = Arrays.copyOf(chunks, Math.max(needed, old + old / 2));
            Arrays.fill(chunks, old, chunks.length, ZEROS);
        }
        sizeBytes = neededBytes;
    }

    private void put(int index, int offset, byte[] source, int sourceOffset, int count) {
        byte[] old = chunks[index];
        if (!Arrays.equals(old, offset, offset + count, source, sourceOffset, sourceOffset + count)) {
            byte[] changed = old.clone();
            System.arraycopy(source, sourceOffset, changed, offset, count);
            chunks[index] = changed;
        }
    }

    private static int chunkIndex(long position) {
        return Math.toIntExact(position / CHUNK_BYTES);
    }

    private static int offsetInChunk(long position) {
        return (int) (position % CHUNK_BYTES);
    }
}
