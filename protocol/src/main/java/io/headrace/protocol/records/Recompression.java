package io.headrace.protocol.records;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Rebuilds a batch with another codec, for topics whose {@code compression.type} is not the producer's choice. */
public final class Recompression {
    private Recompression() {}

    /**
     * The same batch with its records compressed by another codec. The records' bytes are not touched, so everything the
     * header says apart from the codec, the length and the checksum stays true.
     *
     * @param batch a batch whose records have been checked
     * @return a heap buffer from position 0 to its limit
     * @throws InvalidBatchException if the records cannot be decompressed within the limit
     */
    public static ByteBuffer recompress(RecordBatch batch, Compression target, int level, DecompressionLimit limit) {
        byte[] plain = decompress(batch, limit);
        byte[] bytes = RecordBatchBuilder.compressedBatch(target, level, plain, 0, plain.length);
        ByteBuffer rebuilt = ByteBuffer.wrap(bytes);
        rebuilt.put(0, batch.bytes(), 0, RecordBatch.HEADER_SIZE_BYTES);
        int attributes = (batch.attributes() & ~RecordBatch.COMPRESSION_MASK) | target.id();
        rebuilt.putShort(RecordBatch.ATTRIBUTES_POSITION, (short) attributes);
        return RecordBatchBuilder.seal(rebuilt);
    }

    private static byte[] decompress(RecordBatch batch, DecompressionLimit limit) {
        ByteBuffer compressed = batch.recordBytes();
        byte[] plain = new byte[Math.max(4096, compressed.remaining())];
        int size = 0;
        try (InputStream in = batch.compression().decompress(compressed, new BlockBuffers(), limit)) {
            for (int read; (read = in.read(plain, size, plain.length - size)) >= 0; ) {
                size += read;
                limit.check(size, compressed.remaining());
                if (size == plain.length) {
                    plain = Arrays.copyOf(plain, (int) Math.min(plain.length * 2L, Integer.MAX_VALUE - 8));
                }
            }
        } catch (IOException e) {
            throw new InvalidBatchException(
                    InvalidBatchException.Reason.CORRUPT,
                    "The records of the batch cannot be decompressed: " + e.getMessage(),
                    e);
        }
        return Arrays.copyOf(plain, size);
    }
}
