package io.headrace.protocol.records;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Reads both forms of snappy that Kafka clients send: the chunked form of snappy-java (Java clients), recognised by its
 * magic bytes, and one bare snappy block (librdkafka and others).
 *
 * <pre>
 * chunked: 82 'S' 'N' 'A' 'P' 'P' 'Y' 00 | version 4 | compatible version 4 | (length 4 | snappy block)*
 * </pre>
 *
 * <p>The blocks are decoded in Java with checked array accesses: nothing a client sends reaches native code.
 */
final class SnappyInputStream extends BlockInputStream {
    static final long MAGIC = 0x82534e4150505900L;

    /** Magic, version, oldest compatible version. */
    private static final int STREAM_HEADER_BYTES = 16;

    private static final int MAGIC_START = (int) (MAGIC >>> 32);
    /** A three-byte copy element yields at most 64 bytes; no element is denser. */
    private static final int RATIO_MAX = 22;

    private final DecompressionLimit limit;
    private final boolean chunked;

    SnappyInputStream(ByteBuffer source, BlockBuffers buffers, DecompressionLimit limit) {
        super(source, buffers);
        this.limit = limit;
        this.chunked =
                this.source.remaining() >= STREAM_HEADER_BYTES && this.source.getLong(this.source.position()) == MAGIC;
    }

    @Override
    boolean nextBlock() throws IOException {
        if (!source.hasRemaining()) {
            return false;
        }
        if (!chunked) {
            decode(source.remaining());
            return true;
        }
        skipStreamHeaders();
        if (!source.hasRemaining()) {
            return false;
        }
        require(4);
        decode(source.getInt());
        return true;
    }

    /** The header stands at the start and again where another stream was appended. Its versions say nothing of use. */
    private void skipStreamHeaders() {
        while (source.remaining() >= STREAM_HEADER_BYTES
                && source.getInt(source.position()) == MAGIC_START
                && source.getLong(source.position()) == MAGIC) {
            source.position(source.position() + STREAM_HEADER_BYTES);
        }
    }

    private void decode(int compressedSize) throws IOException {
        byte[] compressed = takeCompressed(compressedSize);
        int size = 0;
        int shift = 0;
        int position = 0;
        while (true) {
            if (position >= compressedSize || shift > 28) {
                throw new IOException("snappy block without a valid length");
            }
            byte next = compressed[position++];
            size |= (next & 0x7f) << shift;
            if (shift == 28 && (next & 0xf8) != 0) {
                throw new IOException("snappy block longer than 2 GiB");
            }
            if (next >= 0) {
                break;
            }
            shift += 7;
        }
        if (size > (long) compressedSize * RATIO_MAX) {
            throw new IOException(
                    "snappy block of " + compressedSize + " bytes cannot hold the " + size + " it claims");
        }
        limit.check(size, compressedSize);
        reserveBlock(size);
        SnappyDecoder.decode(compressed, position, compressedSize, block, size);
        blockSize = size;
    }
}
