package io.headrace.core.metadata;

import java.util.IdentityHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Has the partitions of one leader led anew. What was one object becomes one object, and neighbours in
 * the same state do, so that 100,000 partitions do not cost as many objects. Used by one thread.
 */
final class LeaderEpochRaise implements UnaryOperator<PartitionImage> {
    private final int leader;
    private final int times;
    private final IdentityHashMap<PartitionImage, PartitionImage> raised = new IdentityHashMap<>();
    private @Nullable PartitionImage last;
    private @Nullable PartitionImage lastRaised;

    LeaderEpochRaise(int leader, int times) {
        this.leader = leader;
        this.times = times;
    }

    @Override
    public PartitionImage apply(PartitionImage partition) {
        if (partition.leader() != leader) {
            return partition;
        }
        PartitionImage before = last;
        PartitionImage after = lastRaised;
        if (before == null || after == null || !isSame(partition, before)) {
            after = raised.computeIfAbsent(partition, key -> key.ledAnew(times));
            last = partition;
            lastRaised = after;
        }
        return after;
    }

    /** Field by field: a record's own comparison is put together at its first use, which a start would wait for. */
    private static boolean isSame(PartitionImage one, PartitionImage other) {
        return one.leaderEpoch() == other.leaderEpoch()
                && one.partitionEpoch() == other.partitionEpoch()
                && one.replicas().equals(other.replicas())
                && one.isr().equals(other.isr());
    }
}
