package io.headrace.simulation.client;

import io.headrace.simulation.client.FetchLoop.Polled;
import io.headrace.simulation.client.Topics.Partition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Reads the compacted topic from its beginning to its end, again and again. */
public final class KeyedReader extends SimulatedClient {
    private final FetchLoop fetches;
    private final boolean isLast;
    private final List<Polled> polled = new ArrayList<>();
    private boolean done;

    /** @param isLast whether all is quiet, and it reads everything once */
    public KeyedReader(World world, SplittableRandom random, String name, boolean isLast) {
        super(world, random, name);
        this.fetches = new FetchLoop(this, random.nextBoolean(), true, this::onFetched);
        this.isLast = isLast;
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
        polled.clear();
        Map<Partition, Long> from = new LinkedHashMap<>();
        world.topics.of(Topics.KEYED).forEach(partition -> from.put(partition, 0L));
        fetches.assign(from);
    }

    private void onFetched(long startMs, List<Polled> records) {
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

    @Override
    void onDisconnected() {
        // Goes on from where it was.
    }

    /** Whether a reader that reads once has read everything. */
    public boolean isDone() {
        return done;
    }

    /** Reads no more. */
    public void end() {
        stop();
    }
}
