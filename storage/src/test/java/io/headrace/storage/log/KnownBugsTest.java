package io.headrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.core.config.TopicConfig;
import io.headrace.core.partition.CompletedTransaction;
import io.headrace.core.partition.ProducerCheck;
import io.headrace.core.partition.ProducerStates;
import io.headrace.protocol.records.Compression;
import io.headrace.protocol.records.EndTransactionMarker;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.DiskFullException;
import io.headrace.storage.disk.OpenMode;
import io.headrace.storage.disk.PowerCutException;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.log.LeaderEpochs.EpochEnd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Bugs that other brokers had with their logs. */
final class KnownBugsTest {
    private static final UUID TOPIC_ID = new UUID(1, 2);
    private static final Path DIR = Path.of("/orders-3");
    private static final TopicConfig SMALL =
            TopicConfig.of(Map.of("internal.segment.bytes", "1000", "index.interval.bytes", "100"));
    private static final ByteBuffer[] NOTHING = {};

    private final SimulatedDisk disk = new SimulatedDisk();

    private PartitionLog open(SimulatedDisk on, TopicConfig config, long recoveryPoint, boolean clean)
            throws IOException {
        return PartitionLog.open(
                new OpenFiles(on, 10), DIR, TOPIC_ID, config, ProducerLimits.DEFAULT, recoveryPoint, 0, clean, 0);
    }

    private static RecordBatchBuilder batch(long baseOffset, int epoch, long... timestamps) {
        RecordBatchBuilder builder =
                new RecordBatchBuilder().baseOffset(baseOffset).partitionLeaderEpoch(epoch);
        for (long timestamp : timestamps) {
            builder.append(timestamp, null, new byte[20]);
        }
        return builder;
    }

    private static void append(PartitionLog log, RecordBatchBuilder... batches) throws IOException {
        ByteBuffer[] buffers = new ByteBuffer[batches.length];
        for (int i = 0; i < batches.length; i++) {
            buffers[i] = batches[i].build();
        }
        log.append(buffers, 0, buffers.length, 0);
        log.advance(log.logEndOffset(), log.logEndOffset());
    }

    /** The leader epochs were not synced, so a power cut could tear their file. */
    @Test
    @DisplayName("KAFKA-16541, KAFKA-15046: leader epochs survive a power cut at every step of rewriting them")
    void kafka16541LeaderEpochsSurviveAPowerCutAtEveryStepOfRewritingThem() throws IOException {
        for (long step = 1; step < 60; step++) {
            SimulatedDisk cut = new SimulatedDisk();
            cut.cutPowerAtStep(step);
            long synced = 0;
            try {
                PartitionLog log = open(cut, SMALL, 0, true);
                for (int epoch = 1; epoch <= 6; epoch++) {
                    append(log, batch(log.logEndOffset(), epoch, 10, 20));
                    PendingSync pending = log.flush();
                    pending.run();
                    log.onSynced(pending);
                    synced = log.recoveryPoint();
                }
            } catch (PowerCutException e) {
                // As planned.
            }
            PartitionLog log = open(cut.crash(new Random(step)), SMALL, synced, false);
            assertThat(log.logEndOffset()).isGreaterThanOrEqualTo(synced);
            for (int epoch = 1; 2L * epoch <= log.logEndOffset(); epoch++) {
                assertThat(log.leaderEpochs().epochAt(2L * epoch - 1)).isEqualTo(epoch);
            }
        }
    }

    /** Truncating to the log end left the epoch of an election without writes, and the follower never caught up. */
    @Test
    void kafka10706TruncatingToTheLogEndForgetsEpochsWithoutRecords() throws IOException {
        PartitionLog log = open(disk, SMALL, 0, true);
        append(log, batch(0, 1, 5, 6));
        log.assignLeaderEpoch(2, 2);
        log.assignLeaderEpoch(4, 2);
        assertThat(log.leaderEpochs().latestEpoch()).isEqualTo(4);
        log.truncateTo(2);
        assertThat(log.view().leaderEpochs().latestEpoch()).isEqualTo(1);
        assertThat(log.view().endOffsetFor(1, 1)).isEqualTo(new EpochEnd(1, 2));
        assertThat(open(disk.kill(), SMALL, 2, false).leaderEpochs().latestEpoch())
                .isEqualTo(1);
    }

    /** Asked for an epoch it had not, the leader named one far back, and the follower threw nearly everything away. */
    @Test
    @DisplayName("KAFKA-7897, KAFKA-7959: a missing epoch is answered with the end of the one before")
    void kafka7897AMissingEpochIsAnsweredWithTheEndOfTheOneBefore() throws IOException {
        PartitionLog log = open(disk, SMALL, 0, true);
        append(log, batch(0, 3, 1, 2), batch(2, 7, 3), batch(3, 9, 4, 5));
        LogView view = log.view();
        assertThat(view.endOffsetFor(2, 9)).isEqualTo(new EpochEnd(2, 0));
        assertThat(view.endOffsetFor(3, 9)).isEqualTo(new EpochEnd(3, 2));
        assertThat(view.endOffsetFor(5, 9)).isEqualTo(new EpochEnd(3, 2));
        assertThat(view.endOffsetFor(8, 9)).isEqualTo(new EpochEnd(7, 3));
        assertThat(view.endOffsetFor(9, 9)).isEqualTo(new EpochEnd(9, 5));
        assertThat(view.endOffsetFor(10, 9)).isEqualTo(EpochEnd.UNDEFINED);
        assertThat(view.endOffsetFor(-1, 9)).isEqualTo(EpochEnd.UNDEFINED);
        log.close();
        // A lost file is read again from the batches rather than taken for a log without epochs.
        disk.delete(DIR.resolve("leader-epoch-checkpoint"));
        assertThat(open(disk, SMALL, 5, true).leaderEpochs()).isEqualTo(view.leaderEpochs());
    }

    /** A crash while compacted segments took the others' place lost the producers, and a retry was appended twice. */
    @Test
    void kafka12520ProducersSurviveACrashWhileSegmentsAreSwapped() throws IOException {
        PartitionLog log = open(disk, SMALL, 0, true);
        append(log, batch(0, 0, 1, 2).producer(77, (short) 3, 0));
        log.producers().update(77, (short) 3, 0, 1, 0, 1, 2, false, 2);
        log.roll(0);
        append(log, batch(2, 0, 3, 4));
        log.close();
        disk.rename(DIR.resolve(LogFiles.name(0, ".log")), DIR.resolve(LogFiles.name(0, ".log.swap")));
        disk.delete(DIR.resolve(LogFiles.name(0, ".index")));
        disk.syncDirectory(DIR);
        PartitionLog again = open(disk, SMALL, 4, false);
        assertThat(again.producers().check(77, (short) 3, 0, 1, false, false))
                .isEqualTo(new ProducerCheck.Duplicate(0, 1, 2));
        assertThat(LogChecks.readAll(again.view(), 0, 10_000, 4)).hasSize(2);
    }

    /** Producers were forgotten by the timestamps of their records, which a client may choose: a retry was appended twice. */
    @Test
    void redpanda22670AProducerOfOldRecordsIsRememberedOverACrashAndAStop() throws IOException {
        long nowMs = Duration.ofDays(1000).toMillis();
        writeOfProducer77(disk, nowMs).abandon();
        assertThat(openAt(disk.kill(), 0, false, nowMs).producers().check(77, (short) 3, 0, 1, false, false))
                .isEqualTo(new ProducerCheck.Duplicate(0, 1, 2));

        SimulatedDisk stopped = new SimulatedDisk();
        writeOfProducer77(stopped, nowMs).close();
        long laterMs = nowMs + ProducerLimits.DEFAULT.expirationMs();
        PartitionLog log = openAt(stopped, 2, true, laterMs - 1);
        assertThat(log.producers().check(77, (short) 3, 0, 1, false, false))
                .isEqualTo(new ProducerCheck.Duplicate(0, 1, 2));
        log.close();
        assertThat(openAt(stopped, 2, true, laterMs).producers().producerCount())
                .isZero();
    }

    private PartitionLog writeOfProducer77(SimulatedDisk on, long nowMs) throws IOException {
        PartitionLog log = open(on, SMALL, 0, true);
        append(log, batch(0, 0, 1, 2).producer(77, (short) 3, 0));
        log.producers().update(77, (short) 3, 0, 1, 0, 1, 2, false, nowMs);
        return log;
    }

    private static PartitionLog openAt(SimulatedDisk on, long recoveryPoint, boolean clean, long nowMs)
            throws IOException {
        return PartitionLog.open(
                new OpenFiles(on, 10), DIR, TOPIC_ID, SMALL, ProducerLimits.DEFAULT, recoveryPoint, 0, clean, nowMs);
    }

    /** After a trim inside a batch, a query by time named an offset below the log start, and consumers got stuck. */
    @Test
    void redpanda18112AQueryByTimeFindsNothingBelowTheLogStart() throws IOException {
        PartitionLog log = open(disk, SMALL, 0, true);
        append(log, batch(0, 0, 100, 101, 102, 103), batch(4, 0, 110, 111));
        log.advanceLogStartTo(2);
        LogView view = log.view();
        assertThat(view.offsetForTimestamp(100, 6)).isEqualTo(new TimestampedOffset(102, 2, 0));
        assertThat(view.offsetForTimestamp(0, 6)).isEqualTo(new TimestampedOffset(102, 2, 0));
        assertThat(view.read(2, 1000, true, 6).sizeBytes())
                .as("the whole batch")
                .isGreaterThan(100);
        assertThatThrownBy(() -> view.read(1, 1000, true, 6)).isInstanceOf(IllegalArgumentException.class);
        log.advanceLogStartTo(4);
        assertThat(log.view().offsetForTimestamp(100, 6)).isEqualTo(new TimestampedOffset(110, 4, 0));
    }

    /** The first offset of a compressed batch was given in place of the record's. */
    @Test
    void redpanda25769AQueryByTimeFindsTheRecordInsideACompressedBatch() throws IOException {
        for (Compression codec : Compression.values()) {
            SimulatedDisk fresh = new SimulatedDisk();
            PartitionLog log = open(fresh, SMALL, 0, true);
            append(
                    log,
                    batch(0, 5, 10, 20, 30, 40).compression(codec),
                    batch(4, 5, 50, 60).compression(codec));
            assertThat(log.view().offsetForTimestamp(25, 6)).isEqualTo(new TimestampedOffset(30, 2, 5));
            assertThat(log.view().offsetForTimestamp(51, 6)).isEqualTo(new TimestampedOffset(60, 5, 5));
            assertThat(log.view().offsetForTimestamp(61, 6))
                    .as("beyond the end")
                    .isNull();
            assertThat(log.view().offsetForTimestamp(51, 5))
                    .as("beyond the bound")
                    .isNull();
        }
    }

    /** Batches were passed over by their first timestamp, though later records in them may be newer or older. */
    @Test
    void redpanda6606TimestampsOutOfOrderAreFound() throws IOException {
        PartitionLog log = open(disk, SMALL, 0, true);
        append(log, batch(0, 0, 500, 10, 20), batch(3, 0, 400, 900, 30), batch(6, 0, 5, 6), batch(8, 0, 800));
        LogView view = log.view();
        assertThat(view.offsetForTimestamp(450, 9)).isEqualTo(new TimestampedOffset(500, 0, 0));
        assertThat(view.offsetForTimestamp(501, 9)).isEqualTo(new TimestampedOffset(900, 4, 0));
        assertThat(view.maxTimestampOffset()).isEqualTo(new TimestampedOffset(900, 4, 0));
    }

    /** The record with the largest timestamp was wrong for compressed batches, and for log append time. */
    @Test
    void kafka16342TheRecordWithTheLargestTimestampIsTheFirstSuchRecord() throws IOException {
        PartitionLog log = open(disk, SMALL, 0, true);
        append(log, batch(0, 0, 10, 70, 70, 20).compression(Compression.LZ4), batch(4, 0, 60));
        assertThat(log.view().maxTimestampOffset()).isEqualTo(new TimestampedOffset(70, 1, 0));
        append(log, batch(5, 0, 1, 2, 3).compression(Compression.GZIP).logAppendTime(99));
        assertThat(log.view().maxTimestampOffset()).isEqualTo(new TimestampedOffset(99, 5, 0));
        assertThat(log.view().offsetForTimestamp(80, 8)).isEqualTo(new TimestampedOffset(99, 5, 0));
    }

    /** Below the recovery point nothing is ever cut: what is missing may exist elsewhere. */
    @Test
    void aFlippedBitBelowTheRecoveryPointIsCorruptionAndBeyondItATornTail() throws IOException {
        PartitionLog log = open(disk, SMALL, 0, true);
        append(log, batch(0, 0, 1), batch(1, 0, 2));
        PendingSync pending = log.flush();
        pending.run();
        log.onSynced(pending);
        append(log, batch(2, 0, 3));
        log.abandon();
        Path file = DIR.resolve(LogFiles.name(0, ".log"));
        long size = disk.sizeBytes(file);
        SimulatedDisk torn = disk.kill();
        torn.flipBit(file, (size - 5) * 8);
        assertThat(open(torn, SMALL, 2, false).logEndOffset()).isEqualTo(2);
        SimulatedDisk magic = disk.kill();
        magic.flipBit(file, (size / 3 + RecordBatch.MAGIC_POSITION) * 8);
        assertThatThrownBy(() -> open(magic, SMALL, 2, false))
                .isInstanceOfSatisfying(CorruptLogException.class, corrupt -> {
                    assertThat(corrupt.file()).isEqualTo(file);
                    assertThat(corrupt.position()).isEqualTo(size / 3);
                    assertThat(corrupt.offset()).isEqualTo(1);
                });
        assertThat(magic.sizeBytes(file)).as("nothing was cut").isEqualTo(size);
        SimulatedDisk shorter = disk.kill();
        try (DiskFile cut = shorter.open(file, OpenMode.READ_WRITE)) {
            cut.truncate(size / 3);
        }
        assertThatThrownBy(() -> open(shorter, SMALL, 2, false)).isInstanceOf(CorruptLogException.class);
    }

    /** Bytes that a reader was promised stay the same though the log is cut and written again (KAFKA-18723). */
    @Test
    void kafka18723AReaderDuringATruncationGetsTheBytesItWasPromised() throws IOException {
        PartitionLog log = open(disk, SMALL, 0, true);
        append(log, batch(0, 0, 1), batch(1, 0, 2), batch(2, 0, 3));
        LogView before = log.view();
        FileSlice slice = Objects.requireNonNull(before.read(0, 10_000, true, 3).records());
        ByteBuffer expected = ByteBuffer.allocate(slice.sizeBytes());
        slice.readInto(expected);
        log.truncateTo(1);
        append(log, batch(1, 1, 77, 78, 79, 80), batch(5, 1, 81));
        ByteBuffer found = ByteBuffer.allocate(slice.sizeBytes());
        slice.readInto(found);
        slice.release();
        assertThat(found.flip()).isEqualTo(expected.flip());
        assertThatThrownBy(() -> before.read(0, 1000, true, 3)).isInstanceOf(StaleLogViewException.class);
        assertThat(LogChecks.readAll(log.view(), 0, 10_000, 6)).hasSize(3);
    }

    /** A full disk refuses the append, and the log goes on where it was once there is room. */
    @Test
    void aFailedAppendLeavesTheLogAsItWas() throws IOException {
        PartitionLog log = open(disk, SMALL, 0, true);
        append(log, batch(0, 1, 1, 2, 3));
        long used = 0;
        for (String name : disk.list(DIR)) {
            used += disk.sizeBytes(DIR.resolve(name));
        }
        RecordBatchBuilder[] group = new RecordBatchBuilder[30];
        for (int i = 0; i < group.length; i++) {
            group[i] = batch(3 + 2L * i, 2, 10 + i, 11 + i);
        }
        for (int room = 0; room < 2800; room += 97) {
            disk.limitCapacity(used + room);
            assertThatThrownBy(() -> append(log, group)).isInstanceOf(DiskFullException.class);
            assertThat(log.logEndOffset()).isEqualTo(3);
            assertThat(log.leaderEpochs().latestEpoch()).isEqualTo(1);
            assertThat(log.view().sizeBytes()).isEqualTo(disk.sizeBytes(DIR.resolve(LogFiles.name(0, ".log"))));
            assertThat(disk.list(DIR).stream().filter(name -> name.endsWith(".log")))
                    .hasSize(1);
        }
        disk.limitCapacity(Long.MAX_VALUE);
        append(log, group);
        assertThat(log.view().segmentCount()).isGreaterThan(2);
        log.close();
        LogChecks.indexesMatchScan(disk, DIR, SMALL);
        PartitionLog again = open(disk, SMALL, 63, true);
        assertThat(LogChecks.readAll(again.view(), 0, 500, 63)).hasSize(31);
        again.append(NOTHING, 0, 0, List.of(), 0);
        assertThat(again.isDirty()).isFalse();
    }

    /** An index failed after the batch was in its segment, the log end stayed behind, and its offsets were given out again. */
    @Test
    void kafka7866OffsetsAreGivenOutOnceWhicheverFileOfTheLogFails() throws IOException {
        int refused = 0;
        int goesOn = 0;
        for (String suffix : List.of(".log", ".index", ".timeindex", ".txnindex", ".txncheck", ".snapshot")) {
            for (boolean full : new boolean[] {false, true}) {
                boolean more = true;
                for (int number = 1; more; number++) {
                    SimulatedDisk failing = new SimulatedDisk();
                    AtomicInteger left = new AtomicInteger(number);
                    SimulatedDisk.Fault fault = (operation, path, step) ->
                            changes(operation) && path.toString().endsWith(suffix) && left.decrementAndGet() == 0;
                    PartitionLog log = open(failing, SMALL, 0, true);
                    if (full) {
                        failing.runOutOfRoomWhen(fault);
                    } else {
                        failing.failWhen(fault);
                    }
                    Map<Long, byte[]> written = new TreeMap<>();
                    more = !writeUntilItFails(log, written);
                    failing.failNever();
                    if (more) {
                        refused++;
                        goesOn += writeUntilItFails(log, written) ? 1 : 0;
                    }
                    assertThat(log.logEndOffset()).isEqualTo(endOf(written));
                    log.abandon();
                    PartitionLog again = open(failing.kill(), SMALL, 0, false);
                    assertThat(again.logEndOffset())
                            .as("%s, failure %s", suffix, number)
                            .isGreaterThanOrEqualTo(endOf(written));
                    List<byte[]> found = LogChecks.readAll(again.view(), 0, 10_000, endOf(written));
                    assertThat(found).as("%s, failure %s", suffix, number).containsExactlyElementsOf(written.values());
                }
            }
        }
        assertThat(refused).isGreaterThan(20);
        assertThat(goesOn).isGreaterThan(10);
    }

    private static boolean changes(SimulatedDisk.Operation operation) {
        return operation == SimulatedDisk.Operation.WRITE
                || operation == SimulatedDisk.Operation.CREATE
                || operation == SimulatedDisk.Operation.TRUNCATE;
    }

    private static long endOf(Map<Long, byte[]> written) {
        long end = 0;
        for (byte[] batch : written.values()) {
            end = RecordBatch.of(ByteBuffer.wrap(batch)).nextOffset();
        }
        return end;
    }

    /** Aborted transactions of two batches and a marker, each noted if the log has taken it; returns whether it took all. */
    private static boolean writeUntilItFails(PartitionLog log, Map<Long, byte[]> written) {
        try {
            for (int i = 0; i < 8; i++) {
                for (int record = 0; record < 2; record++) {
                    long offset = log.logEndOffset();
                    ByteBuffer batch = batch(offset, 1, offset)
                            .producer(7, (short) 0, (int) offset)
                            .transactional(true)
                            .build();
                    ProducerStates.Undo undo = log.producers()
                            .update(7, (short) 0, (int) offset, (int) offset, offset, offset, 0, true, 0);
                    appendOrUndo(log, batch, undo, written);
                }
                long offset = log.logEndOffset();
                ByteBuffer marker = new EndTransactionMarker(false, 1).toBatch(0, 7, (short) 0);
                RecordBatch.of(marker).setBaseOffset(offset);
                RecordBatch.of(marker).setPartitionLeaderEpoch(1);
                appendOrUndo(log, marker, log.producers().updateMarker(7, (short) 0, 1, true, offset, 0), written);
                if (i % 3 == 2) {
                    log.takeProducerSnapshot();
                    PendingSync pending = log.flush();
                    pending.run();
                    log.onSynced(pending);
                }
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static void appendOrUndo(
            PartitionLog log, ByteBuffer batch, ProducerStates.Undo undo, Map<Long, byte[]> written)
            throws IOException {
        CompletedTransaction completed = undo.completed();
        try {
            log.append(new ByteBuffer[] {batch}, 0, 1, completed == null ? List.of() : List.of(completed), 0);
        } catch (IOException e) {
            log.producers().undo(undo);
            throw e;
        }
        log.advance(log.logEndOffset(), log.logEndOffset());
        byte[] bytes = new byte[batch.remaining()];
        batch.duplicate().get(bytes);
        written.put(RecordBatch.of(batch).baseOffset(), bytes);
    }
}
