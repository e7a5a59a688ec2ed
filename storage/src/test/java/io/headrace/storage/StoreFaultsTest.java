package io.headrace.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.TopicIdPartition;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.disk.SimulatedDisk.Operation;
import io.headrace.storage.log.FetchSlice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a store does when the disk is full, fails, or holds damaged checkpoints. */
class StoreFaultsTest extends SimulatedStore {
    private static final TopicIdPartition PAYMENTS = new TopicIdPartition(new UUID(1, 2), "payments", 0);
    private static final TopicIdPartition NEW_ORDERS = new TopicIdPartition(new UUID(-1, 3), "orders", 0);
    private static final byte[] VALUE = new byte[300];

    private final Set<UUID> topics = new HashSet<>(Set.of(ORDERS.topicId(), PAYMENTS.topicId()));

    @Override
    TopicCatalog catalog() {
        return new Catalog();
    }

    private final class Catalog implements TopicCatalog {
        @Override
        public @Nullable Topic find(UUID topicId) {
            if (!topics.contains(topicId)) {
                return null;
            }
            return new Topic(topicId.equals(PAYMENTS.topicId()) ? "payments" : "orders", SmallTopics.topic(true));
        }

        @Override
        public @Nullable UUID idOf(String name) {
            UUID orders = topics.contains(NEW_ORDERS.topicId()) ? NEW_ORDERS.topicId() : ORDERS.topicId();
            return name.equals("payments") ? PAYMENTS.topicId() : orders;
        }
    }

    private Append append(TopicIdPartition id) {
        Append task = new Append(opened(id), Append.batch(-1, -1, 1, VALUE), true);
        store.writer().enqueue(task);
        run();
        return task;
    }

    private void append(TopicIdPartition id, int count) {
        for (int i = 0; i < count; i++) {
            assertThat(append(id).error()).isEqualTo(ErrorCode.NONE);
        }
    }

    private static int readable(PartitionReplica replica) throws IOException {
        FetchSlice slice = requireNonNull(replica.view())
                .read(
                        requireNonNull(replica.view()).logStartOffset(),
                        1 << 20,
                        true,
                        requireNonNull(replica.view()).highWatermark());
        if (slice.records() == null) {
            return 0;
        }
        ByteBuffer bytes = ByteBuffer.allocate(slice.sizeBytes());
        slice.records().readInto(bytes);
        slice.records().release();
        return bytes.position();
    }

    @Test
    void aFullDiskRefusesForATimeAndLosesNothing() throws IOException {
        for (long seed = 1; seed <= 10; seed++) {
            Random random = new Random(seed);
            append(ORDERS, 3);
            append(PAYMENTS, 3);
            disk.limitCapacity(1L << 40);
            long used = (1L << 40) - disk.usableBytes(DIR);
            disk.limitCapacity(used + random.nextInt(2_000));
            int acknowledged = 0;
            int refused = 0;
            while (refused < 3) {
                Append task = append(random.nextBoolean() ? ORDERS : PAYMENTS);
                if (task.error() == ErrorCode.NONE) {
                    acknowledged++;
                } else {
                    assertThat(task.error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
                    refused++;
                }
                checkpoint();
                assertThat(acknowledged).isLessThan(20);
            }
            assertThat(store.isWritable()).isTrue();
            assertThat(readable(opened(ORDERS))).isPositive();
            long orders = requireNonNull(opened(ORDERS).view()).highWatermark();
            long payments = requireNonNull(opened(PAYMENTS).view()).highWatermark();
            if (random.nextBoolean()) {
                disk = disk.crash(random);
                open();
            } else {
                disk.limitCapacity(Long.MAX_VALUE);
            }
            assertThat(requireNonNull(opened(ORDERS).view()).highWatermark()).isGreaterThanOrEqualTo(orders);
            assertThat(requireNonNull(opened(PAYMENTS).view()).highWatermark()).isGreaterThanOrEqualTo(payments);
            append(ORDERS, 2);
            append(PAYMENTS, 2);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 4_096})
    void batchesThatBelongTogetherAreAppendedTogetherOrNotAtAll(long reserveBytes) throws IOException {
        reserve(reserveBytes);
        append(ORDERS, 2);
        int appended = 0;
        for (int room = 0; room < 6_000; room += 200) {
            disk.limitCapacity(1L << 40);
            disk.limitCapacity((1L << 40) - disk.usableBytes(DIR) + reserveBytes + room - 1);
            nowMs += 200;
            long end = requireNonNull(opened(ORDERS).view()).logEndOffset();
            List<Append> parts = List.of(part(), part(), part(), part());
            store.writer().enqueueInternal(new JointAppend(parts));
            run();
            assertThat(parts).allMatch(part -> part.answered && part.released);
            boolean done = parts.get(0).error() == ErrorCode.NONE;
            appended += done ? 1 : 0;
            for (int i = 0; i < parts.size(); i++) {
                assertThat(parts.get(i).error()).isEqualTo(done ? ErrorCode.NONE : ErrorCode.KAFKA_STORAGE_ERROR);
                assertThat(parts.get(i).baseOffset()).isEqualTo(done ? end + i : -1);
            }
            assertThat(requireNonNull(opened(ORDERS).view()).highWatermark()).isEqualTo(done ? end + 4 : end);
            assertThat(store.isWritable()).isTrue();
        }
        assertThat(appended).isBetween(1, 29);
    }

    private Append part() {
        return new Append(opened(ORDERS), Append.batch(-1, -1, 1, VALUE), true);
    }

    private void reserve(long bytes) throws IOException {
        store.close(nowMs);
        disk = disk.kill();
        options = SmallTopics.OPTIONS.withDiskReserveBytes(bytes);
        open();
    }

    @Test
    void aPartitionThatFindsNoRoomOpensLater() throws IOException {
        append(ORDERS, 1);
        disk.limitCapacity(0);
        assertThat(append(PAYMENTS).error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        disk.limitCapacity(Long.MAX_VALUE);
        append(PAYMENTS, 1);
    }

    @Test
    void aFailedJournalSyncIsFinal() throws IOException {
        append(ORDERS, 3);
        int before = readable(opened(ORDERS));
        disk.failWhen(
                (operation, path, step) -> operation == Operation.SYNC && path.startsWith(DIR.resolve("journal")));
        assertThat(append(ORDERS).error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        disk.failNever();
        assertThat(append(ORDERS).error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(append(PAYMENTS).error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(readable(opened(ORDERS))).isEqualTo(before);
        disk = disk.kill();
        open();
        assertThat(requireNonNull(opened(ORDERS).view()).highWatermark()).isBetween(3L, 4L);
        append(ORDERS, 1);
    }

    @Test
    void whatASegmentLostInAFailedSyncIsWrittenAgainBeforeTheJournalForgetsIt() throws IOException {
        append(ORDERS, 3);
        disk.failWhen((operation, path, step) ->
                operation == Operation.SYNC && path.toString().endsWith(".log"));
        int acknowledged = 3;
        while (append(ORDERS).error() == ErrorCode.NONE) {
            acknowledged++;
            checkpoint();
        }
        assertThat(store.isWritable()).isFalse();
        assertThat(readable(opened(ORDERS))).isPositive();
        // The process ends; the page cache still shows what the disk never got.
        disk = disk.kill();
        open();
        long end = requireNonNull(opened(ORDERS).view()).highWatermark();
        assertThat(end).isGreaterThanOrEqualTo(acknowledged);
        for (int i = 0; i < 40; i++) {
            append(ORDERS, 1);
            checkpoint();
        }
        disk = disk.crash(new Random(1));
        open();
        PartitionReplica replica = opened(ORDERS);
        assertThat(replica.problem()).isNull();
        assertThat(requireNonNull(replica.view()).highWatermark()).isEqualTo(end + 40);
        assertThat(readable(replica)).isPositive();
    }

    @Test
    void damagedCheckpointsCostTimeOnly() throws IOException {
        append(ORDERS, 20);
        checkpoint();
        for (String name : new String[] {Checkpointer.RECOVERY_POINTS, Checkpointer.LOG_STARTS}) {
            try (DiskFile file = disk.open(DIR.resolve(name), OpenMode.CREATE)) {
                file.truncate(0);
                file.write(ByteBuffer.wrap("rubbish".getBytes(StandardCharsets.UTF_8)), 0);
            }
        }
        disk = disk.kill();
        open();
        assertThat(requireNonNull(opened(ORDERS).view()).highWatermark()).isEqualTo(20);
        append(ORDERS, 1);
    }

    @Test
    void aTopicMadeAgainDoesNotInheritWhatWasKnownOfTheOldOne() throws IOException {
        append(ORDERS, 20);
        checkpoint();
        store.delete(ORDERS);
        topics.remove(ORDERS.topicId());
        topics.add(NEW_ORDERS.topicId());
        append(NEW_ORDERS, 2);
        disk = disk.crash(new Random(1));
        open();
        PartitionReplica replica = opened(NEW_ORDERS);
        assertThat(replica.problem()).isNull();
        assertThat(requireNonNull(replica.view()).logStartOffset()).isZero();
        assertThat(requireNonNull(replica.view()).highWatermark()).isEqualTo(2);
    }

    /** The age of a segment is asked of its first batch, which an opening in order does not look at. */
    @Test
    void damageThatShowsInAnAppendTakesItsPartitionOnlyOffline() throws IOException {
        append(ORDERS, 4); // enough for an index entry, so that the next opening begins behind the first batch
        append(PAYMENTS, 4);
        store.close(nowMs);
        disk = disk.kill();
        disk.flipBit(DIR.resolve("orders-0/00000000000000000000.log"), RecordBatch.MAGIC_POSITION * 8L);
        open();
        Append damaged = append(ORDERS);
        assertThat(damaged.error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(opened(ORDERS).status()).isEqualTo(PartitionReplica.Status.OFFLINE);
        assertThat(opened(ORDERS).problem()).contains("orders-0");
        append(PAYMENTS, 1);
        assertThat(store.isWritable()).isTrue();
    }

    /** The same look at the first batch, when the disk does not give it back for a while. */
    @Test
    void anAppendThatCannotReadTheLogIsRefusedUntilTheDiskIsWell() throws IOException {
        append(ORDERS, 4);
        store.close(nowMs);
        disk = disk.kill();
        open();
        PartitionReplica orders = opened(ORDERS);
        int[] reads = {0};
        disk.failWhen((operation, path, step) -> operation == Operation.READ && ++reads[0] > 0);
        assertThat(append(ORDERS).error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(append(ORDERS).error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(reads[0]).as("the second one did not wait for the disk").isEqualTo(1);
        nowMs += 10_000;
        assertThat(append(ORDERS).error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(reads[0]).as("after a while it is tried again").isEqualTo(2);
        assertThat(orders.status()).isEqualTo(PartitionReplica.Status.OPEN);
        append(PAYMENTS, 1);

        disk.failNever();
        nowMs += 10_000;
        assertThat(append(ORDERS).baseOffset()).isEqualTo(4);
        append(ORDERS, 1);
        store.close(nowMs);
        disk = disk.kill();
        open();
        assertThat(requireNonNull(opened(ORDERS).view()).logEndOffset()).isEqualTo(6);
        append(ORDERS, 1);
    }

    /** A log start that only the checkpoint would have stored must not move back: nobody may vouch for what is there. */
    @Test
    void aStopWhoseCheckpointFindsNoRoomIsNoStopInOrder() throws IOException {
        append(ORDERS, 4);
        disk.runOutOfRoomWhen((operation, path, step) -> path.toString().contains(Checkpointer.LOG_STARTS)
                || path.toString().contains(Checkpointer.RECOVERY_POINTS));
        store.close(nowMs);
        disk.failNever();
        assertThat(disk.exists(DIR.resolve(CleanShutdownMark.COMPLETE))).isFalse();
        disk = disk.kill();
        open();
        assertThat(store.endedInOrder()).isFalse();
        assertThat(requireNonNull(opened(ORDERS).view()).highWatermark()).isEqualTo(4);
    }

    /** It would pass for one of a deleted topic otherwise, and be set aside or deleted. */
    @Test
    void aDirectoryWithADamagedTopicIdIsKeptAndOffline() throws IOException {
        append(ORDERS, 3);
        append(PAYMENTS, 3);
        checkpoint();
        store.close(nowMs);
        Path metadata = DIR.resolve("orders-0/partition.metadata");
        for (int bit = 0; bit < 8; bit++) {
            SimulatedDisk copy = disk.crash(new Random(1));
            // Some character of the topic id.
            copy.flipBit(metadata, ("version: 0\ntopic_id: ".length() + 4 + bit) * 8L + bit);
            disk = copy;
            open();
            store.setStrayDirectoriesAside();
            run();
            PartitionReplica damaged = opened(ORDERS);
            assertThat(damaged.problem()).as("bit %d", bit).contains("partition.metadata");
            assertThat(readable(opened(PAYMENTS))).isPositive();
            store.close(nowMs);
            assertThat(disk.list(DIR)).contains("orders-0").noneMatch(name -> name.startsWith("orders-0."));
            assertThat(disk.list(DIR.resolve("orders-0"))).contains("00000000000000000000.log");
            disk.flipBit(metadata, ("version: 0\ntopic_id: ".length() + 4 + bit) * 8L + bit);
        }
        open();
        assertThat(readable(opened(ORDERS))).isPositive();
    }

    @Test
    void aTopicDeletedDuringACheckpointDoesNotFailTheStore() {
        inline = false;
        append(ORDERS, 3);
        append(PAYMENTS, 3);
        checkpoint();
        assertThat(later).isNotEmpty();
        store.delete(ORDERS);
        run();
        later.forEach(Runnable::run);
        run();
        assertThat(store.isWritable()).isTrue();
        append(PAYMENTS, 1);
    }

    @Test
    void aTrimOutlivesTheRecordsThatOnlyThePageCacheHad() throws IOException {
        PartitionReplica replica = store.replica(ORDERS, SmallTopics.topic(false));
        for (int i = 0; i < 10; i++) {
            store.writer().enqueue(new Append(replica, Append.batch(-1, -1, 1, VALUE), true));
        }
        store.trim(replica, 10, outcome -> assertThat(outcome.error()).isEqualTo(ErrorCode.NONE));
        run();
        for (int seed = 1; seed <= 20; seed++) {
            disk = disk.crash(new Random(seed));
            open();
            PartitionReplica again = opened(ORDERS);
            assertThat(requireNonNull(again.view()).logStartOffset()).isEqualTo(10);
            assertThat(requireNonNull(again.view()).logEndOffset()).isEqualTo(10);
        }
    }
}
