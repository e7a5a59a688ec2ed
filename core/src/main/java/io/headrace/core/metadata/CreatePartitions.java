package io.headrace.core.metadata;

import io.headrace.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Adds partitions to a topic.
 *
 * @param topic the topic's name
 * @param count how many partitions it has afterwards
 * @param assignments the replicas of each new partition, chosen by the client; null to let the cluster choose
 */
public record CreatePartitions(
        String topic, int count, @Nullable List<List<Integer>> assignments) implements MetadataCommand {

    /** Copies the lists unless they are immutable already. */
    public CreatePartitions {
        assignments = assignments == null
                ? null
                : assignments.stream().map(List::copyOf).toList();
    }

    @Override
    public CommandResult applyTo(MetadataImage image, MetadataImage.Builder changed) {
        TopicImage present = image.topic(topic);
        if (present == null) {
            // Kafka has no words of its own for this.
            return new CommandResult(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, null, 0);
        }
        int replicationFactor = present.partitions().get(0).replicas().size();
        CommandResult refusal = check(image, present, replicationFactor);
        if (refusal != null) {
            return refusal;
        }
        List<PartitionImage> partitions = new ArrayList<>(present.partitions());
        partitions.addAll(
                assignments == null
                        ? placed(image, present, replicationFactor)
                        : ReplicaPlacement.assigned(image, assignments));
        changed.putTopic(present.withPartitions(partitions));
        return CommandResult.ok();
    }

    private List<PartitionImage> placed(MetadataImage image, TopicImage present, int replicationFactor) {
        int first = present.partitionCount();
        return ReplicaPlacement.place(image, image.index(), first, count - first, replicationFactor);
    }

    private @Nullable CommandResult check(MetadataImage image, TopicImage present, int replicationFactor) {
        int added = count - present.partitionCount();
        if (added <= 0) {
            return CommandResult.refused(
                    ErrorCode.INVALID_PARTITIONS,
                    added == 0
                            ? "Topic already has " + count + " partition(s)."
                            : "The topic " + topic + " currently has " + present.partitionCount() + " partition(s); "
                                    + count + " would not be an increase.");
        }
        if (assignments != null && assignments.size() != added) {
            return CommandResult.refused(
                    ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                    "Attempted to add " + added + " additional partition(s), but only " + assignments.size()
                            + " assignment(s) were specified.");
        }
        CommandResult refusal = assignments == null
                ? ReplicaPlacement.checkFactor(image, replicationFactor)
                : ReplicaPlacement.checkAssignments(image, assignments, replicationFactor);
        return refusal == null ? PartitionLimits.check(image, added, replicationFactor) : refusal;
    }
}
