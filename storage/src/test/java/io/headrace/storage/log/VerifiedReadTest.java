package io.headrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.core.config.TopicConfig;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.protocol.records.RecordBatches;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import io.headrace.storage.disk.Seeds;
import io.headrace.storage.disk.SimulatedDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What is damaged is not served, and everything else is. */
final class VerifiedReadTest {
    private static final UUID TOPIC_ID = new UUID(1, 2);
    private static final Path DIR = Path.of("/t-0");
    private static final TopicConfig CONFIG =
            TopicConfig.of(Map.of("internal.segment.bytes", "2000", "index.interval.bytes", "300"));

    private final SimulatedDisk disk = new SimulatedDisk();
    /** The batches as they were written, by their base offsets. */
    private final TreeMap<Long, byte[]> written = new TreeMap<>();

    private final Map<Path, ByteBuffer> contents = new HashMap<>();
    private long logEndOffset;

    private PartitionLog open(SimulatedDisk on) throws IOException {
        // As after a clean shutdown: nothing of the log is read again when it is opened.
        return PartitionLog.open(
                new OpenFiles(on, 10), DIR, TOPIC_ID, CONFIG, ProducerLimits.DEFAULT, logEndOffset, 0, true, 0);
    }

    private static ByteBuffer batch(long baseOffset, int epoch, int records, int valueBytes, Random random) {
        RecordBatchBuilder builder =
                new RecordBatchBuilder().baseOffset(baseOffset).partitionLeaderEpoch(epoch);
        for (int i = 0; i < records; i++) {
            byte[] value = new byte[valueBytes];
            random.nextBytes(value);
            builder.append(baseOffset + i, null, value);
        }
        return builder.build();
    }

    private static byte[] bytesOf(ByteBuffer batch) {
        byte[] bytes = new byte[batch.remaining()];
        batch.duplicate().get(bytes);
        return bytes;
    }

    private void write(Random random) throws IOException {
        PartitionLog log = open(disk);
        for (int i = 0; i < 60; i++) {
            ByteBuffer bytes =
                    batch(log.logEndOffset(), 5 + i / 25, 1 + random.nextInt(4), random.nextInt(150), random);
            written.put(log.logEndOffset(), bytesOf(bytes));
            log.append(new ByteBuffer[] {bytes}, 0, 1, 0);
        }
        logEndOffset = log.logEndOffset();
        log.close();
    }

    private LogView view(SimulatedDisk on) throws IOException {
        PartitionLog log = open(on);
        log.advance(log.logEndOffset(), log.logEndOffset());
        return log.view();
    }

    /** Reads on from an offset; the next offset, or -1 - offset where damage was met. */
    private long read(LogView view, long offset, int maxBytes) throws IOException {
        FetchSlice slice;
        try {
            slice = view.readVerified(offset, maxBytes, true, view.highWatermark());
        } catch (CorruptLogException e) {
            return -1 - offset;
        }
        FileSlice records = Objects.requireNonNull(slice.records());
        ByteBuffer bytes = ByteBuffer.allocate(records.sizeBytes());
        records.readInto(bytes);
        records.release();
        RecordBatches walk = RecordBatches.of(bytes.flip());
        long due = written.floorKey(offset);
        while (walk.next()) {
            RecordBatch batch = walk.batch();
            assertThat(batch.baseOffset()).isEqualTo(due);
            byte[] copy = new byte[batch.sizeBytes()];
            batch.bytes().get(copy);
            assertThat(copy).isEqualTo(written.get(due));
            due = batch.nextOffset();
        }
        assertThat(walk.end()).isEqualTo(RecordBatches.End.CLEAN);
        assertThat(slice.nextOffset()).isEqualTo(due);
        return due;
    }

    /** What was written to a segment. */
    private ByteBuffer contents(Path file) throws IOException {
        ByteBuffer known = contents.get(file);
        if (known == null) {
            known = LogChecks.contents(disk, file);
            contents.put(file, known);
        }
        return known.duplicate();
    }

    /** The base offset of the batch that a byte of a segment belongs to. */
    private long batchAt(Path file, long position) throws IOException {
        RecordBatches walk = RecordBatches.of(contents(file));
        long base = -1;
        while (walk.next() && walk.batch().position() <= position) {
            base = walk.batch().baseOffset();
        }
        return base;
    }

    private List<Path> segments() throws IOException {
        return disk.list(DIR).stream()
                .filter(name -> name.endsWith(LogFiles.LOG))
                .map(DIR::resolve)
                .toList();
    }

    /** Any bit of a segment: all before its batch is served, none of it, and again what follows it a little later. */
    @Test
    void aFlippedBitIsNeverServed() throws IOException {
        long seed = Seeds.upTo(1).findFirst().orElseThrow();
        Random random = new Random(seed);
        write(random);
        List<Path> segments = segments();
        assertThat(segments).hasSizeGreaterThan(3);
        for (Path segment : segments) {
            assertThat(contents(segment).hasRemaining()).isTrue();
        }
        for (int round = 0; round < 1500; round++) {
            Path file = segments.get(random.nextInt(segments.size()));
            long size = contents(file).remaining();
            // Half of them where it matters most: in a batch's header, and in its first 21 bytes, which have no
            // checksum.
            long at = random.nextInt((int) size);
            long damaged = batchAt(file, at);
            if (random.nextBoolean()) {
                at = positionOf(file, damaged) + random.nextInt(21);
            }
            SimulatedDisk copy = disk.crash(new Random(1));
            int bit = random.nextInt(8);
            copy.flipBit(file, at * 8 + bit);
            String what = "seed " + seed + " bit " + bit + " of byte " + at + " of " + file + ", batch " + damaged;
            checkDamaged(copy, damaged, 1 + random.nextInt(4000), what);
        }
    }

    private long positionOf(Path file, long baseOffset) throws IOException {
        RecordBatches walk = RecordBatches.of(contents(file));
        while (walk.next() && walk.batch().baseOffset() != baseOffset) {
            // On to the next.
        }
        return walk.batch().position();
    }

    private void checkDamaged(SimulatedDisk copy, long damaged, int maxBytes, String what) throws IOException {
        LogView view;
        try {
            view = view(copy);
        } catch (CorruptLogException e) {
            return; // found when the last segment was opened
        }
        long end = view.logEndOffset();
        long offset = 0;
        boolean met = false;
        while (offset < end) {
            long next;
            try {
                next = read(view, offset, maxBytes);
            } catch (AssertionError e) {
                throw new AssertionError(what + ": " + e.getMessage(), e);
            }
            if (next < 0) {
                assertThat(offset).as(what).isGreaterThanOrEqualTo(damaged - 1 - lastBefore(damaged));
                met = true;
                offset++;
            } else {
                offset = next;
            }
        }
        assertThat(met).as(what).isTrue();
    }

    /** How many offsets the batch before one has, which may be refused with it where it is not sure which is wrong. */
    private long lastBefore(long damaged) {
        Long before = written.lowerKey(damaged);
        return before == null ? 0 : damaged - before;
    }

    @Test
    void whatPrecedesTheDamageIsServed() throws IOException {
        write(new Random(5));
        Path first = segments().get(0);
        long damaged = batchAt(first, disk.sizeBytes(first) / 2);
        disk.flipBit(first, (positionOf(first, damaged) + RecordBatch.HEADER_SIZE_BYTES + 2) * 8);
        LogView view = view(disk);
        assertThat(read(view, 0, 1 << 20)).isEqualTo(damaged);
        assertThatThrownBy(() -> view.readVerified(damaged, 1 << 20, true, view.highWatermark()))
                .isInstanceOf(CorruptLogException.class)
                .hasMessageContaining(first.toString())
                .hasMessageContaining("position " + positionOf(first, damaged));
        long after = written.higherKey(damaged);
        assertThat(read(view, after, 1 << 20)).isGreaterThan(after);
    }

    /** A length that a flipped bit makes enormous takes no memory. */
    @Test
    void aBatchOfAnyClaimedLengthIsCheckedInParts() throws IOException {
        PartitionLog log = PartitionLog.open(
                new OpenFiles(disk, 10), DIR, TOPIC_ID, TopicConfig.DEFAULT, ProducerLimits.DEFAULT, 0, 0, true, 0);
        Random random = new Random(1);
        for (int i = 0; i < 3; i++) {
            ByteBuffer large = batch(log.logEndOffset(), 0, 1, 700_000 + i, random);
            written.put(log.logEndOffset(), bytesOf(large));
            log.append(new ByteBuffer[] {large}, 0, 1, 0);
        }
        log.advance(3, 3);
        assertThat(read(log.view(), 0, 1)).isEqualTo(1);
        assertThat(read(log.view(), 0, 1 << 30)).isEqualTo(3);
        Path file = segments().get(0);
        flip(file, positionOf(file, 1) + 600_000);
        assertThat(read(log.view(), 0, 1 << 30)).isEqualTo(1);
        assertThat(read(log.view(), 1, 1 << 30)).isEqualTo(-2);
        assertThat(read(log.view(), 2, 1 << 30)).isEqualTo(3);
        log.close();
    }

    private void flip(Path file, long position) throws IOException {
        try (DiskFile open = disk.open(file, OpenMode.READ_WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            open.read(one, position);
            one.put(0, (byte) (one.get(0) ^ 1)).rewind();
            open.write(one, position);
        }
    }

    @Test
    void aPlaceIsReportedOnce() {
        ReportedDamage reported = new ReportedDamage();
        List<Boolean> news = new ArrayList<>();
        for (long position : new long[] {5, 5, 6, 5}) {
            news.add(reported.report(damage(position)));
        }
        assertThat(news).containsExactly(true, false, true, false);
        for (int i = 0; i < ReportedDamage.PLACES_MAX; i++) {
            reported.report(damage(100 + i));
        }
        assertThat(reported.report(damage(5))).as("long forgotten").isTrue();
    }

    private static CorruptLogException damage(long position) {
        return new CorruptLogException(Path.of("/f"), position, 0, "nothing, this is a test");
    }
}
