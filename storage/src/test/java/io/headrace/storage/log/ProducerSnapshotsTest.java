package io.headrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.partition.ProducerStates;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.disk.SimulatedDisk.DirectoryLoss;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProducerSnapshotsTest {
    private static final Path DIR = Path.of("/t-0");
    private static final Path BEYOND = LogFiles.path(DIR, 8, LogFiles.SNAPSHOT);

    /** It would be taken for what was appended after it, transactions that began there forgotten. */
    @ParameterizedTest
    @EnumSource(DirectoryLoss.class)
    void aSnapshotOfRecordsThatWereLostDoesNotComeBackAtTheNextPowerCut(DirectoryLoss loss) throws IOException {
        for (int seed = 0; seed < 20; seed++) {
            SimulatedDisk disk = new SimulatedDisk();
            disk.createDirectory(DIR);
            try (DiskFile file = disk.open(BEYOND, OpenMode.CREATE_NEW)) {
                file.write(ByteBuffer.allocate(14), 0);
                file.sync();
            }
            disk.syncDirectory(Path.of("/"));
            disk.syncDirectory(DIR);
            ProducerSnapshots snapshots = new ProducerSnapshots(disk, DIR, disk.list(DIR));
            assertThat(snapshots.contains(8)).isTrue();

            assertThat(snapshots.loadNewest(new ProducerStates(10, 1_000), 0, 3, 0))
                    .isZero();

            SimulatedDisk after = disk.crash(new Random(seed), loss);
            assertThat(after.list(DIR)).isEqualTo(List.of());
        }
    }
}
