package io.headrace.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TopicConfig;
import io.headrace.protocol.ErrorCode;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.journal.JournalOptions;
import io.headrace.storage.log.ProducerLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Hundreds of partitions that come into use, are recovered and are closed at the same time. */
class ManyPartitionsTest {
    private static final Path DIR = Path.of("/data");
    private static final UUID TOPIC = new UUID(3, 4);
    private static final int PARTITIONS = 300;
    private static final long NOW_MS = 1_700_000_000_000L;
    private static final TopicConfig CONFIG = SmallTopics.topic(true);

    private final ExecutorService threads = Executors.newFixedThreadPool(4);

    @AfterEach
    void stopThreads() {
        threads.shutdown();
    }

    private static LogStore open(SimulatedDisk disk, Executor io, int dirtyPartitionsMax) throws IOException {
        StoreOptions options = new StoreOptions(
                JournalOptions.defaults(), 60_000, 50, dirtyPartitionsMax, 10_000, ProducerLimits.DEFAULT);
        return LogStore.open(disk, DIR, options, id -> new TopicCatalog.Topic("orders", CONFIG), io, 7, NOW_MS);
    }

    private static PartitionReplica replica(LogStore store, int partition) {
        return store.replica(new TopicIdPartition(TOPIC, "orders", partition), CONFIG);
    }

    private static void appendToAll(LogStore store, int sequence) {
        List<Append> tasks = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; i++) {
            Append task = new Append(replica(store, i), Append.batch(5, sequence, 1, new byte[20]), true);
            assertThat(store.writer().enqueue(task)).isTrue();
            tasks.add(task);
        }
        while (store.writer().runOnce(NOW_MS) > 0) {
            // Until all is done.
        }
        for (Append task : tasks) {
            assertThat(task.error()).isEqualTo(ErrorCode.NONE);
            assertThat(task.baseOffset()).isEqualTo(sequence);
        }
    }

    private static void requireEndOffsets(LogStore store, long expected, String replay) {
        for (int i = 0; i < PARTITIONS; i++) {
            PartitionReplica replica = replica(store, i);
            store.open(replica, () -> {});
            store.writer().runOnce(NOW_MS);
            assertThat(requireNonNull(replica.view()).highWatermark())
                    .as(replay)
                    .isEqualTo(expected);
        }
    }

    @Test
    void allAreThereAfterAPowerCutAndAfterAStopInOrder() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        disk.createDirectory(DIR);
        disk.syncDirectory(Path.of("/"));
        LogStore store = open(disk, threads, 1_000);
        appendToAll(store, 0);
        appendToAll(store, 1);

        long seed = Long.getLong("seed", System.nanoTime());
        disk = disk.crash(new Random(seed));
        store = open(disk, threads, 1_000);
        assertThat(store.endedInOrder()).isFalse();
        requireEndOffsets(store, 2, "-Dseed=" + seed);
        appendToAll(store, 2);
        store.close(NOW_MS);
        assertThat(disk.exists(DIR.resolve(CleanShutdownMark.COMPLETE))).isTrue();

        store = open(disk, threads, 1_000);
        assertThat(store.endedInOrder()).isTrue();
        requireEndOffsets(store, 3, "-Dseed=" + seed);
        appendToAll(store, 3);
    }

    @Test
    void aFailureOfOneAmongManyIsItsOwn() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        disk.createDirectory(DIR);
        LogStore store = open(disk, threads, 1_000);
        disk.failWhen((operation, path, step) -> path.startsWith(DIR.resolve("orders-7")));
        List<Append> tasks = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Append task = new Append(replica(store, i), Append.batch(5, 0, 1, new byte[20]), true);
            assertThat(store.writer().enqueue(task)).isTrue();
            tasks.add(task);
        }
        store.writer().runOnce(NOW_MS);
        for (int i = 0; i < 20; i++) {
            assertThat(tasks.get(i).error()).isEqualTo(i == 7 ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.NONE);
        }
        assertThat(replica(store, 7).status()).isEqualTo(PartitionReplica.Status.OFFLINE);
    }

    @Test
    void manyPartitionsWithUnsyncedDataBringACheckpointForward() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        disk.createDirectory(DIR);
        Queue<Runnable> later = new ArrayDeque<>();
        LogStore store = open(disk, later::add, PARTITIONS / 2);
        appendToAll(store, 0);
        assertThat(store.checkpointer().dirtyCount()).isZero();
        assertThat(later).isNotEmpty();
        // The checkpoint has not come to an end when as many partitions are written again: the writer does it itself.
        appendToAll(store, 1);
        assertThat(store.checkpointer().dirtyCount()).isLessThanOrEqualTo(PARTITIONS);
        assertThat(disk.exists(DIR.resolve(Checkpointer.RECOVERY_POINTS))).isTrue();
    }

    @Test
    void deletingManyPartitionsIsOneTaskAndTheNextDeletionTakesARefusedOneAlong() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        disk.createDirectory(DIR);
        Queue<Runnable> tasks = new ArrayDeque<>();
        AtomicBoolean full = new AtomicBoolean();
        Executor io = task -> {
            if (full.get()) {
                throw new RejectedExecutionException();
            }
            tasks.add(task);
        };
        LogStore store = open(disk, io, 1_000);
        appendToAll(store, 0);
        tasks.clear();

        full.set(true);
        delete(store, 0, 10);
        full.set(false);
        delete(store, 10, PARTITIONS);
        assertThat(tasks).hasSize(1);
        assertThat(directories(disk)).hasSize(PARTITIONS).allMatch(name -> name.endsWith("-delete"));
        tasks.remove().run();
        assertThat(directories(disk)).isEmpty();
        assertThat(tasks).isEmpty();
    }

    private static void delete(LogStore store, int from, int to) {
        for (int i = from; i < to; i++) {
            store.delete(new TopicIdPartition(TOPIC, "orders", i));
        }
        while (store.writer().runOnce(NOW_MS) > 0) {
            // Until all is done.
        }
    }

    private static List<String> directories(SimulatedDisk disk) throws IOException {
        return disk.list(DIR).stream()
                .filter(name -> name.startsWith("orders-"))
                .toList();
    }
}
