package io.headrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.TopicConfig;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.storage.disk.SimulatedDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class DamagedIndexTest {
    private static final Path DIR = Path.of("/t-0");
    private static final TopicConfig CONFIG =
            TopicConfig.of(Map.of("index.interval.bytes", "200", "internal.segment.bytes", "3000"));

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
}
