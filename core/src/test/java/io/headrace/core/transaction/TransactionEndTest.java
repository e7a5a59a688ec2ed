package io.headrace.core.transaction;

import static io.headrace.core.transaction.TransactionBed.A0;
import static io.headrace.core.transaction.TransactionBed.A1;
import static io.headrace.core.transaction.TransactionBed.B0;
import static io.headrace.core.transaction.TransactionBed.ID;
import static io.headrace.core.transaction.TransactionBed.identity;
import static io.headrace.core.transaction.TransactionBed.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.Answer;
import io.headrace.protocol.ErrorCode;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How transactions end, for clients of version 0 and of version 2 (KIP-890). */
class TransactionEndTest {
    private final TransactionBed bed = new TransactionBed();

    private static TransactionMetadata inState(TransactionState state, int epoch, int version) {
        boolean hasPartitions = state == TransactionState.ONGOING || state.isPrepared();
        return new TransactionMetadata(
                7,
                7,
                -1,
                (short) epoch,
                (short) -1,
                60_000,
                state,
                Collections.unmodifiableSortedSet(new TreeSet<>(hasPartitions ? List.of(A0, B0) : List.of())),
                1_000_000,
                1_000_000,
                (short) version);
    }

    /** The answers to an end at each state. The present epoch is 5; in prepared states markers are under way. */
    @ParameterizedTest
    @CsvSource({
        "EMPTY,           5, true,  INVALID_TXN_STATE",
        "EMPTY,           5, false, INVALID_TXN_STATE",
        "EMPTY,           4, false, PRODUCER_FENCED",
        "ONGOING,         5, true,  NONE",
        "ONGOING,         5, false, NONE",
        "ONGOING,         4, true,  PRODUCER_FENCED",
        "ONGOING,         6, true,  PRODUCER_FENCED",
        "PREPARE_COMMIT,  5, true,  CONCURRENT_TRANSACTIONS",
        "PREPARE_COMMIT,  4, true,  PRODUCER_FENCED",
        "PREPARE_ABORT,   5, false, CONCURRENT_TRANSACTIONS",
        "COMPLETE_COMMIT, 5, true,  NONE",
        "COMPLETE_COMMIT, 5, false, INVALID_TXN_STATE",
        "COMPLETE_COMMIT, 4, true,  PRODUCER_FENCED",
        "COMPLETE_ABORT,  5, false, NONE",
        "COMPLETE_ABORT,  5, true,  INVALID_TXN_STATE"
    })
    void inVersionZeroTheEpochStays(TransactionState state, int epoch, boolean commit, ErrorCode expected) {
        bed.holdMarkers = true;
        bed.given(inState(state, 5, 0));
        assertThat(bed.end(identity(7, epoch), commit, 0)).isEqualTo(refused(expected));
    }

    /** Likewise, with the epoch before the present one for a retry; {@code bump} is an answer with the next epoch. */
    @ParameterizedTest
    @CsvSource({
        "EMPTY,           5, true,  INVALID_TXN_STATE",
        "EMPTY,           5, false, bump",
        "EMPTY,           4, true,  PRODUCER_FENCED",
        "EMPTY,           4, false, PRODUCER_FENCED",
        "ONGOING,         5, true,  bump",
        "ONGOING,         5, false, bump",
        "ONGOING,         4, true,  PRODUCER_FENCED",
        "ONGOING,         4, false, PRODUCER_FENCED",
        "ONGOING,         6, true,  PRODUCER_FENCED",
        "PREPARE_COMMIT,  4, true,  CONCURRENT_TRANSACTIONS",
        "PREPARE_COMMIT,  5, true,  CONCURRENT_TRANSACTIONS",
        "PREPARE_ABORT,   4, false, CONCURRENT_TRANSACTIONS",
        "PREPARE_ABORT,   3, false, CONCURRENT_TRANSACTIONS",
        "COMPLETE_COMMIT, 5, true,  INVALID_TXN_STATE",
        "COMPLETE_COMMIT, 5, false, bump",
        "COMPLETE_COMMIT, 4, true,  same",
        "COMPLETE_COMMIT, 4, false, INVALID_TXN_STATE",
        "COMPLETE_COMMIT, 3, true,  PRODUCER_FENCED",
        "COMPLETE_ABORT,  5, true,  INVALID_TXN_STATE",
        "COMPLETE_ABORT,  5, false, bump",
        "COMPLETE_ABORT,  4, true,  INVALID_TXN_STATE",
        "COMPLETE_ABORT,  4, false, same",
        "COMPLETE_ABORT,  3, false, PRODUCER_FENCED"
    })
    void inVersionTwoTheEpochTellsARetryFromTheNextEnd(
            TransactionState state, int epoch, boolean commit, String expected) {
        bed.holdMarkers = true;
        bed.given(inState(state, 5, 2));
        ProducerIdentity answer = bed.end(identity(7, epoch), commit, 2);
        switch (expected) {
            case "bump" -> assertThat(answer).isEqualTo(identity(7, 6));
            case "same" -> assertThat(answer).isEqualTo(identity(7, 5));
            default -> assertThat(answer).isEqualTo(refused(ErrorCode.valueOf(expected)));
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "2"})
    void anUnknownProducerIsToldSo(int version) {
        bed.given(inState(TransactionState.ONGOING, 5, version));
        assertThat(bed.end(identity(8, 5), true, version)).isEqualTo(refused(ErrorCode.INVALID_PRODUCER_ID_MAPPING));
        Answer<ProducerIdentity> unknownId = new Answer<>();
        bed.run(bed.coordinator.endTransaction(
                unknownId, new EndTransaction("unknown", 7, (short) 5, true, (short) version), bed.nowMs));
        assertThat(unknownId.response()).isEqualTo(refused(ErrorCode.INVALID_PRODUCER_ID_MAPPING));
        Answer<ProducerIdentity> emptyId = new Answer<>();
        bed.run(bed.coordinator.endTransaction(
                emptyId, new EndTransaction("", 7, (short) 5, true, (short) version), bed.nowMs));
        assertThat(emptyId.response()).isEqualTo(refused(ErrorCode.INVALID_REQUEST));
    }

    @Test
    void anEndIsAnsweredWhenItIsDecidedAndBeforeItsMarkersAreWritten() {
        ProducerIdentity producer = bed.init(ID);
        assertThat(bed.write(producer, A0, B0)).isEqualTo(ErrorCode.NONE);
        bed.holdAppends = true;
        bed.holdMarkers = true;
        Answer<ProducerIdentity> answer = bed.endLater(producer, true, 2);
        assertThat(answer.isOutstanding()).isTrue();
        assertThat(bed.markers).isEmpty();
        bed.release();
        assertThat(answer.response()).isEqualTo(identity(1_000, 1));
        assertThat(bed.markers)
                .containsExactly(
                        new MarkerWrite(ID, A0, 1_000, (short) 1, 3, true, (short) 2),
                        new MarkerWrite(ID, B0, 1_000, (short) 1, 3, true, (short) 2));
        assertThat(bed.state()).isEqualTo("PrepareCommit");
        bed.holdAppends = false;
        bed.answerMarkers(ErrorCode.NONE);
        assertThat(bed.state()).isEqualTo("CompleteCommit");
    }

    @Test
    void inVersionZeroTheMarkersCarryTheEpochOfTheRecords() {
        ProducerIdentity producer = bed.init(ID);
        assertThat(bed.add(producer, A0)).isEqualTo(ErrorCode.NONE);
        bed.holdMarkers = true;
        assertThat(bed.end(producer, false, 0)).isEqualTo(refused(ErrorCode.NONE));
        assertThat(bed.markers).containsExactly(new MarkerWrite(ID, A0, 1_000, (short) 0, 3, false, (short) 0));
        bed.answerMarkers(ErrorCode.NONE);
        assertThat(bed.add(producer, A1)).isEqualTo(ErrorCode.NONE);
        assertThat(bed.end(producer, true, 0)).isEqualTo(refused(ErrorCode.NONE));
    }

    @Test
    void aRetriedEndIsNotTakenForTheEndOfTheNextTransaction() {
        ProducerIdentity first = bed.init(ID);
        assertThat(bed.write(first, A0)).isEqualTo(ErrorCode.NONE);
        ProducerIdentity second = bed.end(first, true, 2);
        assertThat(bed.write(second, A0)).isEqualTo(ErrorCode.NONE);
        // The delayed retry of the first commit, or abort, hits the second transaction.
        assertThat(bed.end(first, true, 2)).isEqualTo(refused(ErrorCode.PRODUCER_FENCED));
        assertThat(bed.end(first, false, 2)).isEqualTo(refused(ErrorCode.PRODUCER_FENCED));
        assertThat(bed.state()).isEqualTo("Ongoing");
    }

    @Test
    void theLastEpochIsFollowedByANewProducerId() {
        bed.given(inState(TransactionState.ONGOING, Short.MAX_VALUE - 1, 2));
        ProducerIdentity last = identity(7, Short.MAX_VALUE - 1);
        bed.holdMarkers = true;
        assertThat(bed.end(last, true, 2)).isEqualTo(identity(1_000, 0));
        assertThat(bed.markers.getFirst().producerId()).isEqualTo(7);
        assertThat(bed.markers.getFirst().producerEpoch()).isEqualTo(Short.MAX_VALUE);
        assertThat(bed.end(last, true, 2)).isEqualTo(refused(ErrorCode.CONCURRENT_TRANSACTIONS));
        bed.answerMarkers(ErrorCode.NONE);
        assertThat(bed.end(last, true, 2)).isEqualTo(identity(1_000, 0));
        assertThat(bed.write(identity(1_000, 0), A0)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void theNewProducerIdSurvivesARestartBeforeTheMarkers() {
        bed.given(inState(TransactionState.ONGOING, Short.MAX_VALUE - 1, 2));
        bed.holdMarkers = true;
        assertThat(bed.end(identity(7, Short.MAX_VALUE - 1), true, 2)).isEqualTo(identity(1_000, 0));
        bed.restart();
        bed.answerMarkers(ErrorCode.NONE);
        assertThat(bed.write(identity(1_000, 0), A0)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aNewProducerIdIsNeededInTheLastEpochOnly() {
        EndTransaction end = new EndTransaction(TransactionBed.ID, 7, (short) 5, true, (short) 2);
        EndTransaction olderEnd = new EndTransaction(TransactionBed.ID, 7, (short) 5, true, (short) 0);
        assertThat(bed.coordinator.needsProducerId(end)).as("of an unknown id").isFalse();
        bed.given(inState(TransactionState.ONGOING, Short.MAX_VALUE - 2, 2));
        assertThat(bed.coordinator.needsProducerId(end)).isFalse();
        bed.given(inState(TransactionState.ONGOING, Short.MAX_VALUE - 1, 2));
        assertThat(bed.coordinator.needsProducerId(end)).isTrue();
        assertThat(bed.coordinator.needsProducerId(olderEnd)).isFalse();
    }

    @Test
    void withoutANewProducerIdTheLastEpochCannotEnd() {
        bed.given(inState(TransactionState.ONGOING, Short.MAX_VALUE - 1, 2));
        bed.producerIdsAreGone = true;
        assertThat(bed.end(identity(7, Short.MAX_VALUE - 1), true, 2))
                .isEqualTo(refused(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS));
        bed.producerIdsAreGone = false;
        assertThat(bed.end(identity(7, Short.MAX_VALUE - 1), true, 2)).isEqualTo(identity(1_000, 0));
    }

    @Test
    void aDecisionThatCouldNotBeWrittenMayBeRepeatedOrChanged() {
        ProducerIdentity producer = bed.init(ID);
        assertThat(bed.write(producer, A0)).isEqualTo(ErrorCode.NONE);
        bed.holdAppends = true;
        Answer<ProducerIdentity> answer = bed.endLater(producer, true, 2);
        bed.failOne(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        assertThat(answer.response()).isEqualTo(refused(ErrorCode.NOT_COORDINATOR));
        bed.holdAppends = false;
        assertThat(bed.end(producer, false, 2)).isEqualTo(identity(1_000, 1));
        assertThat(bed.state()).isEqualTo("CompleteAbort");
    }

    @Test
    void noErrorOfTheLogReachesAProducerThatWouldTakeItForACommit() {
        for (ErrorCode error : List.of(
                ErrorCode.NOT_ENOUGH_REPLICAS,
                ErrorCode.REQUEST_TIMED_OUT,
                ErrorCode.KAFKA_STORAGE_ERROR,
                ErrorCode.FENCED_LEADER_EPOCH,
                ErrorCode.MESSAGE_TOO_LARGE,
                ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)) {
            TransactionBed fresh = new TransactionBed();
            ProducerIdentity producer = fresh.init(ID);
            assertThat(fresh.write(producer, A0)).isEqualTo(ErrorCode.NONE);
            fresh.holdAppends = true;
            Answer<ProducerIdentity> answer = fresh.endLater(producer, true, 2);
            fresh.failOne(error);
            assertThat(answer.response().error())
                    .isIn(ErrorCode.COORDINATOR_NOT_AVAILABLE, ErrorCode.NOT_COORDINATOR, ErrorCode.POLICY_VIOLATION);
        }
    }

    @Test
    void anAbortWithoutPartitionsIsCompleteAtOnce() {
        ProducerIdentity producer = bed.init(ID);
        assertThat(bed.end(producer, false, 2)).isEqualTo(identity(1_000, 1));
        assertThat(bed.state()).isEqualTo("CompleteAbort");
        assertThat(bed.markers).isEmpty();
    }
}
