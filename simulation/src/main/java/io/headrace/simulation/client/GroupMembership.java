package io.headrace.simulation.client;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.FindCoordinatorRequest;
import io.headrace.protocol.message.FindCoordinatorResponse;
import io.headrace.protocol.message.HeartbeatRequest;
import io.headrace.protocol.message.HeartbeatResponse;
import io.headrace.protocol.message.JoinGroupRequest;
import io.headrace.protocol.message.JoinGroupResponse;
import io.headrace.protocol.message.LeaveGroupRequest;
import io.headrace.protocol.message.LeaveGroupResponse;
import io.headrace.protocol.message.SyncGroupRequest;
import io.headrace.protocol.message.SyncGroupResponse;
import io.headrace.simulation.client.Topics.Partition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** One client's membership in a classic group that shares out the partitions of some topics. */
final class GroupMembership {
    private static final int HEARTBEATS_PER_SESSION = 5;

    /** What a member does with what it is told. */
    interface Listener {
        /** The link is new and the client is a member as far as it knows. */
        void onStillMember();

        /** The client has these partitions in this generation, and no others. */
        void onAssigned(List<Partition> mine);
    }

    private final SimulatedClient client;
    private final String group;
    private final List<String> topics;
    private final int sessionTimeoutMs;
    private final Listener listener;
    private String memberId = "";
    private int generation = -1;
    private boolean member;
    private long lastHeartbeatUs;

    /** @param sessionTimeoutMs how long the coordinator waits for a word of it, and somewhat less at a rebalance */
    GroupMembership(
            SimulatedClient client, String group, List<String> topics, int sessionTimeoutMs, Listener listener) {
        this.client = client;
        this.group = group;
        this.topics = topics;
        this.sessionTimeoutMs = sessionTimeoutMs;
        this.listener = listener;
    }

    String memberId() {
        return memberId;
    }

    int generation() {
        return generation;
    }

    /** Whether it is one, as far as it knows. */
    boolean isMember() {
        return member;
    }

    /** Finds the coordinator over a new link, and joins unless it is a member. */
    void connect() {
        FindCoordinatorRequest request = new FindCoordinatorRequest().setKeyType((byte) 0);
        request.coordinatorKeys().add(group);
        client.call(ApiKey.FIND_COORDINATOR, request, FindCoordinatorResponse.class, response -> {
            if (response.coordinators().get(0).errorCode() != ErrorCode.NONE.code()) {
                client.later(client.random.nextLong(20_000, 200_000), this::connect);
            } else if (member) {
                listener.onStillMember();
            } else {
                join();
            }
        });
    }

    private void join() {
        member = false;
        JoinGroupRequest request = new JoinGroupRequest()
                .setGroupId(group)
                .setSessionTimeoutMs(sessionTimeoutMs)
                .setRebalanceTimeoutMs(sessionTimeoutMs * 3 / 4)
                .setMemberId(memberId)
                .setProtocolType("simulation");
        request.protocols()
                .add(new JoinGroupRequest.JoinGroupRequestProtocol()
                        .setName("rounds")
                        .setMetadata(new byte[0]));
        client.call(ApiKey.JOIN_GROUP, request, JoinGroupResponse.class, response -> {
            ErrorCode error = client.error(response.errorCode());
            if (error == ErrorCode.MEMBER_ID_REQUIRED) {
                memberId = response.memberId();
                join();
            } else if (error == ErrorCode.NONE) {
                memberId = response.memberId();
                generation = response.generationId();
                synchronise(response);
            } else {
                rejoin(error);
            }
        });
    }

    /** Joins again, having been told why. */
    void rejoin(ErrorCode error) {
        client.world.count("members told " + error);
        member = false;
        if (error == ErrorCode.UNKNOWN_MEMBER_ID) {
            memberId = "";
        }
        client.later(client.random.nextLong(10_000, 200_000), this::join);
    }

    private void synchronise(JoinGroupResponse joined) {
        SyncGroupRequest request = new SyncGroupRequest()
                .setGroupId(group)
                .setGenerationId(generation)
                .setMemberId(memberId)
                .setProtocolType("simulation")
                .setProtocolName("rounds");
        if (joined.leader().equals(memberId)) {
            request.setAssignments(assignments(joined));
        }
        client.call(ApiKey.SYNC_GROUP, request, SyncGroupResponse.class, response -> {
            ErrorCode error = client.error(response.errorCode());
            if (error == ErrorCode.NONE) {
                client.world.count("generations");
                member = true;
                listener.onAssigned(mine(response.assignment()));
            } else {
                rejoin(error);
            }
        });
    }

    private List<SyncGroupRequest.SyncGroupRequestAssignment> assignments(JoinGroupResponse joined) {
        List<Partition> all = client.world.topics.of(topics);
        List<SyncGroupRequest.SyncGroupRequestAssignment> assignments = new ArrayList<>();
        int count = joined.members().size();
        for (int i = 0; i < count; i++) {
            ByteBuffer numbers = ByteBuffer.allocate(Integer.BYTES * all.size());
            for (int p = i; p < all.size(); p += count) {
                numbers.putInt(p);
            }
            byte[] bytes = new byte[numbers.flip().remaining()];
            numbers.get(bytes);
            assignments.add(new SyncGroupRequest.SyncGroupRequestAssignment()
                    .setMemberId(joined.members().get(i).memberId())
                    .setAssignment(bytes));
        }
        return assignments;
    }

    private List<Partition> mine(byte[] assignment) {
        List<Partition> all = client.world.topics.of(topics);
        List<Partition> mine = new ArrayList<>();
        ByteBuffer numbers = ByteBuffer.wrap(assignment);
        while (numbers.hasRemaining()) {
            mine.add(all.get(numbers.getInt()));
        }
        return mine;
    }

    /** Whether the coordinator should hear from it. */
    boolean isHeartbeatDue() {
        long sinceUs = client.world.schedule.nowUs() - lastHeartbeatUs;
        return sinceUs >= sessionTimeoutMs * 1000L / HEARTBEATS_PER_SESSION;
    }

    /** Lets the coordinator hear from it. */
    void heartbeat(Consumer<ErrorCode> whenAnswered) {
        lastHeartbeatUs = client.world.schedule.nowUs();
        HeartbeatRequest request = new HeartbeatRequest()
                .setGroupId(group)
                .setGenerationId(generation)
                .setMemberId(memberId);
        client.call(
                ApiKey.HEARTBEAT,
                request,
                HeartbeatResponse.class,
                response -> whenAnswered.accept(client.error(response.errorCode())));
    }

    /** Whether an error means that it has to join again. */
    static boolean isOver(ErrorCode error) {
        return error == ErrorCode.REBALANCE_IN_PROGRESS
                || error == ErrorCode.ILLEGAL_GENERATION
                || error == ErrorCode.UNKNOWN_MEMBER_ID;
    }

    /** Leaves in order. */
    void leave(Runnable whenAnswered) {
        LeaveGroupRequest request = new LeaveGroupRequest().setGroupId(group);
        request.members().add(new LeaveGroupRequest.MemberIdentity().setMemberId(memberId));
        client.call(ApiKey.LEAVE_GROUP, request, LeaveGroupResponse.class, response -> whenAnswered.run());
    }

    /** Knows nothing of its membership any more. */
    void forget() {
        memberId = "";
        generation = -1;
        member = false;
    }
}
