package io.headrace.protocol.records;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TimestampSearchTest {
    private final TimestampSearch search = new TimestampSearch(DecompressionLimit.DEFAULT);

    @ParameterizedTest
    @EnumSource(Compression.class)
    void findsTheFirstRecordAtOrAfterATimestamp(Compression codec) {
        RecordBatch batch = batch(codec, 50, 10, 30, 20, 30);
        assertThat(search.firstAtOrAfter(batch, 0, 0)).isEqualTo(new TimestampOffset(10, 50));
        assertThat(search.firstAtOrAfter(batch, 10, 0)).isEqualTo(new TimestampOffset(10, 50));
        assertThat(search.firstAtOrAfter(batch, 11, 0)).isEqualTo(new TimestampOffset(30, 51));
        assertThat(search.firstAtOrAfter(batch, 30, 0)).isEqualTo(new TimestampOffset(30, 51));
        assertThat(search.firstAtOrAfter(batch, 31, 0)).isNull();
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void passesOverRecordsBelowTheStartOffset(Compression codec) {
        RecordBatch batch = batch(codec, 50, 10, 30, 20, 30);
        assertThat(search.firstAtOrAfter(batch, 11, 52)).isEqualTo(new TimestampOffset(20, 52));
        assertThat(search.firstAtOrAfter(batch, 30, 52)).isEqualTo(new TimestampOffset(30, 53));
        assertThat(search.firstAtOrAfter(batch, 0, 54)).isNull();
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void maxIsTheFirstOfTheLatestRecords(Compression codec) {
        assertThat(search.max(batch(codec, 50, 10, 30, 20, 30))).isEqualTo(new TimestampOffset(30, 51));
        assertThat(search.max(batch(codec, 50, -1, -1))).isNull();
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void logAppendTimeIsTheTimeOfEveryRecord(Compression codec) {
        RecordBatch batch = batch(codec, 50, 10, 30, 20);
        batch.setMaxTimestamp(TimestampType.LOG_APPEND_TIME, 99);
        assertThat(search.max(batch)).isEqualTo(new TimestampOffset(99, 50));
        assertThat(search.firstAtOrAfter(batch, 60, 51)).isEqualTo(new TimestampOffset(99, 51));
        assertThat(search.firstAtOrAfter(batch, 100, 0)).isNull();
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void recompressedBatchSaysTheSame(Compression target) {
        Random random = Seed.random("recompressedBatchSaysTheSame");
        for (Compression codec : Compression.values()) {
            List<Record> records = RandomBatches.records(random, 50, 300);
            RecordBatchBuilder builder = new RecordBatchBuilder()
                    .compression(codec)
                    .producer(5, (short) 6, 7)
                    .transactional(true);
            RandomBatches.append(builder, records);
            ByteBuffer before = RandomBatches.direct(builder.build());
            ByteBuffer after = Recompression.recompress(
                    RecordBatch.of(before), target, target.levelDefault(), DecompressionLimit.DEFAULT);
            RecordBatch batch = RecordBatch.of(after);
            assertThat(batch.isComplete()).isTrue();
            assertThat(batch.sizeBytes()).isEqualTo(after.limit());
            assertThat(batch.hasValidCrc()).isTrue();
            assertThat(batch.compression()).isEqualTo(target);
            assertThat(batch.isTransactional()).isTrue();
            assertThat(batch.producerId()).isEqualTo(5);
            assertThat(batch.lastSequence()).isEqualTo(6 + records.size());
            assertThat(batch.readRecords(DecompressionLimit.DEFAULT)).isEqualTo(records);
            assertThat(KafkaOracle.records(after)).isEqualTo(records);
        }
    }

    private static RecordBatch batch(Compression codec, long baseOffset, long... timestamps) {
        RecordBatchBuilder builder = new RecordBatchBuilder().compression(codec).baseOffset(baseOffset);
        for (long timestamp : timestamps) {
            builder.append(timestamp, null, new byte[10]);
        }
        return RecordBatch.of(builder.build());
    }
}
