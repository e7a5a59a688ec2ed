package io.headrace.simulation.client;

import io.headrace.simulation.client.Topics.Partition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Asks for the offsets of groups all the time, as a tool that watches how far they are; it is a member of none. */
public final class OffsetWatcher extends SimulatedClient {
    private record Watched(GroupOffsets offsets, List<String> topics) {}

    private final List<Watched> groups = new ArrayList<>();
    private final int process;

    /** @param groups the topics of each group, by its name */
    public OffsetWatcher(World world, SplittableRandom random, String name, Map<String, List<String>> groups) {
        super(world, random, name);
        groups.forEach((group, topics) -> this.groups.add(new Watched(new GroupOffsets(this, group), topics)));
        this.process = world.newProcess();
    }

    @Override
    void onConnected() {
        ask();
    }

    @Override
    void onDisconnected() {
        // What was asked for and not answered says nothing.
    }

    private void ask() {
        Watched group = groups.get(random.nextInt(groups.size()));
        List<Partition> partitions = world.topics.of(group.topics());
        group.offsets().fetch(process, partitions, (error, stored) -> {
            world.count(stored == null ? "watchers told " + error : "offsets watched");
            later(random.nextLong(1_000, 40_000), this::ask);
        });
    }

    /** Asks no more. */
    public void end() {
        stop();
    }
}
