package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.OffsetCommitRequest;
import io.headrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestPartition;
import io.headrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestTopic;
import io.headrace.protocol.message.OffsetCommitResponse;
import io.headrace.protocol.message.OffsetFetchRequest;
import io.headrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestGroup;
import io.headrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopics;
import io.headrace.protocol.message.OffsetFetchResponse;
import io.headrace.protocol.message.OffsetFetchResponse.OffsetFetchResponsePartitions;
import io.headrace.protocol.message.TxnOffsetCommitRequest;
import io.headrace.protocol.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition;
import io.headrace.protocol.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic;
import io.headrace.protocol.message.TxnOffsetCommitResponse;
import io.headrace.server.group.GroupCoordinators;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.partition.TransactionMarkers;
import io.headrace.server.security.Authorizer;
import io.headrace.storage.MarkerTask;
import io.headrace.storage.log.LogView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Offsets committed in a transaction against its end, in every order: none leaves the group's offsets undecided for good. */
class LateOffsetCommitTest {
    private static final short TRANSACTIONS_V2 = 5;
    private static final int OFFSET = 42;

    private final BrokerLogs logs = new BrokerLogs();
    private GroupCoordinators groups = logs.groups();
    private FakeTransaction transaction = new FakeTransaction();
    private BrokerConfig config = BrokerConfig.DEFAULT;
    private long producerId = 100;

    private enum Event {
        ARRIVES,
        IS_DECIDED,
        ANSWER_COMES,
        TRANSACTION_ENDS,
        MARKER_IS_WRITTEN
    }

    LateOffsetCommitTest() throws IOException {
        groups.begin();
        logs.createTopic("orders", 1);
        logs.createTopic(TopicImage.CONSUMER_OFFSETS, 1);
        run();
    }

    private void run() {
        boolean busy = true;
        while (busy) {
            logs.run();
            busy = groups.runOnce();
        }
    }

    private CompletableFuture<TxnOffsetCommitResponse> commit(int version) {
        TxnOffsetCommitHandler handler = new TxnOffsetCommitHandler(
                groups,
                new OffsetCommitVerification(logs.partitions(), transaction, () -> config.transactions()),
                new Proposals(logs.metadata),
                Authorizer.ALLOW_ALL);
        TxnOffsetCommitRequest request = new TxnOffsetCommitRequest()
                .setTransactionalId("tx")
                .setGroupId("g" + producerId)
                .setProducerId(producerId)
                .setProducerEpoch((short) 0)
                .setTopics(List.of(new TxnOffsetCommitRequestTopic()
                        .setName("orders")
                        .setPartitions(List.of(new TxnOffsetCommitRequestPartition()
                                .setPartitionIndex(0)
                                .setCommittedOffset(OFFSET)
                                .setCommittedMetadata("")))));
        CompletableFuture<TxnOffsetCommitResponse> answer =
                AnsweredRequest.send(handler, version, request, TxnOffsetCommitResponse.class);
        run();
        return answer;
    }

    private static ErrorCode errorOf(CompletableFuture<TxnOffsetCommitResponse> answer) {
        assertThat(answer).as("the answer").isDone();
        return ErrorCode.forCode(
                answer.join().topics().get(0).partitions().get(0).errorCode());
    }

    private ErrorCode mark(int version) {
        boolean bumps = version >= TRANSACTIONS_V2;
        List<ErrorCode> outcome = new ArrayList<>();
        new TransactionMarkers(logs.partitions(), groups, MarkerTask.Sender.OWN_COORDINATOR, () -> BrokerLogs.NOW_MS)
                .append(
                        TopicImage.CONSUMER_OFFSETS,
                        0,
                        producerId,
                        (short) (bumps ? 1 : 0),
                        0,
                        true,
                        (short) (bumps ? 2 : 1),
                        outcome::add);
        run();
        return outcome.get(0);
    }

    private OffsetFetchResponsePartitions committed() {
        OffsetFetchRequest request = new OffsetFetchRequest()
                .setRequireStable(true)
                .setGroups(List.of(new OffsetFetchRequestGroup()
                        .setGroupId("g" + producerId)
                        .setTopics(List.of(
                                new OffsetFetchRequestTopics().setName("orders").setPartitionIndexes(List.of(0))))));
        OffsetFetchHandler handler = new OffsetFetchHandler(groups, new Proposals(logs.metadata), Authorizer.ALLOW_ALL);
        CompletableFuture<OffsetFetchResponse> answer =
                AnsweredRequest.send(handler, 9, request, OffsetFetchResponse.class);
        run();
        return answer.join().groups().get(0).topics().get(0).partitions().get(0);
    }

    private void assertNothingIsOpen(Object order) {
        LogView view = logs.view(TopicImage.CONSUMER_OFFSETS, 0);
        assertThat(view.lastStableOffset()).as("%s", order).isEqualTo(view.highWatermark());
        assertThat(ErrorCode.forCode(committed().errorCode())).as("%s", order).isEqualTo(ErrorCode.NONE);
    }

    private static ErrorCode tooLate(int version, boolean ruledInTime) {
        if (version >= TRANSACTIONS_V2) {
            return ErrorCode.INVALID_PRODUCER_EPOCH;
        }
        return ruledInTime || version < 4 ? ErrorCode.INVALID_TXN_STATE : ErrorCode.TRANSACTION_ABORTABLE;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 4, 5})
    @DisplayName("KAFKA-14402: offsets committed late in every way")
    void offsetsLateInEveryWay(int version) {
        List<List<Event>> orders = Orders.of(
                List.of(Event.ARRIVES, Event.IS_DECIDED, Event.ANSWER_COMES),
                List.of(Event.TRANSACTION_ENDS, Event.MARKER_IS_WRITTEN));
        for (List<Event> order : orders) {
            producerId++;
            transaction = new FakeTransaction();
            CompletableFuture<TxnOffsetCommitResponse> answer = new CompletableFuture<>();
            for (Event event : order) {
                switch (event) {
                    case ARRIVES -> answer = commit(version);
                    case IS_DECIDED -> transaction.decideOne();
                    case ANSWER_COMES -> transaction.deliverOne();
                    case TRANSACTION_ENDS -> transaction.end();
                    case MARKER_IS_WRITTEN -> assertThat(mark(version)).isEqualTo(ErrorCode.NONE);
                }
                run();
            }
            boolean ruledInTime = order.indexOf(Event.IS_DECIDED) < order.indexOf(Event.TRANSACTION_ENDS);
            boolean inTime = ruledInTime && order.indexOf(Event.ANSWER_COMES) < order.indexOf(Event.MARKER_IS_WRITTEN);
            assertThat(errorOf(answer))
                    .as("%s", order)
                    .isEqualTo(inTime ? ErrorCode.NONE : tooLate(version, ruledInTime));
            assertNothingIsOpen(order);
            assertThat(committed().committedOffset()).as("%s", order).isEqualTo(inTime ? OFFSET : -1);
        }
    }

    @Test
    void aSecondCommitOfATransactionNeedsNoWordOfTheCoordinatorWhileItIsOpen() {
        CompletableFuture<TxnOffsetCommitResponse> first = commit(4);
        transaction.decideOne();
        transaction.deliverOne();
        run();
        assertThat(errorOf(first)).isEqualTo(ErrorCode.NONE);
        assertThat(errorOf(commit(4))).isEqualTo(ErrorCode.NONE);
        assertThat(mark(4)).isEqualTo(ErrorCode.NONE);
        assertNothingIsOpen("at the end");
    }

    @Test
    void offsetsForATopicThatIsDeletedMeanwhileAreNotThoseOfTheNextOneOfItsName() {
        CompletableFuture<TxnOffsetCommitResponse> answer = commit(TRANSACTIONS_V2);
        logs.deleteTopic("orders");
        logs.createTopic("orders", 1);
        run();
        transaction.decideOne();
        transaction.deliverOne();
        run();
        assertThat(errorOf(answer)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(mark(TRANSACTIONS_V2)).isEqualTo(ErrorCode.NONE);
        assertNothingIsOpen("at the end");
        assertThat(committed().committedOffset()).isEqualTo(-1);
    }

    @Test
    void thatHoldsForOffsetsOutsideOfTransactionsToo() {
        CompletableFuture<OffsetCommitResponse> answer = commitOutside(OFFSET);
        logs.deleteTopic("orders");
        logs.createTopic("orders", 1);
        run();
        assertThat(answer.join().topics()).hasSize(1);
        assertThat(ErrorCode.forCode(
                        answer.join().topics().get(0).partitions().get(0).errorCode()))
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(committed().committedOffset()).isEqualTo(-1);
    }

    /** Redpanda 31483: of a transaction and a plain commit, the offset that counts was another one after a restart. */
    @ParameterizedTest
    @ValueSource(ints = {0, 3, 4, 5})
    void theMarkerDecidesAgainstCommitsOutsideTheTransaction(int version) {
        CompletableFuture<TxnOffsetCommitResponse> staged = commit(version);
        transaction.decideOne();
        transaction.deliverOne();
        run();
        assertThat(errorOf(staged)).isEqualTo(ErrorCode.NONE);
        CompletableFuture<OffsetCommitResponse> before = commitOutside(7);
        run();
        CompletableFuture<OffsetCommitResponse> onItsWay = commitOutside(8);
        assertThat(mark(version)).isEqualTo(ErrorCode.NONE);
        assertThat(List.of(before, onItsWay)).allMatch(CompletableFuture::isDone);
        assertNothingIsOpen("behind the marker");
        assertThat(committed().committedOffset()).isEqualTo(OFFSET);
        assertThat(logs.view(TopicImage.CONSUMER_OFFSETS, 0).highWatermark())
                .as("the transaction's offset twice, two others, and the marker")
                .isEqualTo(5);
        readTheLogAgain();
        assertThat(committed().committedOffset()).as("after a restart").isEqualTo(OFFSET);

        CompletableFuture<OffsetCommitResponse> after = commitOutside(9);
        run();
        assertThat(after).isDone();
        assertThat(committed().committedOffset()).isEqualTo(9);
        readTheLogAgain();
        assertThat(committed().committedOffset()).as("after a restart").isEqualTo(9);
    }

    private void readTheLogAgain() {
        groups = logs.groups();
        groups.begin();
        run();
    }

    private CompletableFuture<OffsetCommitResponse> commitOutside(int offset) {
        OffsetCommitRequest request = new OffsetCommitRequest()
                .setGroupId("g" + producerId)
                .setTopics(List.of(new OffsetCommitRequestTopic()
                        .setName("orders")
                        .setPartitions(List.of(new OffsetCommitRequestPartition()
                                .setPartitionIndex(0)
                                .setCommittedOffset(offset)
                                .setCommittedMetadata("")))));
        return AnsweredRequest.send(
                new OffsetCommitHandler(groups, new Proposals(logs.metadata), Authorizer.ALLOW_ALL),
                8,
                request,
                OffsetCommitResponse.class);
    }

    @Test
    void withoutVerificationNobodyIsAskedWhichMayChangeAtAnyTime() {
        OffsetCommitVerification verification =
                new OffsetCommitVerification(logs.partitions(), transaction, () -> config.transactions());
        List<ErrorCode> outcomes = new ArrayList<>();
        TxnOffsetCommitRequest request =
                new TxnOffsetCommitRequest().setTransactionalId("tx").setGroupId("g");
        config = BrokerConfig.of(Map.of("transaction.partition.verification.enable", "false"));
        verification.verify((short) 4, request, (error, guard) -> {
            assertThat(guard).isNull();
            outcomes.add(error);
        });
        assertThat(outcomes).containsExactly(ErrorCode.NONE);
        config = BrokerConfig.DEFAULT;
        verification.verify((short) 4, request, (error, guard) -> {
            assertThat(guard).isNotNull();
            outcomes.add(error);
        });
        run();
        assertThat(outcomes).as("while the coordinator is being asked").hasSize(1);
        transaction.decideOne();
        transaction.deliverOne();
        assertThat(outcomes).containsExactly(ErrorCode.NONE, ErrorCode.NONE);
    }
}
