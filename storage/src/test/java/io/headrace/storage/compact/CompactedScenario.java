package io.headrace.storage.compact;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.TopicConfig;
import io.headrace.core.partition.CompletedTransaction;
import io.headrace.core.partition.ProducerStates;
import io.headrace.core.partition.ProducerStates.LastRecord;
import io.headrace.protocol.records.Compression;
import io.headrace.protocol.records.DecompressionLimit;
import io.headrace.protocol.records.EndTransactionMarker;
import io.headrace.protocol.records.Record;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFullException;
import io.headrace.storage.log.DeletedFiles;
import io.headrace.storage.log.LeaderEpochs.EpochEnd;
import io.headrace.storage.log.LogView;
import io.headrace.storage.log.OpenFiles;
import io.headrace.storage.log.PartitionLog;
import io.headrace.storage.log.PendingSync;
import io.headrace.storage.log.ProducerLimits;
import io.headrace.storage.log.ProducerReplay;
import io.headrace.storage.log.SealedSegment;
import io.headrace.storage.log.TimestampedOffset;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A log that is written, compacted and opened again and again, the same way for the same seed, beside a model of it. */
final class CompactedScenario {
    private static final UUID TOPIC_ID = new UUID(7, 9);
    private static final ProducerLimits LIMITS = new ProducerLimits(1000, Long.MAX_VALUE);
    private static final int PRODUCERS = 6;
    private static final int FIRST_TRANSACTIONAL = 3;
    /** From here on the marker of a transaction raises its producer's epoch (KIP-890). */
    private static final int FIRST_OF_VERSION_2 = 4;

    /** After so many, every third producer writes nothing new: what is left of it then stays the last of it. */
    private static final int APPENDS_BEFORE_SILENCE = 10;

    private static final int KEYS = 14;
    private static final int FIRST_CHANGE_OF_SEGMENTS = 76;
    private static final int FIRST_LEADER_EPOCH = 3;
    private static final long DELETE_RETENTION_MS = 3_000;

    final ModelLog model = new ModelLog();
    final TopicConfig config;
    private final Random random;
    private final Random elections;
    private final Random starts;
    private final int[] sequences = new int[PRODUCERS];
    private final short[] epochs = new short[PRODUCERS];
    private final long keyMapBytesMax;

    private final Path dir;
    private Disk disk;
    private @Nullable PartitionLog log;
    private long nowMs;
    private long recoveryPoint;
    private int leaderEpoch = FIRST_LEADER_EPOCH;
    private boolean closed = true;
    private int appends;

    /** Compactions that were given up, as the disk had no room. */
    int shortages;

    /** Whether a compaction is under way. */
    boolean compacting;

    /** How often there was something to compact. */
    int compactions;

    /** How often something had to wait for {@code min.compaction.lag.ms}. */
    int lagged;

    /** How often records were deleted. */
    int deletions;

    /** How often a transaction ended with an epoch of its own. */
    int epochBumps;

    CompactedScenario(long seed, Disk disk, Path dir, long startMs) {
        this.random = new Random(seed * 7919);
        this.elections = new Random(seed * 6047);
        this.starts = new Random(seed * 4093);
        this.disk = disk;
        this.dir = dir;
        this.nowMs = startMs;
        // Sometimes too small for all keys.
        this.keyMapBytesMax = random.nextInt(3) == 0 ? 700 : 1 << 20;
        this.config = TopicConfig.of(Map.of(
                "cleanup.policy", "compact",
                "internal.segment.bytes", String.valueOf(500 + random.nextInt(2500)),
                "index.interval.bytes", String.valueOf(random.nextInt(300)),
                "delete.retention.ms", String.valueOf(DELETE_RETENTION_MS),
                "min.compaction.lag.ms", String.valueOf(starts.nextInt(3) == 0 ? starts.nextInt(6_000) : 0),
                "min.cleanable.dirty.ratio", "0"));
    }

    private PartitionLog log() {
        return Objects.requireNonNull(log);
    }

    /** Looks at the log between two steps. */
    interface Check {
        void run(CompactedScenario scenario) throws IOException;
    }

    void run(int steps, Check check) throws IOException {
        open();
        for (int i = 0; i < steps; i++) {
            int choice = random.nextInt(100);
            step(choice);
            if (choice >= FIRST_CHANGE_OF_SEGMENTS) {
                check.run(this);
            }
        }
    }

    /** Writes, compacts nothing, and ends in order. */
    void write(int batches) throws IOException {
        open();
        for (int i = 0; i < batches; i++) {
            nowMs += random.nextInt(300);
            append();
        }
        log().roll(nowMs);
        checkpoint();
        log().close();
        closed = true;
    }

    long recoveryPoint() {
        return recoveryPoint;
    }

    long nowMs() {
        return nowMs;
    }

    private void step(int choice) throws IOException {
        nowMs += random.nextInt(300);
        if (choice < 60) {
            // Some leaders come and go without writing anything.
            leaderEpoch += elections.nextInt(6) == 0 ? 1 + elections.nextInt(3) : 0;
            append();
        } else if (choice < 72) {
            checkpoint();
        } else if (choice < FIRST_CHANGE_OF_SEGMENTS) {
            log().roll(nowMs);
        } else if (choice < 90) {
            compact();
        } else if (choice < 93) {
            nowMs += DELETE_RETENTION_MS;
        } else {
            boolean cleanly = random.nextBoolean();
            if (starts.nextInt(4) == 0) {
                deleteRecords();
            } else {
                reopen(cleanly);
            }
        }
    }

    PartitionLog open() throws IOException {
        boolean clean = closed;
        closed = false;
        log = PartitionLog.open(
                new OpenFiles(disk, 4), dir, TOPIC_ID, config, LIMITS, recoveryPoint, model.logStart, clean, nowMs);
        log().advance(log().logEndOffset(), log().logEndOffset());
        return log();
    }

    private void reopen(boolean cleanly) throws IOException {
        if (cleanly) {
            log().close();
            recoveryPoint = log().recoveryPoint();
            closed = true;
        } else {
            log().abandon();
        }
        open();
    }

    /** The new start is on disk before anything of the log goes. */
    private void deleteRecords() throws IOException {
        long stable = Math.min(log().view().lastStableOffset(), recoveryPoint);
        if (stable <= model.logStart) {
            return;
        }
        deletions++;
        model.logStart += 1 + starts.nextInt((int) (stable - model.logStart));
        log().advanceLogStartTo(model.logStart);
        if (starts.nextBoolean()) {
            DeletedFiles deleted = log().deleteOldSegments(true);
            deleted.syncRename(disk);
            deleted.delete(disk);
        }
    }

    private void append() throws IOException {
        int producer = random.nextInt(PRODUCERS);
        boolean silent = producer % 3 == 2 && appends++ >= APPENDS_BEFORE_SILENCE;
        boolean decides = log().producers().inTransaction(producer) && random.nextBoolean();
        if (decides) {
            appendMarker(producer);
        } else {
            appendData(silent && !log().producers().inTransaction(producer) ? 0 : producer);
        }
    }

    private void appendMarker(int producer) throws IOException {
        boolean commit = random.nextBoolean();
        if (producer >= FIRST_OF_VERSION_2) {
            epochBumps++;
            epochs[producer]++;
            sequences[producer] = 0;
        }
        ByteBuffer marker = new EndTransactionMarker(commit, 1).toBatch(nowMs, producer, epochs[producer]);
        long offset = log().logEndOffset();
        RecordBatch.of(marker).setBaseOffset(offset);
        RecordBatch.of(marker).setPartitionLeaderEpoch(leaderEpoch);
        CompletedTransaction completed = log().producers()
                .updateMarker(producer, epochs[producer], 1, !commit, offset, nowMs)
                .completed();
        model.end(producer, !commit);
        model.noteBatch(offset, leaderEpoch, nowMs);
        log().append(new ByteBuffer[] {marker}, 0, 1, completed == null ? List.of() : List.of(completed), nowMs);
    }

    private void appendData(int producer) throws IOException {
        boolean idempotent = producer > 0;
        boolean transactional = producer >= FIRST_TRANSACTIONAL;
        long base = log().logEndOffset();
        Compression[] codecs = Compression.values();
        RecordBatchBuilder builder = new RecordBatchBuilder()
                .compression(random.nextInt(3) == 0 ? codecs[random.nextInt(codecs.length)] : Compression.NONE)
                .baseOffset(base)
                .partitionLeaderEpoch(leaderEpoch)
                .transactional(transactional);
        if (idempotent) {
            builder.producer(producer, epochs[producer], sequences[producer]);
        }
        List<ModelLog.Entry> entries = new ArrayList<>();
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            long timestamp = nowMs - random.nextInt(500);
            String key = key(random.nextInt(KEYS));
            String value = random.nextInt(4) == 0 ? null : "value " + base + "+" + i + "x".repeat(random.nextInt(60));
            builder.append(timestamp, bytes(key), value == null ? null : bytes(value));
            entries.add(new ModelLog.Entry(base + i, timestamp, key, value));
        }
        RecordBatch batch = RecordBatch.of(builder.build());
        if (idempotent) {
            log().producers().update(batch, nowMs);
            sequences[producer] = batch.lastSequence() + 1;
        }
        model.add(new ModelLog.Batch(producer, transactional, entries));
        model.noteBatch(base, leaderEpoch, batch.maxTimestamp());
        log().append(new ByteBuffer[] {batch.bytes()}, 0, 1, nowMs);
    }

    /** Some keys are short enough to be kept whole in the map, some are not. */
    private static String key(int number) {
        return number % 3 == 0 ? "a key that is longer than fifteen bytes " + number : "key " + number;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void checkpoint() throws IOException {
        PendingSync pending = log().flush();
        pending.run();
        log().onSynced(pending);
        recoveryPoint = log().recoveryPoint();
        // There is no journal here: only what is in the segments is durable, and so committed.
        log().advance(recoveryPoint, recoveryPoint);
    }

    private void compact() throws IOException {
        LogTarget target = new LogTarget(disk, log(), recoveryPoint);
        CleanableRange range = CleanableRange.of(log().view(), config, model.cleanedTo, recoveryPoint, nowMs);
        checkLag(range);
        if (!range.isDue(config)) {
            return;
        }
        compactions++;
        long mappedTo;
        compacting = true;
        try {
            mappedTo = target.compaction(range, keyMapBytesMax, nowMs, () -> false)
                    .run()
                    .cleanTo();
        } catch (DiskFullException e) {
            shortages++;
            return;
        } finally {
            compacting = false;
        }
        long copiedTo = 0;
        for (SealedSegment segment : range.segments()) {
            copiedTo = segment.baseOffset() < mappedTo ? segment.endOffset() : copiedTo;
        }
        model.compact(mappedTo, copiedTo, nowMs, DELETE_RETENTION_MS);
    }

    /** What is too young waits, and what is not does not. */
    private void checkLag(CleanableRange range) throws IOException {
        long youngestMs = config.minCompactionLagMs() == 0 ? Long.MAX_VALUE : nowMs - config.minCompactionLagMs();
        assertThat(model.latestTimestamp(range.firstDirtyOffset(), range.endOffset()))
                .isLessThanOrEqualTo(youngestMs);
        long bound = Math.min(log().view().lastStableOffset(), recoveryPoint);
        for (SealedSegment segment : log().view().sealedSegments()) {
            if (segment.endOffset() > range.endOffset() && segment.endOffset() <= bound) {
                assertThat(model.latestTimestamp(segment.baseOffset(), segment.endOffset()))
                        .isGreaterThan(youngestMs);
                lagged++;
                return;
            }
        }
    }

    /** The power has gone and come back. */
    void afterCrash(Disk after) throws IOException {
        disk = after;
        open();
        model.truncateTo(log().logEndOffset());
    }

    /** Exactly what compaction has to leave is there. */
    void checkExactly() throws IOException {
        check();
        LogView view = log().view();
        List<String> found = new ArrayList<>();
        for (Record record : LogContents.committed(view, view.logStartOffset())) {
            found.add(describe(record));
        }
        List<String> expected = model.visible(view.lastStableOffset()).stream()
                .map(entry -> entry.offset + ":" + entry.key + "=" + entry.value + "@" + entry.timestamp)
                .toList();
        assertThat(found).isEqualTo(expected);
    }

    /** Whatever is there is as it was written, and tells the same story. */
    void check() throws IOException {
        LogView view = log().view();
        assertThat(view.logStartOffset()).isEqualTo(model.logStart);
        Map<String, String> table = new TreeMap<>();
        for (Record record : LogContents.committed(view, view.logStartOffset())) {
            ModelLog.Entry entry = Objects.requireNonNull(model.at(record.offset()), describe(record));
            assertThat(describe(record))
                    .isEqualTo(entry.offset + ":" + entry.key + "=" + entry.value + "@" + entry.timestamp);
            ModelLog.put(table, entry.key, entry.value);
        }
        assertThat(table).isEqualTo(model.table(view.lastStableOffset()));
        checkBatches(view);
        checkEpochs(view);
        checkTimes(view);
    }

    /** What was written in which epoch is known also where nothing of it is left. */
    private void checkEpochs(LogView view) throws IOException {
        int first = model.logStart == 0 ? -1 : model.epochAt(model.logStart);
        for (int epoch = first; epoch <= leaderEpoch + 1; epoch++) {
            assertThat(view.leaderEpochs().endOffsetFor(epoch, view.logEndOffset()))
                    .as("the end of epoch %s", epoch)
                    .isEqualTo(model.endOfEpoch(epoch, view.logEndOffset()));
        }
        for (int epoch = 0; epoch < first && !view.leaderEpochs().entries().isEmpty(); epoch++) {
            assertThat(view.leaderEpochs().endOffsetFor(epoch, view.logEndOffset()))
                    .as("the end of epoch %s, of which nothing is left", epoch)
                    .isEqualTo(new EpochEnd(epoch, model.logStart));
        }
        for (RecordBatch batch : LogContents.batches(view, model.logStart, view.logEndOffset())) {
            long offset = Math.max(model.logStart, batch.baseOffset());
            assertThat(batch.partitionLeaderEpoch())
                    .as("%s", batch)
                    .isEqualTo(model.epochAt(offset))
                    .isEqualTo(view.leaderEpochs().epochAt(offset));
        }
    }

    private static String describe(Record record) {
        return record.offset() + ":" + LogContents.text(record.key()) + "=" + LogContents.text(record.value()) + "@"
                + record.timestamp();
    }

    /** Producers' states can be had from what is left; offsets only grow. */
    private void checkBatches(LogView view) throws IOException {
        ProducerStates replayed = new ProducerStates(1000, Long.MAX_VALUE);
        long next = 0;
        for (RecordBatch batch : LogContents.batches(view, model.logStart, view.logEndOffset())) {
            assertThat(batch.baseOffset()).isGreaterThanOrEqualTo(next);
            next = batch.nextOffset();
            CompletedTransaction unused = ProducerReplay.apply(replayed, batch, 0);
        }
        if (model.logStart == 0) {
            assertThat(replayed.lastRecords()).isEqualTo(log().producers().lastRecords());
        } else {
            checkProducers(replayed.lastRecords(), log().producers().lastRecords());
        }
        replayed.onHighWatermark(view.highWatermark());
        assertThat(replayed.lastStableOffset(view.highWatermark())).isEqualTo(view.lastStableOffset());
    }

    /** What a producer wrote below the log start is remembered, or not. */
    private void checkProducers(Map<Long, LastRecord> replayed, Map<Long, LastRecord> known) {
        replayed.forEach((producer, last) -> {
            LastRecord state = Objects.requireNonNull(known.get(producer));
            assertThat(state.epoch()).isEqualTo(last.epoch());
            if (last.lastDataOffset() >= 0) {
                assertThat(state).isEqualTo(last);
            }
        });
        known.forEach((producer, state) -> {
            if (state.lastDataOffset() >= model.logStart) {
                assertThat(replayed.get(producer)).isEqualTo(state);
            }
        });
    }

    private void checkTimes(LogView view) throws IOException {
        List<Record> all = new ArrayList<>();
        long start = view.logStartOffset();
        for (RecordBatch batch : LogContents.batches(view, start, view.logEndOffset())) {
            all.addAll(batch.readRecords(DecompressionLimit.NONE));
        }
        all.removeIf(record -> record.offset() < start);
        for (int i = 0; i < 5; i++) {
            long time = nowMs - random.nextInt(20_000);
            TimestampedOffset found = view.offsetForTimestamp(time, view.logEndOffset());
            Record expected = all.stream()
                    .filter(record -> record.timestamp() >= time)
                    .findFirst()
                    .orElse(null);
            assertThat(found == null ? -1 : found.offset()).isEqualTo(expected == null ? -1 : expected.offset());
        }
        long latest = all.stream().mapToLong(Record::timestamp).max().orElse(-1);
        TimestampedOffset largest = view.maxTimestampOffset();
        assertThat(largest == null ? -1 : largest.timestampMs()).isEqualTo(latest);
        long from = view.logEndOffset() == start ? start : start + random.nextInt((int) (view.logEndOffset() - start));
        assertThat(LogContents.committed(view, from).stream().map(Record::offset))
                .isEqualTo(LogContents.committed(view, start).stream()
                        .map(Record::offset)
                        .filter(offset -> offset >= from)
                        .toList());
    }
}
