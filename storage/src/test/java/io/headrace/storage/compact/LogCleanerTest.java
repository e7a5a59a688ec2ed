package io.headrace.storage.compact;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TopicConfig;
import io.headrace.protocol.records.Record;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.storage.AppendTask;
import io.headrace.storage.LogStore;
import io.headrace.storage.PartitionReplica;
import io.headrace.storage.StoreCompaction;
import io.headrace.storage.StoreOptions;
import io.headrace.storage.TopicCatalog;
import io.headrace.storage.checkpoint.CleanerCheckpoint;
import io.headrace.storage.checkpoint.OffsetCheckpoint;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.disk.SimulatedDisk.Operation;
import io.headrace.storage.journal.JournalOptions;
import io.headrace.storage.log.FetchSlice;
import io.headrace.storage.log.LeaderEpochs;
import io.headrace.storage.log.LeaderEpochs.EpochEnd;
import io.headrace.storage.log.LogView;
import io.headrace.storage.log.ProducerLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The cleaner in a store: which logs it compacts and when, and what it writes down. */
final class LogCleanerTest {
    private static final Path DIR = Path.of("/data");
    private static final int PAGE = 4096;
    private static final StoreOptions OPTIONS = new StoreOptions(
            new JournalOptions(64 * PAGE, 64 * PAGE, 1024 * PAGE, 2 * PAGE),
            500,
            100,
            1_000,
            1_000,
            ProducerLimits.DEFAULT);
    private static final TopicIdPartition ORDERS = new TopicIdPartition(new UUID(1, 1), "orders", 0);
    private static final TopicIdPartition CLICKS = new TopicIdPartition(new UUID(1, 2), "clicks", 0);

    private final Map<TopicIdPartition, TopicConfig> topics = new HashMap<>();
    private SimulatedDisk disk = new SimulatedDisk();
    private long nowMs = 1_000_000;
    /** In which the next records are written. */
    private int leaderEpoch;

    private Runnable afterNaming = () -> {};

    @SuppressWarnings("NullAway.Init")
    private LogStore store;

    @SuppressWarnings("NullAway.Init")
    private LogCleaner cleaner;

    @BeforeEach
    void begin() throws IOException {
        disk.createDirectory(DIR);
        disk.syncDirectory(Path.of("/"));
        topics.put(ORDERS, compacted(Map.of()));
        topics.put(CLICKS, compacted(Map.of()));
        start();
    }

    private static TopicConfig compacted(Map<String, String> more) {
        Map<String, String> overrides =
                new HashMap<>(Map.of("cleanup.policy", "compact", "internal.segment.bytes", "1000"));
        overrides.putAll(more);
        return TopicConfig.of(overrides);
    }

    private void start() throws IOException {
        TopicCatalog catalog = id -> topics.entrySet().stream()
                .filter(topic -> topic.getKey().topicId().equals(id))
                .map(topic -> new TopicCatalog.Topic(topic.getKey().topic(), topic.getValue()))
                .findAny()
                .orElse(null);
        store = LogStore.open(disk, DIR, OPTIONS, catalog, Runnable::run, 7, nowMs);
        cleaner = new LogCleaner(
                new StoreCompaction(store, this::work),
                visitor -> {
                    topics.forEach((id, config) -> {
                        if (config.compact()) {
                            visitor.visit(id, config);
                        }
                    });
                    afterNaming.run();
                },
                () -> CompactionOptions.DEFAULT,
                new IoThrottle(Double.MAX_VALUE, () -> 0, nanos -> {}),
                () -> nowMs,
                42);
    }

    private void work() {
        while (store.writer().runOnce(nowMs) > 0) {
            // Until all of it is done.
        }
    }

    /** Everything appended so far is in the segments for good. */
    private void checkpoint() {
        nowMs += OPTIONS.checkpointIntervalMs();
        store.tick();
        work();
    }

    private PartitionReplica replica(TopicIdPartition id) {
        return store.replica(id, Objects.requireNonNull(topics.get(id)));
    }

    private void append(TopicIdPartition id, int count, int keys) {
        for (int i = 0; i < count; i++) {
            byte[] key = ("key " + i % keys).getBytes(StandardCharsets.UTF_8);
            ByteBuffer batch =
                    new RecordBatchBuilder().append(nowMs, key, new byte[60]).build();
            assertThat(store.writer().enqueue(new Append(replica(id), batch, leaderEpoch)))
                    .isTrue();
            work();
        }
    }

    private static final class Append extends AppendTask {
        Append(PartitionReplica replica, ByteBuffer batch, int leaderEpoch) {
            super(replica, batch, leaderEpoch, true);
        }

        @Override
        protected void onOutcome() {
            assertThat(error().code()).isZero();
        }

        @Override
        protected void onReleased() {
            // The memory is the garbage collector's.
        }
    }

    private LogView view(TopicIdPartition id) {
        return Objects.requireNonNull(replica(id).view());
    }

    private List<Long> offsets(TopicIdPartition id) throws IOException {
        return LogContents.committed(view(id), 0).stream().map(Record::offset).toList();
    }

    private Map<String, Long> written() throws IOException {
        return new OffsetCheckpoint(disk, DIR.resolve(CleanerCheckpoint.NAME)).read();
    }

    @Test
    void compactsWhatIsBelowTheRecoveryPointAndWritesDownHowFar() throws IOException {
        append(ORDERS, 30, 3);
        assertThat(cleaner.runOnce()).isZero(); // asks for a checkpoint instead
        assertThat(cleaner.awaitsCheckpoint()).isTrue();
        work();
        assertThat(cleaner.runOnce()).isEqualTo(1);
        assertThat(cleaner.awaitsCheckpoint()).isFalse();
        long cleanedTo = Objects.requireNonNull(written().get("orders-0"));
        assertThat(cleanedTo).isBetween(20L, 29L);
        List<Long> left = offsets(ORDERS);
        assertThat(left).hasSize((int) (30 - cleanedTo) + 3).startsWith(cleanedTo - 3, cleanedTo - 2, cleanedTo - 1);
        assertThat(view(ORDERS).logEndOffset()).isEqualTo(30);
        assertThat(cleaner.counters().runs()).isEqualTo(1);
        assertThat(cleaner.counters().bytesWritten()).isPositive();
        assertThat(cleaner.runOnce()).isZero();
        assertThat(disk.list(DIR.resolve("orders-0"))).noneMatch(name -> name.matches(".*\\.(cleaned|swap|deleted)"));
    }

    @Test
    void triesAgainWhatTheDiskHadNoRoomToRename() throws IOException {
        append(ORDERS, 30, 3);
        checkpoint();
        List<Long> before = offsets(ORDERS);
        disk.runOutOfRoomWhen((operation, path, step) ->
                operation == Operation.RENAME && path.toString().endsWith(".index"));
        assertThat(cleaner.runOnce()).isZero();
        assertThat(cleaner.counters().failures()).isEqualTo(1);
        assertThat(store.isWritable()).isTrue();
        assertThat(offsets(ORDERS)).isEqualTo(before);
        append(ORDERS, 1, 1);
        disk.failNever();
        assertThat(cleaner.runOnce()).isEqualTo(1);
        assertThat(offsets(ORDERS)).hasSizeLessThan(20);
    }

    @Test
    void waitsUntilEnoughIsDirtyOrTooLong() throws IOException {
        append(ORDERS, 30, 3);
        checkpoint();
        assertThat(cleaner.runOnce()).isEqualTo(1);
        topics.put(ORDERS, compacted(Map.of("min.cleanable.dirty.ratio", "0.9")));
        append(ORDERS, 12, 12);
        checkpoint();
        assertThat(cleaner.runOnce()).isZero();
        topics.put(ORDERS, compacted(Map.of("min.cleanable.dirty.ratio", "0.9", "max.compaction.lag.ms", "1000")));
        store.updateConfig(replica(ORDERS), Objects.requireNonNull(topics.get(ORDERS)));
        work();
        nowMs += 2_000;
        assertThat(cleaner.runOnce()).isEqualTo(1);
    }

    @Test
    void leavesYoungRecordsAlone() throws IOException {
        topics.put(ORDERS, compacted(Map.of("min.compaction.lag.ms", "60000")));
        append(ORDERS, 30, 3);
        checkpoint();
        assertThat(cleaner.runOnce()).isZero();
        assertThat(offsets(ORDERS)).hasSize(30);
        nowMs += 60_000;
        assertThat(cleaner.runOnce()).isEqualTo(1);
    }

    @Test
    void opensALogThatNobodyUsesOnlyIfItNeedsCompaction() throws IOException {
        append(ORDERS, 30, 3);
        append(CLICKS, 30, 3);
        checkpoint();
        assertThat(cleaner.runOnce()).isEqualTo(2);
        append(CLICKS, 30, 3);
        store.close(nowMs);
        start();
        assertThat(cleaner.runOnce()).isEqualTo(1);
        assertThat(store.replicaIfPresent(ORDERS)).isNull();
        assertThat(offsets(CLICKS)).hasSizeLessThan(20);
    }

    @Test
    void aDamagedLogIsLeftAloneAndTheOthersGetTheirTurn() throws IOException {
        append(ORDERS, 30, 3);
        append(CLICKS, 30, 3);
        checkpoint();
        Path first = DIR.resolve("orders-0").resolve("00000000000000000000.log");
        try (DiskFile file = disk.open(first, OpenMode.READ_WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {1}), 100);
        }
        assertThat(cleaner.runOnce()).isEqualTo(1);
        assertThat(cleaner.runOnce()).isZero();
        assertThat(cleaner.counters().uncleanablePartitions()).isEqualTo(1);
        assertThat(written()).containsOnlyKeys("clicks-0");
        assertThat(disk.list(DIR.resolve("orders-0"))).noneMatch(name -> name.endsWith(".cleaned"));
        assertThat(replica(ORDERS).status()).isEqualTo(PartitionReplica.Status.OPEN);
    }

    @Test
    void aDiskErrorIsNoDamageAndIsTriedAgainLaterAndLater() throws IOException {
        append(ORDERS, 30, 3);
        checkpoint();
        disk.failWhen((operation, path, step) ->
                operation == Operation.CREATE && path.toString().endsWith(".cleaned"));
        assertThat(cleaner.runOnce()).isZero();
        assertThat(cleaner.runOnce()).isZero();
        assertThat(cleaner.counters().failures()).as("not at once").isEqualTo(1);
        nowMs += 30_000;
        assertThat(cleaner.runOnce()).isZero();
        nowMs += 30_000;
        assertThat(cleaner.runOnce()).isZero();
        assertThat(cleaner.counters().failures()).isEqualTo(2);
        assertThat(cleaner.counters().uncleanablePartitions()).isZero();
        disk.failNever();
        nowMs += 30_000;
        assertThat(cleaner.runOnce()).isEqualTo(1);
        assertThat(offsets(ORDERS)).hasSizeLessThan(20);
    }

    @Test
    void nothingIsMadeForATopicThatIsDeletedWhileTheCleanerLooks() throws IOException {
        append(ORDERS, 30, 3);
        checkpoint();
        store.close(nowMs);
        start();
        TopicIdPartition again = new TopicIdPartition(new UUID(-1, 3), "orders", 0);
        afterNaming = () -> {
            if (topics.remove(ORDERS) != null) {
                store.delete(ORDERS);
                topics.put(again, compacted(Map.of()));
                append(again, 30, 3);
            }
        };
        assertThat(cleaner.runOnce()).isZero();
        work();
        assertThat(store.replicaIfPresent(ORDERS)).isNull();
        store.close(nowMs);
        start();
        assertThat(store.endedInOrder()).isTrue();
    }

    /** Both topics are compacted, then orders is deleted; the next topic of its name has nothing yet. */
    private TopicIdPartition compactDeleteAndMakeAgain() throws IOException {
        append(ORDERS, 30, 3);
        append(CLICKS, 30, 3);
        checkpoint();
        assertThat(cleaner.runOnce()).isEqualTo(2);
        topics.remove(ORDERS);
        store.delete(ORDERS);
        work();
        TopicIdPartition again = new TopicIdPartition(new UUID(-1, 3), "orders", 0);
        topics.put(again, compacted(Map.of()));
        return again;
    }

    @Test
    void forgetsTopicsThatAreGoneAndDoesNotMixThemUpWithLaterOnes() throws IOException {
        TopicIdPartition again = compactDeleteAndMakeAgain();
        assertThat(cleaner.runOnce()).isZero();
        assertThat(written()).containsOnlyKeys("clicks-0");
        append(again, 30, 3);
        checkpoint();
        assertThat(cleaner.runOnce()).isEqualTo(1);
        assertThat(offsets(again)).hasSizeLessThan(20);
    }

    @Test
    void nothingIsWrittenOfADeletedTopicWhenAnotherTakesItsNameBeforeTheNextLook() throws IOException {
        TopicIdPartition again = compactDeleteAndMakeAgain();
        append(again, 1, 1);
        assertThat(written()).as("before there is anything of the new topic").containsOnlyKeys("clicks-0");
        start(); // the process was killed
        append(again, 30, 3);
        checkpoint();
        assertThat(cleaner.runOnce()).isEqualTo(1);
        assertThat(offsets(again)).hasSizeLessThan(20);
    }

    @Test
    void aReaderFinishesWithTheBytesItWasGiven() throws IOException {
        append(ORDERS, 30, 3);
        checkpoint();
        LogView before = view(ORDERS);
        FetchSlice slice = before.read(0, 900, true, before.logEndOffset());
        ByteBuffer expected = ByteBuffer.allocate(slice.sizeBytes());
        Objects.requireNonNull(slice.records()).readInto(expected);
        assertThat(cleaner.runOnce()).isEqualTo(1);
        ByteBuffer found = ByteBuffer.allocate(slice.sizeBytes());
        Objects.requireNonNull(slice.records()).readInto(found);
        slice.records().release();
        assertThat(found.flip()).isEqualTo(expected.flip());
    }

    @Test
    void nothingIsDoneAfterTheStop() throws IOException {
        append(ORDERS, 30, 3);
        checkpoint();
        cleaner.stop();
        assertThat(cleaner.runOnce()).isZero();
        assertThat(offsets(ORDERS)).hasSize(30);
    }

    @Test
    void theThrottleHoldsBackReadingAndWriting() {
        List<Long> pauses = new ArrayList<>();
        long[] clock = {0};
        IoThrottle throttle = new IoThrottle(1_000, () -> clock[0], nanos -> {
            pauses.add(nanos);
            clock[0] += nanos;
        });
        throttle.onBytes(100);
        assertThat(pauses).isEmpty();
        throttle.onBytes(1_900);
        assertThat(pauses).containsExactly(2_000_000_000L);
        throttle.limit(Double.MAX_VALUE);
        throttle.onBytes(1 << 30);
        assertThat(pauses).hasSize(1);
    }

    /** Ten records in each of the epochs 0, 2 and 5, all with the same keys, and a few more in 7. */
    private void appendInSeveralEpochs() {
        for (int epoch : new int[] {0, 2, 5}) {
            leaderEpoch = epoch;
            append(ORDERS, 10, 3);
        }
        leaderEpoch = 7;
        append(ORDERS, 12, 3);
    }

    /** What clients and followers are told that ask where an epoch ended (OffsetForLeaderEpoch). */
    private List<EpochEnd> epochEnds() {
        return IntStream.rangeClosed(0, 8)
                .mapToObj(epoch -> view(ORDERS).endOffsetFor(epoch, leaderEpoch))
                .toList();
    }

    @Test
    void epochsOfWhichNothingIsLeftAreStillKnown() throws IOException {
        appendInSeveralEpochs();
        List<EpochEnd> ends = List.of(
                new EpochEnd(0, 10),
                new EpochEnd(0, 10),
                new EpochEnd(2, 20),
                new EpochEnd(2, 20),
                new EpochEnd(2, 20),
                new EpochEnd(5, 30),
                new EpochEnd(5, 30),
                new EpochEnd(7, 42),
                EpochEnd.UNDEFINED);
        assertThat(epochEnds()).isEqualTo(ends);
        checkpoint();
        assertThat(cleaner.runOnce()).isEqualTo(1);
        assertThat(LogContents.batches(view(ORDERS), 0, 42))
                .as("what is left")
                .noneMatch(batch -> batch.recordCount() > 0 && batch.partitionLeaderEpoch() < 7);
        assertThat(epochEnds()).isEqualTo(ends);
        // A checksum of blanks and tabs follows.
        assertThat(epochFile().strip()).isEqualTo("0\n4\n0 0\n2 10\n5 20\n7 30");
        store.close(nowMs);
        startAndOpen();
        assertThat(epochEnds()).as("after a stop").isEqualTo(ends);
        disk = disk.crash(new Random(1));
        startAndOpen();
        assertThat(epochEnds()).as("after a power cut").isEqualTo(ends);
    }

    /** The file is made anew from what compaction has left: nothing that is there is told to be of another epoch. */
    @Test
    void epochsAreMadeAnewFromWhatIsLeft() throws IOException {
        appendInSeveralEpochs();
        checkpoint();
        assertThat(cleaner.runOnce()).isEqualTo(1);
        List<RecordBatch> left = LogContents.batches(view(ORDERS), 0, 42);
        LeaderEpochs expected = LeaderEpochs.NONE;
        for (RecordBatch batch : left) {
            expected = expected.assign(batch.partitionLeaderEpoch(), batch.baseOffset());
        }
        store.close(nowMs);
        disk.delete(DIR.resolve("orders-0").resolve("leader-epoch-checkpoint"));
        startAndOpen();
        assertThat(view(ORDERS).leaderEpochs()).isEqualTo(expected);
        for (RecordBatch batch : left) {
            assertThat(expected.epochAt(batch.baseOffset())).isEqualTo(batch.partitionLeaderEpoch());
        }
        assertThat(view(ORDERS).endOffsetFor(7, leaderEpoch)).isEqualTo(new EpochEnd(7, 42));
        store.close(nowMs);
        assertThat(epochFile()).startsWith("0\n" + expected.entries().size() + "\n");
    }

    private void startAndOpen() throws IOException {
        start();
        store.open(replica(ORDERS), () -> {});
        work();
    }

    private String epochFile() throws IOException {
        try (DiskFile file = disk.open(DIR.resolve("orders-0").resolve("leader-epoch-checkpoint"), OpenMode.READ)) {
            ByteBuffer contents = ByteBuffer.allocate((int) file.sizeBytes());
            file.read(contents, 0);
            return StandardCharsets.UTF_8.decode(contents.flip()).toString();
        }
    }
}
