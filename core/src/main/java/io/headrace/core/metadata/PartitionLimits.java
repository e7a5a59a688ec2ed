package io.headrace.core.metadata;

import io.headrace.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/** Keeps the number of partitions within what brokers can carry. */
public final class PartitionLimits {
    /** The most partitions that one request creates, as in Kafka. */
    public static final int NEW_PARTITIONS_PER_REQUEST_MAX = 10_000;

    /** The most replicas for each broker of the cluster. */
    public static final int REPLICAS_PER_BROKER_MAX = 200_000;

    private PartitionLimits() {}

    /** Why so many more partitions cannot be; null when they can. */
    static @Nullable CommandResult check(MetadataImage image, int newPartitions, int replicationFactor) {
        if (newPartitions > NEW_PARTITIONS_PER_REQUEST_MAX) {
            return CommandResult.refused(
                    ErrorCode.POLICY_VIOLATION,
                    "Asked for " + newPartitions + " partitions, at most " + NEW_PARTITIONS_PER_REQUEST_MAX
                            + " can be created at once.");
        }
        long limit =
                (long) REPLICAS_PER_BROKER_MAX * Math.max(1, image.brokers().size());
        long wanted = image.replicaCount() + (long) newPartitions * replicationFactor;
        if (wanted > limit) {
            return CommandResult.refused(
                    ErrorCode.POLICY_VIOLATION,
                    "The cluster would hold " + wanted + " replicas, at most " + limit
                            + " are possible on its brokers.");
        }
        return null;
    }
}
