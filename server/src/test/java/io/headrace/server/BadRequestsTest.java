package io.headrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.network.server.CloseReason;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.AlterPartitionReassignmentsRequest;
import io.headrace.protocol.message.AlterPartitionReassignmentsResponse;
import io.headrace.protocol.message.ApiVersionsRequest;
import io.headrace.protocol.message.ApiVersionsResponse;
import io.headrace.protocol.message.CreatePartitionsRequest;
import io.headrace.protocol.message.CreatePartitionsRequest.CreatePartitionsTopic;
import io.headrace.protocol.message.CreatePartitionsResponse;
import io.headrace.protocol.message.CreatePartitionsResponse.CreatePartitionsTopicResult;
import io.headrace.protocol.message.CreateTopicsRequest;
import io.headrace.protocol.message.CreateTopicsRequest.CreatableReplicaAssignment;
import io.headrace.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.headrace.protocol.message.CreateTopicsRequest.CreatableTopicConfig;
import io.headrace.protocol.message.CreateTopicsResponse;
import io.headrace.protocol.message.FetchRequest;
import io.headrace.protocol.message.FetchRequest.FetchPartition;
import io.headrace.protocol.message.FetchRequest.FetchTopic;
import io.headrace.protocol.message.FetchResponse;
import io.headrace.protocol.message.FindCoordinatorRequest;
import io.headrace.protocol.message.GetTelemetrySubscriptionsRequest;
import io.headrace.protocol.message.GetTelemetrySubscriptionsResponse;
import io.headrace.protocol.message.InitProducerIdRequest;
import io.headrace.protocol.message.InitProducerIdResponse;
import io.headrace.protocol.message.JoinGroupRequest;
import io.headrace.protocol.message.JoinGroupRequest.JoinGroupRequestProtocol;
import io.headrace.protocol.message.JoinGroupResponse;
import io.headrace.protocol.message.ListOffsetsRequest;
import io.headrace.protocol.message.ListOffsetsRequest.ListOffsetsPartition;
import io.headrace.protocol.message.ListOffsetsRequest.ListOffsetsTopic;
import io.headrace.protocol.message.ListOffsetsResponse;
import io.headrace.protocol.message.ListPartitionReassignmentsRequest;
import io.headrace.protocol.message.ListPartitionReassignmentsResponse;
import io.headrace.protocol.message.MetadataRequest;
import io.headrace.protocol.message.MetadataResponse;
import io.headrace.protocol.message.OffsetCommitRequest;
import io.headrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestPartition;
import io.headrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestTopic;
import io.headrace.protocol.message.OffsetCommitResponse;
import io.headrace.protocol.message.OffsetForLeaderEpochRequest;
import io.headrace.protocol.message.OffsetForLeaderEpochRequest.OffsetForLeaderPartition;
import io.headrace.protocol.message.OffsetForLeaderEpochRequest.OffsetForLeaderTopic;
import io.headrace.protocol.message.OffsetForLeaderEpochResponse;
import io.headrace.protocol.message.PushTelemetryRequest;
import io.headrace.protocol.message.PushTelemetryResponse;
import io.headrace.protocol.message.WriteTxnMarkersRequest;
import io.headrace.protocol.message.WriteTxnMarkersRequest.WritableTxnMarker;
import io.headrace.protocol.message.WriteTxnMarkersRequest.WritableTxnMarkerTopic;
import io.headrace.protocol.message.WriteTxnMarkersResponse;
import io.headrace.protocol.message.WriteTxnMarkersResponse.WritableTxnMarkerResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that can be read but ask for what cannot be: each gets the error code that Kafka gives. Produce has its own. */
final class BadRequestsTest {
    private static RunningBroker broker;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        broker = RunningBroker.start(directory, Map.of());
        broker.createTopic("here", 2, Map.of());
        var unused = broker.ask(new FindCoordinatorRequest().setKey("g"), 0);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @AfterEach
    void nextClientIsServed() throws IOException {
        assertThat(((MetadataResponse) broker.ask(new MetadataRequest(), 12)).brokers())
                .hasSize(1);
        assertThat(broker.errors()).isEmpty();
        assertThat(broker.closed(CloseReason.HANDLER_FAILURE)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "../../etc", "a/b", "a b", "nul\0", "\u00e4"})
    void topicNameThatIsNone(String name) throws IOException {
        assertRefused(topic(name), ErrorCode.INVALID_TOPIC_EXCEPTION);
    }

    @Test
    void topicNameThatIsTooLong() throws IOException {
        assertRefused(topic("x".repeat(250)), ErrorCode.INVALID_TOPIC_EXCEPTION);
    }

    @Test
    void topicNameThatCollides() throws IOException {
        broker.createTopic("dotted.name", 1, Map.of());
        assertRefused(topic("dotted_name"), ErrorCode.INVALID_TOPIC_EXCEPTION);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -5, Integer.MIN_VALUE})
    void partitionCountOutOfRange(int count) throws IOException {
        assertRefused(topic("t").setNumPartitions(count), ErrorCode.INVALID_PARTITIONS);
    }

    @ParameterizedTest
    @ValueSource(ints = {1_000_000_000, Integer.MAX_VALUE, 10_001})
    void partitionCountOfAttack(int count) throws IOException {
        assertRefused(topic("t").setNumPartitions(count), ErrorCode.POLICY_VIOLATION);
    }

    @ParameterizedTest
    @ValueSource(shorts = {0, -5, 2, Short.MAX_VALUE})
    void replicationFactorOutOfRange(short factor) throws IOException {
        assertRefused(topic("t").setReplicationFactor(factor), ErrorCode.INVALID_REPLICATION_FACTOR);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "-1, 1", "0, 99", "0, -1"})
    void replicasAssignedToNobody(int partition, int brokerId) throws IOException {
        CreatableTopic topic = topic("t")
                .setNumPartitions(-1)
                .setReplicationFactor((short) -1)
                .setAssignments(List.of(new CreatableReplicaAssignment()
                        .setPartitionIndex(partition)
                        .setBrokerIds(List.of(brokerId))));
        assertRefused(topic, ErrorCode.INVALID_REPLICA_ASSIGNMENT);
    }

    @ParameterizedTest
    @CsvSource({"no.such.key, 1", "retention.ms, soon", "retention.ms, -2", "cleanup.policy, burn", "segment.bytes, 1"})
    void configThatIsNone(String key, String value) throws IOException {
        CreatableTopic topic = topic("t")
                .setConfigs(List.of(new CreatableTopicConfig().setName(key).setValue(value)));
        assertRefused(topic, ErrorCode.INVALID_CONFIG);
    }

    @Test
    void configWithoutValue() throws IOException {
        CreatableTopic topic = topic("t")
                .setConfigs(List.of(
                        new CreatableTopicConfig().setName("retention.ms").setValue(null)));
        assertRefused(topic, ErrorCode.INVALID_CONFIG);
    }

    @Test
    void topicNamedTwice() throws IOException {
        CreateTopicsRequest request = new CreateTopicsRequest().setTopics(List.of(topic("twice"), topic("twice")));
        CreateTopicsResponse answer = (CreateTopicsResponse) broker.ask(request, 7);
        assertThat(answer.topics()).singleElement().satisfies(result -> assertThat(result.errorCode())
                .isEqualTo(ErrorCode.INVALID_REQUEST.code()));
    }

    @ParameterizedTest
    @CsvSource({"here, 1", "here, 2", "here, 0", "here, -3"})
    void partitionsThatWouldNotGrow(String topic, int count) throws IOException {
        assertThat(assertPartitions(topic, count, ErrorCode.INVALID_PARTITIONS).errorMessage())
                .isNotEmpty();
    }

    @Test
    void partitionsOfAnAbsentTopic() throws IOException {
        assertThat(assertPartitions("absent", 5, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
                        .errorMessage())
                .isNull();
    }

    @Test
    void reassignmentsOfNothingHaveNoMessage() throws IOException {
        var altered = (AlterPartitionReassignmentsResponse) broker.ask(
                new AlterPartitionReassignmentsRequest(), ApiKey.ALTER_PARTITION_REASSIGNMENTS.highestVersion());
        assertThat(altered.errorMessage()).isNull();
        var listed = (ListPartitionReassignmentsResponse) broker.ask(
                new ListPartitionReassignmentsRequest(), ApiKey.LIST_PARTITION_REASSIGNMENTS.highestVersion());
        assertThat(listed.errorMessage()).isNull();
    }

    private static CreatePartitionsTopicResult assertPartitions(String topic, int count, ErrorCode error)
            throws IOException {
        CreatePartitionsRequest request = new CreatePartitionsRequest()
                .setTopics(List.of(new CreatePartitionsTopic()
                        .setName(topic)
                        .setCount(count)
                        .setAssignments(null)));
        CreatePartitionsResponse answer = (CreatePartitionsResponse) broker.ask(request, 3);
        assertThat(answer.results().get(0).errorCode()).isEqualTo(error.code());
        return answer.results().get(0);
    }

    @ParameterizedTest
    @CsvSource({"5, -1", "-1, 3"})
    void producerIdWithoutEpoch(long id, short epoch) throws IOException {
        assertInit(new InitProducerIdRequest().setProducerId(id).setProducerEpoch(epoch), ErrorCode.INVALID_REQUEST);
    }

    @Test
    void emptyTransactionalId() throws IOException {
        assertInit(new InitProducerIdRequest().setTransactionalId(""), ErrorCode.INVALID_REQUEST);
    }

    private static void assertInit(InitProducerIdRequest request, ErrorCode error) throws IOException {
        request.setTransactionTimeoutMs(1000);
        InitProducerIdResponse answer = (InitProducerIdResponse) broker.ask(request, 4);
        assertThat(answer.errorCode()).isEqualTo(error.code());
        assertThat(answer.producerId()).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MAX_VALUE, 0, -1, Integer.MIN_VALUE})
    void fetchOfAbsurdSize(int bytes) throws IOException {
        FetchRequest request = fetch("here", 0, 0, -1).setMaxBytes(bytes);
        request.topics().get(0).partitions().get(0).setPartitionMaxBytes(bytes);
        assertThat(partitionError(request)).isEqualTo(ErrorCode.NONE.code());
    }

    @ParameterizedTest
    @CsvSource({"1, OFFSET_OUT_OF_RANGE", "-1, OFFSET_OUT_OF_RANGE", "9223372036854775807, OFFSET_OUT_OF_RANGE"})
    void fetchOutOfRange(long offset, ErrorCode error) throws IOException {
        assertThat(partitionError(fetch("here", 0, offset, -1))).isEqualTo(error.code());
    }

    @ParameterizedTest
    @CsvSource({"here, 2", "here, -1", "here, -2147483648", "absent, 0", "'', 0"})
    void fetchOfAbsentPartition(String topic, int partition) throws IOException {
        assertThat(partitionError(fetch(topic, partition, 0, -1)))
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
    }

    @Test
    void fetchInALaterLeaderEpoch() throws IOException {
        assertThat(partitionError(fetch("here", 0, 0, 1000))).isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH.code());
    }

    @Test
    void offsetsInALaterLeaderEpoch() throws IOException {
        ListOffsetsRequest list = new ListOffsetsRequest()
                .setTopics(List.of(new ListOffsetsTopic()
                        .setName("here")
                        .setPartitions(List.of(
                                new ListOffsetsPartition().setTimestamp(-1).setCurrentLeaderEpoch(1000)))));
        var listed = ((ListOffsetsResponse) broker.ask(list, 7)).topics().get(0).partitions();
        assertThat(listed.get(0).errorCode()).isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH.code());
        OffsetForLeaderEpochRequest end = new OffsetForLeaderEpochRequest()
                .setTopics(List.of(new OffsetForLeaderTopic()
                        .setTopic("here")
                        .setPartitions(List.of(new OffsetForLeaderPartition().setCurrentLeaderEpoch(1000)))));
        var found = ((OffsetForLeaderEpochResponse) broker.ask(end, 4))
                .topics()
                .get(0)
                .partitions();
        assertThat(found.get(0).errorCode()).isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH.code());
    }

    @Test
    void fetchInASessionThatIsNone() throws IOException {
        FetchRequest request = new FetchRequest().setSessionId(123).setSessionEpoch(4);
        assertThat(((FetchResponse) broker.ask(request, 12)).errorCode())
                .isEqualTo(ErrorCode.FETCH_SESSION_ID_NOT_FOUND.code());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 7, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void fetchOutOfTurn(int epoch) throws IOException {
        FetchRequest first = fetch("here", 0, 0, -1).setSessionEpoch(0);
        int session = ((FetchResponse) broker.ask(first, 12)).sessionId();
        assertThat(session).isPositive();
        FetchRequest next = new FetchRequest().setSessionId(session).setSessionEpoch(epoch);
        assertThat(((FetchResponse) broker.ask(next, 12)).errorCode())
                .isEqualTo(ErrorCode.INVALID_FETCH_SESSION_EPOCH.code());
    }

    /** CVE-2018-1288: only a broker may say how far its copy of a log has come. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, Integer.MAX_VALUE})
    void fetchThatPosesAsAFollower(int replicaId) throws IOException {
        assertThat(partitionError(fetch("here", 0, 0, -1).setReplicaId(replicaId)))
                .isEqualTo(ErrorCode.TOPIC_AUTHORIZATION_FAILED.code());
    }

    private static FetchRequest fetch(String topic, int partition, long offset, int leaderEpoch) {
        return new FetchRequest()
                .setMaxWaitMs(0)
                .setMaxBytes(1 << 20)
                .setSessionEpoch(-1)
                .setTopics(List.of(new FetchTopic()
                        .setTopic(topic)
                        .setPartitions(List.of(new FetchPartition()
                                .setPartition(partition)
                                .setFetchOffset(offset)
                                .setCurrentLeaderEpoch(leaderEpoch)
                                .setPartitionMaxBytes(1 << 20)))));
    }

    private static short partitionError(FetchRequest request) throws IOException {
        FetchResponse answer = (FetchResponse) broker.ask(request, 12);
        assertThat(answer.errorCode()).isZero();
        return answer.responses().get(0).partitions().get(0).errorCode();
    }

    @Test
    void offsetMetadataThatIsTooLarge() throws IOException {
        OffsetCommitRequest request = new OffsetCommitRequest()
                .setGroupId("g")
                .setTopics(List.of(new OffsetCommitRequestTopic()
                        .setName("here")
                        .setPartitions(List.of(
                                offset(0, "x".repeat(4097)),
                                offset(1, "x".repeat(4096)),
                                offset(2, ""),
                                offset(-1, null)))));
        OffsetCommitResponse answer = (OffsetCommitResponse) broker.ask(request, 8);
        assertThat(answer.topics()).hasSize(1);
        assertThat(answer.topics().get(0).partitions()).hasSize(4).allSatisfy(result -> {
            ErrorCode expected =
                    switch (result.partitionIndex()) {
                        case 0 -> ErrorCode.OFFSET_METADATA_TOO_LARGE;
                        case 1 -> ErrorCode.NONE;
                        default -> ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
                    };
            assertThat(result.errorCode()).isEqualTo(expected.code());
        });
    }

    private static OffsetCommitRequestPartition offset(int partition, @Nullable String metadata) {
        return new OffsetCommitRequestPartition()
                .setPartitionIndex(partition)
                .setCommittedOffset(1)
                .setCommittedMetadata(metadata);
    }

    @Test
    void markersThatEndATransactionTwice() throws IOException {
        broker.createTopic("ended", 2, Map.of());
        WriteTxnMarkersRequest request = new WriteTxnMarkersRequest()
                .setMarkers(List.of(
                        marker(7, markers("ended", 0, 0, 1), markers("ended", 1)), marker(7, markers("ended", 0))));
        List<WritableTxnMarkerResult> results = ((WriteTxnMarkersResponse) broker.ask(request, 1)).markers();
        assertThat(results).hasSize(2);
        assertThat(results.get(0).topics()).singleElement().satisfies(topic -> assertThat(topic.partitions())
                .hasSize(2)
                .allMatch(partition -> partition.errorCode() == 0));
        assertThat(results.get(1).topics().get(0).partitions())
                .singleElement()
                .satisfies(partition -> assertThat(partition.errorCode()).isEqualTo(ErrorCode.INVALID_REQUEST.code()));
    }

    @Test
    void moreMarkersThanOneRequestMayHave() throws IOException {
        int[] partitions = IntStream.range(0, 10_002).toArray();
        WriteTxnMarkersRequest request =
                new WriteTxnMarkersRequest().setMarkers(List.of(marker(8, markers("none", partitions))));
        WriteTxnMarkersResponse answer = (WriteTxnMarkersResponse) broker.ask(request, 1);
        Map<Short, Long> counts = answer.markers().get(0).topics().get(0).partitions().stream()
                .collect(Collectors.groupingBy(result -> result.errorCode(), Collectors.counting()));
        assertThat(counts)
                .containsOnly(
                        Map.entry(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code(), 10_000L),
                        Map.entry(ErrorCode.REQUEST_TIMED_OUT.code(), 2L));
    }

    private static WritableTxnMarker marker(long producerId, WritableTxnMarkerTopic... topics) {
        return new WritableTxnMarker()
                .setProducerId(producerId)
                .setTransactionResult(true)
                .setTopics(List.of(topics));
    }

    private static WritableTxnMarkerTopic markers(String topic, int... partitions) {
        return new WritableTxnMarkerTopic()
                .setName(topic)
                .setPartitionIndexes(Arrays.stream(partitions).boxed().toList());
    }

    @Test
    void telemetryThatIsNotAnnounced() throws IOException {
        GetTelemetrySubscriptionsResponse answer =
                (GetTelemetrySubscriptionsResponse) broker.ask(new GetTelemetrySubscriptionsRequest(), 0);
        assertThat(answer.errorCode()).isZero();
        assertThat(answer.requestedMetrics()).isEmpty();
        PushTelemetryRequest push = new PushTelemetryRequest()
                .setClientInstanceId(answer.clientInstanceId())
                .setSubscriptionId(answer.subscriptionId());
        assertThat(((PushTelemetryResponse) broker.ask(push, 0)).errorCode()).isZero();
        ApiVersionsResponse versions = (ApiVersionsResponse) broker.ask(new ApiVersionsRequest(), 0);
        assertThat(versions.apiKeys())
                .noneMatch(api -> api.apiKey() == ApiKey.GET_TELEMETRY_SUBSCRIPTIONS.id()
                        || api.apiKey() == ApiKey.PUSH_TELEMETRY.id());
    }

    @Test
    void emptyGroupId() throws IOException {
        assertJoin(join().setGroupId(""), ErrorCode.INVALID_GROUP_ID);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 5999, 1_800_001, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void sessionTimeoutOutOfRange(int ms) throws IOException {
        assertJoin(join().setSessionTimeoutMs(ms), ErrorCode.INVALID_SESSION_TIMEOUT);
    }

    @Test
    void groupWithoutProtocols() throws IOException {
        assertJoin(join().setProtocols(List.of()), ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    }

    @Test
    void memberThatIsUnknown() throws IOException {
        assertJoin(join().setMemberId("nobody"), ErrorCode.UNKNOWN_MEMBER_ID);
    }

    private static JoinGroupRequest join() {
        return new JoinGroupRequest()
                .setGroupId("joined")
                .setSessionTimeoutMs(10_000)
                .setRebalanceTimeoutMs(10_000)
                .setProtocolType("consumer")
                .setProtocols(
                        List.of(new JoinGroupRequestProtocol().setName("range").setMetadata(new byte[4])));
    }

    private static void assertJoin(JoinGroupRequest request, ErrorCode error) throws IOException {
        assertThat(((JoinGroupResponse) broker.ask(request, 9)).errorCode()).isEqualTo(error.code());
    }

    private static CreatableTopic topic(String name) {
        return new CreatableTopic().setName(name).setNumPartitions(1).setReplicationFactor((short) 1);
    }

    private static void assertRefused(CreatableTopic topic, ErrorCode error) throws IOException {
        CreateTopicsRequest request =
                new CreateTopicsRequest().setTopics(List.of(topic)).setTimeoutMs(10_000);
        CreateTopicsResponse answer = (CreateTopicsResponse) broker.ask(request, ApiKey.CREATE_TOPICS.highestVersion());
        assertThat(answer.topics().get(0).errorCode())
                .as(answer.topics().get(0).errorMessage())
                .isEqualTo(error.code());
    }
}
