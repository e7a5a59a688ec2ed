package io.headrace.simulation.client;

import io.headrace.simulation.client.FetchLoop.Polled;
import io.headrace.simulation.client.Topics.Partition;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Reads the compacted topic from its beginning to its end, again and again. */
public final class KeyedReader extends TopicReader {
    private final boolean isLast;
    private final List<Polled> polled = new ArrayList<>();
    private boolean done;

    /** @param isLast whether all is quiet, and it reads everything once */
    public KeyedReader(World world, SplittableRandom random, String name, boolean isLast) {
        super(world, random, name, List.of(Topics.KEYED), random.nextBoolean(), true);
        this.isLast = isLast;
    }

    @Override
    void onBegin(Set<Partition> partitions) {
        polled.clear();
    }

    @Override
    void onFetched(long startMs, List<Polled> records) {
        polled.addAll(records);
        boolean ended = isLast ? fetches.isAtEnd() : fetches.isAtStableEnd();
        if (ended && !done) {
            world.keyed().check(polled, fetches.positions(), isLast);
            done = isLast;
            begin();
        }
        if (!done) {
            later(random.nextLong(500, 60_000), fetches::fetch);
        }
    }

    /** Whether a reader that reads once has read everything. */
    public boolean isDone() {
        return done;
    }
}
