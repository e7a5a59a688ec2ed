package io.headrace.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.TopicIdPartition;
import io.headrace.protocol.ErrorCode;
import io.headrace.storage.PartitionReplica.Status;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a start does with partitions that cannot take what the journal has for them, and with directories of unknown topics. */
class ReplayFaultsTest extends SimulatedStore {
    private static final TopicIdPartition PAYMENTS = new TopicIdPartition(new UUID(1, 2), "payments", 0);
    private static final byte[] VALUE = new byte[300];

    private final Set<UUID> topics = new HashSet<>(Set.of(ORDERS.topicId(), PAYMENTS.topicId()));

    @Override
    TopicCatalog catalog() {
        return id -> {
            if (!topics.contains(id)) {
                return null;
            }
            String name = id.equals(PAYMENTS.topicId()) ? "payments" : "orders";
            return new TopicCatalog.Topic(name, SmallTopics.topic(true));
        };
    }

    @Override
    void open() throws IOException {
        super.open();
        store.setStrayDirectoriesAside();
        run();
    }

    private ErrorCode append(TopicIdPartition id) {
        Append task = new Append(opened(id), Append.batch(-1, -1, 1, VALUE), true);
        store.writer().enqueue(task);
        run();
        return task.error();
    }

    private int appendWhileAccepted(TopicIdPartition id, int count) {
        int accepted = 0;
        for (int i = 0; i < count; i++) {
            accepted += append(id) == ErrorCode.NONE ? 1 : 0;
        }
        return accepted;
    }

    private long end(TopicIdPartition id) {
        PartitionReplica replica = opened(id);
        assertThat(replica.problem()).isNull();
        return requireNonNull(replica.view()).highWatermark();
    }

    private static Path metadata(TopicIdPartition id) {
        return DIR.resolve(id.directoryName()).resolve("partition.metadata");
    }

    private ByteBuffer replaceMetadata(TopicIdPartition id, ByteBuffer contents) throws IOException {
        try (DiskFile file = disk.open(metadata(id), OpenMode.READ_WRITE)) {
            ByteBuffer before = ByteBuffer.allocate((int) file.sizeBytes());
            file.read(before, 0);
            file.truncate(0);
            file.write(contents, 0);
            file.sync();
            return before.flip();
        }
    }

    /** Whatever becomes of the others meanwhile, and however often the power goes. */
    @Test
    void theJournalKeepsWhatADamagedPartitionCouldNotTake() throws IOException {
        int kept = 0;
        for (int seed = 1; seed <= 30; seed++) {
            Random random = new Random(seed);
            openOnEmptyDisk();
            assertThat(appendWhileAccepted(ORDERS, 5)).isEqualTo(5);
            assertThat(appendWhileAccepted(PAYMENTS, 3)).isEqualTo(3);
            disk = disk.crash(random);
            ByteBuffer sound = replaceMetadata(ORDERS, ByteBuffer.wrap(new byte[] {'?'}));
            int payments = 3;
            for (int life = 0; life < 3; life++) {
                open();
                assertThat(opened(ORDERS).status()).isEqualTo(Status.OFFLINE);
                assertThat(append(ORDERS)).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
                for (int i = 0; i < 20; i++) { // more than the journal takes
                    assertThat(append(PAYMENTS)).isEqualTo(ErrorCode.NONE);
                    payments++;
                    checkpoint();
                }
                assertThat(store.isWritable()).isTrue();
                if (random.nextBoolean()) {
                    store.close(nowMs);
                    disk = disk.kill();
                } else {
                    disk = disk.crash(random);
                }
                kept++;
            }
            replaceMetadata(ORDERS, sound);
            open();
            assertThat(store.wasClosedInOrder(ORDERS.directoryName())).isFalse();
            assertThat(end(ORDERS)).as("seed %s", seed).isEqualTo(5);
            assertThat(end(PAYMENTS)).as("seed %s", seed).isEqualTo(payments);
            checkpoint();
            assertThat(store.checkpointer().hold().isEmpty()).isTrue();
            assertThat(append(ORDERS)).isEqualTo(ErrorCode.NONE);
        }
        assertThat(kept).isEqualTo(90);
    }

    @Test
    void aPartitionThatIsDeletedLetsTheJournalGo() throws IOException {
        assertThat(appendWhileAccepted(ORDERS, 2)).isEqualTo(2);
        disk = disk.crash(new Random(1));
        replaceMetadata(ORDERS, ByteBuffer.wrap(new byte[] {'?'}));
        open();
        assertThat(store.checkpointer().hold().isEmpty()).isFalse();
        topics.remove(ORDERS.topicId());
        store.delete(ORDERS);
        run();
        assertThat(store.checkpointer().hold().isEmpty()).isTrue();
    }

    @Test
    void whatGoesOfflineWithUnsyncedDataIsSyncedOrKept() throws IOException {
        for (int seed = 1; seed <= 10; seed++) {
            openOnEmptyDisk();
            assertThat(appendWhileAccepted(ORDERS, 4)).isEqualTo(4);
            opened(ORDERS).takeOffline(new IOException("for a test"));
            checkpoint();
            assertThat(appendWhileAccepted(PAYMENTS, 20)).isEqualTo(20);
            if (seed % 2 == 0) {
                store.close(nowMs);
            }
            disk = disk.crash(new Random(seed));
            open();
            assertThat(end(ORDERS)).isEqualTo(4);
        }
    }

    @Test
    void aStartOnAFullDiskServesWhatItCanAndRecoversTheRestWhenThereIsRoom() throws IOException {
        int waited = 0;
        for (int seed = 1; seed <= 60; seed++) {
            Random random = new Random(seed);
            openOnEmptyDisk();
            int orders = appendWhileAccepted(ORDERS, 3 + random.nextInt(4));
            checkpoint();
            orders += appendWhileAccepted(ORDERS, random.nextInt(4));
            int payments = appendWhileAccepted(PAYMENTS, 1 + random.nextInt(4));
            disk = disk.crash(random);
            disk.limitCapacity(1L << 40);
            long used = (1L << 40) - disk.usableBytes(DIR);
            disk.limitCapacity(used + random.nextInt(1_500));
            open();
            PartitionReplica first = opened(ORDERS);
            PartitionReplica second = opened(PAYMENTS);
            boolean waits = first.status() != Status.OPEN || second.status() != Status.OPEN;
            waited += waits ? 1 : 0;
            // Nothing is shown that ends too early.
            assertThat(first.view() == null ? orders : end(ORDERS)).isEqualTo(orders);
            assertThat(second.view() == null ? payments : end(PAYMENTS)).isEqualTo(payments);
            for (int i = 0; i < 5; i++) {
                nowMs += PendingReplay.RETRY_INTERVAL_MS;
                checkpoint();
                orders += append(ORDERS) == ErrorCode.NONE ? 1 : 0;
                payments += append(PAYMENTS) == ErrorCode.NONE ? 1 : 0;
            }
            assertThat(store.isWritable()).isTrue();
            if (random.nextInt(3) == 0) {
                disk = disk.crash(random);
                open();
            } else {
                disk.limitCapacity(Long.MAX_VALUE);
            }
            if (seed % 4 == 0) {
                nowMs -= 3_600_000;
                checkpoint();
            }
            nowMs += PendingReplay.RETRY_INTERVAL_MS;
            checkpoint();
            assertThat(end(ORDERS)).as("seed %s", seed).isEqualTo(orders);
            assertThat(end(PAYMENTS)).as("seed %s", seed).isEqualTo(payments);
            assertThat(store.checkpointer().hold().isEmpty()).isTrue();
            assertThat(append(ORDERS)).isEqualTo(ErrorCode.NONE);
        }
        assertThat(waited).isPositive();
    }

    @Test
    void belowTheReserveAppendsAreRefusedAndAllElseGoesOn() throws IOException {
        options = SmallTopics.OPTIONS.withDiskReserveBytes(50_000);
        openOnEmptyDisk();
        assertThat(appendWhileAccepted(ORDERS, 20)).isEqualTo(20);
        disk.limitCapacity(1L << 40);
        long used = (1L << 40) - disk.usableBytes(DIR);
        disk.limitCapacity(used + 50_000 + 1_000);
        checkpoint();
        int more = appendWhileAccepted(ORDERS, 20);
        assertThat(more).isBetween(1, 4);
        assertThat(append(ORDERS)).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(disk.usableBytes(DIR)).isGreaterThan(45_000);
        assertThat(end(ORDERS)).isEqualTo(20 + more);
        store.trim(opened(ORDERS), 15, outcome -> assertThat(outcome.error()).isEqualTo(ErrorCode.NONE));
        run();
        checkpoint();
        assertThat(requireNonNull(opened(ORDERS).view()).logStartOffset()).isEqualTo(15);
        assertThat(store.isWritable()).isTrue();
        disk.limitCapacity(Long.MAX_VALUE);
        checkpoint();
        assertThat(append(ORDERS)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aDirectoryOfAnUnknownTopicIsKeptUnderAnotherName() throws IOException {
        assertThat(appendWhileAccepted(ORDERS, 2)).isEqualTo(2);
        assertThat(appendWhileAccepted(PAYMENTS, 2)).isEqualTo(2);
        checkpoint();
        topics.remove(ORDERS.topicId());
        disk = disk.kill();
        open();
        String kept = PartitionDirectories.strayName(ORDERS.directoryName(), ORDERS.topicId());
        assertThat(kept).isEqualTo("orders-0.00000000-0000-0001-0000-000000000001-stray");
        assertThat(disk.exists(DIR.resolve(ORDERS.directoryName()))).isFalse();
        assertThat(disk.list(DIR.resolve(kept))).contains("partition.metadata", "00000000000000000000.log");
        assertThat(end(PAYMENTS)).isEqualTo(2);
        disk = disk.kill();
        open();
        assertThat(disk.exists(DIR.resolve(kept))).isTrue();
        // A deletion that was on its way after all.
        store.delete(ORDERS);
        run();
        assertThat(disk.exists(DIR.resolve(kept))).isFalse();
    }

    @Test
    void aDirectoryThatDoesNotTellWhoseItIsIsLeftAlone() throws IOException {
        assertThat(appendWhileAccepted(ORDERS, 2)).isEqualTo(2);
        checkpoint();
        topics.remove(ORDERS.topicId());
        replaceMetadata(ORDERS, ByteBuffer.wrap(new byte[] {'?'}));
        disk.createDirectory(DIR.resolve("empty-0"));
        disk = disk.kill();
        open();
        assertThat(disk.exists(DIR.resolve(ORDERS.directoryName()))).isTrue();
        assertThat(disk.exists(DIR.resolve("empty-0"))).isTrue();
    }

    @Test
    void aLongNameLeavesRoomForItsEnd() {
        String name = "t".repeat(245) + "-12";
        UUID id = new UUID(7, 8);
        assertThat(PartitionDirectories.strayName(name, id)).hasSize(255).endsWith("-12." + id + "-stray");
    }
}
