package io.headrace.core.group;

import io.headrace.core.coordinator.Answer;
import io.headrace.core.coordinator.Reply;
import io.headrace.core.coordinator.StateRecord;
import io.headrace.core.coordinator.Step;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DeleteGroupsResponse.DeletableGroupResult;
import io.headrace.protocol.message.DescribeGroupsResponse.DescribedGroup;
import io.headrace.protocol.message.HeartbeatRequest;
import io.headrace.protocol.message.HeartbeatResponse;
import io.headrace.protocol.message.JoinGroupRequest;
import io.headrace.protocol.message.JoinGroupRequest.JoinGroupRequestProtocol;
import io.headrace.protocol.message.JoinGroupResponse;
import io.headrace.protocol.message.LeaveGroupRequest;
import io.headrace.protocol.message.LeaveGroupRequest.MemberIdentity;
import io.headrace.protocol.message.LeaveGroupResponse;
import io.headrace.protocol.message.OffsetCommitRequest;
import io.headrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestPartition;
import io.headrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestTopic;
import io.headrace.protocol.message.OffsetCommitResponse;
import io.headrace.protocol.message.OffsetDeleteRequest;
import io.headrace.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestPartition;
import io.headrace.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestTopic;
import io.headrace.protocol.message.OffsetDeleteResponse;
import io.headrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestGroup;
import io.headrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopics;
import io.headrace.protocol.message.OffsetFetchResponse.OffsetFetchResponseGroup;
import io.headrace.protocol.message.OffsetFetchResponse.OffsetFetchResponsePartitions;
import io.headrace.protocol.message.SyncGroupRequest;
import io.headrace.protocol.message.SyncGroupRequest.SyncGroupRequestAssignment;
import io.headrace.protocol.message.SyncGroupResponse;
import io.headrace.protocol.message.TxnOffsetCommitRequest;
import io.headrace.protocol.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition;
import io.headrace.protocol.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic;
import io.headrace.protocol.message.TxnOffsetCommitResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A coordinator with a clock the test moves and a log in memory, and short words for the requests of clients. */
final class Bed {
    static final String GROUP = "g";
    static final int SESSION_MS = 10_000;
    static final int REBALANCE_MS = 60_000;

    /** A record as it lies in the log. */
    record Logged(StateRecord record, long producerId, short producerEpoch) {}

    long nowMs = 1_700_000_000_000L;
    /** How far the wall clock is ahead of the coordinator's time. */
    private long wallAheadMs = 0;

    GroupCoordinator coordinator;
    final List<Logged> log = new ArrayList<>();

    /** While set, appends wait in {@link #held} until the test lets them become durable or fail. */
    boolean holdAppends = false;

    final Deque<Step> held = new ArrayDeque<>();

    /** The random parts of the next member ids, for tests that must know them; otherwise they are counted up. */
    final Deque<UUID> givenIds = new ArrayDeque<>();

    private final GroupSettings settings;
    private long nextId = 1;

    Bed() {
        this(settings(0, Integer.MAX_VALUE));
    }

    Bed(GroupSettings settings) {
        this.settings = settings;
        this.coordinator = newCoordinator();
        take(coordinator.onLoaded(nowMs));
    }

    /** The defaults but for the first rebalance's delay and the members a group may have. */
    static GroupSettings settings(int initialRebalanceDelayMs, int groupSizeMax) {
        GroupSettings defaults = GroupSettings.defaults();
        return settings(
                initialRebalanceDelayMs,
                groupSizeMax,
                defaults.offsetsRetentionMs(),
                defaults.offsetsRetentionCheckIntervalMs());
    }

    /** The defaults, no delay, and another life time of unused offsets. */
    static GroupSettings retaining(long retentionMs, long checkIntervalMs) {
        return settings(0, Integer.MAX_VALUE, retentionMs, checkIntervalMs);
    }

    static GroupSettings settings(
            int initialRebalanceDelayMs, int groupSizeMax, long offsetsRetentionMs, long checkIntervalMs) {
        GroupSettings defaults = GroupSettings.defaults();
        return new GroupSettings(
                initialRebalanceDelayMs,
                defaults.sessionTimeoutMsMin(),
                defaults.sessionTimeoutMsMax(),
                groupSizeMax,
                defaults.pendingMembersMax(),
                defaults.groupsMax(),
                defaults.newMemberJoinTimeoutMs(),
                defaults.offsetMetadataCharsMax(),
                offsetsRetentionMs,
                checkIntervalMs,
                defaults.appendTimeoutMs(),
                defaults.tombstonesMax());
    }

    private UUID nextUuid() {
        UUID given = givenIds.pollFirst();
        return given == null ? new UUID(0, nextId++) : given;
    }

    private GroupCoordinator newCoordinator() {
        GroupCoordinator fresh = new GroupCoordinator(settings, this::nextUuid);
        fresh.showWallClock(nowMs, nowMs + wallAheadMs);
        return fresh;
    }

    // The shell

    void take(Step step) {
        if (step.hasRecords()) {
            if (holdAppends) {
                held.addLast(step);
            } else {
                makeDurable(step);
            }
        }
        step.replies().forEach(Reply::deliver);
    }

    private void makeDurable(Step step) {
        long baseOffset = log.size();
        step.records().forEach(record -> log.add(new Logged(record, step.producerId(), step.producerEpoch())));
        take(coordinator.onDurable(step.appendId(), baseOffset, nowMs));
    }

    /** Everything held back becomes durable, and nothing is held back any more. */
    void release() {
        holdAppends = false;
        while (!held.isEmpty()) {
            makeDurable(held.removeFirst());
        }
    }

    /** The oldest append held back becomes durable. */
    void releaseOne() {
        makeDurable(held.removeFirst());
    }

    /** Everything held back is refused by the log, and nothing is held back any more. */
    void fail(ErrorCode error) {
        holdAppends = false;
        while (!held.isEmpty()) {
            take(coordinator.onAppendFailed(held.removeFirst().appendId(), error, nowMs));
        }
    }

    /** Lets time pass, with everything that falls due on the way. */
    void advance(long byMs) {
        long untilMs = nowMs + byMs;
        while (coordinator.nextDeadlineMs() <= untilMs) {
            nowMs = Math.max(nowMs, coordinator.nextDeadlineMs());
            take(coordinator.onTimeout(nowMs));
        }
        nowMs = untilMs;
    }

    /** Somebody sets the wall clock. */
    void setWallClockAhead(long byMs) {
        wallAheadMs += byMs;
        coordinator.showWallClock(nowMs, nowMs + wallAheadMs);
    }

    /** A coordinator that knows nothing but the log. */
    GroupCoordinator replayed() {
        GroupCoordinator fresh = newCoordinator();
        for (int offset = 0; offset < log.size(); offset++) {
            Logged logged = log.get(offset);
            byte[] value = logged.record().value();
            fresh.replay(
                    offset,
                    logged.producerId(),
                    logged.producerEpoch(),
                    ByteBuffer.wrap(logged.record().key()),
                    value == null ? null : ByteBuffer.wrap(value));
        }
        return fresh;
    }

    /** The broker is restarted: what was in memory is lost, and its time is what the wall clock shows. */
    void restart() {
        nowMs += wallAheadMs;
        wallAheadMs = 0;
        coordinator = replayed();
        take(coordinator.onLoaded(nowMs));
    }

    // Clients

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Metadata of a consumer that reads these topics, in version 0. */
    static byte[] subscription(String... topics) {
        ByteBuffer out = ByteBuffer.allocate(1024).putShort((short) 0).putInt(topics.length);
        for (String topic : topics) {
            out.putShort((short) topic.length()).put(bytes(topic));
        }
        out.putInt(-1).flip();
        byte[] bytes = new byte[out.remaining()];
        out.get(bytes);
        return bytes;
    }

    static JoinGroupRequest joinRequest(String memberId, @Nullable String instanceId, byte[] metadata) {
        return new JoinGroupRequest()
                .setGroupId(GROUP)
                .setMemberId(memberId)
                .setGroupInstanceId(instanceId)
                .setSessionTimeoutMs(SESSION_MS)
                .setRebalanceTimeoutMs(REBALANCE_MS)
                .setProtocolType("consumer")
                .setProtocols(List.of(protocol("range", metadata)));
    }

    static JoinGroupRequestProtocol protocol(String name, byte[] metadata) {
        return new JoinGroupRequestProtocol().setName(name).setMetadata(metadata);
    }

    Answer<JoinGroupResponse> join(JoinGroupRequest request, int version) {
        Answer<JoinGroupResponse> answer = new Answer<>();
        take(coordinator.joinGroup(answer, new Caller("client", "/10.0.0.7"), (short) version, request, nowMs));
        return answer;
    }

    Answer<JoinGroupResponse> join(String memberId) {
        return join(joinRequest(memberId, null, subscription("t")), 9);
    }

    Answer<JoinGroupResponse> joinStatic(String instanceId) {
        return join(joinRequest("", instanceId, subscription("t")), 9);
    }

    /** Gets an id and joins with it. The answer waits for the rebalance. */
    Answer<JoinGroupResponse> joinAnew() {
        return join(newMemberId());
    }

    String newMemberId() {
        return join("").response().memberId();
    }

    Answer<SyncGroupResponse> sync(String memberId, int generation, Map<String, String> assignments) {
        Answer<SyncGroupResponse> answer = new Answer<>();
        take(coordinator.syncGroup(
                answer,
                new SyncGroupRequest()
                        .setGroupId(GROUP)
                        .setMemberId(memberId)
                        .setGenerationId(generation)
                        .setAssignments(assignments.entrySet().stream()
                                .map(entry -> new SyncGroupRequestAssignment()
                                        .setMemberId(entry.getKey())
                                        .setAssignment(bytes(entry.getValue())))
                                .toList()),
                nowMs));
        return answer;
    }

    ErrorCode heartbeat(String memberId, int generation) {
        return heartbeat(memberId, null, generation);
    }

    ErrorCode heartbeat(String memberId, @Nullable String instanceId, int generation) {
        Answer<HeartbeatResponse> answer = new Answer<>();
        HeartbeatRequest request = new HeartbeatRequest()
                .setGroupId(GROUP)
                .setMemberId(memberId)
                .setGroupInstanceId(instanceId)
                .setGenerationId(generation);
        take(coordinator.heartbeat(answer, request, nowMs));
        return ErrorCode.forCode(answer.response().errorCode());
    }

    Answer<LeaveGroupResponse> leave(String memberId, @Nullable String instanceId) {
        Answer<LeaveGroupResponse> answer = new Answer<>();
        MemberIdentity identity = new MemberIdentity().setMemberId(memberId).setGroupInstanceId(instanceId);
        LeaveGroupRequest request = new LeaveGroupRequest().setGroupId(GROUP).setMembers(List.of(identity));
        take(coordinator.leaveGroup(answer, (short) 5, request, nowMs));
        return answer;
    }

    static OffsetCommitRequest commitRequest(String memberId, int generation, String topic, long offset) {
        return new OffsetCommitRequest()
                .setGroupId(GROUP)
                .setMemberId(memberId)
                .setGenerationIdOrMemberEpoch(generation)
                .setTopics(List.of(new OffsetCommitRequestTopic()
                        .setName(topic)
                        .setPartitions(List.of(new OffsetCommitRequestPartition()
                                .setPartitionIndex(0)
                                .setCommittedOffset(offset)
                                .setCommittedLeaderEpoch(4)
                                .setCommittedMetadata("note")))));
    }

    Answer<OffsetCommitResponse> commit(OffsetCommitRequest request) {
        Answer<OffsetCommitResponse> answer = new Answer<>();
        take(coordinator.commitOffsets(answer, (short) 9, request, nowMs));
        return answer;
    }

    /** Commits and says how it ended. */
    ErrorCode commit(String memberId, int generation, String topic, long offset) {
        return errorOf(commit(commitRequest(memberId, generation, topic, offset)));
    }

    static ErrorCode errorOf(Answer<OffsetCommitResponse> answer) {
        return ErrorCode.forCode(
                answer.response().topics().get(0).partitions().get(0).errorCode());
    }

    Answer<TxnOffsetCommitResponse> commitInTransaction(long producerId, String topic, long offset) {
        Answer<TxnOffsetCommitResponse> answer = new Answer<>();
        TxnOffsetCommitRequest request = new TxnOffsetCommitRequest()
                .setTransactionalId("tx")
                .setGroupId(GROUP)
                .setProducerId(producerId)
                .setProducerEpoch((short) 3)
                .setTopics(List.of(new TxnOffsetCommitRequestTopic()
                        .setName(topic)
                        .setPartitions(List.of(new TxnOffsetCommitRequestPartition()
                                .setPartitionIndex(0)
                                .setCommittedOffset(offset)
                                .setCommittedMetadata("")))));
        take(coordinator.commitOffsetsInTransaction(answer, request, nowMs));
        return answer;
    }

    /** A transaction ends, its marker right behind what the coordinator writes before it. */
    void endTransaction(long producerId, boolean commit) {
        if (commit) {
            take(coordinator.prepareCommit(producerId, nowMs));
        }
        coordinator.applyTransactionEnd(producerId, commit);
    }

    Answer<OffsetFetchResponseGroup> fetch(@Nullable String topic, boolean requireStable) {
        Answer<OffsetFetchResponseGroup> answer = new Answer<>();
        OffsetFetchRequestGroup request = new OffsetFetchRequestGroup()
                .setGroupId(GROUP)
                .setTopics(
                        topic == null
                                ? null
                                : List.of(new OffsetFetchRequestTopics()
                                        .setName(topic)
                                        .setPartitionIndexes(List.of(0))));
        take(coordinator.fetchOffsets(answer, request, requireStable, nowMs));
        return answer;
    }

    OffsetFetchResponsePartitions committed(String topic) {
        return fetch(topic, false).response().topics().get(0).partitions().get(0);
    }

    /** The committed offset of partition 0, -1 if there is none. */
    long offset(String topic) {
        return committed(topic).committedOffset();
    }

    /** What those who want no offset that may still change are told of the topic "t". */
    ErrorCode stableError() {
        return ErrorCode.forCode(
                fetch("t", true).response().topics().get(0).partitions().get(0).errorCode());
    }

    Answer<OffsetDeleteResponse> deleteOffset(String topic) {
        Answer<OffsetDeleteResponse> answer = new Answer<>();
        OffsetDeleteRequest request = new OffsetDeleteRequest()
                .setGroupId(GROUP)
                .setTopics(List.of(new OffsetDeleteRequestTopic()
                        .setName(topic)
                        .setPartitions(List.of(new OffsetDeleteRequestPartition().setPartitionIndex(0)))));
        take(coordinator.deleteOffsets(answer, request, nowMs));
        return answer;
    }

    Answer<List<DeletableGroupResult>> deleteGroup() {
        Answer<List<DeletableGroupResult>> answer = new Answer<>();
        take(coordinator.deleteGroups(answer, List.of(GROUP), nowMs));
        return answer;
    }

    DescribedGroup describe() {
        return coordinator.describeGroups(List.of(GROUP), (short) 6).get(0);
    }

    String state() {
        return describe().groupState();
    }

    // Whole groups

    /** One dynamic member, stable in generation 1 with the assignment {@code p0}; returns its id. */
    String stableGroup() {
        Answer<JoinGroupResponse> joined = joinAnew();
        advance(0);
        String memberId = joined.response().memberId();
        sync(memberId, joined.response().generationId(), Map.of(memberId, "p0"));
        return memberId;
    }
}
