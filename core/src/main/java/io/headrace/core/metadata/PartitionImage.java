package io.headrace.core.metadata;

import java.util.List;

/**
 * What the metadata says of one partition. Partitions in the same state may be one object.
 *
 * @param leader the id of the leading broker; {@link #NO_LEADER} when none leads
 * @param leaderEpoch counts the changes of leader, and the starts of a leader that may have lost records
 * @param partitionEpoch counts all changes
 * @param replicas the brokers that hold the partition, the preferred leader first
 * @param isr the replicas that are in sync
 */
public record PartitionImage(
        int leader, int leaderEpoch, int partitionEpoch, List<Integer> replicas, List<Integer> isr) {

    /** The leader of a partition that has none. */
    public static final int NO_LEADER = -1;

    /** Copies the lists unless they are immutable already. */
    public PartitionImage {
        replicas = List.copyOf(replicas);
        isr = List.copyOf(isr);
    }

    /** A partition as it is created: the first replica leads, all of these in-sync ones are in sync. */
    static PartitionImage created(List<Integer> replicas, List<Integer> isr) {
        return new PartitionImage(isr.isEmpty() ? NO_LEADER : isr.get(0), 0, 0, replicas, isr);
    }

    /** The partition after its leader has come to lead it anew so many times. */
    PartitionImage ledAnew(int times) {
        return new PartitionImage(leader, leaderEpoch + times, partitionEpoch + times, replicas, isr);
    }
}
