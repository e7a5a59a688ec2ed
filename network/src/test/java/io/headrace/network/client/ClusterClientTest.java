package io.headrace.network.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.network.loop.NetworkLoops;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.FindCoordinatorResponse;
import io.headrace.protocol.message.HeartbeatRequest;
import io.headrace.protocol.message.HeartbeatResponse;
import io.headrace.protocol.message.ListOffsetsRequest;
import io.headrace.protocol.message.ListOffsetsResponse;
import io.headrace.protocol.message.MetadataResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ClusterClientTest {
    private final NetworkLoops loops = NetworkLoops.startNio(1, "test-client");
    private FakeBroker broker;
    private ClusterClient client;

    @BeforeEach
    void start() throws Exception {
        broker = new FakeBroker(loops);
        broker.on(ApiKey.METADATA, request -> metadata(0));
        client = client(5_000);
    }

    private ClusterClient client(int timeoutMs) {
        return new ClusterClient(
                loops, List.of(broker.address()), ClientOptions.of("test").withTimeoutMs(timeoutMs));
    }

    @AfterEach
    void stop() {
        client.close();
        broker.close();
        loops.close();
    }

    private MetadataResponse metadata(int leader) {
        return new MetadataResponse()
                .setClusterId("c")
                .setBrokers(List.of(new MetadataResponse.MetadataResponseBroker()
                        .setNodeId(0)
                        .setHost(broker.address().host())
                        .setPort(broker.address().port())))
                .setTopics(List.of(new MetadataResponse.MetadataResponseTopic()
                        .setName("orders")
                        .setPartitions(List.of(new MetadataResponse.MetadataResponsePartition()
                                .setPartitionIndex(0)
                                .setLeaderId(leader)))));
    }

    private static ListOffsetsResponse offset(ErrorCode error, long offset) {
        return new ListOffsetsResponse()
                .setTopics(List.of(new ListOffsetsResponse.ListOffsetsTopicResponse()
                        .setName("orders")
                        .setPartitions(List.of(new ListOffsetsResponse.ListOffsetsPartitionResponse()
                                .setErrorCode(error.code())
                                .setOffset(offset)))));
    }

    private static ErrorCode error(ListOffsetsResponse response) {
        return ErrorCode.forCode(response.topics().get(0).partitions().get(0).errorCode());
    }

    private CompletableFuture<ListOffsetsResponse> askOffset(ClusterClient asking) {
        return asking.sendToLeader(
                "orders",
                0,
                new ListOffsetsRequest(),
                ListOffsetsResponse.class,
                Short.MAX_VALUE,
                ClusterClientTest::error);
    }

    @Test
    void readsMetadata() {
        ClusterMetadata metadata = ClusterClient.await(client.metadata(null, false));
        assertThat(metadata.topics()).containsOnlyKeys("orders");
        assertThat(metadata.leaderOf("orders", 0)).isZero();
        assertThat(metadata.leaderOf("orders", 1)).isEqualTo(-1);
        assertThat(metadata.nodes()).containsEntry(0, new ClusterMetadata.Node(0, broker.address(), null));
    }

    @Test
    void asksAgainForVersionsInOneThatTheBrokerKnows() {
        broker.apiVersionsMax(2);
        assertThat(ClusterClient.await(client.metadata(null, false)).clusterId())
                .isEqualTo("c");
    }

    @Test
    void triesAnotherBrokerWhenTheFirstCannotBeReached() {
        ClusterClient two = new ClusterClient(
                loops,
                List.of(new HostPort("127.0.0.1", 1), broker.address()),
                ClientOptions.of("test").withTimeoutMs(5_000));
        assertThat(ClusterClient.await(two.metadata(null, false)).clusterId()).isEqualTo("c");
        two.close();
    }

    @Test
    void saysThatNoBrokerCanBeReached() {
        ClusterClient none = new ClusterClient(
                loops,
                List.of(new HostPort("127.0.0.1", 1)),
                ClientOptions.of("test").withTimeoutMs(200));
        assertThatThrownBy(() -> ClusterClient.await(none.metadata(null, false)))
                .isInstanceOfSatisfying(
                        ClientException.class, e -> assertThat(e.error()).isEqualTo(ErrorCode.BROKER_NOT_AVAILABLE))
                .hasMessageContaining("127.0.0.1:1")
                .hasMessageContaining("refused");
        none.close();
    }

    @Test
    void looksForTheLeaderAgainUntilThereIsOne() {
        AtomicInteger metadataCalls = new AtomicInteger();
        AtomicInteger offsetCalls = new AtomicInteger();
        broker.on(ApiKey.METADATA, request -> metadata(metadataCalls.incrementAndGet() < 3 ? -1 : 0));
        broker.on(
                ApiKey.LIST_OFFSETS,
                request -> offsetCalls.incrementAndGet() < 3
                        ? offset(ErrorCode.NOT_LEADER_OR_FOLLOWER, -1)
                        : offset(ErrorCode.NONE, 42));
        ListOffsetsResponse response = ClusterClient.await(askOffset(client));
        assertThat(response.topics().get(0).partitions().get(0).offset()).isEqualTo(42);
        assertThat(offsetCalls).hasValue(3);
    }

    @Test
    void givesTheLastAnswerWhenTheTimeIsOver() {
        broker.on(ApiKey.LIST_OFFSETS, request -> offset(ErrorCode.LEADER_NOT_AVAILABLE, -1));
        ClusterClient hasty = client(300);
        assertThat(error(ClusterClient.await(askOffset(hasty)))).isEqualTo(ErrorCode.LEADER_NOT_AVAILABLE);
        hasty.close();
    }

    @Test
    void anUnansweredRequestTimesOut() {
        broker.on(ApiKey.LIST_OFFSETS, request -> null);
        ClusterClient hasty = client(300);
        assertThatThrownBy(() -> ClusterClient.await(askOffset(hasty)))
                .isInstanceOfSatisfying(
                        ClientException.class, e -> assertThat(e.error()).isEqualTo(ErrorCode.REQUEST_TIMED_OUT));
        hasty.close();
    }

    @Test
    void findsTheCoordinatorAndFollowsItWhenItMoves() {
        AtomicInteger found = new AtomicInteger();
        AtomicInteger asked = new AtomicInteger();
        broker.on(ApiKey.FIND_COORDINATOR, request -> {
            found.incrementAndGet();
            return new FindCoordinatorResponse()
                    .setNodeId(0)
                    .setHost(broker.address().host())
                    .setPort(broker.address().port());
        });
        broker.on(ApiKey.HEARTBEAT, request -> new HeartbeatResponse()
                .setErrorCode((asked.incrementAndGet() == 1 ? ErrorCode.NOT_COORDINATOR : ErrorCode.NONE).code()));
        for (int i = 0; i < 3; i++) {
            ApiMessage request = new HeartbeatRequest().setGroupId("g").setMemberId("m");
            HeartbeatResponse response = ClusterClient.await(client.sendToCoordinator(
                    ClusterClient.COORDINATOR_OF_GROUP,
                    "g",
                    request,
                    HeartbeatResponse.class,
                    Short.MAX_VALUE,
                    answer -> ErrorCode.forCode(answer.errorCode())));
            assertThat(response.errorCode()).isZero();
        }
        assertThat(found).hasValue(2);
        assertThat(asked).hasValue(4);
    }

    @Test
    void connectsAgainAfterTheConnectionBroke() {
        for (int i = 0; i < 5; i++) {
            assertThat(ClusterClient.await(client.metadata(null, false)).clusterId())
                    .isEqualTo("c");
            broker.dropConnections();
        }
    }
}
