package io.headrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.storage.log.LeaderEpochs.EpochEnd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.storage.internals.checkpoint.LeaderEpochCheckpointFile;
import org.apache.kafka.storage.internals.log.EpochEntry;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LeaderEpochsTest {
    private final LeaderEpochs epochs =
            LeaderEpochs.NONE.assign(2, 0).assign(5, 10).assign(6, 30);

    @Test
    void anEpochWithoutRecordsGivesWayToTheNext() {
        assertThat(epochs.assign(7, 30))
                .isEqualTo(LeaderEpochs.NONE.assign(2, 0).assign(5, 10).assign(7, 30));
        assertThat(epochs.assign(7, 5).entries()).hasSize(2);
        assertThat(epochs.assign(6, 40)).isSameAs(epochs);
        assertThat(epochs.assign(3, 40)).isSameAs(epochs);
    }

    @Test
    void theEndOfAnEpochIsTheStartOfTheNext() {
        assertThat(epochs.endOffsetFor(2, 35)).isEqualTo(new EpochEnd(2, 10));
        assertThat(epochs.endOffsetFor(4, 35)).isEqualTo(new EpochEnd(2, 10));
        assertThat(epochs.endOffsetFor(6, 35)).isEqualTo(new EpochEnd(6, 35));
        assertThat(epochs.endOffsetFor(1, 35)).isEqualTo(new EpochEnd(1, 0));
        assertThat(epochs.endOffsetFor(7, 35)).isEqualTo(EpochEnd.UNDEFINED);
        assertThat(LeaderEpochs.NONE.endOffsetFor(0, 35)).isEqualTo(EpochEnd.UNDEFINED);
    }

    @Test
    void truncationForgetsWhatIsNotInTheLogAnyMore() {
        assertThat(epochs.truncateFromEnd(30).latestEpoch()).isEqualTo(5);
        assertThat(epochs.truncateFromEnd(31)).isEqualTo(epochs);
        assertThat(epochs.truncateFromStart(20))
                .isEqualTo(LeaderEpochs.NONE.assign(5, 20).assign(6, 30));
        assertThat(epochs.truncateFromStart(30)).isEqualTo(LeaderEpochs.NONE.assign(6, 30));
        assertThat(epochs.epochAt(29)).isEqualTo(5);
    }

    @Test
    void theFileIsKafkasAndADamagedOneIsNotTakenForAnother() {
        String file = new String(epochs.encode(), StandardCharsets.UTF_8);
        assertThat(file).startsWith("0\n3\n2 0\n5 10\n6 30").hasSize("0\n3\n2 0\n5 10\n6 30\n".length() + 32);
        assertThat(LeaderEpochs.decode(file)).isEqualTo(epochs);
        assertThat(LeaderEpochs.decode("0\n3\n2 0\n5 10\n6 30\n")).isEqualTo(epochs);
        assertThat(LeaderEpochs.decode("0\n0\n")).isEqualTo(LeaderEpochs.NONE);
        for (int length = 0; length < file.length(); length++) {
            assertThat(LeaderEpochs.decode(file.substring(0, length))).isNull();
        }
        assertThat(LeaderEpochs.decode("1\n0\n")).isNull();
        assertThat(LeaderEpochs.decode("0\n2\n5 10\n2 20\n")).isNull();
        assertThat(LeaderEpochs.decode("0\n1\n5 x\n")).isNull();
    }

    @Test
    void everyFlippedBitIsNoticed() {
        byte[] file = epochs.encode();
        for (int bit = 0; bit < file.length * 8; bit++) {
            byte[] damaged = file.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(LeaderEpochs.decode(new String(damaged, StandardCharsets.UTF_8)))
                    .as("bit %s", bit)
                    .isNull();
        }
    }

    @Test
    void kafkaReadsTheFile(@TempDir Path directory) throws IOException {
        for (LeaderEpochs some : List.of(epochs, LeaderEpochs.NONE)) {
            Path file = directory.resolve("leader-epoch-checkpoint");
            Files.write(file, some.encode());
            List<EpochEntry> read = new LeaderEpochCheckpointFile(file.toFile(), new LogDirFailureChannel(1)).read();
            assertThat(read)
                    .isEqualTo(some.entries().stream()
                            .map(entry -> new EpochEntry(entry.epoch(), entry.startOffset()))
                            .toList());
        }
    }
}
