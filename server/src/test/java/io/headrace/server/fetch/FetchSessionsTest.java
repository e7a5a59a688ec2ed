package io.headrace.server.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.FetchRequest;
import io.headrace.protocol.message.FetchRequest.FetchPartition;
import io.headrace.protocol.message.FetchRequest.FetchTopic;
import io.headrace.protocol.message.FetchRequest.ForgottenTopic;
import io.headrace.server.fetch.FetchSessions.Selection;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class FetchSessionsTest {
    private static final short BY_NAME = 12;
    private static final short BY_ID = 13;
    private static final int SESSIONS_MAX = 3;
    private static final int SESSION_PARTITIONS_MAX = 10;
    private static final int ALL_PARTITIONS_MAX = 15;
    private static final long IDLE_MS = 120_001;

    private final FetchSessions sessions =
            new FetchSessions(SESSIONS_MAX, SESSION_PARTITIONS_MAX, ALL_PARTITIONS_MAX, new Random(1));
    private long nowMs;

    @Test
    void sessionOfTooManyPartitionsIsNone() {
        Selection selection = select(0, 0, partitions("t", 0, 11));
        assertThat(selection.sessionId()).isZero();
        assertThat(selection.partitions()).hasSize(11);
        assertThat(sessions.count()).isZero();
        assertThat(open(partitions("t", 0, 10))).isNotZero();
    }

    @Test
    void allSessionsTogetherAreBounded() {
        int first = open(partitions("t", 0, 10));
        assertThat(open(partitions("t", 0, 6))).isZero();
        assertThat(open(partitions("t", 0, 5))).isNotZero();
        Selection closed = select(first, -1, partitions("t", 0, 10));
        assertThat(closed.sessionId()).isZero();
        assertThat(closed.partitions()).hasSize(10);
        assertThat(open(partitions("t", 0, 10))).isNotZero();
    }

    @Test
    void sessionThatGrowsTooMuchIsGoneAndItsRoomIsFree() {
        int id = open(partitions("t", 0, 8));
        assertThat(select(id, 1, partitions("t", 0, 8)).error()).isEqualTo(ErrorCode.NONE);
        assertThat(select(id, 2, partitions("u", 0, 3)).error()).isEqualTo(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
        assertThat(select(id, 2).error()).isEqualTo(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
        assertThat(open(partitions("t", 0, 10))).isNotZero();
        assertThat(open(partitions("t", 0, 5))).isNotZero();
    }

    @Test
    void whatIsForgottenMakesRoom() {
        int id = open(partitions("t", 0, 10));
        FetchRequest request = request(id, 1)
                .setForgottenTopicsData(
                        List.of(new ForgottenTopic().setTopic("t").setPartitions(List.of(0, 1, 2, 3, 4, 77))));
        assertThat(sessions.select(request, BY_NAME, nowMs).partitions()).hasSize(5);
        assertThat(open(partitions("t", 0, 10))).isNotZero();
        assertThat(open(partitions("t", 0, 1))).isZero();
    }

    @Test
    void sessionsThatNobodyUsesGiveWay() {
        open(partitions("t", 0, 10));
        int used = open(partitions("t", 0, 5));
        nowMs += IDLE_MS;
        assertThat(select(used, 1).error()).isEqualTo(ErrorCode.NONE);
        assertThat(open(partitions("t", 0, 10))).isNotZero();
        assertThat(sessions.count()).isEqualTo(2);
    }

    @Test
    void topicNameThatCannotBeIsNotRemembered() {
        assertThat(open(partitions("x".repeat(250), 0, 1))).isZero();
        assertThat(open(partitions("x".repeat(249), 0, 1))).isNotZero();
    }

    @Test
    void sessionThatBecomesEmptyIsClosed() {
        int id = open(partitions("t", 0, 2));
        FetchRequest request = request(id, 1)
                .setForgottenTopicsData(
                        List.of(new ForgottenTopic().setTopic("t").setPartitions(List.of(0, 1))));
        Selection selection = sessions.select(request, BY_NAME, nowMs);
        assertThat(selection.error()).isEqualTo(ErrorCode.NONE);
        assertThat(selection.sessionId()).isZero();
        assertThat(selection.partitions()).isEmpty();
        assertThat(sessions.count()).isZero();
        assertThat(select(id, 2).error()).isEqualTo(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    }

    @Test
    void sessionThatBeginsEmptyIsOneToAddTo() {
        int id = select(0, 0).sessionId();
        assertThat(id).isNotZero();
        assertThat(select(id, 1, partitions("t", 0, 2)).partitions()).hasSize(2);
    }

    @Test
    void whatIsAddedAndForgottenAtOnceIsForgotten() {
        int id = open(partitions("t", 0, 1));
        FetchRequest request = request(id, 1, partitions("t", 1, 1))
                .setForgottenTopicsData(
                        List.of(new ForgottenTopic().setTopic("t").setPartitions(List.of(1))));
        assertThat(sessions.select(request, BY_NAME, nowMs).partitions()).hasSize(1);
    }

    @Test
    void epochIsLookedAtBeforeTheKindOfTopicNames() {
        int id = open(partitions("t", 0, 1));
        assertThat(sessions.select(request(id, 7), BY_ID, nowMs).error())
                .isEqualTo(ErrorCode.INVALID_FETCH_SESSION_EPOCH);
        assertThat(sessions.select(request(id, 1), BY_ID, nowMs).error())
                .isEqualTo(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR);
        assertThat(select(id, 1).error()).isEqualTo(ErrorCode.NONE);
    }

    private static FetchTopic partitions(String topic, int first, int count) {
        return new FetchTopic()
                .setTopic(topic)
                .setPartitions(IntStream.range(first, first + count)
                        .mapToObj(index -> new FetchPartition().setPartition(index))
                        .toList());
    }

    private static FetchRequest request(int id, int epoch, FetchTopic... topics) {
        return new FetchRequest().setSessionId(id).setSessionEpoch(epoch).setTopics(List.of(topics));
    }

    private Selection select(int id, int epoch, FetchTopic... topics) {
        return sessions.select(request(id, epoch, topics), BY_NAME, nowMs);
    }

    private int open(FetchTopic topic) {
        return select(0, 0, topic).sessionId();
    }
}
