package io.headrace.storage.log;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.TopicConfig;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.storage.disk.SimulatedDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DamagedIndexTest {
    private static final Path DIR = Path.of("/t-0");
    private static final TopicConfig CONFIG =
            TopicConfig.of(Map.of("index.interval.bytes", "200", "internal.segment.bytes", "3000"));
    private static final long RETENTION_MS = TimeUnit.DAYS.toMillis(7);

    private static PartitionLog open(SimulatedDisk disk) throws IOException {
        return PartitionLog.open(
                new OpenFiles(disk, 20), DIR, new UUID(1, 2), CONFIG, ProducerLimits.DEFAULT, 0, 0, true, 0);
    }

    /** Who walks from where the index says, as recovery and compaction do, must arrive at the batch, whatever it says. */
    @Test
    void aWalkBeginsAtABatchBeforeItsAimWhicheverBitOfTheIndexIsWrong() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        disk.createDirectory(DIR);
        PartitionLog written = open(disk);
        for (int i = 0; i < 60; i++) {
            ByteBuffer batch = new RecordBatchBuilder()
                    .baseOffset(3L * i)
                    .append(i, null, new byte[20 + i])
                    .append(i, null, new byte[20])
                    .append(i, null, new byte[20])
                    .build();
            written.append(new ByteBuffer[] {batch}, 0, 1, 0);
        }
        written.close();
        Path index = LogFiles.path(DIR, 0, LogFiles.OFFSET_INDEX);
        long bits = disk.sizeBytes(index) * 8;
        assertThat(bits).isGreaterThan(5 * 64);
        int passedOver = 0;
        for (long bit = 0; bit < bits; bit++) {
            disk.flipBit(index, bit);
            PartitionLog log = open(disk);
            LogSegment segment = log.view().segment(0);
            long end = log.view().segmentEnd(0);
            FileRef ref = segment.log().acquire();
            for (long offset = 0; offset < log.view().segment(1).baseOffset(); offset += 7) {
                long start = segment.startPosition(ref, offset, end);
                BatchScan scan = segment.scan(ref, start, end, BatchScan.SMALL_WINDOW_BYTES);
                assertThat(scan.next()).isTrue();
                RecordBatch first = scan.header();
                assertThat(first.baseOffset())
                        .as("bit %d, offset %d", bit, offset)
                        .isLessThanOrEqualTo(offset);
                passedOver += start == 0 && offset > 20 ? 1 : 0;
            }
            ref.release();
            log.close();
            disk.flipBit(index, bit);
        }
        assertThat(passedOver).as("how often the index was not believed").isPositive();
    }

    private static final long TIMED_BATCHES = 60;
    private static final long HOUR_MS = 3_600_000;
    private static final long FIRST_MS = 1_700_000_000_000L;

    /** Batches of two records, an hour apart, but for each third, which is half an hour younger than the one before. */
    private static long timeOf(long batch) {
        return FIRST_MS + batch * HOUR_MS - (batch % 3 == 2 ? 3 * HOUR_MS / 2 : 0);
    }

    private static SimulatedDisk timed() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        disk.createDirectory(DIR);
        PartitionLog written = open(disk);
        for (long i = 0; i < TIMED_BATCHES; i++) {
            ByteBuffer batch = new RecordBatchBuilder()
                    .baseOffset(2 * i)
                    .append(timeOf(i) - 1, null, new byte[60])
                    .append(timeOf(i), null, new byte[60])
                    .build();
            written.append(new ByteBuffer[] {batch}, 0, 1, 0);
            written.advance(written.logEndOffset(), written.logEndOffset());
        }
        assertThat(written.view().segmentCount()).isGreaterThan(2);
        written.close();
        return disk;
    }

    private static long offsetAt(long timestampMs) {
        for (long i = 0; i < TIMED_BATCHES; i++) {
            if (timeOf(i) >= timestampMs) {
                return 2 * i + (timeOf(i) - 1 >= timestampMs ? 0 : 1);
            }
        }
        return -1;
    }

    /** A wrong time in an index leads nobody past a record, and has no record expire. */
    @Test
    void searchesByTimeAndRetentionGoByTheBatchesWhicheverBitOfATimeIndexIsWrong() throws IOException {
        SimulatedDisk disk = timed();
        Map<Long, Long> indexBytes = new TreeMap<>();
        try (PartitionLog log = open(disk)) {
            LogView view = log.view();
            for (int segment : new int[] {0, view.segmentCount() - 1}) {
                long base = view.segment(segment).baseOffset();
                indexBytes.put(base, disk.sizeBytes(LogFiles.path(DIR, base, LogFiles.TIME_INDEX)));
            }
        }
        SimulatedDisk files = disk.kill();
        for (long base : indexBytes.keySet()) {
            Path index = LogFiles.path(DIR, base, LogFiles.TIME_INDEX);
            long bits = requireNonNull(indexBytes.get(base)) * Byte.SIZE;
            assertThat(bits).isGreaterThan(2 * 96);
            for (long bit = 0; bit < bits; bit++) {
                SimulatedDisk flipped = files.kill();
                flipped.flipBit(index, bit);
                try (PartitionLog log = open(flipped)) {
                    log.advance(2 * TIMED_BATCHES, 2 * TIMED_BATCHES);
                    for (long i = bit % 4; i < TIMED_BATCHES; i += 4) {
                        for (long timestampMs = timeOf(i) - 1; timestampMs <= timeOf(i) + 1; timestampMs++) {
                            TimestampedOffset found = log.view().offsetForTimestamp(timestampMs, 2 * TIMED_BATCHES);
                            assertThat(found == null ? -1 : found.offset())
                                    .as("segment %d, bit %d, batch %d", base, bit, i)
                                    .isEqualTo(offsetAt(timestampMs));
                        }
                    }
                    assertThat(requireNonNull(log.view().maxTimestampOffset()).offset())
                            .as("segment %d, bit %d", base, bit)
                            .isEqualTo(2 * TIMED_BATCHES - 3);
                    assertThat(log.applyRetention(FIRST_MS + RETENTION_MS))
                            .as("whether segment %d expires by bit %d", base, bit)
                            .isFalse();
                }
            }
        }
    }
}
