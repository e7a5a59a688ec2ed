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
import io.headrace.simulation.history.Operation;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A member of a classic group: joins, reads what it is given from the stored offsets on, and stores how far it got. */
public final class GroupReader extends SimulatedClient {
    private static final int SESSION_TIMEOUT_MS = 2_000;
    private static final int REBALANCE_TIMEOUT_MS = 1_500;
    private static final long HEARTBEAT_US = 400_000;

    private final String group;
    private final List<String> topics;
    private final FetchLoop fetches;
    private final GroupOffsets offsets;
    private String memberId = "";
    private int generation = -1;
    private int process;
    private boolean member;
    private long pausedUntilUs;
    private long lastHeartbeatUs;

    public GroupReader(World world, SplittableRandom random, String name, String group, List<String> topics) {
        super(world, random, name);
        this.group = group;
        this.topics = topics;
        this.fetches = new FetchLoop(this, random.nextBoolean(), true, this::onFetched);
        this.offsets = new GroupOffsets(this, group);
        this.process = world.newProcess();
    }

    @Override
    void onConnected() {
        FindCoordinatorRequest request = new FindCoordinatorRequest().setKeyType((byte) 0);
        request.coordinatorKeys().add(group);
        call(ApiKey.FIND_COORDINATOR, request, FindCoordinatorResponse.class, response -> {
            if (response.coordinators().get(0).errorCode() != ErrorCode.NONE.code()) {
                later(random.nextLong(20_000, 200_000), this::onConnected);
            } else if (member) {
                fetches.endSession();
                poll();
            } else {
                join();
            }
        });
    }

    @Override
    void onDisconnected() {
        // Still a member until the coordinator says otherwise.
        offsets.abandon(process);
    }

    private void join() {
        member = false;
        JoinGroupRequest request = new JoinGroupRequest()
                .setGroupId(group)
                .setSessionTimeoutMs(SESSION_TIMEOUT_MS)
                .setRebalanceTimeoutMs(REBALANCE_TIMEOUT_MS)
                .setMemberId(memberId)
                .setProtocolType("simulation");
        request.protocols()
                .add(new JoinGroupRequest.JoinGroupRequestProtocol()
                        .setName("rounds")
                        .setMetadata(new byte[0]));
        call(ApiKey.JOIN_GROUP, request, JoinGroupResponse.class, response -> {
            ErrorCode error = error(response.errorCode());
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

    private void rejoin(ErrorCode error) {
        world.count("members told " + error);
        member = false;
        if (error == ErrorCode.UNKNOWN_MEMBER_ID) {
            memberId = "";
        }
        later(random.nextLong(10_000, 200_000), this::join);
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
        call(ApiKey.SYNC_GROUP, request, SyncGroupResponse.class, response -> {
            ErrorCode error = error(response.errorCode());
            if (error == ErrorCode.NONE) {
                world.count("generations");
                begin(response.assignment());
            } else {
                rejoin(error);
            }
        });
    }

    private List<SyncGroupRequest.SyncGroupRequestAssignment> assignments(JoinGroupResponse joined) {
        List<Partition> all = world.topics.of(topics);
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

    private void begin(byte[] assignment) {
        List<Partition> all = world.topics.of(topics);
        List<Partition> mine = new ArrayList<>();
        ByteBuffer numbers = ByteBuffer.wrap(assignment);
        while (numbers.hasRemaining()) {
            mine.add(all.get(numbers.getInt()));
        }
        member = true;
        // Dropping everything first: after a rebalance the stored offset says where to go on, not what was read before.
        world.record(Operation.assign(process, world.schedule.nowMs(), new LinkedHashSet<>()));
        fetches.assign(new LinkedHashMap<>());
        if (!mine.isEmpty()) {
            readOffsets(mine);
        } else {
            poll();
        }
    }

    private void readOffsets(List<Partition> mine) {
        offsets.fetch(process, mine, (error, stored) -> {
            if (error != ErrorCode.NONE || stored == null) {
                world.count("members told " + error);
                later(random.nextLong(10_000, 100_000), () -> readOffsets(mine));
                return;
            }
            Map<Partition, Long> from = new LinkedHashMap<>();
            mine.forEach(partition -> from.put(partition, stored.getOrDefault(partition, 0L)));
            fetches.assign(from);
            poll();
        });
    }

    private void poll() {
        long pauseUs = pausedUntilUs - world.schedule.nowUs();
        if (pauseUs > 0) {
            later(pauseUs, this::goOnUnaware);
        } else {
            goOn();
        }
    }

    /** After a pause the first thing it does is to store its offsets, as if no time had passed. */
    private void goOnUnaware() {
        if (fetches.positions().isEmpty()) {
            goOn();
        } else {
            offsets.commit(process, memberId, generation, fetches.positions(), this::next);
        }
    }

    private void goOn() {
        if (world.schedule.nowUs() - lastHeartbeatUs >= HEARTBEAT_US) {
            heartbeat();
        } else if (fetches.positions().isEmpty()) {
            later(200_000, this::poll);
        } else {
            fetches.fetch();
        }
    }

    private void heartbeat() {
        lastHeartbeatUs = world.schedule.nowUs();
        HeartbeatRequest request = new HeartbeatRequest()
                .setGroupId(group)
                .setGenerationId(generation)
                .setMemberId(memberId);
        call(ApiKey.HEARTBEAT, request, HeartbeatResponse.class, response -> next(error(response.errorCode())));
    }

    private void onFetched(long startMs, List<FetchLoop.Polled> records) {
        world.recordPolled(process, startMs, records);
        if (random.nextInt(3) == 0) {
            offsets.commit(process, memberId, generation, fetches.positions(), this::next);
        } else {
            later(random.nextLong(500, 40_000), this::poll);
        }
    }

    private void next(@Nullable ErrorCode error) {
        if (error == null || error == ErrorCode.NONE) {
            later(random.nextLong(500, 40_000), this::poll);
        } else if (error == ErrorCode.REBALANCE_IN_PROGRESS
                || error == ErrorCode.ILLEGAL_GENERATION
                || error == ErrorCode.UNKNOWN_MEMBER_ID) {
            rejoin(error);
        } else {
            world.count("members told " + error);
            later(random.nextLong(10_000, 200_000), this::poll);
        }
    }

    /** Does nothing for a while, without knowing it: as a process that is stopped. */
    public void pause(long durationUs) {
        world.count("members paused");
        pausedUntilUs = world.schedule.nowUs() + durationUs;
    }

    /** The client crashes, or leaves in order, and comes back as another member. */
    public void restart() {
        if (member && isConnected() && pendingCount() == 0 && random.nextBoolean()) {
            LeaveGroupRequest request = new LeaveGroupRequest().setGroupId(group);
            request.members().add(new LeaveGroupRequest.MemberIdentity().setMemberId(memberId));
            call(ApiKey.LEAVE_GROUP, request, LeaveGroupResponse.class, response -> forget());
        } else {
            forget();
        }
    }

    private void forget() {
        offsets.abandon(process);
        process = world.newProcess();
        memberId = "";
        generation = -1;
        member = false;
        fetches.assign(new LinkedHashMap<>());
        disconnect();
    }

    /** Breaks its link in the middle of whatever it does. */
    public void breakLink() {
        disconnect();
    }

    /** Whether it has read all that it was given. */
    public boolean isAtEnd() {
        return member && isConnected() && fetches.isAtEnd();
    }

    /** Reads no more. */
    public void end() {
        stop();
    }
}
