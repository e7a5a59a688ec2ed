package io.headrace.storage.compact;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.records.EndTransactionMarker;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.storage.compact.TransactionOutcomes.MarkerFate;
import io.headrace.storage.log.AbortedTransaction;
import java.util.List;
import org.junit.jupiter.api.Test;

class TransactionOutcomesTest {
    private static final long PRODUCER = 7;

    private final TransactionOutcomes outcomes = new TransactionOutcomes();

    private static RecordBatch data(long offset) {
        return RecordBatch.of(new RecordBatchBuilder()
                .baseOffset(offset)
                .partitionLeaderEpoch(0)
                .transactional(true)
                .producer(PRODUCER, (short) 0, 0)
                .append(1, new byte[] {1}, new byte[] {2})
                .build());
    }

    private static RecordBatch emptied(long offset) {
        return RecordBatch.of(RecordBatchBuilder.emptied(data(offset)));
    }

    private static RecordBatch marker(long offset, boolean commit) {
        RecordBatch batch = RecordBatch.of(new EndTransactionMarker(commit, 0).toBatch(1, PRODUCER, (short) 0));
        batch.setBaseOffset(offset);
        return batch;
    }

    private static List<AbortedTransaction> aborted(long firstOffset, long lastOffset) {
        return List.of(new AbortedTransaction(PRODUCER, firstOffset, lastOffset, lastOffset + 1));
    }

    @Test
    void whatTheIndexNamesIsAborted() {
        outcomes.expect(aborted(0, 1));
        assertThat(outcomes.isAborted(data(0))).isTrue();
        assertThat(outcomes.onControlBatch(marker(1, false))).isEqualTo(MarkerFate.NEEDED);
        assertThat(outcomes.isAborted(data(2))).isFalse();
        assertThat(outcomes.onControlBatch(marker(3, true))).isEqualTo(MarkerFate.NEEDED);
    }

    @Test
    void anAbortMarkerOfRecordsTakenForCommittedIsAContradiction() {
        assertThat(outcomes.isAborted(data(0))).isFalse();
        assertThat(outcomes.onControlBatch(marker(1, false))).isEqualTo(MarkerFate.CONTRADICTION);
    }

    @Test
    void aCommitMarkerOfRecordsTakenForAbortedIsAContradiction() {
        outcomes.expect(aborted(0, 5));
        assertThat(outcomes.isAborted(data(0))).isTrue();
        assertThat(outcomes.onControlBatch(marker(1, true))).isEqualTo(MarkerFate.CONTRADICTION);
    }

    /** What was left of an aborted transaction, whose marker is gone, is followed by one of which nothing is left. */
    @Test
    void anEmptiedBatchContradictsNothing() {
        assertThat(outcomes.isAborted(emptied(0))).isFalse();
        assertThat(outcomes.onControlBatch(marker(1, false))).isEqualTo(MarkerFate.OF_EMPTY_TRANSACTION);
    }
}
