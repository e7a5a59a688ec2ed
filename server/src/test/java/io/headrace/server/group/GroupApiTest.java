package io.headrace.server.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.group.GroupSettings;
import io.headrace.core.metadata.CreateTopic;
import io.headrace.core.metadata.DeleteTopic;
import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.DeleteGroupsRequest;
import io.headrace.protocol.message.DeleteGroupsResponse;
import io.headrace.protocol.message.DescribeGroupsRequest;
import io.headrace.protocol.message.DescribeGroupsResponse;
import io.headrace.protocol.message.FindCoordinatorRequest;
import io.headrace.protocol.message.FindCoordinatorResponse;
import io.headrace.protocol.message.HeartbeatRequest;
import io.headrace.protocol.message.HeartbeatResponse;
import io.headrace.protocol.message.JoinGroupRequest;
import io.headrace.protocol.message.JoinGroupResponse;
import io.headrace.protocol.message.LeaveGroupRequest;
import io.headrace.protocol.message.LeaveGroupRequest.MemberIdentity;
import io.headrace.protocol.message.LeaveGroupResponse;
import io.headrace.protocol.message.ListGroupsRequest;
import io.headrace.protocol.message.ListGroupsResponse;
import io.headrace.protocol.message.OffsetCommitRequest;
import io.headrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestPartition;
import io.headrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestTopic;
import io.headrace.protocol.message.OffsetCommitResponse;
import io.headrace.protocol.message.OffsetDeleteRequest;
import io.headrace.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestPartition;
import io.headrace.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestTopic;
import io.headrace.protocol.message.OffsetDeleteResponse;
import io.headrace.protocol.message.OffsetFetchRequest;
import io.headrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestGroup;
import io.headrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopic;
import io.headrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopics;
import io.headrace.protocol.message.OffsetFetchResponse;
import io.headrace.protocol.message.SyncGroupRequest;
import io.headrace.protocol.message.SyncGroupRequest.SyncGroupRequestAssignment;
import io.headrace.protocol.message.SyncGroupResponse;
import io.headrace.server.api.AnsweredRequest;
import io.headrace.server.api.DeleteGroupsHandler;
import io.headrace.server.api.DescribeGroupsHandler;
import io.headrace.server.api.FindCoordinatorHandler;
import io.headrace.server.api.HeartbeatHandler;
import io.headrace.server.api.JoinGroupHandler;
import io.headrace.server.api.LeaveGroupHandler;
import io.headrace.server.api.ListGroupsHandler;
import io.headrace.server.api.OffsetCommitHandler;
import io.headrace.server.api.OffsetDeleteHandler;
import io.headrace.server.api.OffsetFetchHandler;
import io.headrace.server.api.RequestHandler;
import io.headrace.server.api.SyncGroupHandler;
import io.headrace.server.coordinator.CoordinatorClock;
import io.headrace.server.metadata.MemoryMetadataLog;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.metadata.TopicCreation;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.ResourceType;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The group APIs from handler to log and back, with real threads. */
class GroupApiTest {
    private static final int BROKER = 7;
    private static final UUID TOPIC_ID = new UUID(9, 9);

    private final ExecutorService logThread = Executors.newSingleThreadExecutor();
    private final MemoryMetadataLog metadata = MemoryMetadataLog.oneBroker(BROKER, "broker.example");
    private final MemoryLog log = new MemoryLog(logThread);
    private final Proposals proposals = new Proposals(metadata);
    private final TopicCreation creation = new TopicCreation(() -> BrokerConfig.DEFAULT, UUID::randomUUID);
    private Authorizer authorizer = Authorizer.ALLOW_ALL;
    private GroupCoordinators groups = newCoordinators();

    private GroupCoordinators newCoordinators() {
        return new GroupCoordinators(
                BROKER,
                GroupSettings.of(BrokerConfig.of(Map.of("group.initial.rebalance.delay.ms", "0"))
                        .groups()),
                metadata,
                log,
                log,
                new CoordinatorClock(System::currentTimeMillis, System::currentTimeMillis),
                UUID::randomUUID,
                1_000);
    }

    @BeforeEach
    void start() {
        metadata.apply(CreateTopic.of("t", TOPIC_ID, 3, 1));
        groups.start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        groups.stop();
        logThread.shutdownNow();
    }

    private void restart() throws InterruptedException {
        groups.stop();
        groups = newCoordinators();
        groups.start();
    }

    private <Q extends ApiMessage, R extends ApiMessage> CompletableFuture<R> send(
            RequestHandler<Q> handler, Class<R> answerType, int version, Q request) {
        return AnsweredRequest.send(handler, version, request, answerType);
    }

    private static <R> R await(CompletableFuture<R> answer) {
        return answer.orTimeout(20, TimeUnit.SECONDS).join();
    }

    private FindCoordinatorResponse findCoordinator(int version, int type, String... keys) {
        FindCoordinatorRequest request = new FindCoordinatorRequest().setKeyType((byte) type);
        if (version >= 4) {
            request.setCoordinatorKeys(List.of(keys));
        } else {
            request.setKey(keys[0]);
        }
        FindCoordinatorHandler handler = new FindCoordinatorHandler(proposals, creation, authorizer);
        return await(send(handler, FindCoordinatorResponse.class, version, request));
    }

    private CompletableFuture<JoinGroupResponse> join(int version, String memberId) {
        JoinGroupRequest request = new JoinGroupRequest()
                .setGroupId("g")
                .setMemberId(memberId)
                .setSessionTimeoutMs(30_000)
                .setRebalanceTimeoutMs(60_000)
                .setProtocolType("consumer")
                .setProtocols(List.of(new JoinGroupRequest.JoinGroupRequestProtocol()
                        .setName("range")
                        .setMetadata(new byte[] {0, 0, 0, 0, 0, 1, 0, 1, 't', -1, -1, -1, -1})));
        return send(new JoinGroupHandler(groups, authorizer), JoinGroupResponse.class, version, request);
    }

    private SyncGroupResponse sync(String memberId, int generation) {
        SyncGroupRequest request = new SyncGroupRequest()
                .setGroupId("g")
                .setMemberId(memberId)
                .setGenerationId(generation)
                .setProtocolType("consumer")
                .setProtocolName("range")
                .setAssignments(List.of(
                        new SyncGroupRequestAssignment().setMemberId(memberId).setAssignment(new byte[] {1, 2, 3})));
        return await(send(new SyncGroupHandler(groups, authorizer), SyncGroupResponse.class, 5, request));
    }

    private ErrorCode heartbeat(String memberId, int generation) {
        HeartbeatRequest request =
                new HeartbeatRequest().setGroupId("g").setMemberId(memberId).setGenerationId(generation);
        return ErrorCode.forCode(
                await(send(new HeartbeatHandler(groups, authorizer), HeartbeatResponse.class, 4, request))
                        .errorCode());
    }

    private OffsetCommitResponse commit(int version, String group, String topic, UUID topicId, int partition) {
        OffsetCommitRequest request = new OffsetCommitRequest()
                .setGroupId(group)
                .setTopics(List.of(new OffsetCommitRequestTopic()
                        .setName(topic)
                        .setTopicId(topicId)
                        .setPartitions(List.of(
                                new OffsetCommitRequestPartition()
                                        .setPartitionIndex(0)
                                        .setCommittedOffset(42)
                                        .setCommittedMetadata("note"),
                                new OffsetCommitRequestPartition()
                                        .setPartitionIndex(partition)
                                        .setCommittedOffset(43)
                                        .setCommittedMetadata("note")))));
        return await(send(
                new OffsetCommitHandler(groups, proposals, authorizer), OffsetCommitResponse.class, version, request));
    }

    private static List<ErrorCode> errors(OffsetCommitResponse response) {
        return response.topics().stream()
                .flatMap(topic -> topic.partitions().stream())
                .map(partition -> ErrorCode.forCode(partition.errorCode()))
                .toList();
    }

    private OffsetFetchResponse fetch(int version, OffsetFetchRequest request) {
        return await(send(
                new OffsetFetchHandler(groups, proposals, authorizer), OffsetFetchResponse.class, version, request));
    }

    /** Waits until the coordinators have read their logs. */
    private ListGroupsResponse list() {
        while (true) {
            ListGroupsResponse listed = await(send(
                    new ListGroupsHandler(groups, authorizer), ListGroupsResponse.class, 5, new ListGroupsRequest()));
            if (listed.errorCode() != ErrorCode.COORDINATOR_LOAD_IN_PROGRESS.code()) {
                assertThat(listed.errorCode()).isZero();
                return listed;
            }
        }
    }

    private String stableMember() {
        findCoordinator(4, 0, "g");
        String memberId = await(join(9, "")).memberId();
        JoinGroupResponse joined = await(join(9, memberId));
        assertThat(joined.errorCode()).isZero();
        assertThat(sync(memberId, joined.generationId()).assignment()).containsExactly(1, 2, 3);
        return memberId;
    }

    @Test
    void theFirstSearchForACoordinatorCreatesTheOffsetsTopicAndIsAnswered() {
        FindCoordinatorResponse found = findCoordinator(4, 0, "g", "h");

        assertThat(found.coordinators()).hasSize(2).allSatisfy(coordinator -> {
            assertThat(coordinator.errorCode()).isZero();
            assertThat(coordinator.nodeId()).isEqualTo(BROKER);
            assertThat(coordinator.host()).isEqualTo("broker.example");
            assertThat(coordinator.port()).isEqualTo(9092);
        });
        TopicImage topic = Objects.requireNonNull(metadata.image().topic(TopicImage.CONSUMER_OFFSETS));
        assertThat(topic.partitionCount()).isEqualTo(50);
        assertThat(topic.configs())
                .isEqualTo(Map.of(
                        "cleanup.policy", "compact", "compression.type", "producer", "segment.bytes", "104857600"));
    }

    @Test
    void coordinatorsOfTransactionsAreFoundAndThoseOfShareGroupsAreNot() {
        FindCoordinatorResponse found = findCoordinator(2, 1, "tx");
        assertThat(found.nodeId()).isEqualTo(BROKER);
        assertThat(found.errorMessage()).as("as in Kafka").isEqualTo("NONE");
        TopicImage topic = Objects.requireNonNull(metadata.image().topic(TopicImage.TRANSACTION_STATE));
        assertThat(topic.configs())
                .isEqualTo(Map.of(
                        "cleanup.policy", "compact",
                        "compression.type", "uncompressed",
                        "min.insync.replicas", "1",
                        "segment.bytes", "104857600",
                        "unclean.leader.election.enable", "false"));
        assertThat(findCoordinator(6, 2, "g:AAAA:0").coordinators().get(0).errorCode())
                .isEqualTo(ErrorCode.INVALID_REQUEST.code());
        assertThat(metadata.image().topic(TopicImage.CONSUMER_OFFSETS)).isNull();
    }

    @Test
    void aMemberJoinsCommitsAndGoesOnAfterARestart() throws InterruptedException {
        String memberId = stableMember();
        assertThat(heartbeat(memberId, 1)).isEqualTo(ErrorCode.NONE);
        restart();
        assertThat(list().groups()).satisfiesExactly(group -> {
            assertThat(group.groupId()).isEqualTo("g");
            assertThat(group.groupState()).isEqualTo("Stable");
        });
        assertThat(heartbeat(memberId, 1)).isEqualTo(ErrorCode.NONE);
        assertThat(sync(memberId, 1).assignment()).containsExactly(1, 2, 3);
    }

    @Test
    void offsetsSurviveARestartAndAreFetchedInEveryWay() throws InterruptedException {
        findCoordinator(4, 0, "s");
        assertThat(errors(commit(9, "s", "t", new UUID(0, 0), 1))).containsOnly(ErrorCode.NONE);
        restart();
        list();

        OffsetFetchResponse older = fetch(
                5,
                new OffsetFetchRequest()
                        .setGroupId("s")
                        .setTopics(List.of(
                                new OffsetFetchRequestTopic().setName("t").setPartitionIndexes(List.of(0, 1, 2)))));
        assertThat(older.topics().get(0).partitions())
                .extracting(partition -> partition.committedOffset())
                .containsExactly(42L, 43L, -1L);
        OffsetFetchResponse all = fetch(
                10,
                new OffsetFetchRequest()
                        .setRequireStable(true)
                        .setGroups(List.of(
                                new OffsetFetchRequestGroup().setGroupId("s").setTopics(null),
                                new OffsetFetchRequestGroup().setGroupId("none").setTopics(null),
                                new OffsetFetchRequestGroup()
                                        .setGroupId("s")
                                        .setTopics(List.of(
                                                new OffsetFetchRequestTopics()
                                                        .setTopicId(TOPIC_ID)
                                                        .setPartitionIndexes(List.of(1)),
                                                new OffsetFetchRequestTopics()
                                                        .setTopicId(new UUID(1, 2))
                                                        .setPartitionIndexes(List.of(0)))))));
        assertThat(all.groups().get(0).topics().get(0).topicId()).isEqualTo(TOPIC_ID);
        assertThat(all.groups().get(0).topics().get(0).partitions()).hasSize(2);
        assertThat(all.groups().get(1).topics()).isEmpty();
        assertThat(all.groups().get(2).topics().get(0).partitions().get(0).metadata())
                .isEqualTo("note");
        assertThat(all.groups().get(2).topics().get(1).partitions().get(0).errorCode())
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID.code());
    }

    @Test
    void commitsAreCheckedAgainstTheMetadata() {
        findCoordinator(4, 0, "s");

        assertThat(errors(commit(9, "s", "t", new UUID(0, 0), 3)))
                .containsExactly(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.NONE);
        assertThat(errors(commit(9, "s", "missing", new UUID(0, 0), 1)))
                .containsOnly(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(errors(commit(10, "s", "", TOPIC_ID, 1))).containsOnly(ErrorCode.NONE);
        assertThat(errors(commit(10, "s", "", new UUID(1, 2), 1))).containsOnly(ErrorCode.UNKNOWN_TOPIC_ID);
    }

    @Test
    void whatIsNotAllowedIsRefused() {
        findCoordinator(4, 0, "s");
        authorizer = (principal, host, operation, type, name) -> type != ResourceType.GROUP;

        assertThat(findCoordinator(4, 0, "s").coordinators().get(0).errorCode())
                .isEqualTo(ErrorCode.GROUP_AUTHORIZATION_FAILED.code());
        assertThat(await(join(9, "")).errorCode()).isEqualTo(ErrorCode.GROUP_AUTHORIZATION_FAILED.code());
        assertThat(heartbeat("m", 1)).isEqualTo(ErrorCode.GROUP_AUTHORIZATION_FAILED);
        assertThat(errors(commit(9, "s", "t", new UUID(0, 0), 1))).containsOnly(ErrorCode.GROUP_AUTHORIZATION_FAILED);
        authorizer = (principal, host, operation, type, name) -> type != ResourceType.TOPIC;
        assertThat(errors(commit(9, "s", "t", new UUID(0, 0), 1))).containsOnly(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
    }

    @Test
    void withoutAnOffsetsTopicNobodyIsCoordinator() {
        assertThat(await(join(9, "")).errorCode()).isEqualTo(ErrorCode.NOT_COORDINATOR.code());
        assertThat(list().groups()).isEmpty();
    }

    @Test
    void whileItsLogIsReadAGroupAsksForPatienceAndHeartbeatsPass() throws InterruptedException {
        String memberId = stableMember();
        log.holdReads = true;
        restart();

        assertThat(await(join(9, memberId)).errorCode()).isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS.code());
        assertThat(heartbeat(memberId, 1)).isEqualTo(ErrorCode.NONE);
        assertThat(await(send(
                                new ListGroupsHandler(groups, authorizer),
                                ListGroupsResponse.class,
                                5,
                                new ListGroupsRequest()))
                        .errorCode())
                .isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS.code());
        log.releaseReads();
        list();
        assertThat(heartbeat(memberId, 2)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
    }

    @Test
    void aLogThatCannotBeReadIsTriedAgain() throws InterruptedException {
        String memberId = stableMember();
        log.readFailure = ErrorCode.KAFKA_STORAGE_ERROR;
        restart();

        list();
        assertThat(heartbeat(memberId, 1)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void anAppendThatFailsIsAnswered() {
        findCoordinator(4, 0, "s");
        log.refusal = ErrorCode.NOT_ENOUGH_REPLICAS;

        assertThat(errors(commit(9, "s", "t", new UUID(0, 0), 1))).containsOnly(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    }

    @Test
    void groupsAreDescribedEmptiedAndDeleted() {
        String memberId = stableMember();
        DescribeGroupsRequest describe =
                new DescribeGroupsRequest().setGroups(List.of("g", "missing")).setIncludeAuthorizedOperations(true);
        DescribeGroupsResponse described =
                await(send(new DescribeGroupsHandler(groups, authorizer), DescribeGroupsResponse.class, 6, describe));
        assertThat(described.groups().get(0).members().get(0).clientHost()).isEqualTo("/10.0.0.7");
        assertThat(described.groups().get(0).authorizedOperations()).isEqualTo(1 << 3 | 1 << 6 | 1 << 8 | 3 << 10);
        assertThat(described.groups().get(1).errorCode()).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND.code());

        assertThat(deletionErrors("g", "missing"))
                .containsExactly(ErrorCode.NON_EMPTY_GROUP, ErrorCode.GROUP_ID_NOT_FOUND);
        LeaveGroupRequest leave =
                new LeaveGroupRequest().setGroupId("g").setMembers(List.of(new MemberIdentity().setMemberId(memberId)));
        LeaveGroupResponse left =
                await(send(new LeaveGroupHandler(groups, authorizer), LeaveGroupResponse.class, 5, leave));
        assertThat(left.members().get(0).errorCode()).isZero();
        assertThat(deletionErrors("g")).containsExactly(ErrorCode.NONE);
        assertThat(list().groups()).isEmpty();
    }

    private List<ErrorCode> deletionErrors(String... groupIds) {
        DeleteGroupsRequest request = new DeleteGroupsRequest().setGroupsNames(List.of(groupIds));
        return await(send(new DeleteGroupsHandler(groups, authorizer), DeleteGroupsResponse.class, 2, request))
                .results()
                .stream()
                .map(result -> ErrorCode.forCode(result.errorCode()))
                .toList();
    }

    @Test
    void offsetsAreDeletedOneByOneAndWithTheirTopic() {
        findCoordinator(4, 0, "s");
        commit(9, "s", "t", new UUID(0, 0), 1);
        OffsetDeleteRequest delete = new OffsetDeleteRequest()
                .setGroupId("s")
                .setTopics(List.of(new OffsetDeleteRequestTopic()
                        .setName("t")
                        .setPartitions(List.of(
                                new OffsetDeleteRequestPartition().setPartitionIndex(0),
                                new OffsetDeleteRequestPartition().setPartitionIndex(8)))));
        OffsetDeleteResponse deleted = await(
                send(new OffsetDeleteHandler(groups, proposals, authorizer), OffsetDeleteResponse.class, 0, delete));
        assertThat(deleted.topics()).singleElement().satisfies(topic -> assertThat(topic.partitions())
                .extracting(partition -> partition.errorCode())
                .containsExactly(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code(), ErrorCode.NONE.code()));
        assertThat(offsets()).containsExactly(43L);

        metadata.apply(new DeleteTopic(TOPIC_ID));
        while (!offsets().isEmpty()) {
            Thread.onSpinWait();
        }
    }

    private List<Long> offsets() {
        OffsetFetchRequest request = new OffsetFetchRequest()
                .setGroups(List.of(new OffsetFetchRequestGroup().setGroupId("s").setTopics(null)));
        return fetch(8, request).groups().get(0).topics().stream()
                .flatMap(topic -> topic.partitions().stream())
                .map(partition -> partition.committedOffset())
                .toList();
    }

    @Test
    void whoeverWaitsWhenTheBrokerStopsIsSentElsewhere() throws InterruptedException {
        stableMember();
        CompletableFuture<JoinGroupResponse> waiting = join(3, "");
        assertThat(heartbeat("nobody", 1)).as("the join has been handled").isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        groups.stop();

        assertThat(await(waiting).errorCode()).isEqualTo(ErrorCode.NOT_COORDINATOR.code());
        groups = newCoordinators();
        groups.start();
    }
}
