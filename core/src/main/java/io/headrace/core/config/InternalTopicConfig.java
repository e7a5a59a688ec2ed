package io.headrace.core.config;

/**
 * How an internal topic is created.
 *
 * @param partitionCount its partitions
 * @param replicationFactor the replicas wanted; fewer when there are fewer brokers
 * @param minInsyncReplicas the in-sync replicas wanted; never more than there are replicas
 * @param segmentBytes the size of its segments
 */
public record InternalTopicConfig(int partitionCount, int replicationFactor, int minInsyncReplicas, int segmentBytes) {

    /** The replicas to create on a cluster of that many brokers, at least 1. */
    public int replicationFactor(int brokerCount) {
        return Math.max(1, Math.min(replicationFactor, brokerCount));
    }

    /** The in-sync replicas to ask for on a cluster of that many brokers, at least 1. */
    public int minInsyncReplicas(int brokerCount) {
        return Math.min(minInsyncReplicas, replicationFactor(brokerCount));
    }
}
