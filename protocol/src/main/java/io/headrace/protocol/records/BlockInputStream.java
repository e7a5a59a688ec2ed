package io.headrace.protocol.records;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A decompressing stream for formats that are made of blocks, each decompressed whole. Reads its input through a view of
 * its own and never asks for memory on the word of a length field that the bytes present cannot justify.
 */
abstract class BlockInputStream extends InputStream {
    /** The compressed bytes, big endian; its position is the next byte to read. */
    final ByteBuffer source;

    /** The current block, decompressed. */
    byte[] block;

    int blockPosition;
    int blockSize;

    private final BlockBuffers buffers;

    BlockInputStream(ByteBuffer source, BlockBuffers buffers) {
        this.source = source.duplicate().order(ByteOrder.BIG_ENDIAN);
        this.buffers = buffers;
        this.block = buffers.block(0);
    }

    /** Decompresses the next block into {@link #block}, which may be empty; false at the end. */
    abstract boolean nextBlock() throws IOException;

    /** Takes the next {@code size} bytes of the input into an array, in which they start at 0. */
    final byte[] takeCompressed(int size) throws IOException {
        require(size);
        byte[] compressed = buffers.compressed(size);
        source.get(compressed, 0, size);
        return compressed;
    }

    final void require(int size) throws IOException {
        if (size < 0 || size > source.remaining()) {
            throw new EOFException("compressed data ends early: " + size + " more bytes were announced, "
                    + source.remaining() + " are left");
        }
    }

    /** Makes room for a block of up to {@code size} bytes, and some slack for {@link BlockCopy}. */
    final void reserveBlock(int size) {
        block = buffers.block(size);
        blockPosition = 0;
        blockSize = 0;
    }

    @Override
    public final int read() throws IOException {
        return fillBlock() ? block[blockPosition++] & 0xff : -1;
    }

    @Override
    public final int read(byte[] target, int start, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!fillBlock()) {
            return -1;
        }
        int count = Math.min(length, blockSize - blockPosition);
        System.arraycopy(block, blockPosition, target, start, count);
        blockPosition += count;
        return count;
    }

    private boolean fillBlock() throws IOException {
        while (blockPosition == blockSize) {
            if (!nextBlock()) {
                return false;
            }
        }
        return true;
    }
}
