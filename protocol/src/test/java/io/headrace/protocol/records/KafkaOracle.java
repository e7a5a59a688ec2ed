package io.headrace.protocol.records;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.compress.GzipCompression;
import org.apache.kafka.common.compress.Lz4Compression;
import org.apache.kafka.common.compress.ZstdCompression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.jspecify.annotations.Nullable;
import org.xerial.snappy.SnappyError;

/** Kafka's own record classes, to compare ours with. */
final class KafkaOracle {
    private KafkaOracle() {}

    static org.apache.kafka.common.compress.Compression compression(Compression codec, int level) {
        return switch (codec) {
            case NONE -> org.apache.kafka.common.compress.Compression.NONE;
            case GZIP -> new GzipCompression.Builder().level(level).build();
            case SNAPPY -> org.apache.kafka.common.compress.Compression.snappy().build();
            case LZ4 -> new Lz4Compression.Builder().level(level).build();
            case ZSTD -> new ZstdCompression.Builder().level(level).build();
        };
    }

    /** A batch as Kafka's producer writes it. */
    static ByteBuffer batch(
            List<Record> records,
            Compression codec,
            int level,
            long baseOffset,
            long producerId,
            short producerEpoch,
            int baseSequence,
            boolean transactional) {
        MemoryRecordsBuilder builder = MemoryRecords.builder(
                ByteBuffer.allocate(1024),
                RecordBatch.MAGIC,
                compression(codec, level),
                org.apache.kafka.common.record.TimestampType.CREATE_TIME,
                baseOffset,
                RecordBatch.NO_TIMESTAMP,
                producerId,
                producerEpoch,
                baseSequence,
                transactional,
                -1);
        for (Record record : records) {
            builder.append(record.timestamp(), record.key(), record.value(), headers(record));
        }
        return builder.build().buffer();
    }

    static ByteBuffer batch(List<Record> records, Compression codec, int level) {
        return batch(records, codec, level, 0, -1, (short) -1, -1, false);
    }

    private static Header[] headers(Record record) {
        return record.headers().stream()
                .map(header -> new RecordHeader(header.key(), bytes(header.value())))
                .toArray(Header[]::new);
    }

    static byte @Nullable [] bytes(@Nullable ByteBuffer buffer) {
        if (buffer == null) {
            return null;
        }
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    static MutableRecordBatch read(ByteBuffer batch) {
        return MemoryRecords.readableRecords(batch.duplicate())
                .batches()
                .iterator()
                .next();
    }

    /** The records of a batch as Kafka reads them. */
    static List<Record> records(ByteBuffer batch) {
        List<Record> records = new ArrayList<>();
        for (org.apache.kafka.common.record.internal.Record record : read(batch)) {
            List<io.headrace.protocol.records.RecordHeader> headers = new ArrayList<>();
            for (Header header : record.headers()) {
                headers.add(io.headrace.protocol.records.RecordHeader.of(header.key(), header.value()));
            }
            records.add(
                    new Record(record.offset(), record.timestamp(), copy(record.key()), copy(record.value()), headers));
        }
        return records;
    }

    /** Whether Kafka's consumer could make records of the batch. */
    static boolean canRead(ByteBuffer batch) {
        try {
            records(batch);
            return true;
        } catch (RuntimeException | SnappyError e) {
            return false;
        }
    }

    private static @Nullable ByteBuffer copy(@Nullable ByteBuffer buffer) {
        byte[] bytes = bytes(buffer);
        return bytes == null ? null : ByteBuffer.wrap(bytes);
    }
}
