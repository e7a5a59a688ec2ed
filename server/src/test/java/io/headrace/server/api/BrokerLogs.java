package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.TopicConfig;
import io.headrace.core.group.GroupSettings;
import io.headrace.core.metadata.CreateTopic;
import io.headrace.core.metadata.DeleteTopic;
import io.headrace.core.metadata.MetadataCommand;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.server.coordinator.CoordinatorClock;
import io.headrace.server.group.GroupCoordinators;
import io.headrace.server.metadata.MemoryMetadataLog;
import io.headrace.server.partition.CoordinatorLog;
import io.headrace.server.partition.Partitions;
import io.headrace.storage.AppendTask;
import io.headrace.storage.LogStore;
import io.headrace.storage.PartitionReplica;
import io.headrace.storage.StoreOptions;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.log.LogView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/** The topics and logs of one broker on a simulated disk. The test's own thread is its log writer's. */
final class BrokerLogs {
    static final long NOW_MS = 1_700_000_000_000L;

    private static final Path DIR = Path.of("/data");

    final MemoryMetadataLog metadata = MemoryMetadataLog.oneBroker();
    private SimulatedDisk disk = new SimulatedDisk();
    private LogStore store;
    private int topicCount;

    BrokerLogs() throws IOException {
        disk.createDirectory(DIR);
        store = open(disk);
    }

    private static LogStore open(SimulatedDisk disk) throws IOException {
        return LogStore.open(disk, DIR, StoreOptions.defaults(), id -> null, Runnable::run, 1, NOW_MS);
    }

    /** Stops in good order and starts again. */
    void restart() throws IOException {
        store.close(NOW_MS);
        disk = disk.kill();
        store = open(disk);
    }

    void createTopic(String name, int partitionCount) {
        createTopic(name, partitionCount, Map.of());
    }

    /** Topics get the ids 1, 2, ... with the same first half. */
    void createTopic(String name, int partitionCount, Map<String, String> configs) {
        apply(new CreateTopic(name, new UUID(7, ++topicCount), partitionCount, 1, List.of(), configs));
    }

    void deleteTopic(String name) {
        apply(new DeleteTopic(
                Objects.requireNonNull(metadata.image().topic(name)).id()));
    }

    private void apply(MetadataCommand command) {
        assertThat(metadata.apply(command).isOk()).isTrue();
    }

    LogStore store() {
        return store;
    }

    Partitions partitions() {
        return new Partitions(1, metadata::image, store, topic -> TopicConfig.of(topic.configs()));
    }

    CoordinatorLog coordinatorLog() {
        return new CoordinatorLog(partitions(), Runnable::run);
    }

    /** The coordinators of groups, to be begun and run by the test. */
    GroupCoordinators groups() {
        CoordinatorLog log = coordinatorLog();
        return new GroupCoordinators(
                1,
                GroupSettings.defaults(),
                metadata,
                log,
                log,
                new CoordinatorClock(() -> NOW_MS, () -> NOW_MS),
                () -> new UUID(1, 2),
                100);
    }

    /** From now on no log can be read. */
    void failReads() {
        disk.failWhen((operation, path, step) ->
                operation == SimulatedDisk.Operation.READ && path.toString().endsWith(".log"));
    }

    /** Does this as soon as the journal is about to be synced, once. */
    void beforeNextSync(Runnable action) {
        disk.failWhen((operation, path, step) -> {
            if (operation == SimulatedDisk.Operation.SYNC && path.toString().contains("/journal/")) {
                disk.failNever();
                action.run();
            }
            return false;
        });
    }

    /** Does everything that waits for the log writer. */
    void run() {
        while (store.writer().runOnce(NOW_MS) > 0) {
            // there may be more by now
        }
    }

    /** A partition with an open log. */
    PartitionReplica replica(String topic, int partition) {
        PartitionReplica replica = partitions()
                .leader(Objects.requireNonNull(metadata.image().topic(topic)), partition)
                .replicaOrThrow();
        store.open(replica, () -> {});
        run();
        return replica;
    }

    /** Appends a batch to partition 0 and has it answered. */
    void append(String topic, int leaderEpoch, RecordBatchBuilder batch) {
        append(topic, leaderEpoch, batch, true);
    }

    /** Appends a batch to partition 0 that is answered before it is durable, and makes it durable. */
    void appendWithoutDurability(String topic, RecordBatchBuilder batch) {
        append(topic, 0, batch, false);
    }

    private void append(String topic, int leaderEpoch, RecordBatchBuilder batch, boolean awaitsDurability) {
        AppendTask task = new AppendTask(replica(topic, 0), batch.build(), leaderEpoch, awaitsDurability) {
            @Override
            protected void onOutcome() {
                assertThat(error()).isEqualTo(ErrorCode.NONE);
            }

            @Override
            protected void onReleased() {
                // the batch is garbage
            }
        };
        assertThat(store.writer().enqueue(task)).isTrue();
        run();
    }

    LogView view(String topic, int partition) {
        return Objects.requireNonNull(replica(topic, partition).view());
    }
}
