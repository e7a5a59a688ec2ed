package io.headrace.simulation.client;

import io.headrace.protocol.ErrorCode;
import io.headrace.simulation.client.Topics.Partition;
import io.headrace.simulation.history.Operation;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A member of a classic group: joins, reads what it is given from the stored offsets on, and stores how far it got. */
public final class GroupReader extends SimulatedClient {
    private static final int SESSION_TIMEOUT_MS = 2_000;

    private final FetchLoop fetches;
    private final GroupOffsets offsets;
    private final GroupMembership membership;
    private int process;
    private long pausedUntilUs;

    public GroupReader(World world, SplittableRandom random, String name, String group, List<String> topics) {
        super(world, random, name);
        this.fetches = new FetchLoop(this, random.nextBoolean(), true, this::onFetched);
        this.offsets = new GroupOffsets(this, group);
        this.membership = new GroupMembership(this, group, topics, SESSION_TIMEOUT_MS, new GroupMembership.Listener() {
            @Override
            public void onStillMember() {
                fetches.endSession();
                poll();
            }

            @Override
            public void onAssigned(List<Partition> mine) {
                begin(mine);
            }
        });
        this.process = world.newProcess();
    }

    @Override
    void onConnected() {
        membership.connect();
    }

    @Override
    void onDisconnected() {
        // Still a member until the coordinator says otherwise.
        offsets.abandon(process);
    }

    private void begin(List<Partition> mine) {
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
            commit();
        }
    }

    private void commit() {
        offsets.commit(process, membership.memberId(), membership.generation(), fetches.positions(), this::next);
    }

    private void goOn() {
        if (membership.isHeartbeatDue()) {
            membership.heartbeat(this::next);
        } else if (fetches.positions().isEmpty()) {
            later(200_000, this::poll);
        } else {
            fetches.fetch();
        }
    }

    private void onFetched(long startMs, List<FetchLoop.Polled> records) {
        world.recordPolled(process, startMs, records);
        if (random.nextInt(3) == 0) {
            commit();
        } else {
            later(random.nextLong(500, 40_000), this::poll);
        }
    }

    private void next(@Nullable ErrorCode error) {
        if (error == null || error == ErrorCode.NONE) {
            later(random.nextLong(500, 40_000), this::poll);
        } else if (GroupMembership.isOver(error)) {
            membership.rejoin(error);
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
        if (membership.isMember() && isConnected() && pendingCount() == 0 && random.nextBoolean()) {
            membership.leave(this::forget);
        } else {
            forget();
        }
    }

    private void forget() {
        offsets.abandon(process);
        process = world.newProcess();
        membership.forget();
        fetches.assign(new LinkedHashMap<>());
        disconnect();
    }

    /** Breaks its link in the middle of whatever it does. */
    public void breakLink() {
        disconnect();
    }

    /** Whether it has read all that it was given. */
    public boolean isAtEnd() {
        return membership.isMember() && isConnected() && fetches.isAtEnd();
    }

    /** Reads no more. What it was storing may be stored. */
    public void end() {
        offsets.abandon(process);
        stop();
    }
}
