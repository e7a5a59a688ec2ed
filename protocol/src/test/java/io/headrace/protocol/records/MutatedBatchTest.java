package io.headrace.protocol.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.headrace.protocol.ErrorCode;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Damaged batches: the verdict is a precise error, or acceptance of a batch whose records can all be read; and it is
 * Kafka's verdict, but for the differences that {@link RecordBatchValidator} lists.
 */
class MutatedBatchTest {
    private static final long NOW_MS = 1_700_000_000_000L;
    private static final BatchRules RULES = new BatchRules(
            200_000,
            false,
            TimestampType.CREATE_TIME,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            DecompressionLimit.ofBatchBytes(1 << 20));
    private static final Set<ErrorCode> EXPECTED = Set.of(
            ErrorCode.NONE,
            ErrorCode.CORRUPT_MESSAGE,
            ErrorCode.INVALID_RECORD,
            ErrorCode.MESSAGE_TOO_LARGE,
            ErrorCode.INVALID_TIMESTAMP,
            ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);

    /** Position and size of each header field. */
    private static final int[][] FIELDS = {
        {RecordBatch.BASE_OFFSET_POSITION, 8},
        {RecordBatch.LENGTH_POSITION, 4},
        {RecordBatch.PARTITION_LEADER_EPOCH_POSITION, 4},
        {RecordBatch.MAGIC_POSITION, 1},
        {RecordBatch.CRC_POSITION, 4},
        {RecordBatch.ATTRIBUTES_POSITION, 2},
        {RecordBatch.LAST_OFFSET_DELTA_POSITION, 4},
        {RecordBatch.BASE_TIMESTAMP_POSITION, 8},
        {RecordBatch.MAX_TIMESTAMP_POSITION, 8},
        {RecordBatch.PRODUCER_ID_POSITION, 8},
        {RecordBatch.PRODUCER_EPOCH_POSITION, 2},
        {RecordBatch.BASE_SEQUENCE_POSITION, 4},
        {RecordBatch.RECORD_COUNT_POSITION, 4},
    };

    private final RecordBatchValidator validator = new RecordBatchValidator();
    private final Map<ErrorCode, Integer> verdicts = new EnumMap<>(ErrorCode.class);
    private int count;

    @Test
    void headerFieldsWithTellingValues() {
        Random random = Seed.random("headerFieldsWithTellingValues");
        for (Compression codec : Compression.values()) {
            ByteBuffer good = batch(random, codec);
            for (int[] field : FIELDS) {
                long value = read(good, field);
                for (long wrong : new long[] {
                    0,
                    1,
                    -1,
                    2,
                    3,
                    7,
                    8,
                    16,
                    32,
                    64,
                    255,
                    value - 1,
                    value + 1,
                    value ^ 0x100,
                    ~value,
                    Short.MIN_VALUE,
                    Short.MAX_VALUE,
                    Integer.MIN_VALUE,
                    Integer.MAX_VALUE,
                    Long.MIN_VALUE,
                    Long.MAX_VALUE,
                    random.nextInt(),
                    random.nextLong()
                }) {
                    ByteBuffer batch = RandomBatches.copy(good);
                    write(batch, field, wrong);
                    check(batch);
                    if (RecordBatch.of(batch).isComplete()) {
                        check(RawBatch.fixCrc(batch));
                    }
                }
            }
        }
        assertThat(count).isGreaterThan(2_000);
        assertThat(verdicts)
                .containsOnlyKeys(EXPECTED.stream()
                        .filter(code -> code != ErrorCode.INVALID_TIMESTAMP || verdicts.containsKey(code))
                        .filter(code -> code != ErrorCode.MESSAGE_TOO_LARGE || verdicts.containsKey(code))
                        .toList());
    }

    @Test
    void flippedBitsWithAChecksumThatIsRightAgain() {
        Random random = Seed.random("flippedBitsWithAChecksumThatIsRightAgain");
        for (Compression codec : Compression.values()) {
            for (int run = 0; run < 400; run++) {
                ByteBuffer batch = batch(random, codec);
                for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                    int position = RecordBatch.ATTRIBUTES_POSITION
                            + random.nextInt(batch.limit() - RecordBatch.ATTRIBUTES_POSITION);
                    batch.put(position, (byte) (batch.get(position) ^ (1 << random.nextInt(8))));
                }
                check(RawBatch.fixCrc(batch));
            }
        }
    }

    @Test
    void overwrittenRecordBytesWithAChecksumThatIsRightAgain() {
        Random random = Seed.random("overwrittenRecordBytes");
        byte[] telling = {0, 1, 2, 0x7f, (byte) 0x80, (byte) 0xff};
        for (Compression codec : Compression.values()) {
            for (int run = 0; run < 400; run++) {
                ByteBuffer batch = batch(random, codec);
                int records = batch.limit() - RecordBatch.HEADER_SIZE_BYTES;
                int start = RecordBatch.HEADER_SIZE_BYTES + random.nextInt(records);
                int length = Math.min(1 + random.nextInt(6), batch.limit() - start);
                for (int i = 0; i < length; i++) {
                    batch.put(start + i, telling[random.nextInt(telling.length)]);
                }
                check(RawBatch.fixCrc(batch));
            }
        }
    }

    @Test
    void recordsCutShortWithALengthThatIsRightAgain() {
        Random random = Seed.random("recordsCutShort");
        for (Compression codec : Compression.values()) {
            ByteBuffer good = batch(random, codec);
            for (int limit = RecordBatch.HEADER_SIZE_BYTES; limit < good.limit(); limit++) {
                ByteBuffer batch = ByteBuffer.allocate(limit);
                batch.put(0, good, 0, limit);
                BatchVerdict verdict = check(RecordBatchBuilder.seal(batch));
                assertThat(verdict.isAccepted())
                        .as("%s cut at %d", codec, limit)
                        .isFalse();
            }
        }
    }

    /** As a batch was stored, anything in it may have rotted away: reading says so, in the one way it has. */
    @Test
    void readingADamagedBatchFailsInOneWayOnly() {
        Random random = Seed.random("readingADamagedBatch");
        for (int run = 0; run < 3000; run++) {
            Compression codec = Compression.forId(random.nextInt(5));
            ByteBuffer batch = batch(random, codec);
            for (int i = 0; i < 3; i++) {
                batch.put(
                        RecordBatch.ATTRIBUTES_POSITION
                                + random.nextInt(batch.limit() - RecordBatch.ATTRIBUTES_POSITION),
                        (byte) random.nextInt());
            }
            try {
                RecordBatch.of(batch).readRecords(DecompressionLimit.ofBatchBytes(1 << 20));
                new TimestampSearch(DecompressionLimit.ofBatchBytes(1 << 20)).max(RecordBatch.of(batch));
            } catch (InvalidBatchException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        }
    }

    private BatchVerdict check(ByteBuffer batch) {
        ByteBuffer buffer = count++ % 2 == 0 ? batch : RandomBatches.direct(batch);
        BatchVerdict verdict = validator.validate(buffer, (short) 9, RULES, NOW_MS);
        verdicts.merge(verdict.error(), 1, Integer::sum);
        assertThat(EXPECTED).contains(verdict.error());
        if (verdict.isAccepted()) {
            List<Record> records = RecordBatch.of(buffer).readRecords(RULES.decompressionLimit());
            assertThat(records).hasSize(RecordBatch.of(buffer).recordCount());
            // Of timestamps before 1970 none is the max: the header then says that there is none.
            long max = Math.max(
                    RecordBatch.NO_TIMESTAMP,
                    records.get(verdict.maxTimestampOffsetDelta()).timestamp());
            assertThat(verdict.maxTimestamp()).isEqualTo(max);
        } else {
            assertThat(verdict.message()).isNotEmpty();
        }
        compare(batch, verdict);
        return verdict;
    }

    private static void compare(ByteBuffer batch, BatchVerdict verdict) {
        KafkaValidator.Answer kafka = KafkaValidator.validate(batch, (short) 9, RULES, NOW_MS);
        if (verdict.error() == kafka.error() || kafka.error() == ErrorCode.UNKNOWN_SERVER_ERROR) {
            return;
        }
        String ours = String.valueOf(verdict.message());
        boolean intended = ours.contains("count up from 0")
                || verdict.error() == ErrorCode.INVALID_TIMESTAMP
                || ours.contains("more than 32 bits")
                || ours.contains("more than 64 bits")
                || ours.contains("bytes after the end of the LZ4 frame")
                // A copy from distance 0, which Kafka's decoder fills with whatever was there.
                || ours.contains("malformed LZ4 block")
                || (verdict.error() == ErrorCode.CORRUPT_MESSAGE && kafka.error() == ErrorCode.INVALID_RECORD)
                || (verdict.error() == ErrorCode.MESSAGE_TOO_LARGE && kafka.error() == ErrorCode.INVALID_RECORD)
                // Of compressed records Kafka checks less than its own consumer does.
                || (verdict.error() == ErrorCode.INVALID_RECORD && !KafkaOracle.canRead(batch));
        if (!intended) {
            fail("ours: " + verdict + ", Kafka's: " + kafka.error() + ", batch: " + RecordBatch.of(batch) + " "
                    + HexFormat.of().formatHex(KafkaOracle.bytes(batch)));
        }
    }

    private static ByteBuffer batch(Random random, Compression codec) {
        RecordBatchBuilder builder = new RecordBatchBuilder().compression(codec);
        if (random.nextBoolean()) {
            builder.producer(random.nextInt(10), (short) 1, random.nextInt(1000));
        }
        RandomBatches.append(builder, RandomBatches.records(random, 8, 60));
        return builder.build();
    }

    private static long read(ByteBuffer batch, int[] field) {
        return switch (field[1]) {
            case 1 -> batch.get(field[0]);
            case 2 -> batch.getShort(field[0]);
            case 4 -> batch.getInt(field[0]);
            default -> batch.getLong(field[0]);
        };
    }

    private static void write(ByteBuffer batch, int[] field, long value) {
        switch (field[1]) {
            case 1 -> batch.put(field[0], (byte) value);
            case 2 -> batch.putShort(field[0], (short) value);
            case 4 -> batch.putInt(field[0], (int) value);
            default -> batch.putLong(field[0], value);
        }
    }
}
