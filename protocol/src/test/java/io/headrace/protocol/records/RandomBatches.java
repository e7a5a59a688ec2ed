package io.headrace.protocol.records;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Random records and batches, the same for the same random source. */
final class RandomBatches {
    private RandomBatches() {}

    static List<Record> records(Random random, int countMax, int fieldBytesMax) {
        int count = 1 + random.nextInt(countMax);
        long timestamp = 1_700_000_000_000L + random.nextInt(1 << 30);
        List<Record> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(new Record(
                    i,
                    timestamp + random.nextInt(2000) - 1000,
                    field(random, fieldBytesMax),
                    field(random, fieldBytesMax),
                    headers(random)));
        }
        return records;
    }

    private static List<RecordHeader> headers(Random random) {
        List<RecordHeader> headers = new ArrayList<>();
        for (int i = random.nextInt(8) - 5; i > 0; i--) {
            ByteBuffer key = ByteBuffer.wrap(("ключ-" + random.nextInt()).getBytes(StandardCharsets.UTF_8));
            headers.add(new RecordHeader(key, field(random, 40)));
        }
        return headers;
    }

    /** Null, empty, random or well compressible bytes. */
    static @Nullable ByteBuffer field(Random random, int bytesMax) {
        int kind = random.nextInt(8);
        if (kind == 0) {
            return null;
        }
        byte[] bytes = new byte[kind == 1 ? 0 : random.nextInt(bytesMax + 1)];
        if (kind < 5) {
            random.nextBytes(bytes);
        } else {
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) ("abcabd".charAt(i % 6) + (random.nextInt(20) == 0 ? 1 : 0));
            }
        }
        return ByteBuffer.wrap(bytes);
    }

    static RecordBatchBuilder builder(List<Record> records) {
        RecordBatchBuilder builder = new RecordBatchBuilder();
        append(builder, records);
        return builder;
    }

    static void append(RecordBatchBuilder builder, List<Record> records) {
        for (Record record : records) {
            builder.append(record.timestamp(), record.key(), record.value(), record.headers());
        }
    }

    static ByteBuffer copy(ByteBuffer buffer) {
        return ByteBuffer.allocate(buffer.remaining()).put(buffer.duplicate()).flip();
    }

    static ByteBuffer direct(ByteBuffer heap) {
        ByteBuffer direct = ByteBuffer.allocateDirect(heap.remaining());
        direct.put(heap.duplicate());
        return direct.flip();
    }
}
