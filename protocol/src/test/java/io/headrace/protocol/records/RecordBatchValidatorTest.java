package io.headrace.protocol.records;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.BatchVerdict.RecordError;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One test for each rule. Kafka's own validator is asked as well, except where we differ on purpose. */
class RecordBatchValidatorTest {
    private static final long NOW_MS = 1_700_000_000_000L;
    private static final short VERSION = 9;
    private static final BatchRules RULES = rules(TimestampType.CREATE_TIME, false);

    private final RecordBatchValidator validator = new RecordBatchValidator();

    private static BatchRules rules(TimestampType type, boolean keysRequired) {
        return new BatchRules(1_000_000, keysRequired, type, 3_600_000, 60_000, DecompressionLimit.DEFAULT);
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void acceptsWhatProducersSend(Compression codec) {
        ByteBuffer batch = builder(3).compression(codec).build();
        BatchVerdict verdict = same(batch, RULES);
        assertThat(verdict.error()).isEqualTo(ErrorCode.NONE);
        assertThat(verdict.message()).isNull();
        assertThat(verdict.maxTimestamp()).isEqualTo(NOW_MS);
        assertThat(verdict.maxTimestampOffsetDelta()).isZero();
    }

    @Test
    void acceptsADirectBufferAndLeavesItAlone() {
        ByteBuffer heap = builder(3).build();
        ByteBuffer direct = ByteBuffer.allocateDirect(heap.limit() + 50);
        direct.position(20).put(heap.duplicate()).limit(direct.position()).position(20);
        assertThat(validator.validate(direct, VERSION, RULES, NOW_MS).isAccepted())
                .isTrue();
        assertThat(direct.position()).isEqualTo(20);
        assertThat(direct.limit()).isEqualTo(20 + heap.limit());
    }

    @Test
    void refusesDataWithoutABatch() {
        ByteBuffer batch = builder(1).build();
        for (int size = 0; size < batch.limit(); size++) {
            refused(ErrorCode.INVALID_RECORD, batch.duplicate().limit(size));
        }
    }

    @Test
    void refusesTwoBatches() {
        ByteBuffer one = builder(1).build();
        ByteBuffer two = ByteBuffer.allocate(one.limit() * 2);
        two.put(one.duplicate()).put(one.duplicate()).flip();
        refused(ErrorCode.INVALID_RECORD, two);
    }

    @Test
    void ignoresTheStartOfASecondBatchAsKafkaDoes() {
        ByteBuffer one = builder(1).build();
        ByteBuffer two = ByteBuffer.allocate(one.limit() * 2);
        two.put(one.duplicate()).put(one.duplicate()).flip();
        for (int limit = one.limit(); limit < two.capacity(); limit++) {
            assertThat(same(two.duplicate().limit(limit), RULES).isAccepted()).isTrue();
        }
    }

    @Test
    void refusesGarbageBehindTheBatch() {
        ByteBuffer one = builder(1).build();
        ByteBuffer padded = ByteBuffer.allocate(one.limit() + 40).put(one.duplicate());
        refused(ErrorCode.CORRUPT_MESSAGE, padded.rewind());
    }

    @Test
    void refusesOldFormats() {
        for (byte magic = 0; magic < 2; magic++) {
            byte old = magic;
            refused(ErrorCode.INVALID_RECORD, edited(batch -> batch.put(RecordBatch.MAGIC_POSITION, old)));
        }
    }

    @Test
    void refusesUnknownFormats() {
        for (int magic : new int[] {-128, -1, 3, 127}) {
            refused(ErrorCode.CORRUPT_MESSAGE, edited(batch -> batch.put(RecordBatch.MAGIC_POSITION, (byte) magic)));
        }
    }

    @Test
    void refusesZstdBeforeProduceVersion7() {
        ByteBuffer batch = builder(2).compression(Compression.ZSTD).build();
        for (short version = 3; version < 12; version++) {
            BatchVerdict verdict = validator.validate(batch, version, RULES, NOW_MS);
            assertThat(verdict.error())
                    .isEqualTo(version < 7 ? ErrorCode.UNSUPPORTED_COMPRESSION_TYPE : ErrorCode.NONE);
            assertThat(verdict.error())
                    .isEqualTo(KafkaValidator.validate(batch, version, RULES, NOW_MS)
                            .error());
        }
    }

    @Test
    void refusesUnknownCodecs() {
        for (int id = 5; id < 8; id++) {
            short attributes = (short) id;
            ByteBuffer batch = edited(b -> b.putShort(RecordBatch.ATTRIBUTES_POSITION, attributes));
            BatchVerdict verdict = validator.validate(batch, VERSION, RULES, NOW_MS);
            assertThat(verdict.error()).isEqualTo(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
        }
    }

    @Test
    void refusesABaseOffset() {
        refused(ErrorCode.INVALID_RECORD, edited(batch -> batch.putLong(RecordBatch.BASE_OFFSET_POSITION, 5)));
    }

    @Test
    void refusesABatchOverTheLimitBeforeLookingInside() {
        ByteBuffer batch = builder(1).build();
        BatchRules exact =
                new BatchRules(batch.limit(), false, TimestampType.CREATE_TIME, 1, 1, DecompressionLimit.DEFAULT);
        BatchRules less =
                new BatchRules(batch.limit() - 1, false, TimestampType.CREATE_TIME, 1, 1, DecompressionLimit.DEFAULT);
        assertThat(same(batch, exact).isAccepted()).isTrue();
        assertThat(same(batch, less).error()).isEqualTo(ErrorCode.MESSAGE_TOO_LARGE);
        // The checksum comes later.
        batch.put(batch.limit() - 1, (byte) 99);
        assertThat(same(batch, less).error()).isEqualTo(ErrorCode.MESSAGE_TOO_LARGE);
    }

    @Test
    void refusesABatchThatIsAllHeaderAndLessThanThat() {
        for (int length = 14; length < 49; length++) {
            ByteBuffer batch = ByteBuffer.allocate(12 + length);
            batch.putInt(RecordBatch.LENGTH_POSITION, length).put(RecordBatch.MAGIC_POSITION, RecordBatch.MAGIC);
            BatchVerdict verdict = validator.validate(batch, VERSION, RULES, NOW_MS);
            assertThat(verdict.error()).as("length %d", length).isEqualTo(ErrorCode.CORRUPT_MESSAGE);
        }
    }

    @Test
    void refusesImpossibleLengths() {
        for (int length : new int[] {Integer.MIN_VALUE, -1, 0, 13}) {
            refused(ErrorCode.CORRUPT_MESSAGE, edited(batch -> batch.putInt(RecordBatch.LENGTH_POSITION, length)));
        }
        ByteBuffer huge = edited(batch -> {});
        huge.putInt(RecordBatch.LENGTH_POSITION, Integer.MAX_VALUE);
        assertThat(validator.validate(huge, VERSION, RULES, NOW_MS).error()).isEqualTo(ErrorCode.INVALID_RECORD);
    }

    @Test
    void refusesAWrongChecksum() {
        ByteBuffer good = builder(2).build();
        for (int position = RecordBatch.CRC_POSITION; position < good.limit(); position++) {
            ByteBuffer batch = RandomBatches.copy(good);
            batch.put(position, (byte) (batch.get(position) ^ 0x10));
            BatchVerdict verdict = validator.validate(batch, VERSION, RULES, NOW_MS);
            assertThat(verdict.error()).as("byte %d", position).isEqualTo(ErrorCode.CORRUPT_MESSAGE);
        }
    }

    @Test
    void refusesCountsThatDisagreeWithTheOffsets() {
        for (int wrong : new int[] {Integer.MIN_VALUE, -1, 2, Integer.MAX_VALUE}) {
            refused(ErrorCode.INVALID_RECORD, edited(batch -> batch.putInt(RecordBatch.RECORD_COUNT_POSITION, wrong)));
            refused(
                    ErrorCode.INVALID_RECORD,
                    edited(batch -> batch.putInt(RecordBatch.LAST_OFFSET_DELTA_POSITION, wrong)));
        }
        refused(ErrorCode.INVALID_RECORD, edited(batch -> batch.putInt(RecordBatch.RECORD_COUNT_POSITION, 0)));
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void refusesMissingRecords(Compression codec) {
        refused(ErrorCode.INVALID_RECORD, RawBatch.of(codec, 3, RawBatch.records(0, 1)));
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void refusesRecordsLeftOver(Compression codec) {
        refused(ErrorCode.INVALID_RECORD, RawBatch.of(codec, 2, RawBatch.records(0, 1, 2)));
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void refusesOffsetDeltasThatDoNotCountUp(Compression codec) {
        for (int[] deltas : new int[][] {{0, 2}, {1, 2}, {1, 0}, {0, 0}, {0, -1}}) {
            ByteBuffer batch = RawBatch.of(codec, 2, RawBatch.records(deltas));
            BatchVerdict verdict = validator.validate(batch, VERSION, RULES, 0);
            assertThat(verdict.error()).as(Arrays.toString(deltas)).isEqualTo(ErrorCode.INVALID_RECORD);
        }
    }

    /** attributes, timestamp delta, offset delta, key size, value size, header count */
    @ParameterizedTest
    @EnumSource(Compression.class)
    void refusesMalformedRecords(Compression codec) {
        List<byte[]> malformed = List.of(
                RawBatch.record(),
                RawBatch.record(0),
                RawBatch.record(0, 0, 0, 1, 1),
                // key and value longer than the record
                RawBatch.record(0, 0, 0, 20, 1, 0),
                RawBatch.record(0, 0, 0, 1, 20, 0),
                // a key of 2^31 - 1 bytes
                RawBatch.record(0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0x0f, 1, 0),
                // header counts: negative, more than fit, 2^31 - 1
                RawBatch.record(0, 0, 0, 1, 1, 1),
                RawBatch.record(0, 0, 0, 1, 1, 4, 0, 0),
                RawBatch.record(0, 0, 0, 1, 1, 0xfe, 0xff, 0xff, 0xff, 0x0f),
                // header key of negative size, header key and value too long
                RawBatch.record(0, 0, 0, 1, 1, 2, 1, 0),
                RawBatch.record(0, 0, 0, 1, 1, 2, 8, 0),
                RawBatch.record(0, 0, 0, 1, 1, 2, 0, 8),
                // bytes after the headers
                RawBatch.record(0, 0, 0, 1, 1, 0, 0),
                // varints without an end: timestamp delta, offset delta
                RawBatch.record(0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 1, 1, 0),
                RawBatch.record(0, 0, 255, 255, 255, 255, 255, 1, 0, 1, 1, 0),
                // the record claims more or fewer bytes than it has
                RawBatch.sized(7, 0, 0, 0, 1, 1, 0),
                RawBatch.sized(5, 0, 0, 0, 1, 1, 0),
                RawBatch.sized(0, 0, 0, 0, 1, 1, 0),
                new byte[0]);
        for (byte[] record : malformed) {
            ByteBuffer batch = RawBatch.of(codec, 1, record);
            BatchVerdict verdict = validator.validate(batch, VERSION, RULES, 0);
            assertThat(verdict.error()).as(Arrays.toString(record)).isIn(malformedErrors(codec, record));
        }
    }

    private static List<ErrorCode> malformedErrors(Compression codec, byte[] record) {
        // No bytes at all are no compressed stream.
        return codec != Compression.NONE && record.length == 0
                ? List.of(ErrorCode.CORRUPT_MESSAGE, ErrorCode.INVALID_RECORD)
                : List.of(ErrorCode.INVALID_RECORD);
    }

    @Test
    void refusesVarintsWithTooManyBits() {
        // Kafka drops the surplus bits of the last byte; we do not guess.
        byte[] offsetDelta = RawBatch.record(0, 0, 0x80, 0x80, 0x80, 0x80, 0x10, 1, 1, 0);
        byte[] timestampDelta = RawBatch.record(0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 2, 0, 1, 1, 0);
        for (byte[] record : List.of(offsetDelta, timestampDelta)) {
            BatchVerdict verdict = validator.validate(RawBatch.of(Compression.NONE, 1, record), VERSION, RULES, NOW_MS);
            assertThat(verdict.error()).isEqualTo(ErrorCode.INVALID_RECORD);
        }
    }

    @Test
    void acceptsVarintsThatAreLongerThanNeeded() {
        byte[] record = RawBatch.record(0, 0, 0x80, 0x80, 0x80, 0x80, 0, 0x81, 0, 0x81, 0, 0x80, 0);
        assertThat(same(RawBatch.of(Compression.NONE, 1, record), unlimitedTime())
                        .isAccepted())
                .isTrue();
    }

    @Test
    void takesAnyNegativeFieldSizeForNullAsKafkaDoes() {
        byte[] record = RawBatch.record(0, 0, 0, 9, 11, 2, 0, 7);
        assertThat(same(RawBatch.of(Compression.NONE, 1, record), unlimitedTime())
                        .isAccepted())
                .isTrue();
    }

    @Test
    void refusesARecordThatClaims2GiB() {
        byte[] claim = RawBatch.sized(Integer.MAX_VALUE, 0, 0, 0);
        for (Compression codec : Compression.values()) {
            BatchVerdict verdict = validator.validate(RawBatch.of(codec, 1, claim), VERSION, RULES, NOW_MS);
            assertThat(verdict.error())
                    .as(codec.configName())
                    .isEqualTo(codec == Compression.NONE ? ErrorCode.INVALID_RECORD : ErrorCode.MESSAGE_TOO_LARGE);
        }
    }

    @Test
    void refusesControlBatches() {
        refused(ErrorCode.INVALID_RECORD, builder(1).control(true).build());
        refused(ErrorCode.INVALID_RECORD, new EndTransactionMarker(true, 1).toBatch(NOW_MS, 1, (short) 1));
    }

    @Test
    void refusesAProducerIdWithoutASequence() {
        for (int sequence : new int[] {-1, -2, Integer.MIN_VALUE}) {
            refused(
                    ErrorCode.INVALID_RECORD,
                    builder(1).producer(7, (short) 0, sequence).build());
        }
        assertThat(same(builder(1).producer(7, (short) 0, 0).build(), RULES).isAccepted())
                .isTrue();
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void refusesTimestampsOutOfRangeRecordByRecord(Compression codec) {
        ByteBuffer batch = new RecordBatchBuilder()
                .compression(codec)
                .append(NOW_MS, null, null)
                .append(NOW_MS - 3_600_001, null, null)
                .append(NOW_MS - 3_600_000, null, null)
                .append(NOW_MS + 60_000, null, null)
                .append(NOW_MS + 60_001, null, null)
                .append(RecordBatch.NO_TIMESTAMP, null, null)
                .build();
        BatchVerdict verdict = same(batch, RULES);
        assertThat(verdict.error()).isEqualTo(ErrorCode.INVALID_TIMESTAMP);
        assertThat(verdict.recordErrors()).extracting(RecordError::index).containsExactly(1, 4);
        assertThat(verdict.recordErrors()).allMatch(error -> !error.message().isEmpty());
        assertThat(same(batch, rules(TimestampType.LOG_APPEND_TIME, false)).isAccepted())
                .isTrue();
    }

    @Test
    void refusesLogAppendTimeSetByAClient() {
        ByteBuffer batch = builder(2).logAppendTime(NOW_MS).build();
        BatchVerdict verdict = same(batch, rules(TimestampType.LOG_APPEND_TIME, false));
        assertThat(verdict.error()).isEqualTo(ErrorCode.INVALID_TIMESTAMP);
        assertThat(verdict.recordErrors()).hasSize(2);
        // Kafka lets this pass where the topic has create time and the time is in range.
        assertThat(validator.validate(batch, VERSION, RULES, NOW_MS).error()).isEqualTo(ErrorCode.INVALID_TIMESTAMP);
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void refusesRecordsWithoutKeyOnACompactedTopic(Compression codec) {
        ByteBuffer batch = new RecordBatchBuilder()
                .compression(codec)
                .append(NOW_MS, new byte[0], null)
                .append(NOW_MS, null, new byte[1])
                .append(NOW_MS, new byte[1], null)
                .append(NOW_MS, null, null)
                .build();
        BatchVerdict verdict = same(batch, rules(TimestampType.CREATE_TIME, true));
        assertThat(verdict.error()).isEqualTo(ErrorCode.INVALID_RECORD);
        assertThat(verdict.recordErrors()).extracting(RecordError::index).containsExactly(1, 3);
    }

    @Test
    void aWrongTimestampOutranksAMissingKey() {
        ByteBuffer batch = new RecordBatchBuilder()
                .append(NOW_MS, null, null)
                .append(1, new byte[1], null)
                .append(1, null, null)
                .build();
        BatchVerdict verdict = same(batch, rules(TimestampType.CREATE_TIME, true));
        assertThat(verdict.error()).isEqualTo(ErrorCode.INVALID_TIMESTAMP);
        assertThat(verdict.recordErrors()).hasSize(3);
    }

    @Test
    void listsABoundedNumberOfRecordErrors() {
        RecordBatchBuilder builder = new RecordBatchBuilder();
        for (int i = 0; i < 5000; i++) {
            builder.append(NOW_MS, null, null);
        }
        BatchVerdict verdict =
                validator.validate(builder.build(), VERSION, rules(TimestampType.CREATE_TIME, true), NOW_MS);
        assertThat(verdict.recordErrors()).hasSize(BatchVerdict.RECORD_ERRORS_MAX);
        assertThat(verdict.message()).startsWith("5000 records");
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void maxTimestampComesFromTheRecordsNotFromTheHeader(Compression codec) {
        ByteBuffer batch = new RecordBatchBuilder()
                .compression(codec)
                .append(NOW_MS - 5, null, null)
                .append(NOW_MS - 2, null, null)
                .append(NOW_MS - 2, null, null)
                .append(NOW_MS - 9, null, null)
                .build();
        batch.putLong(RecordBatch.MAX_TIMESTAMP_POSITION, NOW_MS + 1_000_000);
        RawBatch.fixCrc(batch);
        BatchVerdict verdict = same(batch, RULES);
        assertThat(verdict.maxTimestamp()).isEqualTo(NOW_MS - 2);
        assertThat(verdict.maxTimestampOffsetDelta()).isEqualTo(1);
    }

    @Test
    void headerChecksAloneDoNotReadTheRecords() {
        ByteBuffer batch = RawBatch.of(Compression.NONE, 1, new byte[] {77, 77});
        assertThat(validator.checkHeader(batch, VERSION, RULES).isAccepted()).isTrue();
        assertThat(validator.checkRecords(RecordBatch.of(batch), RULES, NOW_MS).error())
                .isEqualTo(ErrorCode.INVALID_RECORD);
    }

    private static BatchRules unlimitedTime() {
        return new BatchRules(
                1_000_000,
                false,
                TimestampType.CREATE_TIME,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                DecompressionLimit.DEFAULT);
    }

    private static RecordBatchBuilder builder(int count) {
        RecordBatchBuilder builder = new RecordBatchBuilder();
        for (int i = 0; i < count; i++) {
            builder.append(NOW_MS - i, null, new byte[] {1, 2, 3});
        }
        return builder;
    }

    private static ByteBuffer edited(Consumer<ByteBuffer> edit) {
        ByteBuffer batch = builder(1).build();
        int limit = batch.limit();
        edit.accept(batch);
        int length = batch.getInt(RecordBatch.LENGTH_POSITION);
        return length == limit - RecordBatch.LENGTH_OVERHEAD_BYTES ? RawBatch.fixCrc(batch) : batch;
    }

    private void refused(ErrorCode error, ByteBuffer batch) {
        BatchVerdict verdict = same(batch, RULES);
        assertThat(verdict.error()).isEqualTo(error);
        assertThat(verdict.message()).isNotEmpty();
        assertThat(verdict.recordErrors()).isEmpty();
    }

    /** Our verdict, after comparing it with Kafka's: same error, same records at fault, same stored bytes. */
    private BatchVerdict same(ByteBuffer produced, BatchRules rules) {
        BatchVerdict ours = validator.validate(produced, VERSION, rules, NOW_MS);
        KafkaValidator.Answer kafkas = KafkaValidator.validate(produced, VERSION, rules, NOW_MS);
        assertThat(ours.error()).as("%s", ours.message()).isEqualTo(kafkas.error());
        assertThat(ours.recordErrors().stream().map(RecordError::index)).isEqualTo(kafkas.failedRecords());
        if (kafkas.stored() != null) {
            ByteBuffer stored = RandomBatches.copy(produced);
            RecordBatch batch = RecordBatch.of(stored);
            batch.setMaxTimestamp(rules.timestampType(), ours.maxTimestamp());
            assertThat(batch.bytes()).isEqualTo(kafkas.stored().duplicate().limit(batch.sizeBytes()));
        }
        return ours;
    }
}
