package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DeleteRecordsRequest;
import io.headrace.protocol.message.DeleteRecordsRequest.DeleteRecordsPartition;
import io.headrace.protocol.message.DeleteRecordsRequest.DeleteRecordsTopic;
import io.headrace.protocol.message.DeleteRecordsResponse;
import io.headrace.protocol.message.DeleteRecordsResponse.DeleteRecordsPartitionResult;
import io.headrace.server.security.Authorizer;
import io.headrace.storage.PartitionReplica;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DeleteRecordsHandlerTest {
    private static final int PARTITIONS = 40;

    private BrokerLogs logs;

    @BeforeEach
    void create() throws IOException {
        logs = new BrokerLogs();
        logs.createTopic("t", PARTITIONS);
        logs.createTopic("other", 1);
    }

    @Test
    void partitionThatIsNamedManyTimesIsTrimmedOnceToItsLastOffset() {
        DeleteRecordsResponse answer = finish(send(topic("t", at(0, 5), at(0, 0)), topic("t", at(0, 9), at(0, 0))));
        assertThat(answer.topics()).singleElement().satisfies(topic -> assertThat(topic.partitions())
                .singleElement()
                .satisfies(result -> assertThat(result.errorCode()).isZero()));
    }

    @Test
    void eachPartitionIsAnswered() {
        DeleteRecordsResponse answer =
                finish(send(topic("t", at(0, 0), at(1, 7), at(PARTITIONS, 0)), topic("none", at(0, 0))));
        assertThat(answer.topics().stream().flatMap(topic -> topic.partitions().stream()))
                .extracting(DeleteRecordsPartitionResult::errorCode)
                .containsExactly(
                        ErrorCode.NONE.code(),
                        ErrorCode.OFFSET_OUT_OF_RANGE.code(),
                        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code(),
                        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
    }

    @ParameterizedTest
    @CsvSource({"'', NONE", "delete, NONE", "'compact,delete', NONE", "compact, POLICY_VIOLATION"})
    void onlyWhereCompactionAloneDecidesIsItRefused(String policy, ErrorCode expected) {
        logs.createTopic("policy", 1, Map.of("cleanup.policy", policy));
        assertThat(finish(send(topic("policy", at(0, 0)))).topics().get(0).partitions())
                .extracting(DeleteRecordsPartitionResult::errorCode)
                .containsExactly(expected.code());
    }

    @Test
    void whatElseThereIsComesBetweenTheTrimsOfALargeRequest() {
        PartitionReplica other = logs.replica("other", 0);
        CompletableFuture<DeleteRecordsResponse> answer = send(topic(
                "t",
                IntStream.range(0, PARTITIONS).mapToObj(index -> at(index, 0)).toArray(DeleteRecordsPartition[]::new)));
        AtomicBoolean answeredBefore = new AtomicBoolean(true);
        logs.store().trim(other, 0, outcome -> answeredBefore.set(answer.isDone()));
        assertThat(finish(answer).topics().get(0).partitions())
                .hasSize(PARTITIONS)
                .allMatch(result -> result.errorCode() == 0);
        assertThat(answeredBefore).isFalse();
    }

    private static DeleteRecordsTopic topic(String name, DeleteRecordsPartition... partitions) {
        return new DeleteRecordsTopic().setName(name).setPartitions(Arrays.asList(partitions));
    }

    private static DeleteRecordsPartition at(int index, long offset) {
        return new DeleteRecordsPartition().setPartitionIndex(index).setOffset(offset);
    }

    private CompletableFuture<DeleteRecordsResponse> send(DeleteRecordsTopic... topics) {
        return AnsweredRequest.send(
                new DeleteRecordsHandler(logs.partitions(), Authorizer.ALLOW_ALL),
                2,
                new DeleteRecordsRequest().setTopics(List.of(topics)).setTimeoutMs(1000),
                DeleteRecordsResponse.class);
    }

    private DeleteRecordsResponse finish(CompletableFuture<DeleteRecordsResponse> answer) {
        logs.run();
        assertThat(answer).as("the answer").isDone();
        return answer.join();
    }
}
