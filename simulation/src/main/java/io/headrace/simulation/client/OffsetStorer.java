package io.headrace.simulation.client;

import io.headrace.simulation.client.Topics.Partition;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Stores offsets for a group without members, one commit right after the other, each further on than the last. */
public final class OffsetStorer extends SimulatedClient {
    private final GroupOffsets offsets;
    private final List<String> topics;
    private int process;
    private long position;

    /** @param topics of whose partitions it stores offsets */
    public OffsetStorer(World world, SplittableRandom random, String name, String group, List<String> topics) {
        super(world, random, name);
        this.offsets = new GroupOffsets(this, group);
        this.topics = topics;
        this.process = world.newProcess();
    }

    @Override
    void onConnected() {
        // Others may see first what there is without it.
        later(random.nextLong(50_000, 300_000), this::commit);
    }

    @Override
    void onDisconnected() {
        offsets.abandon(process);
        process = world.newProcess();
    }

    private void commit() {
        position++;
        Map<Partition, Long> positions = new LinkedHashMap<>();
        world.topics.of(topics).forEach(partition -> positions.put(partition, position));
        offsets.commit(process, "", -1, positions, error -> {
            world.count("offsets stored");
            later(random.nextLong(100, 10_000), this::commit);
        });
    }

    /** Stores no more. */
    public void end() {
        offsets.abandon(process);
        stop();
    }
}
