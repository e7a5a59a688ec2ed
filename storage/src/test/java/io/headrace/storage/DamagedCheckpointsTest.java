package io.headrace.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.TopicIdPartition;
import io.headrace.protocol.ErrorCode;
import io.headrace.storage.PartitionReplica.Status;
import io.headrace.storage.checkpoint.CleanerCheckpoint;
import io.headrace.storage.checkpoint.MirroredCheckpoint;
import io.headrace.storage.checkpoint.OffsetCheckpoint;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.log.FetchSlice;
import io.headrace.storage.log.LogView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One flipped bit, any bit, in the small files that say how far each log has come: no log is the less for it. */
final class DamagedCheckpointsTest extends TwoTopicStore {
    private static final long START = 14;
    private static final long END = 30;
    /** No multiple of a byte's bits, so that each of those is met. */
    private static final int BITS_APART = 5;

    private static final byte[] VALUE = new byte[300];

    /** Both logs begin in the middle of a segment and end in another. */
    @BeforeEach
    void writeBothLogs() {
        for (TopicIdPartition id : TOPICS.keySet()) {
            for (int i = 0; i < END - 2; i++) {
                append(id, i);
            }
            store.trim(
                    replica(id), START, outcome -> assertThat(outcome.error()).isEqualTo(ErrorCode.NONE));
        }
        checkpoint();
        for (TopicIdPartition id : TOPICS.keySet()) {
            append(id, (int) END - 2);
            append(id, (int) END - 1);
        }
    }

    private void append(TopicIdPartition id, int sequence) {
        Append task = new Append(replica(id), Append.batch(9, sequence, 1, VALUE), true);
        assertThat(store.writer().enqueue(task)).isTrue();
        run();
        assertThat(task.error()).isEqualTo(ErrorCode.NONE);
    }

    @ParameterizedTest
    @CsvSource({
        "true, " + Checkpointer.RECOVERY_POINTS,
        "false, " + Checkpointer.RECOVERY_POINTS,
        "true, " + Checkpointer.LOG_STARTS,
        "false, " + Checkpointer.LOG_STARTS,
        "true, " + Checkpointer.LOG_STARTS + MirroredCheckpoint.COPY_SUFFIX,
        "false, " + Checkpointer.LOG_STARTS + MirroredCheckpoint.COPY_SUFFIX,
        "true, " + Checkpointer.HIGH_WATERMARKS,
    })
    void nothingIsLostNorComesBackWhicheverBitIsWrong(boolean stopped, String file) throws IOException {
        if (stopped) {
            store.close(nowMs);
        }
        SimulatedDisk before = disk.kill();
        Path path = DIR.resolve(file);
        long bits = 8 * before.sizeBytes(path);
        for (long bit = 0; bit < bits; bit += BITS_APART) {
            disk = before.kill();
            disk.flipBit(path, bit);
            open();
            for (TopicIdPartition id : TOPICS.keySet()) {
                PartitionReplica replica = replica(id);
                assertThat(replica.status())
                        .as("bit %s: %s", bit, replica.problem())
                        .isEqualTo(Status.OPEN);
                LogView view = requireNonNull(replica.view());
                assertThat(view.logStartOffset()).as("bit %s", bit).isEqualTo(START);
                assertThat(view.logEndOffset()).as("bit %s", bit).isEqualTo(END);
                FetchSlice slice = view.read(START, 1 << 20, true, END);
                assertThat(slice.nextOffset()).as("bit %s", bit).isGreaterThan(START);
                requireNonNull(slice.records()).release();
            }
        }
    }

    /** Which logs a stop did not vouch for, as none had opened them since a crash. */
    @Test
    void theMarkOfAStopVouchesForNothingIfItIsDamaged() throws IOException {
        disk = disk.kill();
        open();
        append(ORDERS, (int) END);
        store.close(nowMs);
        Path mark = DIR.resolve(CleanShutdownMark.WITH_EXCEPTIONS);
        assertThat(new OffsetCheckpoint(disk, mark).read()).containsOnlyKeys("clicks-0");
        long bits = 8 * disk.sizeBytes(mark);
        for (long bit = 0; bit < bits; bit++) {
            SimulatedDisk damaged = disk.kill();
            damaged.flipBit(mark, bit);
            assertThat(CleanShutdownMark.take(damaged, DIR).vouchesFor("clicks-0"))
                    .as("bit %s", bit)
                    .isFalse();
            assertThat(damaged.exists(mark)).isFalse();
        }
        assertThat(CleanShutdownMark.take(disk.kill(), DIR).vouchesFor("orders-0"))
                .isTrue();
    }

    @Test
    void logsAreCompactedAnewIfItIsNotKnownHowFarTheyWere() throws IOException {
        CleanerCheckpoint checkpoint = new CleanerCheckpoint(disk, DIR);
        Map<String, Long> offsets = Map.of("orders-0", 1_234L, "clicks-0", 77L);
        checkpoint.write(() -> offsets);
        Path path = DIR.resolve(CleanerCheckpoint.NAME);
        long bits = 8 * disk.sizeBytes(path);
        for (long bit = 0; bit < bits; bit++) {
            SimulatedDisk damaged = disk.kill();
            damaged.flipBit(path, bit);
            Map<String, Long> read = new CleanerCheckpoint(damaged, DIR).read();
            if (!read.isEmpty()) {
                // The bit is in the name of the line with the checksum, which is then taken for a topic's.
                assertThat(read).as("bit %s", bit).containsAllEntriesOf(offsets);
            }
        }
    }

    /** Kafka's files, and those of earlier versions, have no checksum. */
    @Test
    void aFileWithoutAChecksumIsBelieved() throws IOException {
        Path path = DIR.resolve("of-kafka");
        try (DiskFile file = disk.open(path, OpenMode.CREATE)) {
            file.write(ByteBuffer.wrap("0\n2\norders 0 4711\norders 1 9\n".getBytes(StandardCharsets.UTF_8)), 0);
        }
        OffsetCheckpoint checkpoint = new OffsetCheckpoint(disk, path);
        assertThat(checkpoint.read()).isEqualTo(Map.of("orders-0", 4711L, "orders-1", 9L));
        checkpoint.write(Map.of());
        assertThat(checkpoint.read()).isEmpty();
    }
}
