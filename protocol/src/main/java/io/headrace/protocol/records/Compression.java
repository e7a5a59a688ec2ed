package io.headrace.protocol.records;

import com.github.luben.zstd.RecyclingBufferPool;
import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.xxhash.XXHashFactory;
import org.jspecify.annotations.Nullable;
import org.xerial.snappy.SnappyOutputStream;

/** The codecs that the records of a batch may be compressed with, in the framings that Kafka clients use. */
public enum Compression {
    NONE(0, 0, 0, 0),
    /** RFC 1952. */
    GZIP(1, 1, 9, Deflater.DEFAULT_COMPRESSION),
    /** snappy-java's chunked form; reads bare snappy blocks as well. */
    SNAPPY(2, 0, 0, 0),
    /** An LZ4 frame of independent 64 KiB blocks. */
    LZ4(3, 1, 17, 9),
    /** RFC 8878. */
    ZSTD(4, -131072, 22, 3);

    private static final Compression[] BY_ID = values();

    /**
     * The largest zstd window accepted, as a power of two: what the library itself allows and what clients at level 22
     * need. The memory is only touched as far as decompressed bytes arrive, which {@link DecompressionLimit} bounds.
     */
    private static final int ZSTD_WINDOW_LOG_MAX = 27;

    private static final int SNAPPY_CHUNK_BYTES = 32 << 10;
    private static final int GZIP_BUFFER_BYTES = 8 << 10;

    private final int id;
    private final int levelMin;
    private final int levelMax;
    private final int levelDefault;

    Compression(int id, int levelMin, int levelMax, int levelDefault) {
        this.id = id;
        this.levelMin = levelMin;
        this.levelMax = levelMax;
        this.levelDefault = levelDefault;
    }

    /**
     * The codec with this number in a batch's attributes.
     *
     * @throws InvalidBatchException if there is none
     */
    public static Compression forId(int id) {
        if (id < 0 || id >= BY_ID.length) {
            throw new InvalidBatchException(
                    InvalidBatchException.Reason.UNSUPPORTED_COMPRESSION, "Unknown compression codec " + id);
        }
        return BY_ID[id];
    }

    /** The codec that a {@code compression.type} names, or null; {@code uncompressed} is another name of none. */
    public static @Nullable Compression forConfigName(String name) {
        if (name.equals("uncompressed")) {
            return NONE;
        }
        for (Compression codec : BY_ID) {
            if (codec.configName().equals(name)) {
                return codec;
            }
        }
        return null;
    }

    /** The number in a batch's attributes. */
    public int id() {
        return id;
    }

    /** The name in configuration: none, gzip, snappy, lz4, zstd. */
    public String configName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The lowest level; levels of codecs that have none are 0 throughout. */
    public int levelMin() {
        return levelMin;
    }

    public int levelMax() {
        return levelMax;
    }

    public int levelDefault() {
        return levelDefault;
    }

    /**
     * A stream of the decompressed bytes of {@code compressed}, from its position to its limit, neither of which
     * changes. Malformed input shows as an {@link IOException} here or while reading. Close it: some codecs hold native
     * memory. The caller counts what it reads; a codec that must decompress a whole block at once, of whatever size the
     * client chose, applies {@code limit} to that block.
     */
    InputStream decompress(ByteBuffer compressed, BlockBuffers buffers, DecompressionLimit limit) throws IOException {
        switch (this) {
            case NONE:
                return new BufferInputStream(compressed);
            case GZIP:
                return new GZIPInputStream(new BufferInputStream(compressed), GZIP_BUFFER_BYTES);
            case SNAPPY:
                return new SnappyInputStream(compressed, buffers, limit);
            case LZ4:
                return new Lz4InputStream(compressed, buffers);
            case ZSTD:
                return new ZstdInputStreamNoFinalizer(new BufferInputStream(compressed), RecyclingBufferPool.INSTANCE)
                        .setLongMax(ZSTD_WINDOW_LOG_MAX);
        }
        throw new AssertionError(this);
    }

    /** Compresses {@code size} bytes from {@code start} of {@code plain} and writes them to {@code target}. */
    void compress(byte[] plain, int start, int size, int level, OutputStream target) throws IOException {
        switch (this) {
            case NONE -> target.write(plain, start, size);
            case GZIP -> {
                try (OutputStream gzip = new LevelledGzip(target, level)) {
                    gzip.write(plain, start, size);
                }
            }
            case SNAPPY -> {
                try (OutputStream snappy = new SnappyOutputStream(target, SNAPPY_CHUNK_BYTES)) {
                    snappy.write(plain, start, size);
                }
            }
            case LZ4 -> {
                try (OutputStream lz4 = lz4Frame(target, level)) {
                    lz4.write(plain, start, size);
                }
            }
            case ZSTD -> {
                byte[] compressed = new byte[(int) Zstd.compressBound(size)];
                long written = Zstd.compressByteArray(compressed, 0, compressed.length, plain, start, size, level);
                if (Zstd.isError(written)) {
                    throw new IOException("zstd: " + Zstd.getErrorName(written));
                }
                target.write(compressed, 0, (int) written);
            }
        }
    }

    private OutputStream lz4Frame(OutputStream target, int level) throws IOException {
        LZ4Factory factory = LZ4Factory.fastestInstance();
        LZ4Compressor compressor = level == levelDefault ? factory.fastCompressor() : factory.highCompressor(level);
        return new LZ4FrameOutputStream(
                target,
                LZ4FrameOutputStream.BLOCKSIZE.SIZE_64KB,
                -1,
                compressor,
                XXHashFactory.safeInstance().hash32(),
                LZ4FrameOutputStream.FLG.Bits.BLOCK_INDEPENDENCE);
    }

    private static final class LevelledGzip extends GZIPOutputStream {
        LevelledGzip(OutputStream target, int level) throws IOException {
            super(target, GZIP_BUFFER_BYTES);
            def.setLevel(level);
        }
    }
}
