package io.headrace.core.transaction;

import static io.headrace.core.transaction.TransactionBed.A0;
import static io.headrace.core.transaction.TransactionBed.A1;
import static io.headrace.core.transaction.TransactionBed.B0;
import static io.headrace.core.transaction.TransactionBed.CHECK_MS;
import static io.headrace.core.transaction.TransactionBed.EXPIRY_CHECK_MS;
import static io.headrace.core.transaction.TransactionBed.EXPIRY_MS;
import static io.headrace.core.transaction.TransactionBed.ID;
import static io.headrace.core.transaction.TransactionBed.TIMEOUT_MS;
import static io.headrace.core.transaction.TransactionBed.identity;
import static io.headrace.core.transaction.TransactionBed.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens without a request: markers, restarts, timeouts, expiry. */
class CompletionTest {
    private final TransactionBed bed = new TransactionBed();

    // Markers

    @Test
    void aMarkerThatCouldNotBeWrittenIsTriedAgainUntilItIs() {
        ProducerIdentity producer = bed.init(ID);
        assertThat(bed.write(producer, A0, B0)).isEqualTo(ErrorCode.NONE);
        bed.holdMarkers = true;
        assertThat(bed.end(producer, true, 2).error()).isEqualTo(ErrorCode.NONE);
        MarkerWrite toA = bed.markers.removeFirst();
        bed.answerMarker(bed.markers.removeFirst(), ErrorCode.NONE);
        for (ErrorCode error : List.of(
                ErrorCode.NOT_LEADER_OR_FOLLOWER,
                ErrorCode.LEADER_NOT_AVAILABLE,
                ErrorCode.NOT_ENOUGH_REPLICAS,
                ErrorCode.KAFKA_STORAGE_ERROR,
                ErrorCode.REQUEST_TIMED_OUT)) {
            bed.answerMarker(toA, error);
            assertThat(bed.markers).isEmpty();
            bed.advance(100);
            assertThat(bed.markers).containsExactly(toA);
            bed.markers.clear();
        }
        assertThat(bed.state()).isEqualTo("PrepareCommit");
        bed.answerMarker(toA, ErrorCode.NONE);
        assertThat(bed.state()).isEqualTo("CompleteCommit");
    }

    @ParameterizedTest
    @EnumSource(
            value = ErrorCode.class,
            names = {"UNKNOWN_TOPIC_OR_PARTITION", "INVALID_PRODUCER_EPOCH"})
    void aPartitionThatHasNothingToEndIsPassedOver(ErrorCode error) {
        ProducerIdentity producer = bed.init(ID);
        assertThat(bed.write(producer, A0)).isEqualTo(ErrorCode.NONE);
        bed.holdMarkers = true;
        ProducerIdentity next = bed.end(producer, true, 2);
        bed.answerMarkers(error);
        assertThat(bed.state()).isEqualTo("CompleteCommit");
        assertThat(bed.write(next, A0)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void anOldCoordinatorThatIsFencedGoesNoFurther() {
        ProducerIdentity producer = bed.init(ID);
        assertThat(bed.write(producer, A0)).isEqualTo(ErrorCode.NONE);
        bed.holdMarkers = true;
        assertThat(bed.end(producer, true, 2).error()).isEqualTo(ErrorCode.NONE);
        bed.answerMarkers(ErrorCode.TRANSACTION_COORDINATOR_FENCED);
        bed.advance(5_000);
        assertThat(bed.markers).isEmpty();
        assertThat(bed.state()).isEqualTo("PrepareCommit");
        bed.restart();
        assertThat(bed.markers.getFirst().coordinatorEpoch()).isEqualTo(4);
        bed.answerMarkers(ErrorCode.NONE);
        assertThat(bed.state()).isEqualTo("CompleteCommit");
    }

    @Test
    void aCompletionThatCouldNotBeWrittenIsTriedAgain() {
        ProducerIdentity producer = bed.init(ID);
        assertThat(bed.write(producer, A0)).isEqualTo(ErrorCode.NONE);
        bed.holdMarkers = true;
        ProducerIdentity next = bed.end(producer, true, 2);
        bed.holdAppends = true;
        bed.answerMarkers(ErrorCode.NONE);
        bed.failOne(ErrorCode.NOT_ENOUGH_REPLICAS);
        assertThat(bed.add(next, A0)).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
        bed.holdAppends = false;
        bed.advance(100);
        assertThat(bed.state()).isEqualTo("CompleteCommit");
    }

    @Test
    void aMarkerOfAnEarlierTransactionChangesNothing() {
        ProducerIdentity first = bed.init(ID);
        assertThat(bed.write(first, A0)).isEqualTo(ErrorCode.NONE);
        bed.holdMarkers = true;
        ProducerIdentity second = bed.end(first, true, 2);
        MarkerWrite late = bed.markers.getFirst();
        bed.answerMarkers(ErrorCode.NONE);
        assertThat(bed.write(second, A0)).isEqualTo(ErrorCode.NONE);
        assertThat(bed.end(second, false, 2).error()).isEqualTo(ErrorCode.NONE);
        bed.answerMarker(late, ErrorCode.NONE);
        assertThat(bed.state()).isEqualTo("PrepareAbort");
    }

    // Restarts

    @Test
    void aTransactionIsCompletedAfterARestartAtEveryState() {
        ProducerIdentity producer = bed.init(ID);
        bed.restart();
        assertThat(bed.state()).isEqualTo("Empty");
        assertThat(bed.write(producer, A0, B0)).isEqualTo(ErrorCode.NONE);
        bed.restart();
        assertThat(bed.state()).isEqualTo("Ongoing");
        assertThat(bed.write(producer, A1)).isEqualTo(ErrorCode.NONE);

        bed.holdMarkers = true;
        ProducerIdentity next = bed.end(producer, true, 2);
        bed.restart();
        assertThat(bed.state()).isEqualTo("PrepareCommit");
        assertThat(bed.markers)
                .containsExactly(
                        new MarkerWrite(ID, A0, 1_000, (short) 1, 5 + 1, true, (short) 2),
                        new MarkerWrite(ID, A1, 1_000, (short) 1, 5 + 1, true, (short) 2),
                        new MarkerWrite(ID, B0, 1_000, (short) 1, 5 + 1, true, (short) 2));
        bed.answerMarker(bed.markers.removeFirst(), ErrorCode.NONE);
        bed.restart();
        assertThat(bed.markers).hasSize(3);
        bed.answerMarkers(ErrorCode.NONE);
        assertThat(bed.state()).isEqualTo("CompleteCommit");
        bed.restart();
        assertThat(bed.markers).isEmpty();
        assertThat(bed.state()).isEqualTo("CompleteCommit");
        // The client never got the answer.
        assertThat(bed.end(producer, true, 2)).isEqualTo(next);

        assertThat(bed.write(next, A0)).isEqualTo(ErrorCode.NONE);
        assertThat(bed.end(next, false, 2).error()).isEqualTo(ErrorCode.NONE);
        bed.restart();
        assertThat(bed.state()).isEqualTo("PrepareAbort");
        assertThat(bed.init(ID)).isEqualTo(refused(ErrorCode.CONCURRENT_TRANSACTIONS));
        assertThat(bed.markers.getFirst().commit()).isFalse();
        bed.answerMarkers(ErrorCode.NONE);
        assertThat(bed.state()).isEqualTo("CompleteAbort");
        assertThat(bed.init(ID).producerEpoch()).isEqualTo((short) 3);
    }

    @Test
    void aDecisionThatWasNotDurableIsForgotten() {
        ProducerIdentity producer = bed.init(ID);
        assertThat(bed.write(producer, A0)).isEqualTo(ErrorCode.NONE);
        bed.holdAppends = true;
        bed.holdMarkers = true;
        assertThat(bed.endLater(producer, true, 2).isOutstanding()).isTrue();
        bed.restart();
        bed.holdAppends = false;
        assertThat(bed.markers).isEmpty();
        assertThat(bed.state()).isEqualTo("Ongoing");
        assertThat(bed.end(producer, false, 2)).isEqualTo(identity(1_000, 1));
    }

    // Timeouts

    @Test
    void aTransactionThatLastsTooLongIsAbortedAndItsProducerFenced() {
        ProducerIdentity producer = bed.init(ID);
        assertThat(bed.write(producer, A0)).isEqualTo(ErrorCode.NONE);
        bed.advance(TIMEOUT_MS);
        assertThat(bed.state()).isEqualTo("Ongoing");
        bed.advance(CHECK_MS);
        assertThat(bed.state()).isEqualTo("CompleteAbort");
        assertThat(bed.write(producer, A0)).isEqualTo(ErrorCode.PRODUCER_FENCED);
        assertThat(bed.end(producer, true, 2)).isEqualTo(refused(ErrorCode.INVALID_TXN_STATE));
        assertThat(bed.end(producer, true, 0)).isEqualTo(refused(ErrorCode.PRODUCER_FENCED));
        assertThat(bed.init(ID, producer)).isEqualTo(identity(1_000, 1));
    }

    @Test
    void timeoutsRunOnAfterARestart() {
        ProducerIdentity producer = bed.init(ID);
        assertThat(bed.write(producer, A0)).isEqualTo(ErrorCode.NONE);
        bed.advance(TIMEOUT_MS / 2);
        bed.restart();
        bed.advance(TIMEOUT_MS / 2 + CHECK_MS);
        assertThat(bed.state()).isEqualTo("CompleteAbort");
    }

    @Test
    void anAbortAfterATimeoutThatCouldNotBeWrittenIsTriedAtTheNextCheck() {
        ProducerIdentity producer = bed.init(ID);
        assertThat(bed.write(producer, A0)).isEqualTo(ErrorCode.NONE);
        bed.holdAppends = true;
        bed.advance(TIMEOUT_MS + CHECK_MS);
        bed.failOne(ErrorCode.NOT_ENOUGH_REPLICAS);
        bed.holdAppends = false;
        assertThat(bed.state()).isEqualTo("Ongoing");
        bed.advance(CHECK_MS);
        assertThat(bed.state()).isEqualTo("CompleteAbort");
    }

    @Test
    void aTransactionWithoutATimeoutIsLeftAlone() {
        bed.settings = new TransactionSettings(
                900_000, EXPIRY_MS, CHECK_MS, EXPIRY_CHECK_MS, true, 100, 50, 10, 100, 100, 30_000, 5);
        bed.restart();
        ProducerIdentity producer = bed.initLater(new InitProducer(ID, 1, true, false, -1, (short) -1))
                .response();
        assertThat(bed.write(producer, A0)).isEqualTo(ErrorCode.NONE);
        bed.advance(10 * EXPIRY_CHECK_MS);
        assertThat(bed.state()).isEqualTo("Ongoing");
    }

    @Test
    void aTransactionIsTimedOutNoSoonerForAClockThatWasPutRightBeforeARestart() {
        long monthMs = 30 * 24 * 3_600_000L;
        bed.setWallClockAhead(monthMs);
        ProducerIdentity producer = bed.init(ID);
        assertThat(bed.write(producer, A0)).isEqualTo(ErrorCode.NONE);
        assertThat(bed.coordinator.describe(ID).transactionStartTimeMs())
                .as("what is told goes by the wall clock")
                .isEqualTo(bed.nowMs + monthMs);
        bed.restart();
        bed.advance(TIMEOUT_MS - CHECK_MS);
        assertThat(bed.state()).isEqualTo("Ongoing");
        bed.advance(3 * CHECK_MS);
        assertThat(bed.state()).isEqualTo("CompleteAbort");
    }

    @Test
    void aTransactionIsTimedOutNoLaterForAClockThatWasAheadWhenItBegan() {
        bed.setWallClockAhead(30 * 24 * 3_600_000L);
        ProducerIdentity producer = bed.init(ID);
        assertThat(bed.write(producer, A0)).isEqualTo(ErrorCode.NONE);
        bed.setWallClockAhead(-30 * 24 * 3_600_000L);
        bed.restart();
        bed.advance(TIMEOUT_MS + 3 * CHECK_MS);
        assertThat(bed.state()).isEqualTo("CompleteAbort");
    }

    // Expiry

    @Test
    void anIdThatIsNotUsedExpires() {
        ProducerIdentity producer = bed.init(ID);
        bed.advance(EXPIRY_MS + EXPIRY_CHECK_MS);
        assertThat(bed.coordinator.size()).isZero();
        assertThat(bed.replayed().size()).isZero();
        assertThat(bed.write(producer, A0)).isEqualTo(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        assertThat(bed.init(ID, producer)).isEqualTo(identity(1_001, 0));
    }

    @Test
    void anOpenTransactionDoesNotExpire() {
        bed.settings = new TransactionSettings(
                900_000, EXPIRY_MS, CHECK_MS, EXPIRY_CHECK_MS, true, 100, 50, 10, 100, 100, 30_000, 5);
        bed.restart();
        ProducerIdentity producer = bed.initLater(new InitProducer(ID, 1, true, false, -1, (short) -1))
                .response();
        assertThat(bed.write(producer, A0)).isEqualTo(ErrorCode.NONE);
        bed.advance(2 * EXPIRY_MS);
        assertThat(bed.state()).isEqualTo("Ongoing");
    }

    @Test
    void idsExpireInRoundsOfABoundedSize() {
        for (int i = 0; i < 12; i++) {
            assertThat(bed.init("id" + i).error()).isEqualTo(ErrorCode.NONE);
        }
        int written = bed.log.size();
        bed.holdAppends = true;
        advanceToTheFirstExpiry();
        int rounds = 0;
        while (!bed.held.isEmpty()) {
            assertThat(bed.held).as("the next round waits for this one").hasSize(1);
            assertThat(bed.held.getFirst().records()).hasSizeLessThanOrEqualTo(5);
            bed.releaseOne();
            bed.advance(1);
            rounds++;
        }
        assertThat(rounds).isEqualTo(3);
        assertThat(bed.log).hasSize(written + 12);
        assertThat(bed.coordinator.size()).isZero();
    }

    private void advanceToTheFirstExpiry() {
        bed.advance(EXPIRY_MS - EXPIRY_CHECK_MS);
        while (bed.held.isEmpty()) {
            bed.advance(EXPIRY_CHECK_MS / 10);
        }
    }

    @Test
    void aRoundOfExpiryThatCouldNotBeWrittenIsNotRepeatedAtOnce() {
        for (int i = 0; i < 12; i++) {
            assertThat(bed.init("id" + i).error()).isEqualTo(ErrorCode.NONE);
        }
        bed.holdAppends = true;
        advanceToTheFirstExpiry();
        bed.failOne(ErrorCode.KAFKA_STORAGE_ERROR);
        bed.advance(EXPIRY_CHECK_MS / 2);
        assertThat(bed.held).isEmpty();
        bed.advance(EXPIRY_CHECK_MS);
        assertThat(bed.held).isNotEmpty();
    }

    @Test
    void anExpiryThatCouldNotBeWrittenChangesNothing() {
        assertThat(bed.init(ID).error()).isEqualTo(ErrorCode.NONE);
        bed.holdAppends = true;
        bed.advance(EXPIRY_MS + EXPIRY_CHECK_MS);
        assertThat(bed.coordinator.describe(ID).errorCode()).isEqualTo(ErrorCode.TRANSACTIONAL_ID_NOT_FOUND.code());
        bed.failOne(ErrorCode.NOT_ENOUGH_REPLICAS);
        bed.holdAppends = false;
        assertThat(bed.init(ID)).isEqualTo(identity(1_000, 1));
    }

    // Queries

    @Test
    void transactionsAreDescribedAndListed() {
        ProducerIdentity producer = bed.init(ID);
        assertThat(bed.init("other").error()).isEqualTo(ErrorCode.NONE);
        assertThat(bed.write(producer, B0, A1, A0)).isEqualTo(ErrorCode.NONE);
        bed.advance(1_000);
        var described = bed.coordinator.describe(ID);
        assertThat(described.errorCode()).isZero();
        assertThat(described.transactionTimeoutMs()).isEqualTo(TIMEOUT_MS);
        assertThat(described.transactionStartTimeMs()).isEqualTo(bed.nowMs - 1_000);
        assertThat(described.topics()).hasSize(2);
        assertThat(described.topics().get(0).topic()).isEqualTo("a");
        assertThat(described.topics().get(0).partitions()).containsExactly(0, 1);
        assertThat(bed.coordinator.describe("unknown").errorCode())
                .isEqualTo(ErrorCode.TRANSACTIONAL_ID_NOT_FOUND.code());

        assertThat(listed(List.of(), List.of(), -1)).containsExactlyInAnyOrder(ID, "other");
        assertThat(listed(List.of("Ongoing"), List.of(), -1)).containsExactly(ID);
        assertThat(listed(List.of("Empty", "NoState"), List.of(), -1)).containsExactly("other");
        assertThat(listed(List.of("NoState"), List.of(), -1)).isEmpty();
        assertThat(listed(List.of(), List.of(producer.producerId()), -1)).containsExactly(ID);
        assertThat(listed(List.of("Ongoing"), List.of(), 999)).containsExactly(ID);
        assertThat(listed(List.of("Ongoing"), List.of(), 1_000)).isEmpty();
        assertThat(new TransactionFilter(List.of("Ongoing", "NoState"), List.of(), -1).unknownStates())
                .containsExactly("NoState");
    }

    private List<String> listed(List<String> states, List<Long> producers, long durationMs) {
        return bed.coordinator.list(new TransactionFilter(states, producers, durationMs), bed.nowMs).stream()
                .map(state -> state.transactionalId())
                .toList();
    }
}
