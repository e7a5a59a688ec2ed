package io.headrace.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TopicConfig;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.disk.SimulatedDisk.DirectoryLoss;
import io.headrace.storage.disk.SimulatedDisk.Operation;
import io.headrace.storage.log.LogView;
import io.headrace.storage.log.ProducerLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class StoreRetentionTest extends SimulatedStore {
    private static final TopicIdPartition QUIET = new TopicIdPartition(new UUID(1, 2), "quiet", 3);
    private static final long HOUR_MS = 3_600_000;
    private static final long MINUTE_MS = 60_000;
    private static final byte[] VALUE = new byte[300];

    private final Map<UUID, TopicConfig> topics = new HashMap<>();

    StoreRetentionTest() {
        configure(ORDERS, "retention.ms", "-1");
        configure(QUIET, "retention.ms", "-1");
    }

    /** Segments that take three batches. */
    private void configure(TopicIdPartition id, String key, String value) {
        topics.put(id.topicId(), TopicConfig.of(Map.of("internal.segment.bytes", "1200", "retention.ms", "-1")));
        Map<String, String> overrides = new HashMap<>(Map.of("internal.segment.bytes", "1200", "retention.ms", "-1"));
        overrides.put(key, value);
        topics.put(id.topicId(), TopicConfig.of(overrides));
    }

    @Override
    TopicCatalog catalog() {
        return id -> {
            TopicConfig config = topics.get(id);
            return config == null
                    ? null
                    : new TopicCatalog.Topic(id.equals(QUIET.topicId()) ? "quiet" : "orders", config);
        };
    }

    private PartitionReplica replica(TopicIdPartition id) {
        return store.replica(id, requireNonNull(topics.get(id.topicId())));
    }

    private void append(TopicIdPartition id, int batches) {
        append(id, batches, nowMs);
    }

    private void append(TopicIdPartition id, int batches, long timestampMs) {
        for (int i = 0; i < batches; i++) {
            ByteBuffer batch =
                    new RecordBatchBuilder().append(timestampMs, null, VALUE).build();
            Append task = new Append(replica(id), batch, true);
            store.writer().enqueue(task);
            run();
            assertThat(task.error()).isEqualTo(ErrorCode.NONE);
        }
    }

    private void retain() {
        store.applyRetention();
        run();
    }

    private void closeAndOpen() throws IOException {
        store.close(nowMs);
        disk = disk.kill();
        open();
    }

    private LogView view(TopicIdPartition id) {
        PartitionReplica replica = replica(id);
        store.open(replica, () -> {});
        run();
        return requireNonNull(replica.view());
    }

    private List<String> logs(TopicIdPartition id) throws IOException {
        return disk.list(DIR.resolve(id.directoryName())).stream()
                .filter(name -> name.endsWith(".log"))
                .toList();
    }

    @Test
    void filesThatCannotBeRenamedForWantOfRoomGoWithTheNextLook() throws IOException {
        configure(ORDERS, "retention.ms", String.valueOf(HOUR_MS));
        append(ORDERS, 6);
        nowMs += HOUR_MS + 1;
        Path index = DIR.resolve(ORDERS.directoryName()).resolve("00000000000000000000.index");
        disk.runOutOfRoomWhen((operation, path, step) -> operation == Operation.RENAME && path.equals(index));
        retain();
        assertThat(store.isWritable()).isTrue();
        assertThat(view(ORDERS).logStartOffset()).isEqualTo(6);
        assertThat(disk.exists(index)).isTrue();
        append(ORDERS, 1);
        disk.failNever();
        retain();
        assertThat(disk.exists(index)).isFalse();
        assertThat(logs(ORDERS)).containsExactly("00000000000000000006.log");
    }

    @Test
    void segmentsGoWhenTheirYoungestRecordIsTooOldAlsoTheLastOne() throws IOException {
        configure(ORDERS, "retention.ms", String.valueOf(HOUR_MS));
        append(ORDERS, 6);
        nowMs += HOUR_MS;
        retain();
        assertThat(view(ORDERS).logStartOffset()).isZero();
        append(ORDERS, 1);
        nowMs += 1;
        retain();
        assertThat(view(ORDERS).logStartOffset()).isEqualTo(6);
        assertThat(view(ORDERS).logEndOffset()).isEqualTo(7);
        nowMs += HOUR_MS;
        retain();
        assertThat(view(ORDERS).logStartOffset()).isEqualTo(7);
        assertThat(view(ORDERS).segmentCount()).isEqualTo(1);
        assertThat(logs(ORDERS)).containsExactly("00000000000000000007.log");
        append(ORDERS, 1);
        assertThat(view(ORDERS).logEndOffset()).isEqualTo(8);
    }

    @Test
    void theLogMayBeLargerThanConfiguredByLessThanASegment() throws IOException {
        append(ORDERS, 30);
        long size = view(ORDERS).sizeBytes();
        long segment = size / 10;
        configure(ORDERS, "retention.bytes", String.valueOf(size - 3 * segment + 1));
        store.updateConfig(replica(ORDERS), requireNonNull(topics.get(ORDERS.topicId())));
        retain();
        assertThat(view(ORDERS).logStartOffset()).isEqualTo(6);
        assertThat(logs(ORDERS)).hasSize(8);
    }

    @Test
    void segmentsBelowAMovedLogStartGoUnderEveryPolicy() throws IOException {
        configure(ORDERS, "cleanup.policy", "compact");
        append(ORDERS, 9);
        store.trim(replica(ORDERS), 7, outcome -> {});
        run();
        assertThat(logs(ORDERS)).hasSize(3);
        retain();
        assertThat(logs(ORDERS)).containsExactly("00000000000000000006.log");
        assertThat(view(ORDERS).logStartOffset()).isEqualTo(7);
    }

    @Test
    void recordsWithoutATimestampAreAsOldAsTheirFile() throws IOException {
        configure(ORDERS, "retention.ms", String.valueOf(HOUR_MS));
        disk.setTimeMs(nowMs);
        append(ORDERS, 4, -1);
        closeAndOpen();
        nowMs += HOUR_MS;
        retain();
        assertThat(store.replicaIfPresent(ORDERS)).isNull();
        nowMs += 1;
        retain();
        assertThat(view(ORDERS).logStartOffset()).isEqualTo(4);
    }

    @Test
    void partitionsThatAreNotOpenAreLookedAtAndOnlyThoseOpenedThatHaveSomethingToDelete() throws IOException {
        append(ORDERS, 9);
        append(QUIET, 9);
        closeAndOpen();
        retain();
        assertThat(store.replicas()).isEmpty();
        configure(QUIET, "retention.ms", String.valueOf(HOUR_MS));
        nowMs += HOUR_MS + 1;
        retain();
        assertThat(store.replicaIfPresent(ORDERS)).isNull();
        assertThat(logs(ORDERS)).hasSize(3);
        assertThat(logs(QUIET)).containsExactly("00000000000000000009.log");
        assertThat(view(QUIET).logStartOffset()).isEqualTo(9);
    }

    @Test
    void aDormantPartitionIsSeenBySizeAndByLogStart() throws IOException {
        append(ORDERS, 9);
        append(QUIET, 9);
        store.trim(replica(QUIET), 4, outcome -> {});
        run();
        configure(QUIET, "cleanup.policy", "compact");
        configure(ORDERS, "retention.bytes", "1");
        closeAndOpen();
        // Closing in order stored the log start; opening would delete what is below.
        retain();
        assertThat(logs(QUIET)).hasSize(2);
        assertThat(logs(ORDERS)).hasSize(1);
        assertThat(view(ORDERS).logEndOffset()).isEqualTo(9);
    }

    @Test
    void manyDormantPartitionsAreDoneInOneRun() throws IOException {
        List<TopicIdPartition> many = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            TopicIdPartition id = new TopicIdPartition(ORDERS.topicId(), "orders", i);
            many.add(id);
            append(id, 4);
        }
        configure(ORDERS, "retention.bytes", "300");
        closeAndOpen();
        retain();
        for (TopicIdPartition id : many) {
            assertThat(logs(id)).as(id.toString()).containsExactly("00000000000000000003.log");
        }
    }

    @Test
    void deletedTopicsAreNotOpenedAgain() throws IOException {
        append(QUIET, 9);
        configure(QUIET, "retention.bytes", "1");
        closeAndOpen();
        topics.remove(QUIET.topicId());
        retain();
        assertThat(store.replicaIfPresent(QUIET)).isNull();
    }

    @Test
    void filesAreRenamedOnlyWhenTheLogStartIsStored() throws IOException {
        append(ORDERS, 9);
        List<String> done = new ArrayList<>();
        store.onDeletedFiles(files -> done.add("delete"));
        disk.failWhen((operation, path, step) -> {
            String name = String.valueOf(path.getFileName());
            if (operation == Operation.RENAME && name.equals(Checkpointer.LOG_STARTS + ".tmp")) {
                done.add("store");
            } else if (operation == Operation.RENAME && name.endsWith(".log")) {
                done.add("rename");
            } else if (operation == Operation.SYNC_DIRECTORY && path.equals(DIR.resolve(ORDERS.directoryName()))) {
                done.add("sync");
            }
            return false;
        });
        configure(ORDERS, "retention.bytes", "800");
        store.updateConfig(replica(ORDERS), requireNonNull(topics.get(ORDERS.topicId())));
        run();
        done.clear();
        retain();
        List<String> tail = done.subList(done.indexOf("store"), done.size());
        assertThat(tail).containsExactly("store", "rename", "rename", "sync", "delete");
    }

    @Test
    void silentProducersGoWhenTheLimitThatIsInForceSays() throws IOException {
        ProducerLimits aMinute = new ProducerLimits(1_000, MINUTE_MS);
        appendOf(7);
        nowMs += MINUTE_MS;
        assertThat(producersAfterRetention()).isEqualTo(1);
        store.limitProducers(aMinute);
        assertThat(producersAfterRetention()).isZero();

        appendOf(8);
        closeAndOpen();
        store.limitProducers(aMinute);
        assertThat(view(ORDERS).logEndOffset()).isEqualTo(2);
        assertThat(producersAfterRetention()).isEqualTo(1);
        nowMs += MINUTE_MS;
        assertThat(producersAfterRetention()).isZero();
    }

    private void appendOf(long producerId) {
        ByteBuffer batch = new RecordBatchBuilder()
                .producer(producerId, (short) 0, 0)
                .append(nowMs, null, VALUE)
                .build();
        Append task = new Append(replica(ORDERS), batch, true);
        store.writer().enqueue(task);
        run();
        assertThat(task.error()).isEqualTo(ErrorCode.NONE);
    }

    private int producersAfterRetention() {
        retain();
        int[] count = {-1};
        store.listProducers(
                replica(ORDERS),
                producers -> count[0] = requireNonNull(producers).size());
        run();
        return count[0];
    }

    @Test
    void filesWaitAsLongAsTheirTopicSays() throws IOException {
        append(ORDERS, 9);
        List<Long> delays = new ArrayList<>();
        store.onDeletedFiles(files -> delays.add(files.delayMs()));
        topics.put(
                ORDERS.topicId(),
                TopicConfig.of(Map.of(
                        "internal.segment.bytes", "1200",
                        "retention.ms", "-1",
                        "retention.bytes", "800",
                        "file.delete.delay.ms", "7")));
        store.updateConfig(replica(ORDERS), requireNonNull(topics.get(ORDERS.topicId())));
        retain();
        assertThat(delays).containsExactly(7L);
    }

    @Test
    void aFullDiskGetsRoomFromRetention() throws IOException {
        append(ORDERS, 30);
        disk.limitCapacity(1L << 40);
        disk.limitCapacity((1L << 40) - disk.usableBytes(DIR));
        configure(ORDERS, "retention.bytes", "1500");
        store.updateConfig(replica(ORDERS), requireNonNull(topics.get(ORDERS.topicId())));
        retain();
        assertThat(logs(ORDERS)).hasSize(2);
        assertThat(store.isWritable()).isTrue();
        append(ORDERS, 5);
        for (int seed = 1; seed <= 20; seed++) {
            SimulatedDisk dead = disk;
            disk = disk.crash(new Random(seed), seed % 2 == 0 ? DirectoryLoss.PREFIX : DirectoryLoss.ANY_SUBSET);
            open();
            assertThat(view(ORDERS).logStartOffset()).isGreaterThanOrEqualTo(24);
            assertThat(view(ORDERS).logEndOffset()).isEqualTo(35);
            disk = dead;
        }
    }
}
