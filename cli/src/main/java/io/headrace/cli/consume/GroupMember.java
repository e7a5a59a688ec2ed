package io.headrace.cli.consume;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.CommandFailure;
import io.headrace.cli.client.GroupOffsets;
import io.headrace.cli.client.MemberProtocol;
import io.headrace.cli.client.TopicPartition;
import io.headrace.network.client.ClusterClient;
import io.headrace.network.client.ClusterMetadata;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.HeartbeatRequest;
import io.headrace.protocol.message.HeartbeatResponse;
import io.headrace.protocol.message.JoinGroupRequest;
import io.headrace.protocol.message.JoinGroupResponse;
import io.headrace.protocol.message.LeaveGroupRequest;
import io.headrace.protocol.message.LeaveGroupResponse;
import io.headrace.protocol.message.SyncGroupRequest;
import io.headrace.protocol.message.SyncGroupResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A member of a classic consumer group: joins, divides the partitions if the coordinator makes it the leader, sends
 * heartbeats and commits. Used by one thread, which calls {@link #heartbeat} often.
 *
 * <p>States: outside, until {@link #join} returns; stable; then, when the coordinator says so in answer to a heartbeat or
 * a commit, to rejoin ({@link #mustRejoin}).
 */
final class GroupMember {
    private static final String PROTOCOL_TYPE = "consumer";
    private static final String ASSIGNOR = "range";
    private static final int SESSION_TIMEOUT_MS = 45_000;
    private static final int REBALANCE_TIMEOUT_MS = 60_000;
    private static final long HEARTBEAT_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final Cluster cluster;
    private final String group;
    private final List<String> topics;
    private String memberId = "";
    private int generation = -1;
    private boolean mustRejoin;
    private @Nullable CompletableFuture<HeartbeatResponse> heartbeat;
    private long heartbeatSentNanos;

    GroupMember(Cluster cluster, String group, List<String> topics) {
        this.cluster = cluster;
        this.group = group;
        this.topics = List.copyOf(topics);
    }

    boolean mustRejoin() {
        return mustRejoin;
    }

    /** Becomes a member of the current generation, or of the next one; waits for the others. */
    List<TopicPartition> join() {
        while (true) {
            JoinGroupResponse joined = sendJoin();
            ErrorCode error = ErrorCode.forCode(joined.errorCode());
            if (error == ErrorCode.MEMBER_ID_REQUIRED) {
                memberId = joined.memberId();
                continue;
            }
            if (error == ErrorCode.NONE) {
                memberId = joined.memberId();
                generation = joined.generationId();
                SyncGroupResponse synced = sendSync(joined);
                error = ErrorCode.forCode(synced.errorCode());
                if (error == ErrorCode.NONE) {
                    mustRejoin = false;
                    heartbeat = null;
                    heartbeatSentNanos = System.nanoTime();
                    return MemberProtocol.readAssignment(synced.assignment());
                }
            }
            if (!leadsToRejoin(error)) {
                throw CommandFailure.of(error, "Cannot join group " + group + ": " + error.message());
            }
        }
    }

    private boolean leadsToRejoin(ErrorCode error) {
        switch (error) {
            case UNKNOWN_MEMBER_ID:
            case FENCED_INSTANCE_ID:
                memberId = "";
                return true;
            case ILLEGAL_GENERATION:
            case REBALANCE_IN_PROGRESS:
                return true;
            default:
                return false;
        }
    }

    private JoinGroupResponse sendJoin() {
        JoinGroupRequest request = new JoinGroupRequest()
                .setGroupId(group)
                .setSessionTimeoutMs(SESSION_TIMEOUT_MS)
                .setRebalanceTimeoutMs(REBALANCE_TIMEOUT_MS)
                .setMemberId(memberId)
                .setProtocolType(PROTOCOL_TYPE)
                .setProtocols(List.of(new JoinGroupRequest.JoinGroupRequestProtocol()
                        .setName(ASSIGNOR)
                        .setMetadata(MemberProtocol.subscription(topics))));
        return send(request, JoinGroupResponse.class, JoinGroupResponse::errorCode);
    }

    private SyncGroupResponse sendSync(JoinGroupResponse joined) {
        SyncGroupRequest request = new SyncGroupRequest()
                .setGroupId(group)
                .setGenerationId(generation)
                .setMemberId(memberId)
                .setProtocolType(PROTOCOL_TYPE)
                .setProtocolName(ASSIGNOR)
                .setAssignments(joined.leader().equals(memberId) ? divide(joined) : List.of());
        return send(request, SyncGroupResponse.class, SyncGroupResponse::errorCode);
    }

    private List<SyncGroupRequest.SyncGroupRequestAssignment> divide(JoinGroupResponse joined) {
        Map<String, List<String>> subscriptions = new HashMap<>();
        TreeSet<String> allTopics = new TreeSet<>();
        for (JoinGroupResponse.JoinGroupResponseMember member : joined.members()) {
            List<String> wanted = MemberProtocol.readSubscription(member.metadata());
            subscriptions.put(member.memberId(), wanted);
            allTopics.addAll(wanted);
        }
        Map<String, Integer> counts = new HashMap<>();
        ClusterMetadata metadata = cluster.topics(allTopics);
        metadata.topics()
                .forEach((name, topic) -> counts.put(name, topic.partitions().size()));
        List<SyncGroupRequest.SyncGroupRequestAssignment> result = new ArrayList<>();
        RangeAssignor.assign(subscriptions, counts)
                .forEach((member, partitions) -> result.add(new SyncGroupRequest.SyncGroupRequestAssignment()
                        .setMemberId(member)
                        .setAssignment(MemberProtocol.assignment(partitions))));
        return result;
    }

    /** Sends a heartbeat when one is due, and notes what the last one was answered. Does not wait. */
    void heartbeat() {
        CompletableFuture<HeartbeatResponse> sent = heartbeat;
        if (sent != null && sent.isDone()) {
            heartbeat = null;
            note(ErrorCode.forCode(Cluster.await(sent).errorCode()), "Heartbeat");
        }
        if (heartbeat == null && System.nanoTime() - heartbeatSentNanos > HEARTBEAT_INTERVAL_NANOS) {
            heartbeatSentNanos = System.nanoTime();
            HeartbeatRequest request = new HeartbeatRequest()
                    .setGroupId(group)
                    .setGenerationId(generation)
                    .setMemberId(memberId);
            heartbeat = sendLater(request, HeartbeatResponse.class, HeartbeatResponse::errorCode);
        }
    }

    private void note(ErrorCode error, String what) {
        if (error == ErrorCode.NONE) {
            return;
        }
        if (!leadsToRejoin(error)) {
            throw CommandFailure.of(error, what + " of group " + group + ": " + error.message());
        }
        mustRejoin = true;
    }

    /** Commits; when the group has moved on, the commit is lost and {@link #mustRejoin} says so. */
    void commit(Map<TopicPartition, Long> offsets) {
        if (!offsets.isEmpty()) {
            note(GroupOffsets.commit(cluster, group, generation, memberId, offsets), "Commit");
        }
    }

    /** Leaves, so that the others need not wait for the session to time out. */
    void leave() {
        if (!memberId.isEmpty()) {
            LeaveGroupRequest request = new LeaveGroupRequest()
                    .setGroupId(group)
                    .setMembers(List.of(new LeaveGroupRequest.MemberIdentity().setMemberId(memberId)));
            LeaveGroupResponse unused = send(request, LeaveGroupResponse.class, LeaveGroupResponse::errorCode);
            memberId = "";
        }
    }

    private <R extends ApiMessage> R send(ApiMessage request, Class<R> answerType, Function<R, Short> errorOf) {
        return Cluster.await(sendLater(request, answerType, errorOf));
    }

    private <R extends ApiMessage> CompletableFuture<R> sendLater(
            ApiMessage request, Class<R> answerType, Function<R, Short> errorOf) {
        return cluster.client()
                .sendToCoordinator(
                        ClusterClient.COORDINATOR_OF_GROUP,
                        group,
                        request,
                        answerType,
                        Short.MAX_VALUE,
                        answer -> ErrorCode.forCode(errorOf.apply(answer)));
    }
}
