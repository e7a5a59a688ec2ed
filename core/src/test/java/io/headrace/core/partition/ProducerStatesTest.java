package io.headrace.core.partition;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.core.partition.ProducerCheck.Duplicate;
import io.headrace.core.partition.ProducerCheck.Rejected;
import io.headrace.core.partition.ProducerStates.Undo;
import io.headrace.protocol.ErrorCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ProducerStatesTest {
    private static final ProducerCheck OUT_OF_ORDER = new Rejected(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    private static final long PRODUCER = 42;
    private static final int MAX = Integer.MAX_VALUE;

    private final ProducerStates states = new ProducerStates(100, 1000);
    private long nextOffset = 10;

    private ProducerCheck check(int epoch, int first, int last) {
        return states.check(PRODUCER, (short) epoch, first, last, false, false);
    }

    private Undo append(long producer, int epoch, int first, int last, boolean transactional) {
        int count = ((last - first) & MAX) + 1;
        long firstOffset = nextOffset;
        nextOffset += count;
        return states.update(
                producer, (short) epoch, first, last, firstOffset, nextOffset - 1, 500, transactional, 500);
    }

    private Undo append(int first, int last) {
        return append(PRODUCER, 0, first, last, false);
    }

    private Undo marker(long producer, int epoch, boolean aborted) {
        return states.updateMarker(producer, (short) epoch, 1, aborted, nextOffset++, 600);
    }

    @Test
    void anUnknownProducerMayBeginAnywhereExceptInAnEmptyLog() {
        assertThat(check(3, 17, 20)).isEqualTo(ProducerCheck.ACCEPTED);
        assertThat(states.check(PRODUCER, (short) 3, 17, 20, false, true)).isEqualTo(OUT_OF_ORDER);
        assertThat(states.check(PRODUCER, (short) 3, 0, 20, false, true)).isEqualTo(ProducerCheck.ACCEPTED);
    }

    @Test
    void whatWasSentBehindAFirstBatchThatWasTurnedAwayWaitsForIt() {
        states.turnAway(PRODUCER, (short) 0, 0);
        assertThat(check(0, 2, 3)).isEqualTo(OUT_OF_ORDER);
        assertThat(check(1, 2, 3)).as("in another epoch").isEqualTo(ProducerCheck.ACCEPTED);
        assertThat(check(0, 0, 1)).isEqualTo(ProducerCheck.ACCEPTED);
        Undo first = append(0, 1);
        assertThat(check(0, 2, 3)).isEqualTo(ProducerCheck.ACCEPTED);
        states.undo(first);
        assertThat(check(0, 2, 3)).as("behind one that was taken back").isEqualTo(OUT_OF_ORDER);
        states.clear();
        states.turnAway(PRODUCER, (short) 0, 4);
        assertThat(check(0, 6, 7)).as("of a producer that was forgotten").isEqualTo(ProducerCheck.ACCEPTED);
    }

    @Test
    void noMoreThanSoManyAreKnownToHaveBeenTurnedAway() {
        ProducerStates few = new ProducerStates(2, 1000);
        for (long producer = 1; producer <= 3; producer++) {
            few.turnAway(producer, (short) 0, 0);
        }
        assertThat(few.check(1, (short) 0, 1, 1, false, false)).isEqualTo(ProducerCheck.ACCEPTED);
        assertThat(few.check(3, (short) 0, 1, 1, false, false)).isEqualTo(OUT_OF_ORDER);
    }

    @Test
    void sequencesFollowOnAndWrapAround() {
        append(MAX - 4, MAX - 1);
        assertThat(check(0, 0, 1)).isEqualTo(OUT_OF_ORDER);
        assertThat(check(0, MAX, 3)).isEqualTo(ProducerCheck.ACCEPTED);
        append(MAX, 3);
        assertThat(check(0, 3, 3)).isEqualTo(OUT_OF_ORDER);
        assertThat(check(0, 4, 4)).isEqualTo(ProducerCheck.ACCEPTED);
        append(4, MAX);
        assertThat(check(0, 0, 0)).isEqualTo(ProducerCheck.ACCEPTED);
    }

    @Test
    void theLastFiveBatchesAreRecognisedAndOlderOnesAreOutOfOrder() {
        for (int i = 0; i < 6; i++) {
            append(2 * i, 2 * i + 1);
        }
        assertThat(check(0, 0, 1)).isEqualTo(OUT_OF_ORDER);
        for (int i = 1; i < 6; i++) {
            assertThat(check(0, 2 * i, 2 * i + 1)).isEqualTo(new Duplicate(10 + 2 * i, 11 + 2 * i, 500));
        }
        assertThat(check(0, 2, 2)).as("part of a batch").isEqualTo(OUT_OF_ORDER);
    }

    @Test
    void anOlderEpochIsFencedAndANewOneBeginsWithZero() {
        append(PRODUCER, 5, 0, 9, false);
        assertThat(check(4, 10, 11)).isEqualTo(new Rejected(ErrorCode.INVALID_PRODUCER_EPOCH));
        assertThat(check(6, 10, 11)).isEqualTo(OUT_OF_ORDER);
        assertThat(check(6, 0, 9)).isEqualTo(ProducerCheck.ACCEPTED);
        append(PRODUCER, 6, 0, 9, false);
        assertThat(states.epochOf(PRODUCER)).isEqualTo((short) 6);
        assertThat(check(6, 0, 9)).isEqualTo(new Duplicate(20, 29, 500));
    }

    @Test
    void batchesOfOneGroupAreCheckedAgainstEachOtherAndCanBeTakenBack() {
        append(0, 4);
        List<Undo> group = new ArrayList<>();
        group.add(append(5, 6));
        assertThat(check(0, 7, 8)).isEqualTo(ProducerCheck.ACCEPTED);
        group.add(append(7, 8));
        group.add(append(9, 1, 0, 0, true));
        assertThat(states.lastStableOffset(1000)).isLessThan(1000);
        for (int i = group.size() - 1; i >= 0; i--) {
            states.undo(group.get(i));
        }
        assertThat(check(0, 5, 6)).isEqualTo(ProducerCheck.ACCEPTED);
        assertThat(check(0, 0, 4)).isEqualTo(new Duplicate(10, 14, 500));
        assertThat(states.producerCount()).isEqualTo(1);
        assertThat(states.lastStableOffset(1000)).isEqualTo(1000);
    }

    @Test
    void silentProducersAreForgottenUnlessInATransaction() {
        append(0, 4);
        append(7, 0, 0, 4, true);
        states.removeExpired(1499);
        assertThat(states.producerCount()).isEqualTo(2);
        states.removeExpired(1500);
        assertThat(states.epochOf(PRODUCER)).isEqualTo((short) -1);
        assertThat(states.inTransaction(7)).isTrue();
        assertThat(check(0, 5, 6)).as("goes on after having been forgotten").isEqualTo(ProducerCheck.ACCEPTED);
    }

    @Test
    void theQuietestProducerGoesWhenThereAreTooMany() {
        ProducerStates few = new ProducerStates(2, 1000);
        few.update(1, (short) 0, 0, 0, 0, 0, 1, true, 1);
        few.update(2, (short) 0, 0, 0, 1, 1, 1, false, 1);
        few.update(3, (short) 0, 0, 0, 2, 2, 1, false, 1);
        assertThat(few.producerCount()).isEqualTo(2);
        assertThat(few.epochOf(1)).as("in a transaction").isEqualTo((short) 0);
        assertThat(few.epochOf(2)).isEqualTo((short) -1);
        assertThat(few.epochOf(3)).isEqualTo((short) 0);
    }

    @Test
    void openTransactionsHoldTheLastStableOffset() {
        append(1, 0, 0, 1, true);
        append(2, 0, 0, 1, true);
        append(1, 0, 2, 3, true);
        assertThat(states.lastStableOffset(100)).isEqualTo(10);
        assertThat(marker(1, 0, true).completed()).isEqualTo(new CompletedTransaction(1, 10, 16, true, 12));
        assertThat(states.lastStableOffset(16))
                .as("the marker is not committed")
                .isEqualTo(10);
        states.onHighWatermark(17);
        assertThat(states.lastStableOffset(17)).isEqualTo(12);
        Undo commit = marker(2, 0, false);
        assertThat(commit.completed()).isEqualTo(new CompletedTransaction(2, 12, 17, false, 18));
        states.undo(commit);
        assertThat(states.inTransaction(2)).isTrue();
        assertThat(marker(3, 0, true).completed()).as("nothing to end").isNull();
    }

    @Test
    void aPlainBatchInATransactionIsRefused() {
        append(PRODUCER, 0, 0, 1, true);
        assertThat(check(0, 2, 3)).isEqualTo(new Rejected(ErrorCode.INVALID_TXN_STATE));
        assertThat(states.check(PRODUCER, (short) 0, 2, 3, true, false)).isEqualTo(ProducerCheck.ACCEPTED);
    }

    @Test
    void markersAreFencedByEpochs() {
        append(PRODUCER, 4, 0, 1, true);
        assertThat(states.checkMarker(PRODUCER, (short) 3, 1, false)).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(states.checkMarker(PRODUCER, (short) 4, 1, true)).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(states.checkMarker(PRODUCER, (short) 4, 1, false)).isNull();
        assertThat(states.checkMarker(PRODUCER, (short) 5, 1, true)).isNull();
        marker(PRODUCER, 5, false);
        assertThat(states.checkMarker(PRODUCER, (short) 5, 1, true))
                .as("sent again")
                .isNull();
        assertThat(states.checkMarker(PRODUCER, (short) 6, 0, true))
                .isEqualTo(ErrorCode.TRANSACTION_COORDINATOR_FENCED);
        assertThat(check(5, 2, 3)).as("the epoch was raised").isEqualTo(OUT_OF_ORDER);
        assertThat(states.check(PRODUCER, (short) 5, 0, 3, true, false)).isEqualTo(ProducerCheck.ACCEPTED);
    }

    @Test
    void aSnapshotKeepsEverything() throws CorruptSnapshotException {
        for (int i = 0; i < 7; i++) {
            append(3 * i, 3 * i + 2);
        }
        append(8, 2, MAX, 1, true);
        marker(9, 4, true);
        ByteBuffer snapshot = ProducerSnapshotFormat.encode(states);
        ProducerStates loaded = new ProducerStates(100, 1000);
        loaded.update(55, (short) 0, 0, 0, 0, 0, 0, true, 0);
        ProducerSnapshotFormat.decode(snapshot.duplicate(), loaded, 600);
        assertThat(loaded.producers()).isEqualTo(states.producers());
        assertThat(loaded.lastStableOffset(1000)).isEqualTo(states.lastStableOffset(1000));
        ProducerSnapshotFormat.decode(snapshot, loaded, 10_000);
        assertThat(loaded.producers()).as("the others expired").containsOnlyKeys(8L);
    }

    @Test
    void aSnapshotKeepsBatchesWithoutSequenceNumbers() throws CorruptSnapshotException {
        states.update(PRODUCER, (short) 0, -1, -1, 10, 12, 500, true, 500);
        states.update(PRODUCER, (short) 0, -1, -1, 13, 13, 500, true, 500);
        states.update(PRODUCER, (short) 0, -1, -1, 14, 16, 500, true, 500);
        marker(5, 1, true);
        ProducerStates loaded = new ProducerStates(100, 1000);
        ProducerSnapshotFormat.decode(ProducerSnapshotFormat.encode(states), loaded, 600);
        assertThat(loaded.producers()).isEqualTo(states.producers());
        assertThat(loaded.lastRecords()).isEqualTo(states.lastRecords());
        assertThat(requireNonNull(loaded.lastRecords().get(PRODUCER)).lastDataOffset())
                .isEqualTo(16);
    }

    @Test
    void aDamagedSnapshotIsRefused() {
        append(0, 4);
        append(5, 6);
        ByteBuffer snapshot = ProducerSnapshotFormat.encode(states);
        ProducerStates loaded = new ProducerStates(100, 1000);
        for (int bit = 0; bit < snapshot.limit() * 8; bit++) {
            ByteBuffer damaged = ByteBuffer.allocate(snapshot.limit())
                    .put(snapshot.duplicate())
                    .flip();
            damaged.put(bit / 8, (byte) (damaged.get(bit / 8) ^ (1 << (bit % 8))));
            assertThatThrownBy(() -> ProducerSnapshotFormat.decode(damaged, loaded, 600))
                    .isInstanceOf(CorruptSnapshotException.class);
        }
        for (int size = 0; size < snapshot.limit(); size++) {
            ByteBuffer cut = snapshot.duplicate().limit(size);
            assertThatThrownBy(() -> ProducerSnapshotFormat.decode(cut, loaded, 600))
                    .isInstanceOf(CorruptSnapshotException.class);
        }
        assertThat(loaded.producerCount()).isZero();
    }

    private VerificationGuard guard(int epoch, int first, boolean adds) {
        return requireNonNull(states.beginVerification(PRODUCER, (short) epoch, first, adds, 0));
    }

    private ProducerCheck checkVerified(int epoch, int first, VerificationGuard guard) {
        return states.checkVerified(PRODUCER, (short) epoch, first, first, false, guard);
    }

    @Test
    void aTransactionOpensOnlyUnderTheGuardThatWasThereBeforeVerification() {
        VerificationGuard guard = guard(0, 0, false);
        assertThat(guard(0, 1, false)).as("the same for all that wait").isSameAs(guard);
        assertThat(checkVerified(0, 0, guard)).isEqualTo(ProducerCheck.ACCEPTED);
        append(PRODUCER, 0, 0, 0, true);
        assertThat(states.continuesTransaction(PRODUCER, (short) 0)).isTrue();
        assertThat(states.continuesTransaction(PRODUCER, (short) 1)).isFalse();
        marker(PRODUCER, 0, true);
        assertThat(states.continuesTransaction(PRODUCER, (short) 0)).isFalse();
        VerificationGuard next = guard(0, 1, false);
        assertThat(next).isNotSameAs(guard);
        assertThat(checkVerified(0, 1, guard)).isEqualTo(new Rejected(ErrorCode.INVALID_TXN_STATE));
        assertThat(checkVerified(0, 1, next)).isEqualTo(ProducerCheck.ACCEPTED);
    }

    @Test
    void theLowestSequenceIsTheFirstAlsoWhereTheNumbersStartAgain() {
        VerificationGuard guard = guard(0, MAX, false);
        guard(0, 0, false);
        assertThat(checkVerified(0, 0, guard)).isEqualTo(OUT_OF_ORDER);
        assertThat(checkVerified(0, MAX, guard)).isEqualTo(ProducerCheck.ACCEPTED);
        guard(0, MAX - 3, false);
        assertThat(checkVerified(0, MAX, guard)).isEqualTo(OUT_OF_ORDER);
        assertThat(checkVerified(0, MAX - 3, guard)).isEqualTo(ProducerCheck.ACCEPTED);
        assertThat(checkVerified(0, -1, guard)).as("in no order").isEqualTo(ProducerCheck.ACCEPTED);
    }

    @Test
    void aMarkerTakesTheGuardUnlessItEndsWhatCameBeforeInVersion2() {
        VerificationGuard old = guard(1, 0, true);
        marker(PRODUCER, 1, false);
        assertThat(checkVerified(1, 0, old)).isEqualTo(ProducerCheck.ACCEPTED);
        marker(PRODUCER, 2, false);
        assertThat(checkVerified(1, 0, old)).isEqualTo(new Rejected(ErrorCode.INVALID_PRODUCER_EPOCH));
        assertThat(checkVerified(2, 0, old)).isEqualTo(new Rejected(ErrorCode.INVALID_TXN_STATE));
        assertThat(states.beginVerification(PRODUCER, (short) 1, 0, true, 0)).isNull();
    }

    @Test
    void guardsComeBackWithWhatIsTakenBack() {
        VerificationGuard guard = guard(0, 0, false);
        Undo data = append(PRODUCER, 0, 0, 0, true);
        states.undo(data);
        assertThat(checkVerified(0, 0, guard)).isEqualTo(ProducerCheck.ACCEPTED);
        Undo marker = marker(PRODUCER, 0, true);
        assertThat(checkVerified(0, 0, guard)).isEqualTo(new Rejected(ErrorCode.INVALID_TXN_STATE));
        states.undo(marker);
        assertThat(checkVerified(0, 0, guard)).isEqualTo(ProducerCheck.ACCEPTED);
        data = append(PRODUCER, 0, 0, 0, true);
        VerificationGuard newer = guard(0, 1, false);
        states.undo(data);
        assertThat(checkVerified(0, 0, guard)).isEqualTo(new Rejected(ErrorCode.INVALID_TXN_STATE));
        assertThat(checkVerified(0, 1, newer)).isEqualTo(ProducerCheck.ACCEPTED);
        states.removeExpired(1000);
        assertThat(checkVerified(0, 1, newer)).isEqualTo(new Rejected(ErrorCode.INVALID_TXN_STATE));
    }

    @Test
    void producersAreListedWithTheirTransactions() {
        append(PRODUCER, 2, 0, 4, true);
        marker(3, 1, true);
        assertThat(states.active(0))
                .containsExactly(
                        new ActiveProducer(PRODUCER, (short) 2, 4, 500, -1, 10),
                        new ActiveProducer(3, (short) 1, -1, 600, 1, -1));
    }
}
