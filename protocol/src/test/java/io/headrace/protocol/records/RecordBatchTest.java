package io.headrace.protocol.records;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecordBatchTest {
    private static final DecompressionLimit LIMIT = DecompressionLimit.DEFAULT;

    @ParameterizedTest
    @EnumSource(Compression.class)
    void kafkaReadsWhatTheBuilderWrites(Compression codec) {
        Random random = Seed.random("kafkaReadsWhatTheBuilderWrites");
        for (int run = 0; run < 60; run++) {
            List<Record> records = RandomBatches.records(random, 40, 400);
            long baseOffset = random.nextInt(1000);
            ByteBuffer batch = build(records, codec, codec.levelDefault(), baseOffset, random);
            MutableRecordBatch kafka = KafkaOracle.read(batch);
            kafka.ensureValid();
            assertSameHeader(RecordBatch.of(batch), kafka);
            assertThat(KafkaOracle.records(batch)).isEqualTo(at(baseOffset, records));
        }
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void readsWhatKafkaWrites(Compression codec) {
        Random random = Seed.random("readsWhatKafkaWrites");
        for (int run = 0; run < 60; run++) {
            List<Record> records = RandomBatches.records(random, 40, 400);
            ByteBuffer batch = KafkaOracle.batch(
                    records, codec, codec.levelDefault(), 7, 5, (short) 3, random.nextInt(Integer.MAX_VALUE), true);
            RecordBatch view = RecordBatch.of(run % 2 == 0 ? batch : RandomBatches.direct(batch));
            assertThat(view.isComplete()).isTrue();
            assertThat(view.hasValidCrc()).isTrue();
            assertSameHeader(view, KafkaOracle.read(batch));
            assertThat(view.readRecords(LIMIT)).isEqualTo(at(7, records));
        }
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void everyLevelIsReadByBothSides(Compression codec) {
        Random random = Seed.random("everyLevelIsReadByBothSides");
        List<Record> records = RandomBatches.records(random, 200, 3000);
        for (int level : levels(codec)) {
            ByteBuffer ours = build(records, codec, level, 0, random);
            assertThat(KafkaOracle.records(ours)).as("our level %d", level).isEqualTo(records);
            ByteBuffer kafkas = KafkaOracle.batch(records, codec, level);
            assertThat(RecordBatch.of(kafkas).readRecords(LIMIT))
                    .as("Kafka's level %d", level)
                    .isEqualTo(records);
        }
    }

    private static int[] levels(Compression codec) {
        return switch (codec) {
            case GZIP -> new int[] {-1, 1, 5, 9};
            case LZ4 -> new int[] {1, 5, 9, 12, 17};
            case ZSTD -> new int[] {-131072, -5, 1, 3, 10, 22};
            default -> new int[] {codec.levelDefault()};
        };
    }

    @Test
    void recordsLargerThanTheWindowAreReadWhole() {
        Random random = Seed.random("recordsLargerThanTheWindowAreReadWhole");
        for (Compression codec : Compression.values()) {
            List<Record> records = RandomBatches.records(random, 10, 3_000_000);
            ByteBuffer batch = KafkaOracle.batch(records, codec, codec.levelDefault());
            assertThat(RecordBatch.of(batch).readRecords(LIMIT)).isEqualTo(records);
        }
    }

    @Test
    void viewLeavesTheSourceBufferAlone() {
        ByteBuffer batch =
                new RecordBatchBuilder().append(5, null, new byte[10]).build();
        ByteBuffer padded = ByteBuffer.allocateDirect(200).order(ByteOrder.LITTLE_ENDIAN);
        padded.put(33, batch, 0, batch.limit());
        padded.position(17).limit(190);
        RecordBatch view = RecordBatch.at(padded, 33);
        assertThat(view.hasValidCrc()).isTrue();
        assertThat(view.readRecords(LIMIT)).hasSize(1);
        view.setBaseOffset(12);
        assertThat(view.baseOffset()).isEqualTo(12);
        assertThat(padded.position()).isEqualTo(17);
        assertThat(padded.limit()).isEqualTo(190);
        assertThat(padded.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void patchingOffsetAndEpochKeepsTheChecksum() {
        ByteBuffer batch =
                new RecordBatchBuilder().append(5, null, new byte[10]).build();
        RecordBatch view = RecordBatch.of(batch);
        long crc = view.crc();
        view.setBaseOffset(1L << 40);
        view.setPartitionLeaderEpoch(77);
        assertThat(view.crc()).isEqualTo(crc);
        assertThat(view.hasValidCrc()).isTrue();
        MutableRecordBatch kafka = KafkaOracle.read(batch);
        assertThat(kafka.baseOffset()).isEqualTo(1L << 40);
        assertThat(kafka.partitionLeaderEpoch()).isEqualTo(77);
        assertThat(kafka.isValid()).isTrue();
    }

    @Test
    void logAppendTimeIsWrittenAsKafkaWritesIt() {
        List<Record> records = RandomBatches.records(Seed.random("logAppendTime"), 5, 100);
        ByteBuffer ours = RandomBatches.builder(records).build();
        ByteBuffer kafkas = RandomBatches.copy(ours);
        RecordBatch view = RecordBatch.of(ours);
        long baseTimestamp = view.baseTimestamp();
        view.setMaxTimestamp(TimestampType.LOG_APPEND_TIME, 1_800_000_000_000L);
        KafkaOracle.read(kafkas)
                .setMaxTimestamp(org.apache.kafka.common.record.TimestampType.LOG_APPEND_TIME, 1_800_000_000_000L);
        assertThat(ours).isEqualTo(kafkas);
        assertThat(view.baseTimestamp()).isEqualTo(baseTimestamp);
        assertThat(view.readRecords(LIMIT)).allMatch(record -> record.timestamp() == 1_800_000_000_000L);

        view.setMaxTimestamp(TimestampType.CREATE_TIME, 9);
        KafkaOracle.read(kafkas).setMaxTimestamp(org.apache.kafka.common.record.TimestampType.CREATE_TIME, 9);
        assertThat(ours).isEqualTo(kafkas);
    }

    @Test
    void deleteHorizonIsReadBack() {
        ByteBuffer batch = new RecordBatchBuilder()
                .deleteHorizonMs(5_000)
                .append(1_000, new byte[1], null)
                .append(7_000, new byte[2], null)
                .build();
        RecordBatch view = RecordBatch.of(batch);
        assertThat(view.hasDeleteHorizon()).isTrue();
        assertThat(view.deleteHorizonMs()).isEqualTo(5_000);
        assertThat(view.readRecords(LIMIT)).extracting(Record::timestamp).containsExactly(1_000L, 7_000L);
        MutableRecordBatch kafka = KafkaOracle.read(batch);
        assertThat(kafka.deleteHorizonMs()).hasValue(5_000);
        assertThat(KafkaOracle.records(batch)).isEqualTo(view.readRecords(LIMIT));
    }

    @Test
    void compactedBatchKeepsItsOffsets() {
        ByteBuffer batch = new RecordBatchBuilder()
                .baseOffset(100)
                .compression(Compression.ZSTD)
                .appendAt(103, 1, null, null, List.of())
                .appendAt(107, 2, null, null, List.of())
                .lastOffset(120)
                .build();
        RecordBatch view = RecordBatch.of(batch);
        assertThat(view.nextOffset()).isEqualTo(121);
        assertThat(view.recordCount()).isEqualTo(2);
        assertThat(view.readRecords(LIMIT)).extracting(Record::offset).containsExactly(103L, 107L);
        assertThat(KafkaOracle.records(batch)).isEqualTo(view.readRecords(LIMIT));
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void copiedRecordsAreTheSameBytesAsAppendedOnes(Compression codec) {
        Random random = Seed.random("copiedRecordsAreTheSameBytesAsAppendedOnes");
        for (int run = 0; run < 40; run++) {
            List<Record> records = RandomBatches.records(random, 40, 400);
            RecordBatch source = RecordBatch.of(build(records, codec, codec.levelDefault(), 7, random));
            RecordBatchBuilder appended =
                    new RecordBatchBuilder().compression(codec).baseOffset(7);
            RecordBatchBuilder copied =
                    new RecordBatchBuilder().compression(codec).baseOffset(7);
            if (run % 2 == 0) {
                appended.deleteHorizonMs(1_700_000_000_000L);
                copied.deleteHorizonMs(1_700_000_000_000L);
            }
            try (RecordCursor cursor = source.records(LIMIT)) {
                while (cursor.next()) {
                    if (random.nextBoolean()) {
                        copied.appendCopy(cursor);
                        appended.appendAt(
                                cursor.offset(), cursor.timestamp(), cursor.key(), cursor.value(), cursor.headers());
                    }
                }
            }
            assertThat(copied.lastOffset(source.lastOffset()).build())
                    .isEqualTo(appended.lastOffset(source.lastOffset()).build());
        }
    }

    @Test
    void emptyBatchHoldsAnOffsetRange() {
        ByteBuffer batch = new RecordBatchBuilder()
                .baseOffset(100)
                .compression(Compression.LZ4)
                .producer(5, (short) 1, 20)
                .lastOffset(120)
                .build();
        RecordBatch view = RecordBatch.of(batch);
        assertThat(view.isComplete()).isTrue();
        assertThat(view.hasValidCrc()).isTrue();
        assertThat(view.readRecords(LIMIT)).isEmpty();
        assertThat(view.lastSequence()).isEqualTo(40);
        assertThat(KafkaOracle.read(batch).isValid()).isTrue();
        assertThat(KafkaOracle.records(batch)).isEmpty();
    }

    @Test
    void endTransactionMarkerIsUnderstoodBothWays() {
        ByteBuffer ours = new EndTransactionMarker(true, 9).toBatch(1_000, 77, (short) 4);
        MutableRecordBatch kafka = KafkaOracle.read(ours);
        assertThat(kafka.isControlBatch()).isTrue();
        assertThat(kafka.isTransactional()).isTrue();
        org.apache.kafka.common.record.internal.Record record = kafka.iterator().next();
        assertThat(ControlRecordType.parse(record.key())).isEqualTo(ControlRecordType.COMMIT);
        assertThat(org.apache.kafka.common.record.internal.EndTransactionMarker.deserialize(record)
                        .coordinatorEpoch())
                .isEqualTo(9);

        ByteBuffer kafkas = MemoryRecords.withEndTransactionMarker(
                        77,
                        (short) 4,
                        new org.apache.kafka.common.record.internal.EndTransactionMarker(ControlRecordType.ABORT, 9))
                .buffer();
        Record marker = RecordBatch.of(kafkas).readRecords(LIMIT).get(0);
        assertThat(EndTransactionMarker.read(marker.key(), marker.value()))
                .isEqualTo(new EndTransactionMarker(false, 9));
    }

    @Test
    void walkVisitsEveryBatchAndSaysHowItEnded() {
        ByteBuffer one = new RecordBatchBuilder().append(1, null, new byte[10]).build();
        ByteBuffer two = new RecordBatchBuilder()
                .baseOffset(1)
                .append(1, null, new byte[99])
                .build();
        ByteBuffer both = ByteBuffer.allocate(one.limit() + two.limit());
        both.put(one.duplicate()).put(two.duplicate()).flip();
        assertThat(walk(both)).isEqualTo("0 1 CLEAN");
        for (int limit = 0; limit < both.capacity(); limit++) {
            String visited = limit < one.limit() ? "" : "0 ";
            String end = limit == 0 || limit == one.limit() ? "CLEAN" : "SHORT";
            assertThat(walk(both.duplicate().limit(limit)))
                    .as("cut at %d", limit)
                    .isEqualTo(visited + end);
        }
        both.put(one.limit() + RecordBatch.MAGIC_POSITION, (byte) 1);
        assertThat(walk(both)).isEqualTo("0 INVALID");
        both.put(one.limit() + RecordBatch.MAGIC_POSITION, (byte) 2);
        for (int length : new int[] {Integer.MIN_VALUE, -1, 0, 48}) {
            both.putInt(one.limit() + RecordBatch.LENGTH_POSITION, length);
            assertThat(walk(both)).as("length %d", length).isEqualTo("0 INVALID");
        }
        both.putInt(one.limit() + RecordBatch.LENGTH_POSITION, Integer.MAX_VALUE);
        assertThat(walk(both)).isEqualTo("0 SHORT");
    }

    private static String walk(ByteBuffer buffer) {
        RecordBatches batches = RecordBatches.of(buffer);
        StringBuilder visited = new StringBuilder();
        while (batches.next()) {
            visited.append(batches.batch().baseOffset()).append(' ');
        }
        return visited.append(batches.end()).toString();
    }

    private static List<Record> at(long baseOffset, List<Record> records) {
        return records.stream()
                .map(r -> new Record(baseOffset + r.offset(), r.timestamp(), r.key(), r.value(), r.headers()))
                .toList();
    }

    private static ByteBuffer build(
            List<Record> records, Compression codec, int level, long baseOffset, Random random) {
        RecordBatchBuilder builder = new RecordBatchBuilder()
                .baseOffset(baseOffset)
                .compression(codec, level)
                .partitionLeaderEpoch(random.nextInt(10))
                .producer(random.nextInt(100), (short) random.nextInt(100), Integer.MAX_VALUE - random.nextInt(10))
                .transactional(random.nextBoolean());
        RandomBatches.append(builder, records);
        return builder.build();
    }

    private static void assertSameHeader(RecordBatch ours, MutableRecordBatch kafka) {
        assertThat(ours.baseOffset()).isEqualTo(kafka.baseOffset());
        assertThat(ours.lastOffset()).isEqualTo(kafka.lastOffset());
        assertThat(ours.nextOffset()).isEqualTo(kafka.nextOffset());
        assertThat(ours.sizeBytes()).isEqualTo(kafka.sizeInBytes());
        assertThat(ours.partitionLeaderEpoch()).isEqualTo(kafka.partitionLeaderEpoch());
        assertThat(ours.magic()).isEqualTo(kafka.magic());
        assertThat(ours.crc()).isEqualTo(kafka.checksum());
        assertThat(ours.compression().id()).isEqualTo(kafka.compressionType().id);
        assertThat(ours.timestampType().name()).isEqualTo(kafka.timestampType().name());
        assertThat(ours.isTransactional()).isEqualTo(kafka.isTransactional());
        assertThat(ours.isControl()).isEqualTo(kafka.isControlBatch());
        assertThat(ours.maxTimestamp()).isEqualTo(kafka.maxTimestamp());
        assertThat(ours.producerId()).isEqualTo(kafka.producerId());
        assertThat(ours.hasProducerId()).isEqualTo(kafka.hasProducerId());
        assertThat(ours.producerEpoch()).isEqualTo(kafka.producerEpoch());
        assertThat(ours.baseSequence()).isEqualTo(kafka.baseSequence());
        assertThat(ours.lastSequence()).isEqualTo(kafka.lastSequence());
        assertThat(ours.recordCount()).isEqualTo(kafka.countOrNull());
    }
}
