package io.headrace.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.core.partition.VerificationGuard;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.EndTransactionMarker;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.storage.disk.SimulatedDisk.Operation;
import io.headrace.storage.log.AbortedTransaction;
import io.headrace.storage.log.LogView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Transactional batches, their verification, and markers, in every order in which they can meet at a partition. */
class TransactionalAppendsTest extends SimulatedStore {
    private static final long NOW_MS = 1_700_000_000_000L;
    private static final long PRODUCER = 7;

    @SuppressWarnings("NullAway.Init")
    private PartitionReplica replica;

    TransactionalAppendsTest() {
        options = StoreOptions.defaults();
        nowMs = NOW_MS;
    }

    @Override
    TopicCatalog catalog() {
        return id -> new TopicCatalog.Topic("orders", SmallTopics.topic(true));
    }

    @Override
    void open() throws IOException {
        super.open();
        replica = opened(ORDERS);
    }

    /** Remembers what waits, and lets the test say what the coordinator answers. */
    private static final class Asked implements Verification {
        final boolean adds;
        final String transactionalId;
        final List<HeldAppends> held = new ArrayList<>();
        int notHeld;

        Asked(boolean adds) {
            this(adds, "payments");
        }

        Asked(boolean adds, String transactionalId) {
            this.adds = adds;
            this.transactionalId = transactionalId;
        }

        @Override
        public Object question() {
            return transactionalId;
        }

        @Override
        public boolean addsPartitions() {
            return adds;
        }

        @Override
        public void onHeld(HeldAppends waiting) {
            held.add(waiting);
        }

        @Override
        public void onNotHeld() {
            notHeld++;
        }
    }

    /** A transactional batch that keeps its outcome. */
    private static final class Sent extends AppendTask {
        boolean done;

        Sent(PartitionReplica replica, ByteBuffer batch, Asked asked) {
            super(replica, batch, 0, true, asked);
        }

        Sent(PartitionReplica replica, ByteBuffer batch, VerificationGuard guard) {
            super(replica, batch, 0, true);
            verifiedUnder(guard);
        }

        @Override
        protected void onOutcome() {
            done = true;
        }

        @Override
        protected void onReleased() {
            assertThat(done).isTrue();
        }
    }

    private Sent send(Asked asked, int epoch, int sequence) {
        ByteBuffer batch = new RecordBatchBuilder()
                .producer(PRODUCER, (short) epoch, sequence)
                .transactional(true)
                .append(NOW_MS, null, new byte[10])
                .build();
        Sent sent = new Sent(replica, batch, asked);
        enqueue(sent);
        store.writer().runOnce(NOW_MS);
        return sent;
    }

    private void answer(Asked asked, ErrorCode error) {
        asked.held.forEach(waiting -> store.writer().resume(waiting, error, null));
        asked.held.clear();
        store.writer().runOnce(NOW_MS);
    }

    private ErrorCode mark(int epoch, boolean commit, int coordinatorEpoch, int version) {
        return mark(MarkerTask.Sender.REQUEST, epoch, commit, coordinatorEpoch, version);
    }

    private ErrorCode mark(MarkerTask.Sender sender, int epoch, boolean commit, int coordinatorEpoch, int version) {
        List<ErrorCode> outcome = new ArrayList<>();
        store.writer()
                .enqueueInternal(new MarkerTask(
                        replica,
                        0,
                        sender,
                        PRODUCER,
                        (short) epoch,
                        new EndTransactionMarker(commit, coordinatorEpoch),
                        (short) version,
                        NOW_MS,
                        outcome::add));
        store.writer().runOnce(NOW_MS);
        return outcome.get(0);
    }

    private Sent sendVerified(boolean adds, int epoch, int sequence) {
        Asked asked = new Asked(adds);
        Sent sent = send(asked, epoch, sequence);
        answer(asked, ErrorCode.NONE);
        return sent;
    }

    /** Makes the log one in which a producer that nothing is known of may go on with any sequence number. */
    private void appendOfAnotherProducer() {
        ByteBuffer batch =
                new RecordBatchBuilder().append(NOW_MS, null, new byte[10]).build();
        enqueue(new Sent(replica, batch, new Asked(true)));
        store.writer().runOnce(NOW_MS);
        assertThat(view().logEndOffset()).isEqualTo(1);
    }

    private void enqueue(WriterTask task) {
        assertThat(store.writer().enqueue(task)).isTrue();
    }

    private LogView view() {
        return requireNonNull(replica.view());
    }

    @Test
    void theFirstBatchWaitsForTheCoordinatorAndOthersJoinItInOrder() {
        Asked first = new Asked(true);
        Asked second = new Asked(true);
        Sent one = send(first, 0, 0);
        Sent two = send(second, 0, 1);
        assertThat(one.done || two.done).isFalse();
        assertThat(first.held).hasSize(1);
        assertThat(second.held).isEmpty();
        assertThat(second.notHeld).isEqualTo(1);
        assertThat(first.held.get(0).partition()).isEqualTo(replica.id());
        answer(first, ErrorCode.NONE);
        assertThat(List.of(one.baseOffset(), two.baseOffset())).containsExactly(0L, 1L);
        Asked third = new Asked(true);
        Sent three = send(third, 0, 2);
        assertThat(three.baseOffset()).isEqualTo(2);
        assertThat(third.notHeld).isEqualTo(1);
        assertThat(view().lastStableOffset()).isZero();
        assertThat(view().highWatermark()).isEqualTo(3);
    }

    @Test
    void aBatchOfAnotherTransactionalIdIsVerifiedUnderItsOwn() {
        Asked first = new Asked(true);
        Asked other = new Asked(true, "refunds");
        Sent mine = send(first, 0, 0);
        Sent others = send(other, 0, 1);
        assertThat(other.held).hasSize(1);
        answer(first, ErrorCode.NONE);
        assertThat(mine.error()).isEqualTo(ErrorCode.NONE);
        assertThat(others.done).as("before its own answer").isFalse();
        answer(other, ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        assertThat(others.error()).isEqualTo(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
    }

    @Test
    void whatWaitedGoesOnOnce() {
        Asked asked = new Asked(true);
        Sent sent = send(asked, 0, 0);
        HeldAppends held = asked.held.get(0);
        answer(asked, ErrorCode.NONE);
        assertThatThrownBy(() -> store.writer().resume(held, ErrorCode.NONE, null))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("producer 7 at epoch 0 has waiting for orders-0 was resumed before");
        store.writer().runOnce(NOW_MS);
        assertThat(sent.baseOffset()).isZero();
        assertThat(view().logEndOffset()).isEqualTo(1);
    }

    @Test
    void aRefusalRefusesAllThatWait() {
        Asked first = new Asked(false);
        Sent one = send(first, 0, 0);
        Sent two = send(new Asked(false), 0, 1);
        answer(first, ErrorCode.INVALID_TXN_STATE);
        assertThat(List.of(one.error(), two.error())).containsOnly(ErrorCode.INVALID_TXN_STATE);
        assertThat(view().logEndOffset()).isZero();
    }

    @Test
    void kafka14402_aLateBatchOpensNoTransactionBehindItsMarker() {
        Asked late = new Asked(false);
        Sent batch = send(late, 0, 0);
        assertThat(mark(0, false, 1, 1)).isEqualTo(ErrorCode.NONE);
        answer(late, ErrorCode.NONE);
        assertThat(batch.error()).isEqualTo(ErrorCode.INVALID_TXN_STATE);
        assertThat(view().lastStableOffset()).isEqualTo(1);
    }

    @Test
    void kafka14884_theGuardOfAnotherTransactionDoesNotCount() {
        Asked early = new Asked(false);
        Sent batch = send(early, 0, 0);
        mark(0, false, 1, 1);
        // The producer's next transaction, same epoch: it has a guard of its own, which is not verified yet.
        Asked next = new Asked(false);
        Sent other = send(next, 0, 0);
        answer(early, ErrorCode.NONE);
        assertThat(batch.error()).isEqualTo(ErrorCode.INVALID_TXN_STATE);
        assertThat(other.done).isFalse();
        answer(next, ErrorCode.NONE);
        assertThat(other.error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void kafka18575_theMarkerOfTheLastTransactionLetsTheNextOneBegin() {
        sendVerified(true, 0, 0);
        Asked next = new Asked(true);
        Sent first = send(next, 1, 0);
        assertThat(first.done).as("of the next epoch, before the marker").isFalse();
        assertThat(mark(1, true, 1, 2)).isEqualTo(ErrorCode.NONE);
        answer(next, ErrorCode.NONE);
        assertThat(first.error()).isEqualTo(ErrorCode.NONE);
        assertThat(view().lastStableOffset()).isEqualTo(2);
        assertThat(mark(2, true, 1, 2)).isEqualTo(ErrorCode.NONE);
        assertThat(view().lastStableOffset()).isEqualTo(4);
    }

    @Test
    void kafka19690_aFencedProducerHearsOfItsEpochRatherThanOfItsTransaction() {
        Asked late = new Asked(true);
        Sent waiting = send(late, 0, 0);
        mark(1, false, 1, 2);
        answer(late, ErrorCode.NONE);
        assertThat(waiting.error()).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        Asked later = new Asked(true);
        assertThat(send(later, 0, 1).error()).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(later.held).isEmpty();
    }

    @Test
    void aTransactionOfVersion2BeginsWithTheFirstSequence() {
        assertThat(sendVerified(false, 0, 0).error()).isEqualTo(ErrorCode.NONE);
        assertThat(mark(1, true, 1, 2)).isEqualTo(ErrorCode.NONE);
        assertThat(sendVerified(true, 1, 3).error()).isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(sendVerified(true, 1, 0).error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void alsoWhereItsProducerIsUnknownAndOtherRecordsAre() {
        appendOfAnotherProducer();
        assertThat(sendVerified(true, 1, 3).error()).isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(sendVerified(true, 1, 0).error()).isEqualTo(ErrorCode.NONE);
        assertThat(mark(2, true, 1, 2)).isEqualTo(ErrorCode.NONE);
        assertThat(view().lastStableOffset()).isEqualTo(3);
    }

    @Test
    void aLowerSequenceThatFailedVerificationMustComeFirst() {
        appendOfAnotherProducer();
        Asked first = new Asked(false);
        send(first, 5, 0);
        answer(first, ErrorCode.NOT_ENOUGH_REPLICAS);
        assertThat(sendVerified(false, 5, 4).error()).isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(sendVerified(false, 5, 0).error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void markersOfOldEpochsAreRefused() {
        sendVerified(true, 3, 0);
        assertThat(mark(2, false, 4, 1)).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(mark(3, false, 4, 2)).as("not raised").isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(mark(4, false, 4, 2)).isEqualTo(ErrorCode.NONE);
        assertThat(mark(4, false, 4, 2)).as("sent again").isEqualTo(ErrorCode.NONE);
        assertThat(mark(4, false, 3, 1)).isEqualTo(ErrorCode.TRANSACTION_COORDINATOR_FENCED);
        assertThat(view().logEndOffset()).isEqualTo(3);
    }

    @Test
    void noEpochThatSomebodyClaimedFencesTheBrokersOwnCoordinator() throws IOException {
        sendVerified(true, 3, 0);
        assertThat(mark(3, false, 100, 1)).isEqualTo(ErrorCode.NONE);
        assertThat(mark(4, false, 5, 2)).isEqualTo(ErrorCode.TRANSACTION_COORDINATOR_FENCED);
        assertThat(mark(MarkerTask.Sender.OWN_COORDINATOR, 2, true, 5, 1))
                .as("an old epoch of the producer")
                .isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(mark(MarkerTask.Sender.OWN_COORDINATOR, 4, true, 5, 2)).isEqualTo(ErrorCode.NONE);
        assertThat(mark(4, false, 4, 1)).as("from then on").isEqualTo(ErrorCode.TRANSACTION_COORDINATOR_FENCED);
        disk = disk.crash(new java.util.Random(1));
        open();
        assertThat(mark(4, false, 4, 1)).as("after a crash").isEqualTo(ErrorCode.TRANSACTION_COORDINATOR_FENCED);
        assertThat(mark(4, false, 5, 1)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aDelayedMarkerDoesNotEndTheNextTransaction() {
        sendVerified(true, 0, 0);
        mark(1, true, 1, 2);
        sendVerified(true, 1, 0);
        assertThat(mark(1, false, 1, 2)).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(view().lastStableOffset()).isEqualTo(2);
    }

    @Test
    void theLastStableOffsetMovesWithTheMarkerAndWakesReaders() {
        sendVerified(true, 0, 0);
        List<Long> seen = new ArrayList<>();
        replica.addWaiter(() -> seen.add(view().lastStableOffset()));
        assertThat(mark(1, false, 1, 2)).isEqualTo(ErrorCode.NONE);
        assertThat(seen).contains(2L);
    }

    @Test
    void whatWasAbortedIsKnownAfterARestartAndACrash() throws IOException {
        sendVerified(true, 0, 0);
        mark(1, false, 1, 2);
        sendVerified(true, 1, 0);
        AbortedTransaction aborted = new AbortedTransaction(PRODUCER, 0, 1, 2);
        assertThat(view().abortedTransactions(0, 3)).containsExactly(aborted);
        disk = disk.crash(new java.util.Random(1));
        open();
        assertThat(view().abortedTransactions(0, 3)).containsExactly(aborted);
        assertThat(view().lastStableOffset()).isEqualTo(2);
        store.close(NOW_MS);
        disk = disk.kill();
        open();
        assertThat(view().abortedTransactions(0, 3)).containsExactly(aborted);
        assertThat(view().lastStableOffset()).isEqualTo(2);
        assertThat(mark(2, true, 1, 2)).isEqualTo(ErrorCode.NONE);
        assertThat(view().lastStableOffset()).isEqualTo(4);
        assertThat(view().abortedTransactions(0, 4)).containsExactly(aborted);
    }

    @Test
    void aMarkerThatDoesNotFitOnTheDiskIsTakenBackAndCanComeAgain() throws IOException {
        sendVerified(true, 0, 0);
        runOutOfRoom();
        assertThat(mark(1, false, 1, 2)).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(replica.log().producers().inTransaction(PRODUCER)).isTrue();
        assertThat(view().logEndOffset()).isEqualTo(1);
        assertThat(view().lastStableOffset()).isZero();
        disk.failNever();
        assertThat(mark(1, false, 1, 2)).isEqualTo(ErrorCode.NONE);
        assertThat(view().lastStableOffset()).isEqualTo(2);
        assertThat(view().abortedTransactions(0, 2)).containsExactly(new AbortedTransaction(PRODUCER, 0, 1, 2));
    }

    private void runOutOfRoom() {
        disk.runOutOfRoomWhen((operation, path, step) ->
                operation == Operation.WRITE && path.toString().endsWith(".log"));
    }

    @Test
    void aMarkerThatIsTakenBackLeavesWhatIsBeingVerifiedAlone() {
        Asked asked = new Asked(false);
        Sent held = send(asked, 0, 0);
        runOutOfRoom();
        assertThat(mark(0, false, 1, 1)).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        disk.failNever();
        answer(asked, ErrorCode.NONE);
        assertThat(held.error()).isEqualTo(ErrorCode.NONE);
        assertThat(mark(0, true, 1, 1)).isEqualTo(ErrorCode.NONE);
        assertThat(view().lastStableOffset()).isEqualTo(2);
    }

    /** A transactional batch as the coordinator of groups makes them: verified before, and without sequence numbers. */
    private Sent offsets(VerificationGuard guard) {
        ByteBuffer batch = new RecordBatchBuilder()
                .producer(PRODUCER, (short) 0, RecordBatch.NO_SEQUENCE)
                .transactional(true)
                .append(NOW_MS, null, new byte[10])
                .build();
        return new Sent(replica, batch, guard);
    }

    /** Begins to verify; the guard is in the list once the writer has run. */
    private List<VerificationGuard> beginVerification() {
        List<VerificationGuard> guards = new ArrayList<>();
        assertThat(store.writer().beginVerification(replica, PRODUCER, (short) 0, false, (error, guard) -> {
                    assertThat(error).isEqualTo(ErrorCode.NONE);
                    guards.add(guard);
                }))
                .isTrue();
        return guards;
    }

    @Test
    void whatFollowsABatchThatIsTakenBackIsVerifiedLikeAFirstOne() {
        List<VerificationGuard> first = beginVerification();
        store.writer().runOnce(NOW_MS);
        runOutOfRoom();
        Sent takenBack = offsets(first.get(0));
        enqueue(takenBack);
        List<VerificationGuard> second = beginVerification();
        store.writer().runOnce(NOW_MS);
        assertThat(takenBack.error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(second).doesNotContain(VerificationGuard.SPENT);
        disk.failNever();
        Sent following = offsets(second.get(0));
        enqueue(following);
        List<VerificationGuard> third = beginVerification();
        store.writer().runOnce(NOW_MS);
        assertThat(following.error()).isEqualTo(ErrorCode.NONE);
        assertThat(third).doesNotContain(VerificationGuard.SPENT);
        List<VerificationGuard> fourth = beginVerification();
        store.writer().runOnce(NOW_MS);
        assertThat(fourth).as("the transaction is in the log").containsExactly(VerificationGuard.SPENT);
        assertThat(mark(0, true, 1, 1)).isEqualTo(ErrorCode.NONE);
        Sent late = offsets(third.get(0));
        enqueue(late);
        store.writer().runOnce(NOW_MS);
        assertThat(late.error()).as("behind the marker").isEqualTo(ErrorCode.INVALID_TXN_STATE);
    }

    @Test
    void theLogStartHoldsNobodyBack() throws IOException {
        sendVerified(true, 0, 0);
        send(new Asked(true), 0, 1);
        store.trim(replica, 1, outcome -> assertThat(outcome.error()).isEqualTo(ErrorCode.NONE));
        store.writer().runOnce(NOW_MS);
        assertThat(view().lastStableOffset()).isEqualTo(1);
        assertThat(mark(1, false, 1, 2)).isEqualTo(ErrorCode.NONE);
        assertThat(view().abortedTransactions(1, 3)).containsExactly(new AbortedTransaction(PRODUCER, 0, 2, 3));
    }

    @Test
    void producersAreListed() {
        sendVerified(true, 0, 0);
        List<Long> transactions = new ArrayList<>();
        store.listProducers(replica, producers -> requireNonNull(producers)
                .forEach(each -> transactions.add(each.transactionFirstOffset())));
        store.writer().runOnce(NOW_MS);
        assertThat(transactions).containsExactly(0L);
    }
}
