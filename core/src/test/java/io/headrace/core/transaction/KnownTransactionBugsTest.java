package io.headrace.core.transaction;

import static io.headrace.core.transaction.TransactionBed.A0;
import static io.headrace.core.transaction.TransactionBed.A1;
import static io.headrace.core.transaction.TransactionBed.ID;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.Answer;
import io.headrace.protocol.ErrorCode;
import org.junit.jupiter.api.Test;

/** Bugs that Kafka's transaction coordinator had; see docs/known-kafka-bugs.md. */
class KnownTransactionBugsTest {
    private final TransactionBed bed = new TransactionBed();

    /** A partition of the transaction was not verified, and its writer turned away, while another one was being added. */
    @Test
    void kafka14904APartitionIsVerifiedWhileAnotherIsBeingAdded() {
        ProducerIdentity producer = bed.init(ID);
        assertThat(bed.add(producer, A0)).isEqualTo(ErrorCode.NONE);
        bed.holdAppends = true;
        Answer<ErrorCode> other = bed.addLater(producer, false, A1);
        assertThat(other.isOutstanding()).isTrue();
        assertThat(bed.verify(producer, A0)).containsEntry(A0, ErrorCode.NONE);
        assertThat(bed.verify(producer, A1)).containsEntry(A1, ErrorCode.TRANSACTION_ABORTABLE);
        bed.release();
        assertThat(bed.verify(producer, A1)).containsEntry(A1, ErrorCode.NONE);
    }

    /** A transaction stayed in PrepareCommit for good when its coordinator changed while markers were under way. */
    @Test
    void kafka16352APreparedTransactionIsCompletedByWhicheverCoordinatorComes() {
        for (boolean commit : new boolean[] {true, false}) {
            TransactionBed each = new TransactionBed();
            ProducerIdentity producer = each.init(ID);
            assertThat(each.write(producer, A0, A1)).isEqualTo(ErrorCode.NONE);
            each.holdMarkers = true;
            assertThat(each.end(producer, commit, 2).error()).isEqualTo(ErrorCode.NONE);
            MarkerWrite underWay = each.markers.getFirst();
            each.restart();
            assertThat(each.markers).hasSize(2);
            // The old coordinator's marker is answered after the new one has begun: no word of that one's own.
            each.answerMarker(underWay, ErrorCode.NONE);
            each.restart();
            each.answerMarkers(ErrorCode.NONE);
            assertThat(each.state()).isEqualTo(commit ? "CompleteCommit" : "CompleteAbort");
            each.holdMarkers = false;
            assertThat(each.init(ID).error()).isEqualTo(ErrorCode.NONE);
        }
    }

    /** The retry of an end was taken for the end of the transaction that had begun meanwhile. */
    @Test
    void kafka14402TheRetryOfAnEndIsNotTheEndOfTheNextTransaction() {
        ProducerIdentity first = bed.init(ID);
        assertThat(bed.write(first, A0)).isEqualTo(ErrorCode.NONE);
        ProducerIdentity second = bed.end(first, true, 2);
        assertThat(bed.write(second, A0)).isEqualTo(ErrorCode.NONE);
        assertThat(bed.end(first, true, 2).error()).isEqualTo(ErrorCode.PRODUCER_FENCED);
        assertThat(bed.end(first, false, 2).error()).isEqualTo(ErrorCode.PRODUCER_FENCED);
        assertThat(bed.state()).isEqualTo("Ongoing");
    }
}
