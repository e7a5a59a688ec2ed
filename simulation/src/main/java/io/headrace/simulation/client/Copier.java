package io.headrace.simulation.client;

import io.headrace.protocol.ErrorCode;
import io.headrace.simulation.client.FetchLoop.Polled;
import io.headrace.simulation.client.Topics.Partition;
import io.headrace.simulation.history.Operation;
import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A member of a group that reads committed records, and writes each to another topic in the transaction in which it stores how
 * far it has read (KIP-447). What it aborts, it does once more.
 */
public final class Copier extends TransactionalClient {
    /** So short that a member that sleeps is soon replaced, though the broker starts anew every second or so. */
    private static final int SESSION_TIMEOUT_MS = 700;

    private final String group;
    private final String output;
    private final FetchLoop fetches;
    private final GroupOffsets offsets;
    private final GroupMembership membership;
    private final List<Step> polled = new ArrayList<>();
    private final List<Step> committed = new ArrayList<>();
    private List<Partition> mine = List.of();
    private ErrorCode refusal = ErrorCode.NONE;
    private long pausedUntilUs;

    /** @param isOld whether it speaks as clients did before transactions version 2 */
    public Copier(
            World world,
            SplittableRandom random,
            String name,
            String group,
            String input,
            String output,
            int timeoutMs,
            boolean isOld) {
        super(world, random, name, name, timeoutMs, isOld);
        this.group = group;
        this.output = output;
        this.fetches = new FetchLoop(this, random.nextBoolean(), true, this::onFetched);
        this.offsets = new GroupOffsets(this, group);
        this.membership =
                new GroupMembership(this, group, List.of(input), SESSION_TIMEOUT_MS, new GroupMembership.Listener() {
                    @Override
                    public void onStillMember() {
                        readOffsets();
                    }

                    @Override
                    public void onAssigned(List<Partition> assigned) {
                        mine = assigned;
                        readOffsets();
                    }
                });
    }

    @Override
    void onConnected() {
        fetches.endSession();
        super.onConnected();
    }

    // Reading

    @Override
    void begin() {
        nextIs(this::begin);
        session.init(end -> join());
    }

    private void join() {
        nextIs(membership::connect);
        membership.connect();
    }

    /** Goes on from what is stored, not from what it has read. */
    private void readOffsets() {
        nextIs(membership::connect);
        world.record(Operation.assign(process(), world.schedule.nowMs(), new LinkedHashSet<>()));
        fetches.assign(new LinkedHashMap<>());
        if (mine.isEmpty()) {
            goOnAfter(100_000, this::poll);
            return;
        }
        offsets.fetch(process(), mine, (error, stored) -> {
            if (error != ErrorCode.NONE || stored == null) {
                world.count("copiers told " + error);
                goOnAfter(random.nextLong(10_000, 100_000), this::readOffsets);
                return;
            }
            Map<Partition, Long> from = new LinkedHashMap<>();
            mine.forEach(partition -> from.put(partition, stored.getOrDefault(partition, 0L)));
            fetches.assign(from);
            poll();
        });
    }

    private void poll() {
        nextIs(this::poll);
        if (membership.isHeartbeatDue()) {
            membership.heartbeat(this::onHeartbeat);
        } else if (mine.isEmpty()) {
            goOnAfter(200_000, this::poll);
        } else {
            fetches.fetch();
        }
    }

    private void onHeartbeat(ErrorCode error) {
        if (GroupMembership.isOver(error)) {
            rejoin(error);
        } else {
            goOnAfter(random.nextLong(500, 20_000), this::poll);
        }
    }

    private void rejoin(ErrorCode error) {
        nextIs(membership::connect);
        membership.rejoin(error);
    }

    private void onFetched(long fetchedMs, List<Polled> records) {
        if (records.isEmpty()) {
            goOnAfter(random.nextLong(500, 20_000), this::poll);
        } else {
            copy(fetchedMs, records);
        }
    }

    // One transaction

    private void copy(long fetchedMs, List<Polled> records) {
        open(fetchedMs);
        refusal = ErrorCode.NONE;
        polled.clear();
        committed.clear();
        List<Partition> targets = world.topics.of(output);
        Map<Partition, List<Long>> values = new LinkedHashMap<>();
        for (Polled record : records) {
            Partition target = targets.get(random.nextInt(targets.size()));
            long value = world.topics.nextValue(target);
            world.copies().copying(record, target, value);
            polled.add(record.step());
            values.computeIfAbsent(target, any -> new ArrayList<>()).add(value);
        }
        List<TransactionalBatch> batches = new ArrayList<>();
        values.forEach((target, all) ->
                batches.add(new TransactionalBatch(target, all, session.nextSequence(target, all.size()))));
        send(batches);
    }

    @Override
    void onSent() {
        if (random.nextInt(12) == 0) {
            pause(random.nextLong(SESSION_TIMEOUT_MS * 3000L));
        }
        sleepThenCommit();
    }

    /** Over new links too it sleeps for as long as it was told to, while its partitions are given to others. */
    private void sleepThenCommit() {
        long leftUs = pausedUntilUs - world.schedule.nowUs();
        if (leftUs > 0) {
            goOnAfter(leftUs, this::sleepThenCommit);
        } else {
            goOnAfter(random.nextLong(500, 20_000), this::commitOffsets);
        }
    }

    private void commitOffsets() {
        Map<Partition, Long> positions = new LinkedHashMap<>(fetches.positions());
        positions.forEach(
                (partition, offset) -> committed.add(new Step(Action.COMMIT, offsets.key(partition), 0, offset)));
        session.commitOffsets(group, membership.memberId(), membership.generation(), positions, end -> {
            switch (end) {
                case DONE -> {
                    world.count("offsets in transactions");
                    boolean commit = random.nextInt(6) > 0;
                    goOnAfter(random.nextLong(500, 10_000), () -> finish(commit));
                }
                case REFUSED -> {
                    refusal = session.lastError();
                    world.count("offsets in transactions refused " + refusal);
                    finish(false);
                }
                case FENCED -> lost();
            }
        });
    }

    @Override
    List<Step> steps(List<Step> sends) {
        List<Step> steps = new ArrayList<>(polled);
        steps.addAll(sends);
        steps.addAll(committed);
        return steps;
    }

    @Override
    void onFinished(boolean commit) {
        world.count(commit ? "copies committed" : "copies aborted");
        if (GroupMembership.isOver(refusal)) {
            rejoin(refusal);
        } else if (commit) {
            goOnAfter(random.nextLong(500, 20_000), this::poll);
        } else {
            readOffsets();
        }
    }

    @Override
    void onLost() {
        world.count("copies lost to " + session.lastError());
        goOnAfter(random.nextLong(10_000, 300_000), this::begin);
    }

    @Override
    void onGivenUp() {
        fetches.assign(new LinkedHashMap<>());
    }

    // Faults and the end

    /** Does nothing for a while in the middle of its next transaction, without knowing it. */
    public void pause(long durationUs) {
        world.count("copiers paused");
        pausedUntilUs = world.schedule.nowUs() + durationUs;
    }

    /** The client crashes in the middle of whatever it does, and begins anew as another member. */
    public void restart() {
        membership.forget();
        crash();
    }

    /** How many partitions it was given. */
    public int partitionCount() {
        return mine.size();
    }

    /** Whether it has copied all that it was given. */
    public boolean isAtEnd() {
        boolean knowsItsOffsets = fetches.positions().keySet().containsAll(mine);
        return !isOpen() && membership.isMember() && isConnected() && knowsItsOffsets && fetches.isAtEnd();
    }
}
