package io.headrace.simulation.client;

import io.headrace.simulation.client.FetchLoop.Polled;
import io.headrace.simulation.client.Topics.Partition;
import io.headrace.simulation.history.Operation;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Reads some topics to their end, and goes on as they grow. What it got is part of the history. */
public final class Reader extends TopicReader {
    /** Everything it got since it began; for a reader that is asked for it. */
    private final List<Polled> kept = new ArrayList<>();

    private int process;

    /** @param committedOnly whether it leaves out what is not committed */
    public Reader(
            World world,
            SplittableRandom random,
            String name,
            List<String> topics,
            boolean usesSessions,
            boolean committedOnly) {
        super(world, random, name, topics, usesSessions, committedOnly);
        this.process = world.newProcess();
    }

    @Override
    void onBegin(Set<Partition> partitions) {
        kept.clear();
        Set<String> keys = new LinkedHashSet<>();
        partitions.forEach(partition -> keys.add(partition.key()));
        world.record(Operation.assign(process, world.schedule.nowMs(), keys));
    }

    @Override
    void onFetched(long startMs, List<Polled> records) {
        world.recordPolled(process, startMs, records);
        kept.addAll(records);
        later(random.nextLong(500, 40_000), fetches::fetch);
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
}
