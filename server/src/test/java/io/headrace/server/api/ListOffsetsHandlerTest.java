package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ListOffsetsRequest;
import io.headrace.protocol.message.ListOffsetsRequest.ListOffsetsPartition;
import io.headrace.protocol.message.ListOffsetsRequest.ListOffsetsTopic;
import io.headrace.protocol.message.ListOffsetsResponse;
import io.headrace.protocol.message.ListOffsetsResponse.ListOffsetsPartitionResponse;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.server.security.Authorizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ListOffsetsHandlerTest {
    private static final long MAX_TIMESTAMP = -3;

    private BrokerLogs logs;

    @BeforeEach
    void create() throws IOException {
        logs = new BrokerLogs();
        logs.createTopic("t", 2);
        logs.createTopic("u", 1);
    }

    @ParameterizedTest
    @CsvSource({"-3, 7", "-4, 8", "-5, 9", "-6, 11"})
    void specialTimesAreThoseOfTheVersion(long timestamp, int firstVersion) {
        for (int version = ApiKey.LIST_OFFSETS.lowestVersion();
                version <= ApiKey.LIST_OFFSETS.highestVersion();
                version++) {
            ErrorCode expected = version < firstVersion ? ErrorCode.UNSUPPORTED_VERSION : ErrorCode.NONE;
            assertThat(errors(version, Runnable::run, topic("t", partition(0, timestamp))))
                    .as("version " + version)
                    .containsExactly(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {-7, Long.MIN_VALUE, -1L << 32, (-1L << 32) - 3})
    void timesThatMeanNothingAreInNoVersion(long timestamp) {
        assertThat(errors(11, Runnable::run, topic("t", partition(0, timestamp))))
                .containsExactly(ErrorCode.UNSUPPORTED_VERSION);
    }

    @Test
    void theTimeIsCheckedBeforeThePartition() {
        assertThat(errors(6, Runnable::run, topic("none", partition(0, MAX_TIMESTAMP), partition(1, -1))))
                .containsExactly(ErrorCode.UNSUPPORTED_VERSION, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void whatWasAnsweredBeforeItIsDurableIsCountedOnceItIs() {
        List<CompletableFuture<ListOffsetsResponse>> asked = new ArrayList<>();
        logs.beforeNextSync(() -> {
            asked.add(send(7, Runnable::run, topic("t", partition(0, -1))));
            assertThat(asked.get(0)).isNotDone();
        });
        logs.appendWithoutDurability("t", new RecordBatchBuilder().append(1_000, null, new byte[1]));
        assertThat(asked).hasSize(1);
        assertThat(asked.get(0)).isDone();
        assertThat(asked.get(0).join().topics().get(0).partitions().get(0).offset())
                .isEqualTo(1);
    }

    @Test
    void partitionThatIsNamedTwiceInTwoPlacesIsRefusedOnce() {
        ListOffsetsResponse answer = ask(
                7,
                Runnable::run,
                topic("t", partition(0, -1)),
                topic("u", partition(0, -1)),
                topic("t", partition(0, -2)));
        assertThat(errors(answer)).containsExactly(ErrorCode.INVALID_REQUEST, ErrorCode.NONE);
        assertThat(answer.topics()).hasSize(2);
    }

    @Test
    void manyMentionsOfAPartitionAreNoWork() {
        List<Runnable> tasks = new ArrayList<>();
        ListOffsetsPartition[] mentions =
                Collections.nCopies(1000, partition(0, 5)).toArray(ListOffsetsPartition[]::new);
        assertThat(errors(7, tasks::add, topic("t", mentions))).containsExactly(ErrorCode.INVALID_REQUEST);
        assertThat(tasks).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"4, LEADER_NOT_AVAILABLE", "5, OFFSET_NOT_AVAILABLE", "11, OFFSET_NOT_AVAILABLE"})
    void searchThatFindsNoRoomIsToBeTriedAgain(int version, ErrorCode expected) {
        Executor full = task -> {
            throw new RejectedExecutionException("full");
        };
        assertThat(errors(version, full, topic("t", partition(0, 5), partition(1, -1))))
                .containsExactly(expected, ErrorCode.NONE);
    }

    private static ListOffsetsTopic topic(String name, ListOffsetsPartition... partitions) {
        return new ListOffsetsTopic().setName(name).setPartitions(List.of(partitions));
    }

    private static ListOffsetsPartition partition(int index, long timestamp) {
        return new ListOffsetsPartition().setPartitionIndex(index).setTimestamp(timestamp);
    }

    private List<ErrorCode> errors(int version, Executor io, ListOffsetsTopic... topics) {
        return errors(ask(version, io, topics));
    }

    private static List<ErrorCode> errors(ListOffsetsResponse answer) {
        return answer.topics().stream()
                .flatMap(topic -> topic.partitions().stream())
                .map(ListOffsetsPartitionResponse::errorCode)
                .map(ErrorCode::forCode)
                .toList();
    }

    private ListOffsetsResponse ask(int version, Executor io, ListOffsetsTopic... topics) {
        CompletableFuture<ListOffsetsResponse> answer = send(version, io, topics);
        logs.run();
        assertThat(answer).as("the answer").isDone();
        return answer.join();
    }

    private CompletableFuture<ListOffsetsResponse> send(int version, Executor io, ListOffsetsTopic... topics) {
        ListOffsetsHandler handler = new ListOffsetsHandler(logs.partitions(), Authorizer.ALLOW_ALL, io);
        return AnsweredRequest.send(
                handler, version, new ListOffsetsRequest().setTopics(List.of(topics)), ListOffsetsResponse.class);
    }
}
