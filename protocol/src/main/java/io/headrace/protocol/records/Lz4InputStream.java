package io.headrace.protocol.records;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.jpountz.xxhash.StreamingXXHash32;
import net.jpountz.xxhash.XXHash32;
import net.jpountz.xxhash.XXHashFactory;
import org.jspecify.annotations.Nullable;

/**
 * Reads one LZ4 frame (LZ4 frame format 1.6) of independent blocks, which is what Kafka clients send.
 *
 * <pre>
 * 04 22 4d 18 | flags 1 | block size 1 | [content size 8] | header checksum 1 |
 *   (block length 4, top bit: stored | block | [block checksum 4])* | 00 00 00 00 | [content checksum 4]
 * </pre>
 *
 * <p>Integers are little endian. The blocks are decoded in Java with checked array accesses: nothing a client sends
 * reaches native code. Linked blocks and dictionaries are refused, as Kafka refuses them.
 */
final class Lz4InputStream extends BlockInputStream {
    private static final int MAGIC = 0x184d2204;
    private static final int VERSION_1 = 1;
    private static final int FLAG_INDEPENDENT = 0x20;
    private static final int FLAG_BLOCK_CHECKSUM = 0x10;
    private static final int FLAG_CONTENT_SIZE = 0x08;
    private static final int FLAG_CONTENT_CHECKSUM = 0x04;
    private static final int FLAGS_REFUSED = 0x03;
    private static final int STORED = 0x80000000;
    /** One byte of a compressed block stands for at most this many. */
    private static final int RATIO_MAX = 255;

    private static final XXHash32 HASH = XXHashFactory.safeInstance().hash32();

    private final boolean blockChecksum;
    private final int blockBytesMax;
    private final long contentSize;
    private final @Nullable StreamingXXHash32 contentHash;
    private long contentRead;
    private boolean ended;

    Lz4InputStream(ByteBuffer input, BlockBuffers buffers) throws IOException {
        super(input, buffers);
        source.order(ByteOrder.LITTLE_ENDIAN);
        require(7);
        int headerStart = source.position() + 4;
        if (source.getInt() != MAGIC) {
            throw new IOException("not an LZ4 frame");
        }
        int flags = source.get() & 0xff;
        int descriptor = source.get() & 0xff;
        if (flags >>> 6 != VERSION_1 || (flags & FLAGS_REFUSED) != 0 || (descriptor & 0x8f) != 0) {
            throw new IOException("LZ4 frame of an unsupported version or with a dictionary");
        }
        if ((flags & FLAG_INDEPENDENT) == 0) {
            throw new IOException("LZ4 frame with linked blocks");
        }
        if (descriptor >>> 4 < 4) {
            throw new IOException("LZ4 frame with an unknown block size");
        }
        blockChecksum = (flags & FLAG_BLOCK_CHECKSUM) != 0;
        blockBytesMax = 1 << (2 * (descriptor >>> 4) + 8);
        if ((flags & FLAG_CONTENT_SIZE) != 0) {
            require(9);
            contentSize = source.getLong();
        } else {
            contentSize = -1;
        }
        contentHash = (flags & FLAG_CONTENT_CHECKSUM) == 0
                ? null
                : XXHashFactory.safeInstance().newStreamingHash32(0);
        int headerSize = source.position() - headerStart;
        int hash = HASH.hash(source, headerStart, headerSize, 0);
        if ((byte) (hash >> 8) != source.get()) {
            throw new IOException("LZ4 frame header fails its checksum");
        }
    }

    @Override
    boolean nextBlock() throws IOException {
        if (ended) {
            return false;
        }
        require(4);
        int header = source.getInt();
        int size = header & ~STORED;
        if (size == 0) {
            finish();
            return false;
        }
        if (size > blockBytesMax) {
            throw new IOException("LZ4 block of " + size + " bytes in a frame of " + blockBytesMax + "-byte blocks");
        }
        byte[] compressed = takeCompressed(size);
        if (blockChecksum) {
            require(4);
            if (source.getInt() != HASH.hash(compressed, 0, size, 0)) {
                throw new IOException("LZ4 block fails its checksum");
            }
        }
        if ((header & STORED) != 0) {
            reserveBlock(size);
            System.arraycopy(compressed, 0, block, 0, size);
            blockSize = size;
        } else {
            int room = (int) Math.min(blockBytesMax, (long) size * RATIO_MAX);
            reserveBlock(room);
            blockSize = Lz4Decoder.decode(compressed, size, block, room);
        }
        contentRead += blockSize;
        if (contentHash != null) {
            contentHash.update(block, 0, blockSize);
        }
        return true;
    }

    private void finish() throws IOException {
        ended = true;
        if (contentHash != null) {
            require(4);
            if (source.getInt() != contentHash.getValue()) {
                throw new IOException("LZ4 content fails its checksum");
            }
        }
        if (contentSize >= 0 && contentSize != contentRead) {
            throw new IOException("LZ4 frame announced " + contentSize + " bytes and held " + contentRead);
        }
        if (source.hasRemaining()) {
            throw new IOException(source.remaining() + " bytes after the end of the LZ4 frame");
        }
    }
}
