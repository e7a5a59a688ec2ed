package io.headrace.storage.compact;

import static io.headrace.storage.compact.CompactionRig.DELETE_RETENTION_MS;
import static io.headrace.storage.compact.CompactionRig.NO_PRODUCER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.core.partition.ProducerCheck;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.storage.disk.PowerCutException;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.disk.SimulatedDisk.DirectoryLoss;
import io.headrace.storage.log.AbortedTransaction;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Bugs that other brokers had with compaction. */
final class KnownCompactionBugsTest {
    private static final int PRODUCER = 1;
    private static final int TRANSACTIONAL = 5;
    private static final int OTHER_TRANSACTIONAL = 6;

    /** Tombstones were kept for ever, as each compaction made them young again (KIP-534). */
    @Test
    void kafka8522TombstonesGoOnceTheirTimeIsOver() throws IOException {
        CompactionRig rig = new CompactionRig();
        rig.append(NO_PRODUCER, "a=1", "b=1");
        rig.append(NO_PRODUCER, "a", "c=1");
        rig.roll();
        rig.compact();
        assertThat(rig.committed()).containsExactly("1:b=1", "2:a", "3:c=1");
        assertThat(rig.batches().get(1).deleteHorizonMs()).isEqualTo(rig.nowMs + DELETE_RETENTION_MS);
        rig.nowMs += DELETE_RETENTION_MS - 1;
        rig.compactAgain();
        assertThat(rig.committed()).contains("2:a");
        rig.nowMs += 1;
        rig.compactAgain();
        assertThat(rig.committed()).containsExactly("1:b=1", "3:c=1");
    }

    /** A transaction that lies in several segments lost its place in the transaction index. */
    @Test
    void kafka8351ATransactionOverSeveralSegmentsStaysAborted() throws IOException {
        CompactionRig rig = new CompactionRig(new SimulatedDisk(), Map.of("internal.segment.bytes", "200"));
        rig.append(NO_PRODUCER, "a=before");
        rig.append(TRANSACTIONAL, "a=aborted", "x=aborted");
        rig.roll();
        rig.append(TRANSACTIONAL, "b=aborted");
        rig.append(NO_PRODUCER, "c=1");
        rig.roll();
        rig.append(NO_PRODUCER, "d=1");
        rig.end(TRANSACTIONAL, false);
        rig.roll();
        List<String> expected = List.of("0:a=before", "4:c=1", "5:d=1");
        for (int i = 0; i < 4; i++) {
            assertThat(rig.committed()).containsExactlyElementsOf(expected);
            rig.nowMs += DELETE_RETENTION_MS;
            rig.compactAgain();
        }
        assertThat(rig.committed()).containsExactlyElementsOf(expected);
    }

    /** The index of a later group was to be made anew from segments that the same run had just replaced. */
    @Test
    void anUnsoundTransactionIndexOfALaterGroupHoldsUpNoCompaction() throws IOException {
        CompactionRig rig = new CompactionRig(new SimulatedDisk(), Map.of("internal.segment.bytes", "200"));
        rig.append(NO_PRODUCER, "a=1", "b=1");
        rig.append(NO_PRODUCER, "c=1");
        rig.roll();
        for (int i = 0; i < 2; i++) {
            rig.append(TRANSACTIONAL, "a=aborted");
            rig.append(NO_PRODUCER, "d" + i + "=1");
            rig.end(TRANSACTIONAL, false);
            rig.roll();
        }
        rig.compact();
        List<String> before = rig.committed();
        List<String> indexes = rig.disk.list(CompactionRig.DIR).stream()
                .filter(name -> name.endsWith(".txnindex"))
                .toList();
        assertThat(indexes).hasSize(2);
        rig.disk.flipBit(CompactionRig.DIR.resolve(indexes.get(1)), 20);
        rig.compactAgain();
        assertThat(rig.committed()).isEqualTo(before);
    }

    /** The marker went when the map of keys was full before it was reached, and with it what told readers of the abort. */
    @Test
    void kafka13727AnAbortMarkerStaysWhenOnlyPartOfItsSegmentIsCompacted() throws IOException {
        CompactionRig rig = new CompactionRig();
        rig.append(TRANSACTIONAL, "a=aborted");
        rig.roll();
        for (int i = 0; i < 40; i++) {
            rig.append(NO_PRODUCER, "key" + i + "=1");
        }
        rig.append(TRANSACTIONAL, "b=aborted");
        rig.end(TRANSACTIONAL, false);
        rig.append(TRANSACTIONAL, "c=committed");
        rig.end(TRANSACTIONAL, true);
        rig.roll();
        List<String> before = rig.committed();
        rig.keyMapBytesMax = 500;
        LogCompaction.Result part = rig.compact();
        assertThat(part.cleanTo()).isLessThan(40);
        assertThat(rig.committed()).isEqualTo(before);
        assertThat(rig.markers()).containsExactly(42L, 44L);
        AbortedTransaction aborted =
                rig.log.view().abortedTransactions(0, rig.log.logEndOffset()).get(0);
        assertThat(aborted.lastOffset()).isEqualTo(42);
        rig.open(false);
        assertThat(rig.committed()).isEqualTo(before);
    }

    /** Opening after a crash in the middle of the swap forgot the producers, and took a batch twice. */
    @Test
    void kafka12520ABatchSentAgainIsKnownAfterACrashInTheSwap() throws IOException {
        boolean finished = false;
        for (long step = 1; !finished; step++) {
            for (DirectoryLoss loss : DirectoryLoss.values()) {
                CompactionRig rig = new CompactionRig();
                RecordBatch first = rig.append(PRODUCER, "a=1", "b=1");
                RecordBatch last = rig.append(PRODUCER, "a=2", "b=2");
                rig.append(NO_PRODUCER, "a=3", "b=3");
                rig.roll();
                rig.disk.cutPowerAtStep(rig.disk.steps() + step);
                try {
                    rig.compact();
                    finished = true;
                } catch (PowerCutException e) {
                    // As planned.
                }
                rig.disk = rig.disk.crash(new Random(step), loss);
                rig.open(false);
                assertThat(check(rig, last)).isInstanceOf(ProducerCheck.Duplicate.class);
                assertThat(check(rig, first)).isNotEqualTo(ProducerCheck.ACCEPTED);
                assertThat(rig.committed()).endsWith("4:a=3", "5:b=3");
            }
        }
    }

    private static ProducerCheck check(CompactionRig rig, RecordBatch batch) {
        return rig.log.producers().check(PRODUCER, (short) 0, batch.baseSequence(), batch.lastSequence(), false, false);
    }

    /** Markers were taken for records, all with the same key, so that only the last one was left. */
    @Test
    void crabka528MarkersAreNotSupersededByLaterOnes() throws IOException {
        CompactionRig rig = new CompactionRig();
        rig.append(TRANSACTIONAL, "a=1");
        rig.append(OTHER_TRANSACTIONAL, "b=1");
        rig.end(TRANSACTIONAL, true);
        rig.end(OTHER_TRANSACTIONAL, false);
        rig.append(TRANSACTIONAL, "c=1");
        rig.end(TRANSACTIONAL, true);
        rig.roll();
        rig.compact();
        assertThat(rig.markers()).contains(2L, 3L, 5L);
        assertThat(rig.committed()).containsExactly("0:a=1", "4:c=1");
    }

    @Test
    void aMarkerStaysAsLongAsItsDataAndThenForTheTimeOfTombstones() throws IOException {
        CompactionRig rig = new CompactionRig();
        rig.append(TRANSACTIONAL, "a=1");
        rig.end(TRANSACTIONAL, true);
        rig.append(TRANSACTIONAL, "b=1");
        rig.end(TRANSACTIONAL, true);
        rig.roll();
        rig.compact();
        rig.nowMs += 10 * DELETE_RETENTION_MS;
        rig.compactAgain();
        assertThat(rig.markers()).containsExactly(1L, 3L);
        rig.append(NO_PRODUCER, "a=2");
        rig.roll();
        rig.compact(); // takes the data
        rig.compactAgain(); // finds the marker without data
        assertThat(rig.markers()).containsExactly(1L, 3L);
        rig.nowMs += DELETE_RETENTION_MS;
        rig.compactAgain();
        assertThat(rig.markers()).containsExactly(3L);
    }

    /** Markers and what transactions had committed before stayed, and topics of offsets grew without end (also 24637). */
    @Test
    void redpanda19931TransactionsOverTheSameKeysDoNotLetALogGrow() throws IOException {
        CompactionRig rig = new CompactionRig();
        for (int i = 0; i < 20; i++) {
            rig.append(TRANSACTIONAL, "group=" + i);
            rig.end(TRANSACTIONAL, i % 3 != 0);
            rig.append(OTHER_TRANSACTIONAL, "group=aborted" + i);
            rig.end(OTHER_TRANSACTIONAL, false);
            rig.roll();
            rig.nowMs += DELETE_RETENTION_MS;
            rig.compact();
            assertThat(rig.batches()).as("after %d rounds", i).hasSizeLessThan(20);
        }
        assertThat(rig.committed()).containsExactly("76:group=19");
    }

    /** The start of a log was counted anew from what compaction had left, and readers passed over records. */
    @Test
    void rocketmq7540ALogStartsWhereItDidAndIsReadFromThere() throws IOException {
        CompactionRig rig = new CompactionRig();
        rig.append(NO_PRODUCER, "a=1", "b=1", "c=1");
        rig.append(NO_PRODUCER, "a=2");
        rig.roll();
        rig.append(NO_PRODUCER, "c=2");
        rig.roll();
        rig.compact();
        for (int life = 0; life < 2; life++) {
            assertThat(rig.log.view().logStartOffset()).isZero();
            assertThat(rig.committed()).containsExactly("1:b=1", "3:a=2", "4:c=2");
            rig.open(false);
        }
    }

    @Test
    void nothingIsTouchedFromTheFirstOpenTransactionOn() throws IOException {
        CompactionRig rig = new CompactionRig();
        rig.append(NO_PRODUCER, "a=1", "a=2");
        rig.roll();
        rig.append(NO_PRODUCER, "a=3");
        rig.append(TRANSACTIONAL, "a=4");
        rig.roll();
        rig.append(NO_PRODUCER, "a=5");
        rig.roll();
        rig.compact();
        assertThat(rig.committed()).containsExactly("1:a=2", "2:a=3");
        assertThat(rig.range().endOffset()).isEqualTo(2);
        rig.end(TRANSACTIONAL, true);
        rig.roll();
        rig.compact();
        assertThat(rig.committed()).containsExactly("4:a=5");
    }

    @Test
    void offsetsAndSequenceNumbersSurviveWhenAllRecordsGo() throws IOException {
        CompactionRig rig = new CompactionRig();
        RecordBatch sent = rig.append(PRODUCER, "a", "b", "c");
        rig.append(NO_PRODUCER, "d");
        rig.roll();
        rig.compact();
        rig.nowMs += DELETE_RETENTION_MS;
        rig.compactAgain();
        RecordBatch kept = rig.batches().get(0);
        assertThat(kept.recordCount()).isZero();
        assertThat(kept.baseOffset()).isZero();
        assertThat(kept.lastOffset()).isEqualTo(2);
        assertThat(kept.lastSequence()).isEqualTo(sent.lastSequence());
        assertThat(rig.committed()).isEmpty();
        assertThat(rig.log.logEndOffset()).isEqualTo(5);
        rig.open(false);
        assertThat(rig.log.logEndOffset()).isEqualTo(5);
        assertThat(check(rig, sent)).isInstanceOf(ProducerCheck.Duplicate.class);
    }

    /** The log is cut while its segments are being copied: the copy must not bring back what was cut. */
    @Test
    void aLogThatWasTruncatedMeanwhileIsLeftAlone() throws IOException {
        CompactionRig rig = new CompactionRig();
        rig.append(NO_PRODUCER, "a=1", "a=2");
        rig.append(NO_PRODUCER, "b=1");
        rig.roll();
        LogTarget target = new LogTarget(rig.disk, rig.log, rig.recoveryPoint);
        LogCompaction compaction = target.compaction(rig.range(), 1 << 20, rig.nowMs, () -> false);
        rig.recoveryPoint = 2;
        rig.log.truncateTo(2).delete(rig.disk);
        assertThatThrownBy(compaction::run).isInstanceOf(IOException.class);
        assertThat(rig.committed()).containsExactly("0:a=1", "1:a=2");
        assertThat(rig.disk.list(CompactionRig.DIR)).noneMatch(name -> name.endsWith(".cleaned"));
    }

    @Test
    void stopsWhenToldToAndLeavesNothingBehind() throws IOException {
        CompactionRig rig = new CompactionRig();
        rig.append(NO_PRODUCER, "a=1", "a=2");
        rig.roll();
        List<String> files = rig.disk.list(CompactionRig.DIR);
        LogTarget target = new LogTarget(rig.disk, rig.log, rig.recoveryPoint);
        LogCompaction compaction = target.compaction(rig.range(), 1 << 20, rig.nowMs, () -> true);
        assertThatThrownBy(compaction::run).isInstanceOf(CompactionCancelledException.class);
        assertThat(rig.disk.list(CompactionRig.DIR)).isEqualTo(files);
        assertThat(rig.committed()).containsExactly("0:a=1", "1:a=2");
    }
}
