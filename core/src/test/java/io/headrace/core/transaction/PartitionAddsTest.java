package io.headrace.core.transaction;

import static io.headrace.core.transaction.TransactionBed.A0;
import static io.headrace.core.transaction.TransactionBed.A1;
import static io.headrace.core.transaction.TransactionBed.B0;
import static io.headrace.core.transaction.TransactionBed.ID;
import static io.headrace.core.transaction.TransactionBed.identity;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.Answer;
import io.headrace.protocol.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Partitions in transactions: who may add them, when, and who learns which are there. */
class PartitionAddsTest {
    private final TransactionBed bed = new TransactionBed();

    @Test
    void theFirstPartitionBeginsTheTransaction() {
        ProducerIdentity producer = bed.init(ID);
        bed.advance(500);
        assertThat(bed.add(producer, A0)).isEqualTo(ErrorCode.NONE);
        assertThat(bed.state()).isEqualTo("Ongoing");
        assertThat(bed.lastWritten().startMs()).isEqualTo(bed.nowMs);
        assertThat(bed.lastWritten().clientVersion()).isZero();
        long begun = bed.nowMs;
        bed.advance(500);
        assertThat(bed.write(producer, A1, B0)).isEqualTo(ErrorCode.NONE);
        assertThat(bed.lastWritten().startMs()).isEqualTo(begun);
        assertThat(bed.lastWritten().clientVersion()).isEqualTo((short) 2);
        assertThat(bed.lastWritten().partitions()).containsExactly(A0, A1, B0);
    }

    @Test
    void aPartitionThatIsThereNeedsNoRecord() {
        ProducerIdentity producer = bed.init(ID);
        assertThat(bed.write(producer, A0)).isEqualTo(ErrorCode.NONE);
        int written = bed.log.size();
        assertThat(bed.write(producer, A0)).isEqualTo(ErrorCode.NONE);
        assertThat(bed.log).hasSize(written);
    }

    @Test
    void anAdditionIsAnsweredOnceItIsDurable() {
        ProducerIdentity producer = bed.init(ID);
        bed.holdAppends = true;
        Answer<ErrorCode> answer = bed.addLater(producer, true, A0);
        assertThat(answer.isOutstanding()).isTrue();
        assertThat(bed.verify(producer, A0)).containsEntry(A0, ErrorCode.TRANSACTION_ABORTABLE);
        bed.release();
        assertThat(answer.response()).isEqualTo(ErrorCode.NONE);
        assertThat(bed.verify(producer, A0)).containsEntry(A0, ErrorCode.NONE);
    }

    @Test
    void othersAreRefused() {
        ProducerIdentity producer = bed.init(ID);
        assertThat(bed.add(identity(5, 0), A0)).isEqualTo(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        assertThat(bed.add(identity(producer.producerId(), 1), A0)).isEqualTo(ErrorCode.PRODUCER_FENCED);
        Answer<ErrorCode> unknown = new Answer<>();
        bed.run(bed.coordinator.addPartitions(
                unknown, new AddPartitions("unknown", 1, (short) 0, List.of(A0), (short) 0, false), bed.nowMs));
        assertThat(unknown.response()).isEqualTo(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        Answer<ErrorCode> empty = new Answer<>();
        bed.run(bed.coordinator.addPartitions(
                empty, new AddPartitions("", 1, (short) 0, List.of(A0), (short) 0, false), bed.nowMs));
        assertThat(empty.response()).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void verifyingSaysWhyAPartitionIsNotInTheTransaction() {
        ProducerIdentity producer = bed.init(ID);
        assertThat(bed.add(producer, A0)).isEqualTo(ErrorCode.NONE);
        assertThat(bed.verify(producer, A0, A1))
                .containsEntry(A0, ErrorCode.NONE)
                .containsEntry(A1, ErrorCode.TRANSACTION_ABORTABLE);
        assertThat(bed.verify(identity(5, 0), A0)).containsEntry(A0, ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        assertThat(bed.verify(identity(producer.producerId(), 4), A0)).containsEntry(A0, ErrorCode.PRODUCER_FENCED);
        bed.holdMarkers = true;
        assertThat(bed.end(producer, true, 0).error()).isEqualTo(ErrorCode.NONE);
        assertThat(bed.verify(producer, A0)).containsEntry(A0, ErrorCode.CONCURRENT_TRANSACTIONS);
        bed.answerMarkers(ErrorCode.NONE);
        assertThat(bed.verify(producer, A0)).containsEntry(A0, ErrorCode.TRANSACTION_ABORTABLE);
    }

    @Test
    void aClientOfVersionZeroIsTurnedAwayWhileATransactionIsCompleted() {
        ProducerIdentity producer = bed.init(ID);
        assertThat(bed.add(producer, A0)).isEqualTo(ErrorCode.NONE);
        bed.holdMarkers = true;
        assertThat(bed.end(producer, true, 0).error()).isEqualTo(ErrorCode.NONE);
        assertThat(bed.add(producer, A1)).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
    }

    @Test
    void aWriteOfTheNextTransactionWaitsForTheLastOneToBeCompleted() {
        ProducerIdentity first = bed.init(ID);
        assertThat(bed.write(first, A0)).isEqualTo(ErrorCode.NONE);
        bed.holdMarkers = true;
        ProducerIdentity second = bed.end(first, true, 2);
        Answer<ErrorCode> one = bed.addLater(second, true, A0);
        Answer<ErrorCode> other = bed.addLater(second, true, A1);
        Answer<ErrorCode> stale = bed.addLater(first, true, B0);
        assertThat(one.isOutstanding()).isTrue();
        int written = bed.log.size();
        bed.answerMarkers(ErrorCode.NONE);
        assertThat(one.response()).isEqualTo(ErrorCode.NONE);
        assertThat(other.response()).isEqualTo(ErrorCode.NONE);
        assertThat(stale.response()).isEqualTo(ErrorCode.PRODUCER_FENCED);
        // The completion, and one record for both.
        assertThat(bed.log).hasSize(written + 2);
        assertThat(bed.lastWritten().partitions()).containsExactly(A0, A1);
    }

    @Test
    void patienceHasAnEnd() {
        ProducerIdentity first = bed.init(ID);
        assertThat(bed.write(first, A0)).isEqualTo(ErrorCode.NONE);
        bed.holdMarkers = true;
        ProducerIdentity second = bed.end(first, true, 2);
        Answer<ErrorCode> answer = bed.addLater(second, true, A0);
        bed.advance(99);
        assertThat(answer.isOutstanding()).isTrue();
        bed.advance(1);
        assertThat(answer.response()).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
        bed.answerMarkers(ErrorCode.NONE);
        assertThat(bed.state()).isEqualTo("CompleteCommit");
    }

    @Test
    void onlySoManyMayWait() {
        ProducerIdentity first = bed.init(ID);
        assertThat(bed.write(first, A0)).isEqualTo(ErrorCode.NONE);
        bed.holdMarkers = true;
        ProducerIdentity second = bed.end(first, true, 2);
        for (int i = 0; i < 10; i++) {
            assertThat(bed.addLater(second, true, A0).isOutstanding()).isTrue();
        }
        assertThat(bed.write(second, A0)).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
    }

    @Test
    void aTransactionHasOnlySoManyPartitions() {
        ProducerIdentity producer = bed.init(ID);
        for (int i = 0; i < 50; i++) {
            assertThat(bed.write(producer, new TopicPartition("t", i))).isEqualTo(ErrorCode.NONE);
        }
        assertThat(bed.write(producer, new TopicPartition("t", 50))).isEqualTo(ErrorCode.POLICY_VIOLATION);
        assertThat(bed.end(producer, true, 2).error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void anAdditionThatCouldNotBeWrittenIsRefusedAndMayBeRepeated() {
        ProducerIdentity producer = bed.init(ID);
        bed.holdAppends = true;
        Answer<ErrorCode> answer = bed.addLater(producer, true, A0);
        Answer<ErrorCode> next = bed.addLater(producer, true, A1);
        bed.failOne(ErrorCode.NOT_ENOUGH_REPLICAS);
        assertThat(answer.response()).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        assertThat(next.isOutstanding()).isTrue();
        bed.release();
        assertThat(next.response()).isEqualTo(ErrorCode.NONE);
        assertThat(bed.lastWritten().partitions()).containsExactly(A1);
    }

    @Test
    void whoeverWaitsIsSentAwayWithTheLead() {
        ProducerIdentity first = bed.init(ID);
        assertThat(bed.write(first, A0)).isEqualTo(ErrorCode.NONE);
        bed.holdMarkers = true;
        ProducerIdentity second = bed.end(first, true, 2);
        Answer<ErrorCode> waiting = bed.addLater(second, true, A0);
        bed.holdAppends = true;
        bed.run(bed.coordinator.onUnloaded(bed.nowMs));
        assertThat(waiting.response()).isEqualTo(ErrorCode.NOT_COORDINATOR);
        assertThat(bed.coordinator.nextDeadlineMs()).isEqualTo(Long.MAX_VALUE);
    }
}
