package io.headrace.simulation.client;

import io.headrace.simulation.client.Topics.Partition;
import io.headrace.simulation.history.Operation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** Reads all partitions of some topics from their beginning, without a group. */
public final class Reader extends SimulatedClient {
    private final List<String> topics;
    private final FetchLoop fetches;
    /** Everything it got since it began; for a reader that is asked for it. */
    private final List<FetchLoop.Polled> kept = new ArrayList<>();

    private int process;

    /** @param committedOnly whether it leaves out what is not committed */
    public Reader(
            World world,
            SplittableRandom random,
            String name,
            List<String> topics,
            boolean usesSessions,
            boolean committedOnly) {
        super(world, random, name);
        this.topics = topics;
        this.fetches = new FetchLoop(this, usesSessions, committedOnly, this::onFetched);
        this.process = world.newProcess();
    }

    @Override
    void onConnected() {
        fetches.endSession();
        if (fetches.positions().isEmpty()) {
            begin();
        }
        fetches.fetch();
    }

    private void begin() {
        kept.clear();
        Map<Partition, Long> from = new LinkedHashMap<>();
        Set<String> keys = new LinkedHashSet<>();
        for (Partition partition : world.topics.of(topics)) {
            from.put(partition, 0L);
            keys.add(partition.key());
        }
        fetches.assign(from);
        world.record(Operation.assign(process, world.schedule.nowMs(), keys));
    }

    private void onFetched(long startMs, List<FetchLoop.Polled> records) {
        world.recordPolled(process, startMs, records);
        kept.addAll(records);
        later(random.nextLong(500, 40_000), fetches::fetch);
    }

    @Override
    void onDisconnected() {
        // Goes on from where it was.
    }

    /** Forgets where it was and begins again. */
    public void restart() {
        process = world.newProcess();
        begin();
        disconnect();
    }

    /** Whether everything was read. */
    public boolean isAtEnd() {
        return isConnected() && !fetches.positions().isEmpty() && fetches.isAtEnd();
    }

    /** Sees that every record of one topic has exactly one copy in another, as far as it has read them; after {@link #end}. */
    public void checkCopies(String input, String output) {
        world.copies().check(kept, input, output, world.trace);
    }

    /** Reads no more. */
    public void end() {
        stop();
    }
}
