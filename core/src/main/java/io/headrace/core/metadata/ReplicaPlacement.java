package io.headrace.core.metadata;

import io.headrace.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Decides which brokers hold the replicas of new partitions. */
final class ReplicaPlacement {
    private ReplicaPlacement() {}

    /**
     * Replicas for new partitions: leaders go round the brokers, starting at a place that differs from topic to topic, and
     * the other replicas follow the leader in the order of {@link #alternatingRacks}.
     *
     * @param start any number that differs from topic to topic
     * @param firstPartition the index of the first new partition
     */
    static List<PartitionImage> place(
            MetadataImage image, long start, int firstPartition, int count, int replicationFactor) {
        List<Integer> ring = alternatingRacks(image);
        Map<Integer, PartitionImage> byLeaderPlace = new HashMap<>();
        List<PartitionImage> partitions = new ArrayList<>(count);
        for (int partition = firstPartition; partition < firstPartition + count; partition++) {
            int leaderPlace = (int) Long.remainderUnsigned(start + partition, ring.size());
            partitions.add(byLeaderPlace.computeIfAbsent(leaderPlace, place -> onRing(ring, place, replicationFactor)));
        }
        return partitions;
    }

    private static PartitionImage onRing(List<Integer> ring, int leaderPlace, int replicationFactor) {
        List<Integer> replicas = new ArrayList<>(replicationFactor);
        for (int step = 0; step < replicationFactor; step++) {
            replicas.add(ring.get((leaderPlace + step) % ring.size()));
        }
        return PartitionImage.created(replicas, replicas);
    }

    /** The brokers that can take replicas, so ordered that neighbours stand in different racks as far as possible. */
    private static List<Integer> alternatingRacks(MetadataImage image) {
        Map<String, List<Integer>> byRack = new LinkedHashMap<>();
        for (BrokerRegistration broker : image.brokers()) {
            if (!broker.fenced()) {
                String rack = broker.rack() == null ? "" : broker.rack();
                byRack.computeIfAbsent(rack, any -> new ArrayList<>()).add(broker.id());
            }
        }
        List<Integer> ring = new ArrayList<>();
        for (int round = 0; !byRack.isEmpty(); round++) {
            int current = round;
            byRack.values().removeIf(ids -> ids.size() <= current);
            byRack.values().forEach(ids -> ring.add(ids.get(current)));
        }
        return ring;
    }

    /** Why that many replicas cannot be placed; null when they can. */
    static @Nullable CommandResult checkFactor(MetadataImage image, int replicationFactor) {
        if (replicationFactor <= 0) {
            return CommandResult.refused(
                    ErrorCode.INVALID_REPLICATION_FACTOR, "The replication factor must be 1 or more.");
        }
        long available =
                image.brokers().stream().filter(broker -> !broker.fenced()).count();
        if (replicationFactor > available) {
            return CommandResult.refused(
                    ErrorCode.INVALID_REPLICATION_FACTOR,
                    "The replication factor " + replicationFactor + " is above the number of brokers, " + available
                            + ".");
        }
        return null;
    }

    /** Why the replicas that a client chose for new partitions cannot be; null when they can. */
    static @Nullable CommandResult checkAssignments(
            MetadataImage image, List<List<Integer>> assignments, int replicationFactor) {
        for (List<Integer> replicas : assignments) {
            String problem = problem(image, replicas, replicationFactor);
            if (problem != null) {
                return CommandResult.refused(ErrorCode.INVALID_REPLICA_ASSIGNMENT, problem);
            }
        }
        return null;
    }

    private static @Nullable String problem(MetadataImage image, List<Integer> replicas, int replicationFactor) {
        if (replicas.isEmpty()) {
            return "The manual partition assignment includes an empty replica list.";
        }
        Set<Integer> brokers = new HashSet<>();
        for (int broker : replicas) {
            if (!brokers.add(broker)) {
                return "The manual partition assignment includes the broker " + broker + " more than once.";
            }
        }
        for (int broker : replicas) {
            if (image.broker(broker) == null) {
                return "The manual partition assignment includes broker " + broker
                        + ", but no such broker is registered.";
            }
        }
        if (replicas.size() != replicationFactor) {
            return "The manual partition assignment includes a partition with " + replicas.size()
                    + " replica(s), but this is not consistent with previous partitions, which have "
                    + replicationFactor + " replica(s).";
        }
        return null;
    }

    /** Partitions with the replicas that a client chose. */
    static List<PartitionImage> assigned(MetadataImage image, List<List<Integer>> assignments) {
        Map<List<Integer>, PartitionImage> same = new HashMap<>();
        List<PartitionImage> partitions = new ArrayList<>(assignments.size());
        for (List<Integer> replicas : assignments) {
            partitions.add(same.computeIfAbsent(replicas, any -> PartitionImage.created(any, available(image, any))));
        }
        return Collections.unmodifiableList(partitions);
    }

    private static List<Integer> available(MetadataImage image, List<Integer> replicas) {
        return replicas.stream()
                .filter(id -> {
                    BrokerRegistration broker = image.broker(id);
                    return broker != null && !broker.fenced();
                })
                .toList();
    }
}
