package io.headrace.protocol.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.headrace.protocol.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xerial.snappy.Snappy;

class CompressionTest {
    private static final BatchRules RULES = new BatchRules(
            8 << 20,
            false,
            TimestampType.CREATE_TIME,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            DecompressionLimit.ofBatchBytes(4 << 20));

    private final RecordBatchValidator validator = new RecordBatchValidator();

    @Test
    void codecsHaveKafkasNumbersAndNames() {
        for (Compression codec : Compression.values()) {
            var kafkas = org.apache.kafka.common.record.internal.CompressionType.forId(codec.id());
            assertThat(codec.configName()).isEqualTo(kafkas.name);
            assertThat(Compression.forId(codec.id())).isSameAs(codec);
            assertThat(Compression.forConfigName(codec.configName())).isSameAs(codec);
        }
        assertThat(Compression.forConfigName("uncompressed")).isSameAs(Compression.NONE);
        assertThat(Compression.forConfigName("producer")).isNull();
        assertThatThrownBy(() -> Compression.forId(5)).isInstanceOf(InvalidBatchException.class);
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void whatIsCompressedDecompresses(Compression codec) throws IOException {
        Random random = Seed.random("whatIsCompressedDecompresses");
        for (int run = 0; run < 40; run++) {
            byte[] plain = sample(random, 1 << random.nextInt(19));
            byte[] read = decompress(codec, compress(codec, plain));
            assertThat(Arrays.equals(read, plain)).isTrue();
        }
    }

    @Test
    void readsBareSnappyBlocksAsLibrdkafkaSendsThem() throws IOException {
        Random random = Seed.random("readsBareSnappyBlocks");
        for (int run = 0; run < 200; run++) {
            byte[] plain = sample(random, 1 + random.nextInt(200_000));
            assertThat(Arrays.equals(decompress(Compression.SNAPPY, Snappy.compress(plain)), plain))
                    .isTrue();
        }
    }

    @Test
    void readsAppendedSnappyStreams() throws IOException {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(compress(Compression.SNAPPY, "one ".getBytes(StandardCharsets.UTF_8)));
        both.writeBytes(compress(Compression.SNAPPY, "two".getBytes(StandardCharsets.UTF_8)));
        assertThat(new String(decompress(Compression.SNAPPY, both.toByteArray()), StandardCharsets.UTF_8))
                .isEqualTo("one two");
    }

    @Test
    void readsLz4FramesOfAnyBlockSizeAndWithChecksums() throws IOException {
        Random random = Seed.random("readsLz4Frames");
        byte[] plain = sample(random, 3_000_000);
        for (BLOCKSIZE size : BLOCKSIZE.values()) {
            for (FLG.Bits[] bits : List.of(
                    new FLG.Bits[] {FLG.Bits.BLOCK_INDEPENDENCE},
                    new FLG.Bits[] {FLG.Bits.BLOCK_INDEPENDENCE, FLG.Bits.BLOCK_CHECKSUM},
                    new FLG.Bits[] {
                        FLG.Bits.BLOCK_INDEPENDENCE,
                        FLG.Bits.BLOCK_CHECKSUM,
                        FLG.Bits.CONTENT_CHECKSUM,
                        FLG.Bits.CONTENT_SIZE
                    })) {
                ByteArrayOutputStream frame = new ByteArrayOutputStream();
                try (OutputStream out = new LZ4FrameOutputStream(frame, size, plain.length, bits)) {
                    out.write(plain);
                }
                byte[] bytes = frame.toByteArray();
                assertThat(Arrays.equals(decompress(Compression.LZ4, bytes), plain))
                        .isTrue();
                if (bits.length > 1) {
                    bytes[bytes.length / 2] ^= 4;
                    assertThatThrownBy(() -> decompress(Compression.LZ4, bytes)).isInstanceOf(IOException.class);
                }
            }
        }
    }

    /** The chunk lengths behind CVE-2023-34455 and CVE-2023-43642: negative, and large. */
    @Test
    void snappyChunkLengthsAreBoundedBelowAndAbove() {
        for (int length : new int[] {Integer.MIN_VALUE, -1, 0, 5, 1 << 20, 0x7fffffff, 0x7ffffff0}) {
            ByteBuffer bytes = ByteBuffer.allocate(24)
                    .putLong(SnappyInputStream.MAGIC)
                    .putInt(1)
                    .putInt(1)
                    .putInt(length);
            assertCorruptWithoutMuchMemory(Compression.SNAPPY, bytes.array());
        }
    }

    /** The uncompressed length in front of a snappy block: up to 2^32 - 1, and more than the block can hold. */
    @Test
    void snappyBlockLengthsAreBounded() {
        for (byte[] bytes : List.of(
                new byte[] {-1, -1, -1, -1, 7, 0, 1},
                new byte[] {-1, -1, -1, -1, 15, 0, 1},
                new byte[] {-1, -1, -1, -1, -1, 1, 1},
                new byte[] {-1, -1},
                new byte[] {-1, -1, 127, 0, 1},
                new byte[] {10, 0, 1})) {
            assertCorruptWithoutMuchMemory(Compression.SNAPPY, bytes);
        }
    }

    @Test
    void lz4BlockLengthsAreBounded() throws IOException {
        byte[] good = compress(Compression.LZ4, new byte[100]);
        for (int length : new int[] {Integer.MIN_VALUE + 70_000, -1, 65_537, 0x7fffffff, 65_536}) {
            byte[] bytes = good.clone();
            ByteBuffer.wrap(bytes).putInt(7, Integer.reverseBytes(length));
            assertCorruptWithoutMuchMemory(Compression.LZ4, bytes);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Compression.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void randomBytesAreRefused(Compression codec) {
        Random random = Seed.random("randomBytesAreRefused");
        for (int run = 0; run < 300; run++) {
            byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            BatchVerdict verdict = validator.validate(RawBatch.ofCompressed(codec, 1, bytes), (short) 9, RULES, 0);
            assertThat(verdict.isAccepted()).isFalse();
        }
    }

    /** Everything up to 1000:1 and beyond: refused at the limit, in memory that has nothing to do with the bomb's size. */
    @ParameterizedTest
    @EnumSource(value = Compression.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void bombsAreRefusedInBoundedMemory(Compression codec) {
        byte[] manyRecords = new byte[64 << 20];
        byte[] record = RawBatch.record(0, 0, 0, 1, 1, 0);
        for (int i = 0; i + record.length <= manyRecords.length; i += record.length) {
            System.arraycopy(record, 0, manyRecords, i, record.length);
        }
        ByteBuffer bomb = RawBatch.of(codec, manyRecords.length / record.length, manyRecords);
        BatchRules noSizeLimit = new BatchRules(
                Integer.MAX_VALUE,
                false,
                TimestampType.CREATE_TIME,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                DecompressionLimit.ofBatchBytes(8 << 20));
        // Offset deltas are all 0, so the header check alone passes; reading them shows the size.
        long before = allocatedBytes();
        assertThatThrownBy(() -> readAll(bomb, noSizeLimit.decompressionLimit()))
                .isInstanceOfSatisfying(InvalidBatchException.class, e -> assertThat(e.reason())
                        .isEqualTo(InvalidBatchException.Reason.TOO_LARGE));
        assertThat(allocatedBytes() - before).isLessThan(4L << 20);

        byte[] oneRecord = new byte[32 << 20];
        byte[] size = RawBatch.varint((32 << 20) - 5);
        System.arraycopy(size, 0, oneRecord, 0, size.length);
        ByteBuffer single = RawBatch.of(codec, 1, oneRecord);
        before = allocatedBytes();
        BatchVerdict verdict = validator.validate(single, (short) 9, noSizeLimit, 0);
        assertThat(verdict.error()).isEqualTo(ErrorCode.MESSAGE_TOO_LARGE);
        assertThat(allocatedBytes() - before).isLessThan(1L << 20);
    }

    @Test
    void aRecordThatClaims2GiBIsRefusedInBoundedMemory() {
        byte[] claim = RawBatch.sized(Integer.MAX_VALUE, 0, 0, 0);
        DecompressionLimit limit = new DecompressionLimit(Integer.MAX_VALUE - 64, Integer.MAX_VALUE, 0);
        for (Compression codec : Compression.values()) {
            long before = allocatedBytes();
            assertThatThrownBy(
                            () -> RecordBatch.of(RawBatch.of(codec, 1, claim)).readRecords(limit))
                    .isInstanceOf(InvalidBatchException.class);
            assertThat(allocatedBytes() - before).as(codec.configName()).isLessThan(1L << 20);
        }
    }

    @Test
    void theRatioCanBeLimited() {
        ByteBuffer batch = new RecordBatchBuilder()
                .compression(Compression.ZSTD)
                .append(0, null, new byte[1 << 20])
                .build();
        DecompressionLimit limit = new DecompressionLimit(2 << 20, 2 << 20, 100);
        assertThatThrownBy(() -> RecordBatch.of(batch).readRecords(limit))
                .isInstanceOfSatisfying(InvalidBatchException.class, e -> assertThat(e.reason())
                        .isEqualTo(InvalidBatchException.Reason.TOO_LARGE));
    }

    private void assertCorruptWithoutMuchMemory(Compression codec, byte[] bytes) {
        ByteBuffer batch = RawBatch.ofCompressed(codec, 1, bytes);
        long before = allocatedBytes();
        BatchVerdict verdict = validator.validate(batch, (short) 9, RULES, 0);
        assertThat(verdict.error()).as(Arrays.toString(bytes)).isEqualTo(ErrorCode.CORRUPT_MESSAGE);
        assertThat(allocatedBytes() - before).isLessThan(1L << 20);
    }

    private static void readAll(ByteBuffer batch, DecompressionLimit limit) {
        try (RecordCursor records = RecordBatch.of(batch).records(limit)) {
            int count = 0;
            while (records.next()) {
                count++;
            }
            assertThat(count).isPositive();
        }
    }

    private static long allocatedBytes() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    private static byte[] compress(Compression codec, byte[] plain) throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        codec.compress(plain, 0, plain.length, codec.levelDefault(), compressed);
        return compressed.toByteArray();
    }

    private static byte[] decompress(Compression codec, byte[] compressed) throws IOException {
        try (InputStream in =
                codec.decompress(ByteBuffer.wrap(compressed), new BlockBuffers(), DecompressionLimit.DEFAULT)) {
            return in.readAllBytes();
        }
    }

    /** Stretches of noise, of repetition and of text. */
    private static byte[] sample(Random random, int size) {
        byte[] bytes = new byte[size];
        int position = 0;
        while (position < size) {
            int length = Math.min(size - position, 1 + random.nextInt(2000));
            int kind = random.nextInt(3);
            for (int i = 0; i < length; i++) {
                bytes[position + i] = (byte) (kind == 0 ? random.nextInt() : kind == 1 ? 7 : 'a' + random.nextInt(3));
            }
            position += length;
        }
        return bytes;
    }
}
