package io.headrace.server.api;

import static io.headrace.server.api.FetchRequests.at;
import static io.headrace.server.api.FetchRequests.first;
import static io.headrace.server.api.FetchRequests.request;
import static io.headrace.server.api.FetchRequests.topic;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.FetchRequest;
import io.headrace.protocol.message.FetchRequest.FetchTopic;
import io.headrace.protocol.message.FetchResponse;
import io.headrace.protocol.message.FetchResponse.FetchableTopicResponse;
import io.headrace.protocol.message.FetchResponse.PartitionData;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.server.fetch.Fetches;
import io.headrace.server.security.Authorizer;
import io.headrace.storage.PartitionReplica;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.log.FileSlice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a Fetch request is answered, beside its records. */
class FetchTest {
    private static final int BY_NAME = 12;
    private static final int BY_ID = 13;
    private static final byte READ_COMMITTED = 1;

    private final BrokerLogs logs = new BrokerLogs();
    private final List<String> asked = new ArrayList<>();
    private Authorizer authorizer = (principal, host, operation, type, name) -> {
        asked.add(name);
        return true;
    };

    FetchTest() throws IOException {
        logs.createTopic("orders", 1);
        logs.createTopic("empty", 1);
    }

    /** Four records of the leader epochs 0, 0, 5, 5, each a batch. */
    private void appendInTwoEpochs() {
        for (int epoch : new int[] {0, 0, 5, 5}) {
            append("orders", epoch, 10);
        }
    }

    private void append(String topic, int leaderEpoch, int valueBytes) {
        logs.append(topic, leaderEpoch, new RecordBatchBuilder().append(1_000, null, new byte[valueBytes]));
    }

    private CompletableFuture<FetchResponse> send(int version, FetchRequest request) {
        Fetches fetches = FetchRequests.fetches(logs, authorizer, () -> 0, Runnable::run);
        CompletableFuture<FetchResponse> answer =
                AnsweredRequest.send(fetches::start, version, request, FetchResponse.class);
        logs.run();
        return answer;
    }

    private PartitionData fetch(int version, FetchRequest request) {
        CompletableFuture<FetchResponse> answer = send(version, request);
        assertThat(answer).as("the answer").isDone();
        return first(answer.join());
    }

    private static ErrorCode errorOf(PartitionData data) {
        return ErrorCode.forCode(data.errorCode());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1})
    void partitionsOfOneTopicByNameAreOneEntry(int sessionEpoch) {
        logs.createTopic("many", 2);
        FetchTopic many = new FetchTopic().setTopic("many").setPartitions(List.of(at(0), at(0).setPartition(1)));
        FetchResponse answer = send(
                        BY_NAME, request(many, topic("orders", at(0))).setSessionEpoch(sessionEpoch))
                .join();
        assertThat(answer.responses()).extracting(FetchableTopicResponse::topic).containsExactly("many", "orders");
        assertThat(answer.responses().get(0).partitions())
                .extracting(PartitionData::partitionIndex)
                .containsExactly(0, 1);
    }

    @ParameterizedTest
    @CsvSource({
        // the log has the epochs 0, from offset 0 to 2, and 5, from 2 to 4
        "0, 0, -1, -1",
        "2, 0, -1, -1",
        "3, 0, 0, 2",
        "9, 0, 0, 2",
        "2, 3, 0, 2",
        "4, 5, -1, -1",
        "5, 5, 5, 4"
    })
    void clientWhoseLogBranchedOffIsToldWhere(long offset, int lastEpoch, int epoch, long endOffset) {
        appendInTwoEpochs();
        PartitionData data = fetch(BY_NAME, request(topic("orders", at(offset).setLastFetchedEpoch(lastEpoch))));
        assertThat(errorOf(data)).isEqualTo(ErrorCode.NONE);
        assertThat(data.divergingEpoch().epoch()).isEqualTo(epoch);
        assertThat(data.divergingEpoch().endOffset()).isEqualTo(endOffset);
        assertThat(data.highWatermark()).isEqualTo(4);
        if (endOffset >= 0) {
            assertThat(Objects.requireNonNull(data.records()).sizeBytes()).isZero();
            assertThat(data.abortedTransactions()).isNull();
        }
    }

    @Test
    void clientIsToldWhereItBranchedOffAtOnce() {
        appendInTwoEpochs();
        FetchRequest request = request(topic("orders", at(3).setLastFetchedEpoch(0)))
                .setMinBytes(1)
                .setMaxWaitMs(60_000);
        assertThat(fetch(BY_NAME, request).divergingEpoch().endOffset()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({
        // of a partition, of the answer, what the client waits for; five batches of 1,070 bytes are there
        "2500, 100000, 2500, true",
        "100000, 2500, 2500, true",
        "2500, 100000, 2501, false",
        "100000, 100000, 5350, true",
        "100000, 100000, 5400, false"
    })
    void whatTheLimitsHoldBackIsNotWaitedFor(int partitionBytesMax, int bytesMax, int bytesMin, boolean atOnce) {
        for (int i = 0; i < 5; i++) {
            append("orders", 0, 1_000);
        }
        FetchRequest request = request(topic("orders", at(0).setPartitionMaxBytes(partitionBytesMax)))
                .setMaxBytes(bytesMax)
                .setMinBytes(bytesMin)
                .setMaxWaitMs(60_000);
        assertThat(send(BY_NAME, request).isDone()).isEqualTo(atOnce);
    }

    @ParameterizedTest
    @CsvSource({"0, 0, -1, -1", "3, 0, 0, 0"})
    void currentEpochIsKnownOnAPartitionThatWasNeverWritten(long offset, int lastEpoch, int epoch, long endOffset) {
        PartitionData data = fetch(BY_NAME, request(topic("empty", at(offset).setLastFetchedEpoch(lastEpoch))));
        assertThat(errorOf(data)).isEqualTo(ErrorCode.NONE);
        assertThat(data.divergingEpoch().epoch()).isEqualTo(epoch);
        assertThat(data.divergingEpoch().endOffset()).isEqualTo(endOffset);
    }

    @Test
    void offsetsAndEpochsThatTheLogCannotHave() {
        appendInTwoEpochs();
        assertThat(errorOf(fetch(BY_NAME, request(topic("orders", at(2).setLastFetchedEpoch(6))))))
                .isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
        assertThat(errorOf(fetch(BY_NAME, request(topic("orders", at(5)))))).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
        logs.store().trim(logs.replica("orders", 0), 3, outcome -> assertThat(outcome.error())
                .isEqualTo(ErrorCode.NONE));
        logs.run();
        assertThat(errorOf(fetch(BY_NAME, request(topic("orders", at(2).setLastFetchedEpoch(0))))))
                .isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, -2})
    void negativeEpochsAreNone(int epoch) {
        appendInTwoEpochs();
        FetchRequest.FetchPartition wanted = at(0).setCurrentLeaderEpoch(epoch).setLastFetchedEpoch(epoch);
        PartitionData data = fetch(BY_NAME, request(topic("orders", wanted)));
        assertThat(errorOf(data)).isEqualTo(ErrorCode.NONE);
        assertThat(Objects.requireNonNull(data.records()).sizeBytes()).isPositive();
    }

    @Test
    void moreThanAnAnswerMayCarryIsNotWaitedFor() {
        append("orders", 0, 3_000);
        FetchRequest request = request(topic("orders", at(0))).setMaxWaitMs(60_000);
        assertThat(send(BY_NAME, request.setMinBytes(5_000))).isNotDone();
        PartitionData data = fetch(BY_NAME, request.setMaxBytes(1_000));
        assertThat(Objects.requireNonNull(data.records()).sizeBytes()).isGreaterThan(3_000);
    }

    @Test
    void abortedTransactionsAreOnlyTheConcernOfThoseWhoReadWhatIsCommitted() {
        append("orders", 0, 10);
        FetchRequest request = request(topic("orders", at(0)));
        assertThat(fetch(BY_NAME, request).abortedTransactions()).isNull();
        assertThat(fetch(BY_NAME, request.setIsolationLevel(READ_COMMITTED)).abortedTransactions())
                .isEmpty();
    }

    @Test
    void topicIdThatNobodyHasIsUnknownWhoeverAsks() {
        authorizer = (principal, host, operation, type, name) -> {
            asked.add(name);
            return false;
        };
        for (UUID id : List.of(new UUID(0, 0), new UUID(8, 8))) {
            assertThat(errorOf(fetch(BY_ID, request(topic("", at(0)).setTopicId(id)))))
                    .isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
        }
        assertThat(asked).isEmpty();
        assertThat(errorOf(fetch(BY_NAME, request(topic("absent", at(0))))))
                .isEqualTo(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
        authorizer = Authorizer.ALLOW_ALL;
        assertThat(errorOf(fetch(BY_NAME, request(topic("absent", at(0))))))
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void topicOfASessionThatIsGoneIsMissedByItsName() {
        Fetches fetches = FetchRequests.fetches(logs, authorizer, () -> 0, Runnable::run);
        FetchTopic orders = topic("", at(0)).setTopicId(new UUID(7, 1));
        int session = sendTo(fetches, request(orders).setSessionEpoch(0)).sessionId();
        assertThat(session).isNotZero();
        logs.deleteTopic("orders");
        assertThat(errorOf(first(sendTo(fetches, nextOf(session, 1))))).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        logs.createTopic("orders", 1);
        assertThat(errorOf(first(sendTo(fetches, nextOf(session, 2))))).isEqualTo(ErrorCode.INCONSISTENT_TOPIC_ID);
        assertThat(errorOf(first(sendTo(fetches, request(orders))))).isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
    }

    private FetchResponse sendTo(Fetches fetches, FetchRequest request) {
        CompletableFuture<FetchResponse> answer =
                AnsweredRequest.send(fetches::start, BY_ID, request, FetchResponse.class);
        logs.run();
        return answer.join();
    }

    private static FetchRequest nextOf(int session, int epoch) {
        return request().setSessionId(session).setSessionEpoch(epoch);
    }

    @ParameterizedTest
    @CsvSource({"4, NOT_LEADER_OR_FOLLOWER", "5, NOT_LEADER_OR_FOLLOWER", "6, KAFKA_STORAGE_ERROR"})
    void oldClientsAreToldOfABrokenDiskInWordsTheyKnow(int version, ErrorCode expected) {
        append("orders", 0, 10);
        logs.failReads();
        assertThat(errorOf(fetch(version, request(topic("orders", at(0)))))).isEqualTo(expected);
    }

    @Test
    void fetchThatBreaksGivesBackTheFilesThatItHad() throws IOException {
        append("orders", 0, 100_000);
        PartitionReplica replica = logs.replica("orders", 0);
        FileSlice own = Objects.requireNonNull(
                Objects.requireNonNull(replica.view()).read(0, 1 << 20, true, 1).records());
        DiskFile file = own.file();
        authorizer = (principal, host, operation, type, name) -> {
            if (name.equals("empty")) {
                throw new IllegalStateException("broken");
            }
            return true;
        };
        assertThatThrownBy(() -> send(BY_NAME, request(topic("orders", at(0)), topic("empty", at(0)))))
                .hasMessageContaining("HANDLER_FAILURE");
        logs.store().delete(replica.id());
        logs.run();
        assertThat(file.read(ByteBuffer.allocate(1), 0)).isEqualTo(1);
        own.release();
        assertThatThrownBy(() -> file.read(ByteBuffer.allocate(1), 0)).isInstanceOf(IOException.class);
    }
}
