package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.BrokerConfig;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ProduceRequest;
import io.headrace.protocol.message.ProduceRequest.PartitionProduceData;
import io.headrace.protocol.message.ProduceRequest.TopicProduceData;
import io.headrace.protocol.message.ProduceResponse;
import io.headrace.protocol.message.ProduceResponse.PartitionProduceResponse;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.server.security.Authorizer;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Produce requests that the disk keeps waiting: the log writer runs only when a test says so. */
class ProduceTimeoutsTest {
    private final BrokerLogs logs = new BrokerLogs();
    private final FakeTransaction transaction = new FakeTransaction();
    private final Queue<Runnable> timers = new ArrayDeque<>();
    private long nowMs = 5_000;
    private final ProduceHandler handler = new ProduceHandler(
            logs.partitions(),
            Authorizer.ALLOW_ALL,
            Clock.fixed(Instant.ofEpochMilli(BrokerLogs.NOW_MS), ZoneOffset.UTC),
            new ProduceVerification.Verifying(
                    transaction, logs.store().writer(), () -> nowMs, () -> BrokerConfig.DEFAULT.transactions()));

    ProduceTimeoutsTest() throws IOException {
        logs.createTopic("t", 2);
        logs.run();
    }

    private static PartitionProduceData data(int partition, boolean transactional) {
        RecordBatchBuilder batch = new RecordBatchBuilder();
        if (transactional) {
            batch.producer(100, (short) 0, 0).transactional(true);
        }
        return new PartitionProduceData()
                .setIndex(partition)
                .setRecords(new BufferPayload(
                        batch.append(BrokerLogs.NOW_MS, null, new byte[10]).build()));
    }

    private CompletableFuture<ProduceResponse> produce(int acks, int timeoutMs, PartitionProduceData... data) {
        return produce("t", acks, timeoutMs, data);
    }

    private CompletableFuture<ProduceResponse> produce(
            String topic, int acks, int timeoutMs, PartitionProduceData... data) {
        ProduceRequest request = new ProduceRequest()
                .setTransactionalId("tx")
                .setAcks((short) acks)
                .setTimeoutMs(timeoutMs)
                .setTopicData(List.of(new TopicProduceData().setName(topic).setPartitionData(List.of(data))));
        return AnsweredRequest.send(handler, 12, request, ProduceResponse.class, timers::add);
    }

    /** All timers that are set now go off, later by so much. */
    private void pass(long ms) {
        nowMs += ms;
        for (int due = timers.size(); due > 0; due--) {
            timers.remove().run();
        }
    }

    private static List<ErrorCode> errors(CompletableFuture<ProduceResponse> answer) {
        assertThat(answer).as("the answer").isDone();
        return answer.join().responses().get(0).partitionResponses().stream()
                .map(partition -> ErrorCode.forCode(partition.errorCode()))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"30000, 30000", "1500, 1500", "0, 1000", "-1, 1000"})
    void requestThatWaitsForTooLongIsAnsweredAndItsBatchesGoOn(int timeoutMs, long waitMs) {
        CompletableFuture<ProduceResponse> answer = produce(-1, timeoutMs, data(0, false), data(1, false));
        pass(waitMs - 1);
        assertThat(answer).isNotDone();
        assertThat(timers).hasSize(1);
        pass(1);
        assertThat(errors(answer)).containsExactly(ErrorCode.REQUEST_TIMED_OUT, ErrorCode.REQUEST_TIMED_OUT);
        assertThat(answer.join().responses().get(0).partitionResponses())
                .extracting(PartitionProduceResponse::baseOffset)
                .as("offsets of what is not written")
                .containsOnly(-1L);
        assertThat(timers).isEmpty();
        logs.run();
        assertThat(logs.view("t", 0).logEndOffset()).isEqualTo(1);
        assertThat(logs.view("t", 1).logEndOffset()).isEqualTo(1);
    }

    @Test
    void whatIsDoneIsNotTakenForLate() {
        CompletableFuture<ProduceResponse> answer = produce(-1, 2_000, data(0, false), data(1, true));
        logs.run();
        assertThat(answer)
                .as("while the transaction's coordinator is being asked")
                .isNotDone();
        pass(2_000);
        assertThat(errors(answer)).containsExactly(ErrorCode.NONE, ErrorCode.REQUEST_TIMED_OUT);
        assertThat(answer.join().responses().get(0).partitionResponses().get(0).baseOffset())
                .isZero();
        transaction.decideOne();
        transaction.deliverOne();
        logs.run();
        assertThat(logs.view("t", 1).logEndOffset()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"CreateTime, -1", "LogAppendTime, " + BrokerLogs.NOW_MS})
    void whatIsWrittenIsToldWhileItsSyncHangs(String timestampType, long appendTimeMs) {
        logs.createTopic("timed", 1, Map.of("message.timestamp.type", timestampType));
        CompletableFuture<ProduceResponse> first = produce("timed", -1, 1_000, data(0, false));
        logs.run();
        assertThat(errors(first)).containsExactly(ErrorCode.NONE);
        CompletableFuture<ProduceResponse> late = produce("timed", -1, 1_000, data(0, false));
        logs.beforeNextSync(() -> pass(1_000));
        logs.run();
        assertThat(errors(late)).containsExactly(ErrorCode.REQUEST_TIMED_OUT);
        PartitionProduceResponse told =
                late.join().responses().get(0).partitionResponses().get(0);
        assertThat(told.baseOffset()).isEqualTo(1);
        assertThat(told.logAppendTimeMs()).isEqualTo(appendTimeMs);
        assertThat(told.logStartOffset()).isZero();
        assertThat(logs.view("timed", 0).logEndOffset()).isEqualTo(2);
    }

    @Test
    void manyRequestsHaveOneTimerWhichStopsWhenNothingWaits() {
        for (int i = 0; i < 100; i++) {
            CompletableFuture<ProduceResponse> answer = produce(-1, 30_000, data(0, false));
            assertThat(answer).isNotDone();
            assertThat(timers).hasSize(1);
            logs.run();
            assertThat(errors(answer)).containsExactly(ErrorCode.NONE);
        }
        pass(1_000);
        assertThat(timers).isEmpty();
        CompletableFuture<ProduceResponse> late = produce(-1, 1_000, data(0, false));
        pass(1_000);
        assertThat(errors(late)).containsExactly(ErrorCode.REQUEST_TIMED_OUT);
    }

    @Test
    void requestThatDoesNotWaitForTheDiskHasNoTimer() {
        assertThat(produce(1, 1_000, data(0, false))).isNotDone();
        assertThat(timers).isEmpty();
    }
}
