package io.headrace.simulation.client;

import io.headrace.simulation.client.FetchLoop.Polled;
import io.headrace.simulation.client.Topics.Partition;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** Reads all partitions of some topics from their beginning, without a group, over as many links as that takes. */
abstract class TopicReader extends SimulatedClient {
    final FetchLoop fetches;
    private final List<String> topics;

    /** @param committedOnly whether it leaves out what is not committed */
    TopicReader(
            World world,
            SplittableRandom random,
            String name,
            List<String> topics,
            boolean usesSessions,
            boolean committedOnly) {
        super(world, random, name);
        this.topics = topics;
        this.fetches = new FetchLoop(this, usesSessions, committedOnly, this::onFetched);
    }

    /** It is about to read these from their beginning, whatever it has read of them before. */
    abstract void onBegin(Set<Partition> partitions);

    /** Some records came, or none. */
    abstract void onFetched(long startMs, List<Polled> records);

    @Override
    final void onConnected() {
        fetches.endSession();
        if (fetches.positions().isEmpty()) {
            begin();
        }
        fetches.fetch();
    }

    @Override
    final void onDisconnected() {
        // Goes on from where it was.
    }

    final void begin() {
        Map<Partition, Long> from = new LinkedHashMap<>();
        world.topics.of(topics).forEach(partition -> from.put(partition, 0L));
        onBegin(from.keySet());
        fetches.assign(from);
    }

    /** Reads no more. */
    public final void end() {
        stop();
    }
}
