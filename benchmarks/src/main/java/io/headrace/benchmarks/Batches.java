package io.headrace.benchmarks;

import io.headrace.protocol.records.Compression;
import io.headrace.protocol.records.RecordBatchBuilder;
import java.nio.ByteBuffer;
import java.util.Random;

/** Record batches to measure with; the same bytes at each run. */
final class Batches {
    private static final long TIMESTAMP_MS = 1_700_000_000_000L;

    private Batches() {}

    /** A batch of records of {@code valueBytes} half-random bytes each, as a producer sends it. */
    static ByteBuffer batch(int recordCount, int valueBytes, Compression codec) {
        Random random = new Random(1);
        RecordBatchBuilder builder = new RecordBatchBuilder().compression(codec);
        for (int i = 0; i < recordCount; i++) {
            byte[] value = new byte[valueBytes];
            for (int k = 0; k < valueBytes; k++) {
                value[k] = (byte) ('a' + random.nextInt(8));
            }
            builder.append(TIMESTAMP_MS + i, null, value);
        }
        return builder.build();
    }
}
