package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.BrokerConfig;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ProduceRequest;
import io.headrace.protocol.message.ProduceRequest.PartitionProduceData;
import io.headrace.protocol.message.ProduceRequest.TopicProduceData;
import io.headrace.protocol.message.ProduceResponse;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.server.security.Authorizer;
import io.headrace.storage.PartitionReplica;
import io.headrace.storage.log.LogView;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A Produce request against the end of its transaction, in every order: none leaves a transaction that nobody will end. */
class LateTransactionalProduceTest {
    private static final short TRANSACTIONS_V2 = 12;

    private final BrokerLogs logs = new BrokerLogs();
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

    LateTransactionalProduceTest() throws IOException {
        logs.createTopic("orders", 1);
    }

    private CompletableFuture<ProduceResponse> produce(int version, int sequence) {
        ProduceHandler handler = new ProduceHandler(
                logs.partitions(),
                Authorizer.ALLOW_ALL,
                Clock.fixed(Instant.ofEpochMilli(BrokerLogs.NOW_MS), ZoneOffset.UTC),
                new ProduceVerification.Verifying(
                        transaction, logs.store().writer(), () -> 0, () -> config.transactions()));
        PartitionProduceData data = new PartitionProduceData()
                .setIndex(0)
                .setRecords(new BufferPayload(new RecordBatchBuilder()
                        .producer(producerId, (short) 0, sequence)
                        .transactional(true)
                        .append(BrokerLogs.NOW_MS, null, new byte[10])
                        .build()));
        TopicProduceData topic = new TopicProduceData().setPartitionData(List.of(data));
        if (version >= 13) {
            topic.setTopicId(new UUID(7, 1));
        } else {
            topic.setName("orders");
        }
        ProduceRequest request = new ProduceRequest()
                .setTransactionalId("tx")
                .setAcks((short) -1)
                .setTimeoutMs(1_000)
                .setTopicData(List.of(topic));
        CompletableFuture<ProduceResponse> answer =
                AnsweredRequest.send(handler, version, request, ProduceResponse.class);
        logs.run();
        return answer;
    }

    private static ErrorCode errorOf(CompletableFuture<ProduceResponse> answer) {
        assertThat(answer).as("the answer").isDone();
        return ErrorCode.forCode(
                answer.join().responses().get(0).partitionResponses().get(0).errorCode());
    }

    private ErrorCode mark(int version) {
        boolean bumps = version >= TRANSACTIONS_V2;
        PartitionReplica replica = logs.replica("orders", 0);
        List<ErrorCode> outcome = FakeTransaction.mark(logs, replica, producerId, bumps ? 1 : 0, false, bumps ? 2 : 1);
        logs.run();
        return outcome.get(0);
    }

    private void assertNothingIsOpen(Object order) {
        LogView view = logs.view("orders", 0);
        assertThat(view.lastStableOffset()).as("%s", order).isEqualTo(view.highWatermark());
    }

    /** What the client of a batch hears that came, or was to be appended, after its transaction had ended. */
    private static ErrorCode tooLate(int version, boolean ruledInTime) {
        if (version >= TRANSACTIONS_V2) {
            return ErrorCode.INVALID_PRODUCER_EPOCH;
        }
        return ruledInTime || version < 11 ? ErrorCode.INVALID_TXN_STATE : ErrorCode.TRANSACTION_ABORTABLE;
    }

    private static List<List<Event>> orders() {
        return Orders.of(
                List.of(Event.ARRIVES, Event.IS_DECIDED, Event.ANSWER_COMES),
                List.of(Event.TRANSACTION_ENDS, Event.MARKER_IS_WRITTEN));
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 9, 10, 11, 12, 13})
    @DisplayName("KAFKA-14402: the first batch of a transaction, late in every way")
    void theFirstBatchLateInEveryWay(int version) {
        for (List<Event> order : orders()) {
            producerId++;
            transaction = new FakeTransaction();
            CompletableFuture<ProduceResponse> answer = new CompletableFuture<>();
            for (Event event : order) {
                switch (event) {
                    case ARRIVES -> answer = produce(version, 0);
                    case IS_DECIDED -> transaction.decideOne();
                    case ANSWER_COMES -> transaction.deliverOne();
                    case TRANSACTION_ENDS -> transaction.end();
                    case MARKER_IS_WRITTEN -> assertThat(mark(version)).isEqualTo(ErrorCode.NONE);
                }
                logs.run();
            }
            boolean ruledInTime = order.indexOf(Event.IS_DECIDED) < order.indexOf(Event.TRANSACTION_ENDS);
            boolean inTime = ruledInTime && order.indexOf(Event.ANSWER_COMES) < order.indexOf(Event.MARKER_IS_WRITTEN);
            assertThat(errorOf(answer))
                    .as("%s", order)
                    .isEqualTo(inTime ? ErrorCode.NONE : tooLate(version, ruledInTime));
            assertNothingIsOpen(order);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 9, 10, 11, 12, 13})
    @DisplayName("KAFKA-14402: a later batch of a transaction, late in every way")
    void aLaterBatchLateInEveryWay(int version) {
        for (List<Event> order : orders()) {
            producerId++;
            transaction = new FakeTransaction();
            CompletableFuture<ProduceResponse> first = produce(version, 0);
            transaction.decideOne();
            transaction.deliverOne();
            logs.run();
            assertThat(errorOf(first)).isEqualTo(ErrorCode.NONE);
            CompletableFuture<ProduceResponse> answer = new CompletableFuture<>();
            for (Event event : order) {
                switch (event) {
                    case ARRIVES -> answer = produce(version, 1);
                    case IS_DECIDED -> transaction.decideOne();
                    case ANSWER_COMES -> transaction.deliverOne();
                    case TRANSACTION_ENDS -> transaction.end();
                    case MARKER_IS_WRITTEN -> assertThat(mark(version)).isEqualTo(ErrorCode.NONE);
                }
                logs.run();
            }
            boolean inTime = order.indexOf(Event.ARRIVES) < order.indexOf(Event.MARKER_IS_WRITTEN);
            assertThat(errorOf(answer)).as("%s", order).isEqualTo(inTime ? ErrorCode.NONE : tooLate(version, false));
            assertNothingIsOpen(order);
        }
    }

    @Test
    void withoutVerificationNobodyIsAskedWhichMayChangeAtAnyTime() {
        assertThat(produce(11, 0)).as("while the coordinator is being asked").isNotDone();
        producerId++;
        config = BrokerConfig.of(Map.of("transaction.partition.verification.enable", "false"));
        assertThat(errorOf(produce(11, 0))).isEqualTo(ErrorCode.NONE);
        producerId++;
        config = BrokerConfig.DEFAULT;
        assertThat(produce(11, 0)).as("while the coordinator is being asked").isNotDone();
    }

    @Test
    @DisplayName("KAFKA-14884: the word on an earlier transaction does not open the next one")
    void theWordOnAnEarlierTransactionDoesNotOpenTheNext() {
        CompletableFuture<ProduceResponse> early = produce(9, 0);
        transaction.decideOne();
        FakeTransaction ended = transaction;
        assertThat(mark(9)).isEqualTo(ErrorCode.NONE);
        transaction = new FakeTransaction();
        CompletableFuture<ProduceResponse> next = produce(9, 0);
        ended.deliverOne();
        logs.run();
        assertThat(errorOf(early)).isEqualTo(ErrorCode.INVALID_TXN_STATE);
        assertNothingIsOpen("before the next one is verified");
        assertThat(next).isNotDone();
        transaction.decideOne();
        transaction.deliverOne();
        logs.run();
        assertThat(errorOf(next)).isEqualTo(ErrorCode.NONE);
        assertThat(logs.view("orders", 0).lastStableOffset()).isEqualTo(1);
        assertThat(Objects.requireNonNull(mark(9))).isEqualTo(ErrorCode.NONE);
        assertNothingIsOpen("at the end");
    }
}
