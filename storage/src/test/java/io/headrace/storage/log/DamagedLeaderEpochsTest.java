package io.headrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.TopicConfig;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.storage.disk.AtomicFile;
import io.headrace.storage.disk.SimulatedDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a log answers about its leaders' epochs comes from the log itself where the file that should say it is wrong. */
class DamagedLeaderEpochsTest {
    private static final Path DIR = Path.of("/t-0");
    private static final Path FILE = DIR.resolve(LogFiles.LEADER_EPOCHS);
    private static final TopicConfig CONFIG =
            TopicConfig.of(Map.of("index.interval.bytes", "200", "internal.segment.bytes", "3000"));
    private static final LeaderEpochs EPOCHS =
            LeaderEpochs.NONE.assign(3, 0).assign(4, 21).assign(70, 45);
    private static final int RECORDS = 60;

    private SimulatedDisk disk = new SimulatedDisk();

    private PartitionLog open(boolean cleanly) throws IOException {
        return PartitionLog.open(
                new OpenFiles(disk, 20), DIR, new UUID(1, 2), CONFIG, ProducerLimits.DEFAULT, RECORDS, 0, cleanly, 0);
    }

    private void write() throws IOException {
        disk.createDirectory(DIR);
        try (PartitionLog log = PartitionLog.open(
                new OpenFiles(disk, 20), DIR, new UUID(1, 2), CONFIG, ProducerLimits.DEFAULT, 0, 0, true, 0)) {
            for (int i = 0; i < RECORDS; i++) {
                append(log, i, EPOCHS.epochAt(i));
            }
        }
        assertThat(stored()).isEqualTo(EPOCHS);
    }

    private static void append(PartitionLog log, long offset, int epoch) throws IOException {
        ByteBuffer batch = new RecordBatchBuilder()
                .baseOffset(offset)
                .partitionLeaderEpoch(epoch)
                .append(offset, null, new byte[200])
                .build();
        log.append(new ByteBuffer[] {batch}, 0, 1, 0);
    }

    private LeaderEpochs stored() throws IOException {
        ByteBuffer contents = Objects.requireNonNull(AtomicFile.read(disk, FILE, 1000));
        return Objects.requireNonNull(
                LeaderEpochs.decode(StandardCharsets.UTF_8.decode(contents).toString()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whicheverBitIsWrong(boolean cleanly) throws IOException {
        write();
        long bits = disk.sizeBytes(FILE) * 8;
        for (long bit = 0; bit < bits; bit++) {
            disk = disk.kill();
            disk.flipBit(FILE, bit);
            try (PartitionLog log = open(cleanly)) {
                assertThat(log.leaderEpochs()).as("bit %s", bit).isEqualTo(EPOCHS);
                assertThat(log.view().endOffsetFor(4, 71)).isEqualTo(new LeaderEpochs.EpochEnd(4, 45));
            }
            assertThat(stored()).as("bit %s", bit).isEqualTo(EPOCHS);
        }
    }

    /** A file as Kafka writes it, without a checksum, is believed and kept until there is a new epoch. */
    @Test
    void orTheyComeFromKafka() throws IOException {
        write();
        AtomicFile.replace(disk, FILE, ByteBuffer.wrap("0\n2\n3 0\n4 21\n".getBytes(StandardCharsets.UTF_8)));
        try (PartitionLog log = open(true)) {
            assertThat(log.leaderEpochs().latestEpoch()).isEqualTo(4);
            append(log, RECORDS, 71);
        }
        assertThat(stored().entries()).hasSize(3);
        assertThat(stored().latestEpoch()).isEqualTo(71);
    }
}
