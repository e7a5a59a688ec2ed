package io.headrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.core.config.TopicConfig;
import io.headrace.core.partition.CompletedTransaction;
import io.headrace.protocol.records.EndTransactionMarker;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.disk.SimulatedDisk.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A transaction index that is not what was written: found, never believed, and made anew from the log. */
class TransactionIndexTest {
    private static final Path DIR = Path.of("/t-0");
    private static final TopicConfig CONFIG = TopicConfig.of(Map.of("internal.segment.bytes", "700"));
    private static final int PRODUCERS = 3;

    private SimulatedDisk disk = new SimulatedDisk();
    private OpenFiles files = new OpenFiles(disk, 20);
    private PartitionLog log = unopened();
    private final List<AbortedTransaction> expected = new ArrayList<>();

    @SuppressWarnings("NullAway") // until the first opening
    private static PartitionLog unopened() {
        return null;
    }

    @BeforeEach
    void writeSomeSegments() throws IOException {
        disk.createDirectory(DIR);
        disk.syncDirectory(Path.of("/"));
        open(0, true);
        for (int i = 0; i < 12; i++) {
            transaction(i % PRODUCERS, i % 4 == 3);
        }
        assertThat(log.view().segmentCount()).isBetween(3, 6);
        assertThat(expected).hasSize(9);
        assertAllTold();
    }

    private void open(long recoveryPoint, boolean clean) throws IOException {
        files = new OpenFiles(disk, 20);
        log = PartitionLog.open(files, DIR, new UUID(1, 2), CONFIG, ProducerLimits.DEFAULT, recoveryPoint, 0, clean, 0);
        log.advance(log.logEndOffset(), log.logEndOffset());
    }

    private void reopen() throws IOException {
        log.close();
        disk = disk.kill();
        open(log.recoveryPoint(), true);
    }

    /** As if the process had died; what was synced is below the recovery point. */
    private void reopenAfterKill(long recoveryPoint) throws IOException {
        log.abandon();
        disk = disk.kill();
        open(recoveryPoint, false);
    }

    /** Two records and a marker. */
    private void transaction(long producer, boolean commit) throws IOException {
        append(data(producer, log.logEndOffset()), List.of());
        append(data(producer, log.logEndOffset()), List.of());
        transactionEnd(producer, commit);
    }

    /** The end of a transaction, if the producer has one open. */
    private void transactionEnd(long producer, boolean commit) throws IOException {
        long at = log.logEndOffset();
        ByteBuffer marker = new EndTransactionMarker(commit, 1).toBatch(0, producer, (short) 0);
        RecordBatch.of(marker).setBaseOffset(at);
        CompletedTransaction completed = log.producers()
                .updateMarker(producer, (short) 0, 1, !commit, at, 0)
                .completed();
        append(marker, completed == null ? List.of() : List.of(completed));
        if (completed != null && !commit) {
            expected.add(AbortedTransaction.of(completed));
        }
    }

    private ByteBuffer data(long producer, long offset) {
        log.producers().update(producer, (short) 0, (int) offset, (int) offset, offset, offset, 0, true, 0);
        return new RecordBatchBuilder()
                .baseOffset(offset)
                .producer(producer, (short) 0, (int) offset)
                .transactional(true)
                .append(0, null, new byte[10])
                .build();
    }

    private void append(ByteBuffer batch, List<CompletedTransaction> completed) throws IOException {
        log.append(new ByteBuffer[] {batch}, 0, 1, completed, 0);
        log.advance(log.logEndOffset(), log.logEndOffset());
    }

    private List<AbortedTransaction> told() throws IOException {
        return log.view().abortedTransactions(0, log.logEndOffset());
    }

    private List<AbortedTransaction> toldOrRebuilt() throws IOException {
        return log.view().abortedTransactionsOrRebuild(0, log.logEndOffset());
    }

    private void assertAllTold() throws IOException {
        assertThat(told()).isEqualTo(expected);
    }

    /** Found by who does not wait, repaired by who does, and sound from then on, also after a restart. */
    private void assertRebuilt(String what, long damaged) throws IOException {
        assertThatThrownBy(this::told).as(what).isInstanceOf(CorruptLogException.class);
        assertThat(toldOrRebuilt()).as(what).isEqualTo(expected);
        assertThat(files.rebuilds().damaged()).as(what).isEqualTo(damaged);
        assertAllTold();
        reopen();
        assertAllTold();
        assertThat(files.rebuilds().damaged()).as(what).isZero();
    }

    private Path path(long baseOffset, String suffix) {
        return LogFiles.path(DIR, baseOffset, suffix);
    }

    /** The first segment, one in between, and the active one, which is looked at when it is opened. */
    private List<Long> segments() {
        LogView view = log.view();
        int last = view.segmentCount() - 1;
        return List.of(
                view.segment(0).baseOffset(),
                view.segment(last / 2).baseOffset(),
                view.segment(last).baseOffset());
    }

    private byte[] contents(Path path) throws IOException {
        return LogChecks.contents(disk, path).array();
    }

    @Test
    void aFlippedBitInAnyByteIsFoundAfterARestart() throws IOException {
        for (long segment : segments()) {
            for (String suffix : List.of(LogFiles.TRANSACTION_INDEX, LogFiles.TRANSACTION_CHECKS)) {
                Path path = path(segment, suffix);
                byte[] sound = contents(path);
                for (int i = 0; i < sound.length; i++) {
                    log.close();
                    disk = disk.kill();
                    disk.flipBit(path, i * 8L + i % 8);
                    open(log.recoveryPoint(), true);
                    assertRebuilt("byte " + i + " of " + path, 1);
                    assertThat(contents(path)).isEqualTo(sound);
                }
            }
        }
    }

    @Test
    void aFlippedBitInAnyByteIsFoundAfterAKill() throws IOException {
        long segment = segments().get(2);
        reopen();
        for (String suffix : List.of(LogFiles.TRANSACTION_INDEX, LogFiles.TRANSACTION_CHECKS)) {
            Path path = path(segment, suffix);
            for (int i = 0; i < contents(path).length; i++) {
                log.abandon();
                disk = disk.kill();
                disk.flipBit(path, i * 8L + i % 8);
                open(log.logEndOffset(), false);
                assertRebuilt("byte " + i + " of " + path, 1);
            }
        }
    }

    @Test
    void aFlippedBitIsFoundWhileTheLogIsOpen() throws IOException {
        for (long segment : segments()) {
            for (String suffix : List.of(LogFiles.TRANSACTION_INDEX, LogFiles.TRANSACTION_CHECKS)) {
                disk.flipBit(path(segment, suffix), 100 % (disk.sizeBytes(path(segment, suffix)) * 8));
                assertRebuilt(segment + suffix, 1);
            }
        }
    }

    @Test
    void aShorterOrMissingIndexIsFound() throws IOException {
        for (long segment : segments()) {
            for (String suffix : List.of(LogFiles.TRANSACTION_INDEX, LogFiles.TRANSACTION_CHECKS)) {
                Path path = path(segment, suffix);
                long size = disk.sizeBytes(path);
                for (long left : new long[] {0, 1, size - 1}) {
                    log.close();
                    disk = disk.kill();
                    truncate(path, left);
                    open(log.recoveryPoint(), true);
                    assertRebuilt(path + " cut to " + left, 1);
                }
            }
            log.close();
            disk = disk.kill();
            disk.delete(path(segment, LogFiles.TRANSACTION_INDEX));
            open(log.recoveryPoint(), true);
            assertRebuilt("no index of " + segment, 1);
        }
    }

    private void truncate(Path path, long bytes) throws IOException {
        try (DiskFile file = disk.open(path, OpenMode.READ_WRITE)) {
            file.truncate(bytes);
        }
    }

    /** As Kafka leaves them, or an earlier version. */
    @Test
    void indexesWithoutChecksAreMadeAnewOnceAndAllInOneGo() throws IOException {
        log.close();
        disk = disk.kill();
        for (String name : disk.list(DIR)) {
            if (LogFiles.is(name, LogFiles.TRANSACTION_CHECKS)) {
                disk.delete(DIR.resolve(name));
            }
        }
        open(log.recoveryPoint(), true);
        transaction(1, false);
        assertThat(log.view().abortedTransactionsOrRebuild(0, 1)).isEqualTo(expected.subList(0, 1));
        assertThat(files.rebuilds().damaged()).isZero();
        assertThat(files.rebuilds().unchecked()).isGreaterThan(2);
        assertAllTold();
        reopen();
        assertAllTold();
    }

    /** Kafka may be the next to open the directory. */
    @Test
    void theIndexWithoutChecksGoesOnForKafka() throws IOException {
        Path index = path(segments().get(2), LogFiles.TRANSACTION_INDEX);
        log.close();
        disk = disk.kill();
        disk.delete(path(segments().get(2), LogFiles.TRANSACTION_CHECKS));
        open(log.recoveryPoint(), true);
        long before = disk.sizeBytes(index);
        transaction(1, false);
        assertThat(disk.sizeBytes(index)).isEqualTo(before + TransactionIndexFormat.ENTRY_BYTES);
        assertThat(toldOrRebuilt()).isEqualTo(expected);
    }

    @Test
    void whatIsAddedWhileTheIndexIsUnsoundIsNotForgotten() throws IOException {
        TopicConfig unbroken = TopicConfig.of(Map.of());
        log.configure(unbroken);
        long segment = segments().get(2);
        log.close();
        disk = disk.kill();
        disk.flipBit(path(segment, LogFiles.TRANSACTION_INDEX), 20);
        open(log.recoveryPoint(), true);
        log.configure(unbroken);
        LogView early = log.view();
        for (int i = 0; i < UnindexedAborts.REMEMBERED_MAX; i++) {
            transaction(1, false);
        }
        // The log has been read up to the early view's end; the rest is remembered.
        assertThat(early.abortedTransactionsOrRebuild(0, early.logEndOffset())).isEqualTo(expected.subList(0, 9));
        assertAllTold();
        reopen();
        assertAllTold();
    }

    @Test
    void aViewFromBeforeWhatIsNotRememberedAnyMoreIsNotEnough() throws IOException {
        TopicConfig unbroken = TopicConfig.of(Map.of());
        log.configure(unbroken);
        transaction(1, false);
        LogView early = log.view();
        transaction(1, false);
        disk.flipBit(path(segments().get(2), LogFiles.TRANSACTION_INDEX), 20);
        assertThatThrownBy(() -> early.abortedTransactionsOrRebuild(0, early.logEndOffset()))
                .isInstanceOf(StaleLogViewException.class);
        assertThat(toldOrRebuilt()).isEqualTo(expected);
    }

    /** The checkpoint has moved on over what only the log tells. */
    @Test
    void anUnsoundIndexIsFoundAgainAfterAKillOrACrash() throws IOException {
        log.configure(TopicConfig.of(Map.of()));
        long segment = segments().get(2);
        disk.flipBit(path(segment, LogFiles.TRANSACTION_INDEX), 20);
        reopen();
        log.configure(TopicConfig.of(Map.of()));
        transaction(1, false);
        PendingSync sync = log.flush();
        sync.run();
        log.onSynced(sync);
        reopenAfterKill(log.recoveryPoint());
        assertThatThrownBy(this::told).isInstanceOf(CorruptLogException.class);
        log.abandon();
        disk = disk.crash(new java.util.Random(1));
        open(log.logEndOffset(), false);
        assertRebuilt("after a crash", 1);
    }

    @Test
    void anAppendThatIsTakenBackLeavesNothing() throws IOException {
        for (boolean unsound : new boolean[] {false, true}) {
            if (unsound) {
                disk.flipBit(path(segments().get(2), LogFiles.TRANSACTION_INDEX), 20);
                reopen();
            }
            for (String suffix : List.of(LogFiles.TRANSACTION_INDEX, LogFiles.TRANSACTION_CHECKS)) {
                long producer = 1;
                append(data(producer, log.logEndOffset()), List.of());
                long at = log.logEndOffset();
                ByteBuffer marker = new EndTransactionMarker(false, 1).toBatch(0, producer, (short) 0);
                RecordBatch.of(marker).setBaseOffset(at);
                var update = log.producers().updateMarker(producer, (short) 0, 1, true, at, 0);
                CompletedTransaction completed = update.completed();
                assertThat(completed).isNotNull();
                disk.failWhen((operation, path, step) ->
                        operation == Operation.WRITE && path.toString().endsWith(suffix));
                if (completed != null && !(unsound && suffix.equals(LogFiles.TRANSACTION_CHECKS))) {
                    assertThatThrownBy(() -> append(marker, List.of(completed))).isInstanceOf(IOException.class);
                    assertThat(log.logEndOffset()).isEqualTo(at);
                }
                disk.failWhen((operation, path, step) -> false);
                log.producers().undo(update);
                transactionEnd(producer, true);
            }
            assertThat(toldOrRebuilt()).isEqualTo(expected);
            assertThat(files.rebuilds().damaged()).isEqualTo(unsound ? 1 : 0);
        }
    }

    @Test
    void aTruncationKeepsWhatIsBelow() throws IOException {
        disk.flipBit(path(segments().get(2), LogFiles.TRANSACTION_INDEX), 20);
        reopen();
        log.truncateTo(segments().get(2) + 1).delete(disk);
        long end = log.logEndOffset();
        expected.removeIf(aborted -> aborted.lastOffset() >= end);
        assertThat(toldOrRebuilt()).isEqualTo(expected);
        long middle = segments().get(1);
        log.truncateTo(middle).delete(disk);
        expected.removeIf(aborted -> aborted.lastOffset() >= middle);
        reopen();
        assertAllTold();
    }

    @Test
    void whileAnotherIsMadeAnewReadersComeAgain() throws IOException {
        disk.flipBit(path(segments().get(1), LogFiles.TRANSACTION_INDEX), 20);
        assertThat(files.rebuilds().tryBegin()).isTrue();
        assertThatThrownBy(this::toldOrRebuilt).isInstanceOf(StaleLogViewException.class);
        files.rebuilds().end();
        assertRebuilt("afterwards", 1);
    }

    /** Neither the list that is damaged nor one that was made of damaged batches. */
    @Test
    void nothingIsToldIfTheLogIsDamagedAsWell() throws IOException {
        long middle = segments().get(1);
        // The producer of the first batch, which its checksum covers.
        damage(List.of(middle), middle, 50 * 8);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(this::toldOrRebuilt)
                    .isInstanceOf(CorruptLogException.class)
                    .hasMessageContaining("checksum")
                    .hasMessageContaining(path(middle, LogFiles.LOG).toString());
        }
        assertThat(files.rebuilds().damaged()).isZero();
        assertThat(log.view().abortedTransactionsOrRebuild(0, 2)).isEqualTo(expected.subList(0, 1));
    }

    @Test
    void aBatchThatIsDisplacedIsNotBelievedEither() throws IOException {
        long middle = segments().get(1);
        for (int bit = 0; bit < 3; bit++) {
            // The lowest bits of the base offset of the first batch.
            damage(bit == 0 ? List.of(middle) : List.of(), middle, 7 * 8 + bit);
            assertThatThrownBy(this::toldOrRebuilt)
                    .isInstanceOf(CorruptLogException.class)
                    .hasMessageContaining(path(middle, LogFiles.LOG).toString());
            disk.flipBit(path(middle, LogFiles.LOG), 7 * 8 + bit);
        }
    }

    private void damage(List<Long> indexes, long segment, int bit) throws IOException {
        log.close();
        disk = disk.kill();
        for (long index : indexes) {
            disk.flipBit(path(index, LogFiles.TRANSACTION_INDEX), 20);
        }
        disk.flipBit(path(segment, LogFiles.LOG), bit);
        open(log.recoveryPoint(), true);
    }

    /** The index before it tells that nothing began earlier. */
    @Test
    void theLogIsNotReadFromItsStart() throws IOException {
        damage(List.of(segments().get(1)), 0, 50 * 8);
        assertThat(toldOrRebuilt()).isEqualTo(expected);
    }

    @Test
    void aLongTransactionIsFoundFromItsFirstBatchOn() throws IOException {
        long longest = 77;
        long first = log.logEndOffset();
        append(data(longest, first), List.of());
        for (int i = 0; i < 6; i++) {
            transaction(1, false);
        }
        transactionEnd(longest, false);
        for (int i = 0; i < 6; i++) {
            transaction(1, false);
        }
        int active = log.view().segmentCount() - 1;
        expected.sort(Comparator.comparingLong(AbortedTransaction::firstOffset));
        assertAllTold();
        long rebuilt = 0;
        for (int i = log.view().segmentFor(first) + 1; i < active; i++) {
            disk.flipBit(path(log.view().segment(i).baseOffset(), LogFiles.TRANSACTION_INDEX), 20);
            assertThat(toldOrRebuilt()).as("segment %d", i).isEqualTo(expected);
            assertThat(files.rebuilds().damaged()).isEqualTo(++rebuilt);
        }
        assertThat(rebuilt).isGreaterThan(2);
    }

    @Test
    void whatIsBelowTheLogStartMayBeDamaged() throws IOException {
        long second = log.view().segment(1).baseOffset();
        long third = log.view().segment(2).baseOffset();
        damage(List.of(0L, second, third), second, 50 * 8);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> log.view().abortedTransactionsOrRebuild(third, log.logEndOffset()))
                    .isInstanceOf(CorruptLogException.class);
        }
        log.advanceLogStartTo(third);
        List<AbortedTransaction> left = expected.stream()
                .filter(aborted -> aborted.lastOffset() >= third)
                .toList();
        assertThat(log.view().abortedTransactionsOrRebuild(third, log.logEndOffset()))
                .usingElementComparator(Comparator.comparingLong(AbortedTransaction::lastOffset))
                .isEqualTo(left);
        assertThat(files.rebuilds().damaged()).isEqualTo(1);
    }

    /** What is half done when the power goes is done again. */
    @Test
    void thePowerMayGoAtAnyStepOfMakingItAnew() throws IOException {
        long segment = segments().get(1);
        log.close();
        disk = disk.kill();
        disk.flipBit(path(segment, LogFiles.TRANSACTION_INDEX), 20);
        long recoveryPoint = log.recoveryPoint();
        SimulatedDisk damaged = disk;
        int steps = 0;
        for (boolean done = false; !done; steps++) {
            disk = damaged.kill();
            open(recoveryPoint, true);
            disk.cutPowerAtStep(disk.steps() + steps + 1);
            try {
                assertThat(toldOrRebuilt()).isEqualTo(expected);
                done = true;
            } catch (IOException e) {
                assertThat(e).isNotInstanceOf(CorruptLogException.class);
            }
            for (int seed = 0; seed < 10; seed++) {
                SimulatedDisk cut = disk;
                disk = cut.crash(new java.util.Random(seed), SimulatedDisk.DirectoryLoss.ANY_SUBSET);
                open(recoveryPoint, false);
                assertThat(toldOrRebuilt()).as("step %d, seed %d", steps, seed).isEqualTo(expected);
                disk = cut;
            }
        }
        assertThat(steps).isGreaterThan(5);
    }

    @Test
    void filesOfTheIndexGoWithTheirSegment() throws IOException {
        long second = log.view().segment(1).baseOffset();
        log.advanceLogStartTo(second);
        log.deleteOldSegments(true).delete(disk);
        assertThat(disk.exists(path(0, LogFiles.TRANSACTION_INDEX))).isFalse();
        assertThat(disk.exists(path(0, LogFiles.TRANSACTION_CHECKS))).isFalse();
        log.close();
        // A power cut brought some of them back.
        truncateNew(path(0, LogFiles.TRANSACTION_CHECKS));
        truncateNew(path(0, LogFiles.TRANSACTION_INDEX));
        disk = disk.kill();
        open(log.recoveryPoint(), true);
        assertThat(disk.exists(path(0, LogFiles.TRANSACTION_INDEX))).isFalse();
        assertThat(disk.exists(path(0, LogFiles.TRANSACTION_CHECKS))).isFalse();
        List<AbortedTransaction> left = expected.stream()
                .filter(aborted -> aborted.lastOffset() >= second)
                .toList();
        assertThat(log.view().abortedTransactions(second, log.logEndOffset())).isEqualTo(left);
    }

    private void truncateNew(Path path) throws IOException {
        try (DiskFile file = disk.open(path, OpenMode.CREATE)) {
            file.write(ByteBuffer.allocate(20), 0);
        }
    }
}
