package io.headrace.storage.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.storage.disk.OpenMode;
import io.headrace.storage.disk.SimulatedDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataDirectoriesTest {
    private static final Path FIRST = Path.of("/a");
    private static final Path SECOND = Path.of("/b");

    private final Random random = new Random(3);
    private SimulatedDisk disk = new SimulatedDisk();

    DataDirectoriesTest() throws IOException {
        disk.createDirectory(FIRST);
        disk.createDirectory(SECOND);
        disk.syncDirectory(Path.of("/"));
    }

    private List<MetaProperties> claim(int nodeId, @Nullable String clusterId, Path... directories) throws IOException {
        return DataDirectories.claim(disk, List.of(directories), nodeId, clusterId, random::nextLong);
    }

    @Test
    void newDirectoriesGetOneClusterAndIdsOfTheirOwn() throws IOException {
        List<MetaProperties> claimed = claim(1, null, FIRST, SECOND);
        assertThat(claimed.get(0).clusterId())
                .hasSize(22)
                .isEqualTo(claimed.get(1).clusterId());
        assertThat(claimed.get(0).directoryId()).isNotEqualTo(claimed.get(1).directoryId());
        disk = disk.crash(new Random(1));
        assertThat(claim(1, null, FIRST, SECOND)).isEqualTo(claimed);
    }

    @Test
    void addedDirectoryJoinsTheCluster() throws IOException {
        MetaProperties first = claim(1, "wanted", FIRST).get(0);
        assertThat(first.clusterId()).isEqualTo("wanted");
        assertThat(claim(1, null, SECOND, FIRST).get(0).clusterId()).isEqualTo("wanted");
    }

    @Test
    void foreignDirectoriesAreRefused() throws IOException {
        claim(1, "one", FIRST);
        assertThatThrownBy(() -> claim(2, null, FIRST)).hasMessageContaining("belongs to node 1");
        assertThatThrownBy(() -> claim(1, "two", FIRST)).hasMessageContaining("belongs to cluster one");
        claim(1, "two", SECOND);
        assertThatThrownBy(() -> claim(1, null, FIRST, SECOND)).hasMessageContaining("belongs to cluster two");
    }

    @ParameterizedTest
    @ValueSource(strings = {"__cluster_metadata-0", "bootstrap.checkpoint", "orders-0/partition.metadata"})
    void dataOfSomebodyElseIsRefusedUntouched(String name) throws IOException {
        Path foreign = FIRST.resolve(name);
        if (name.contains("/")) {
            disk.createDirectory(FIRST.resolve("orders-0"));
        }
        disk.open(foreign, OpenMode.CREATE_NEW).close();
        Path metadata = FIRST.resolve("metadata");
        assertThatThrownBy(() -> DataDirectories.refuseForeignData(disk, FIRST, metadata))
                .hasMessageContaining("/a ")
                .hasMessageContaining(name.replace("/partition.metadata", ""))
                .hasMessageContaining("Nothing was changed");
        assertThat(disk.exists(foreign)).isTrue();
        assertThat(disk.exists(metadata)).isFalse();
    }

    @Test
    void whatTheOwnMetadataAccountsForIsAccepted() throws IOException {
        disk.createDirectory(FIRST.resolve("orders-0"));
        disk.open(FIRST.resolve("orders-0/partition.metadata"), OpenMode.CREATE_NEW)
                .close();
        Path metadata = FIRST.resolve("metadata");
        LocalMetadataLog.open(disk, metadata, random, 1 << 20, () -> {}).close();
        DataDirectories.refuseForeignData(disk, FIRST, metadata);
        DataDirectories.refuseForeignData(disk, SECOND, SECOND.resolve("metadata"));
        assertThat(disk.list(FIRST)).containsExactlyInAnyOrder("orders-0", "metadata");
    }
}
