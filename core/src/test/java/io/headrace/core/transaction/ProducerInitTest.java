package io.headrace.core.transaction;

import static io.headrace.core.transaction.TransactionBed.A0;
import static io.headrace.core.transaction.TransactionBed.ID;
import static io.headrace.core.transaction.TransactionBed.TIMEOUT_MS;
import static io.headrace.core.transaction.TransactionBed.identity;
import static io.headrace.core.transaction.TransactionBed.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.Answer;
import io.headrace.protocol.ErrorCode;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** How producers get their identity: KIP-98, KIP-360, KIP-588, KIP-939. */
class ProducerInitTest {
    private static final short MAX = Short.MAX_VALUE;

    private final TransactionBed bed = new TransactionBed();

    private static InitProducer request(String id, int timeoutMs) {
        return new InitProducer(id, timeoutMs, false, false, -1, (short) -1);
    }

    private static TransactionMetadata atEpoch(TransactionState state, int epoch) {
        return new TransactionMetadata(
                7,
                7,
                -1,
                (short) epoch,
                (short) -1,
                TIMEOUT_MS,
                state,
                Collections.unmodifiableSortedSet(
                        new TreeSet<>(state == TransactionState.ONGOING ? List.of(A0) : List.of())),
                1_000,
                1_000,
                (short) 2);
    }

    @Test
    void theFirstProducerGetsEpochZeroAndEachLaterOneTheNext() {
        assertThat(bed.init(ID)).isEqualTo(identity(1_000, 0));
        assertThat(bed.init(ID)).isEqualTo(identity(1_000, 1));
        assertThat(bed.init("other")).isEqualTo(identity(1_001, 0));
    }

    @Test
    void anIdentityIsAnsweredOnceItIsDurable() {
        bed.holdAppends = true;
        Answer<ProducerIdentity> answer = bed.initLater(request(ID, TIMEOUT_MS));
        assertThat(answer.isOutstanding()).isTrue();
        assertThat(bed.init(ID)).isEqualTo(refused(ErrorCode.CONCURRENT_TRANSACTIONS));
        bed.release();
        assertThat(answer.response()).isEqualTo(identity(1_000, 0));
    }

    @Test
    void anAppendThatFailsLeavesNothingBehind() {
        bed.holdAppends = true;
        Answer<ProducerIdentity> answer = bed.initLater(request(ID, TIMEOUT_MS));
        bed.failOne(ErrorCode.NOT_ENOUGH_REPLICAS);
        assertThat(answer.response()).isEqualTo(refused(ErrorCode.COORDINATOR_NOT_AVAILABLE));
        assertThat(bed.coordinator.size()).isZero();
        bed.holdAppends = false;
        assertThat(bed.init(ID).producerEpoch()).isZero();
    }

    @Test
    void anAppendThatTakesLongIsAnsweredWithAnErrorAndStillCounts() {
        bed.holdAppends = true;
        Answer<ProducerIdentity> answer = bed.initLater(request(ID, TIMEOUT_MS));
        bed.advance(30_000);
        assertThat(answer.response()).isEqualTo(refused(ErrorCode.COORDINATOR_NOT_AVAILABLE));
        bed.release();
        bed.holdAppends = false;
        assertThat(bed.init(ID)).isEqualTo(identity(1_000, 1));
    }

    @Test
    void aTimeoutOutOfBoundsIsRefused() {
        assertThat(bed.initLater(request(ID, 900_001)).response())
                .isEqualTo(refused(ErrorCode.INVALID_TRANSACTION_TIMEOUT));
        assertThat(bed.initLater(request(ID, 0)).response()).isEqualTo(refused(ErrorCode.INVALID_TRANSACTION_TIMEOUT));
        assertThat(bed.initLater(request(ID, 900_000)).response().error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void anEmptyTransactionalIdIsRefused() {
        assertThat(bed.initLater(request("", TIMEOUT_MS)).response()).isEqualTo(refused(ErrorCode.INVALID_REQUEST));
    }

    @Test
    void anOutsideTwoPhaseCommitMustBeEnabledAndKeepingOneIsNotSupported() {
        InitProducer twoPhase = new InitProducer(ID, TIMEOUT_MS, true, false, -1, (short) -1);
        assertThat(bed.initLater(twoPhase).response())
                .isEqualTo(refused(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED));
        InitProducer keep = new InitProducer(ID, TIMEOUT_MS, false, true, -1, (short) -1);
        assertThat(bed.initLater(keep).response()).isEqualTo(refused(ErrorCode.UNSUPPORTED_VERSION));
    }

    @Test
    void aProducerGoesOnFromItsOwnIdentity() {
        ProducerIdentity first = bed.init(ID);
        ProducerIdentity second = bed.init(ID, first);
        assertThat(second).isEqualTo(identity(1_000, 1));
        // The answer got lost.
        assertThat(bed.init(ID, first)).isEqualTo(second);
        assertThat(bed.init(ID, second)).isEqualTo(identity(1_000, 2));
        assertThat(bed.init(ID, first)).isEqualTo(refused(ErrorCode.PRODUCER_FENCED));
    }

    @Test
    void anIdentityThatAnotherProducerFencedDoesNotComeBack() {
        ProducerIdentity fenced = bed.init(ID);
        assertThat(bed.init(ID)).isEqualTo(identity(1_000, 1));
        assertThat(bed.init(ID, fenced)).isEqualTo(refused(ErrorCode.PRODUCER_FENCED));
        assertThat(bed.init(ID, identity(999, 1))).isEqualTo(refused(ErrorCode.PRODUCER_FENCED));
    }

    @Test
    void anIdentityThatWasForgottenGetsANewOne() {
        assertThat(bed.init(ID, identity(77, 5))).isEqualTo(identity(1_000, 0));
    }

    @Test
    void anOpenTransactionIsAbortedAndItsProducerFencedBeforeAnotherBegins() {
        ProducerIdentity old = bed.init(ID);
        assertThat(bed.write(old, A0)).isEqualTo(ErrorCode.NONE);
        bed.holdMarkers = true;
        assertThat(bed.init(ID)).isEqualTo(refused(ErrorCode.CONCURRENT_TRANSACTIONS));
        assertThat(bed.markers)
                .containsExactly(new MarkerWrite(ID, A0, old.producerId(), (short) 1, 3, false, (short) 2));
        assertThat(bed.init(ID)).isEqualTo(refused(ErrorCode.CONCURRENT_TRANSACTIONS));
        bed.answerMarkers(ErrorCode.NONE);
        assertThat(bed.init(ID)).isEqualTo(identity(1_000, 2));
        assertThat(bed.write(old, A0)).isEqualTo(ErrorCode.PRODUCER_FENCED);
        assertThat(bed.end(old, true, 2)).isEqualTo(refused(ErrorCode.PRODUCER_FENCED));
    }

    @Test
    void anAbortThatCouldNotBeWrittenFencesNobody() {
        ProducerIdentity old = bed.init(ID);
        assertThat(bed.write(old, A0)).isEqualTo(ErrorCode.NONE);
        bed.holdAppends = true;
        Answer<ProducerIdentity> answer = bed.initLater(request(ID, TIMEOUT_MS));
        bed.failOne(ErrorCode.NOT_ENOUGH_REPLICAS);
        assertThat(answer.response()).isEqualTo(refused(ErrorCode.COORDINATOR_NOT_AVAILABLE));
        bed.holdAppends = false;
        assertThat(bed.end(old, true, 2)).isEqualTo(identity(1_000, 1));
    }

    @Test
    void whenTheEpochsAreUsedUpANewIdBegins() {
        bed.given(atEpoch(TransactionState.COMPLETE_COMMIT, MAX - 1));
        assertThat(bed.init(ID)).isEqualTo(identity(1_000, 0));
    }

    @Test
    void aProducerThatGoesOnWithItsLastEpochGetsANewIdAndMayAskAgain() {
        bed.given(atEpoch(TransactionState.COMPLETE_COMMIT, MAX - 1));
        ProducerIdentity last = identity(7, MAX - 1);
        assertThat(bed.init(ID, last)).isEqualTo(identity(1_000, 0));
        assertThat(bed.init(ID, last)).isEqualTo(identity(1_000, 0));
        assertThat(bed.init(ID, identity(7, 3))).isEqualTo(refused(ErrorCode.PRODUCER_FENCED));
    }

    @Test
    void fencingTheLastEpochOfAnIdIsStillPossible() {
        bed.given(atEpoch(TransactionState.ONGOING, MAX - 1));
        bed.holdMarkers = true;
        assertThat(bed.init(ID)).isEqualTo(refused(ErrorCode.CONCURRENT_TRANSACTIONS));
        assertThat(bed.markers.getFirst().producerId()).isEqualTo(7);
        assertThat(bed.markers.getFirst().producerEpoch()).isEqualTo(MAX);
        bed.answerMarkers(ErrorCode.NONE);
        assertThat(bed.init(ID)).isEqualTo(identity(1_000, 1));
    }

    @Test
    void withoutANewIdAtHandTheProducerIsToComeBack() {
        bed.producerIdsAreGone = true;
        assertThat(bed.init(ID)).isEqualTo(refused(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS));
        assertThat(bed.coordinator.size()).isZero();
        bed.given(atEpoch(TransactionState.EMPTY, MAX - 1));
        assertThat(bed.init(ID)).isEqualTo(refused(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS));
        bed.producerIdsAreGone = false;
        assertThat(bed.init(ID).error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void thereIsALimitOfTransactionalIds() {
        for (int i = 0; i < 100; i++) {
            assertThat(bed.init("id" + i).error()).isEqualTo(ErrorCode.NONE);
        }
        assertThat(bed.init("one more")).isEqualTo(refused(ErrorCode.POLICY_VIOLATION));
        assertThat(bed.init("id99").producerEpoch()).isEqualTo((short) 1);
    }
}
