package io.headrace.core.metadata;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * What the metadata says of one topic.
 *
 * @param id its id, which no other topic ever has
 * @param name its name
 * @param partitions its partitions, by index
 * @param configs the configuration keys it overrides
 */
public record TopicImage(UUID id, String name, List<PartitionImage> partitions, Map<String, String> configs) {
    /** The topic of committed offsets and groups. */
    public static final String CONSUMER_OFFSETS = "__consumer_offsets";
    /** The topic of transactions. */
    public static final String TRANSACTION_STATE = "__transaction_state";
    /** The topic of share groups' state. */
    public static final String SHARE_GROUP_STATE = "__share_group_state";

    private static final Set<String> INTERNAL = Set.of(CONSUMER_OFFSETS, TRANSACTION_STATE, SHARE_GROUP_STATE);

    /** Copies the collections unless they are immutable already. */
    public TopicImage {
        partitions = List.copyOf(partitions);
        configs = Map.copyOf(configs);
    }

    /** Whether a topic of that name belongs to the broker itself. */
    public static boolean isInternal(String name) {
        return INTERNAL.contains(name);
    }

    /** Whether the topic belongs to the broker itself. */
    public boolean internal() {
        return isInternal(name);
    }

    /** The number of partitions, at least 1. */
    public int partitionCount() {
        return partitions.size();
    }

    /** Whether there is a partition of that index. */
    public boolean hasPartition(int index) {
        return index >= 0 && index < partitions.size();
    }

    /** The number of replicas of all partitions together. */
    int replicaCount() {
        int count = 0;
        for (PartitionImage partition : partitions) {
            count += partition.replicas().size();
        }
        return count;
    }

    /** The topic with other partitions in place of those here; this object if all of them stay the same object. */
    @SuppressWarnings("ReferenceEquality")
    TopicImage mapPartitions(UnaryOperator<PartitionImage> function) {
        PartitionImage[] mapped = partitions.toArray(new PartitionImage[0]);
        boolean same = true;
        for (int i = 0; i < mapped.length; i++) {
            PartitionImage partition = mapped[i];
            mapped[i] = function.apply(partition);
            same &= mapped[i] == partition;
        }
        return same ? this : withPartitions(List.of(mapped));
    }

    TopicImage withPartitions(List<PartitionImage> changed) {
        return new TopicImage(id, name, changed, configs);
    }

    TopicImage withConfigs(Map<String, String> changed) {
        return new TopicImage(id, name, partitions, changed);
    }
}
