package io.headrace.core.metadata;

import io.headrace.core.config.InvalidConfigException;
import io.headrace.core.config.TopicConfigKeys;
import io.headrace.protocol.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Creates a topic.
 *
 * @param name its name
 * @param id its id, drawn at random by the proposer
 * @param partitionCount its partitions; ignored with assignments
 * @param replicationFactor the replicas of each partition; ignored with assignments
 * @param assignments the replicas of each partition, chosen by the client; empty to let the cluster choose
 * @param configs the configuration keys to override
 */
public record CreateTopic(
        String name,
        UUID id,
        int partitionCount,
        int replicationFactor,
        List<List<Integer>> assignments,
        Map<String, String> configs)
        implements MetadataCommand {

    /** Copies the collections unless they are immutable already. */
    public CreateTopic {
        assignments = assignments.stream().map(List::copyOf).toList();
        configs = Map.copyOf(configs);
    }

    /** A topic placed by the cluster, without overrides. */
    public static CreateTopic of(String name, UUID id, int partitionCount, int replicationFactor) {
        return new CreateTopic(name, id, partitionCount, replicationFactor, List.of(), Map.of());
    }

    @Override
    public CommandResult applyTo(MetadataImage image, MetadataImage.Builder changed) {
        CommandResult refusal = checkName(image);
        if (refusal == null) {
            refusal = checkConfigs(changed.accepted);
        }
        if (refusal == null) {
            refusal = assignments.isEmpty() ? checkCounts(image) : checkAssignments(image);
        }
        if (refusal != null) {
            return refusal;
        }
        List<PartitionImage> partitions = assignments.isEmpty()
                ? ReplicaPlacement.place(image, image.index(), 0, partitionCount, replicationFactor)
                : ReplicaPlacement.assigned(image, assignments);
        changed.putTopic(new TopicImage(id, name, partitions, configs));
        return CommandResult.ok();
    }

    private @Nullable CommandResult checkName(MetadataImage image) {
        String problem = TopicNames.problem(name);
        if (problem != null) {
            return CommandResult.refused(ErrorCode.INVALID_TOPIC_EXCEPTION, problem);
        }
        if (image.topic(name) != null) {
            return CommandResult.refused(ErrorCode.TOPIC_ALREADY_EXISTS, "Topic '" + name + "' already exists.");
        }
        String colliding = image.collidingTopic(name);
        if (colliding != null) {
            return CommandResult.refused(
                    ErrorCode.INVALID_TOPIC_EXCEPTION,
                    "Topic '" + name + "' collides with existing topic '" + colliding
                            + "': '.' and '_' are one in the names of metrics.");
        }
        if (image.topic(id) != null) {
            throw new IllegalStateException("Topic id " + id + " was drawn twice");
        }
        return null;
    }

    /** @param accepted whether there is such a topic already, made by a version that may have had other limits */
    private @Nullable CommandResult checkConfigs(boolean accepted) {
        String excess = accepted ? null : ConfigLimits.problem(configs);
        if (excess != null) {
            return CommandResult.refused(ErrorCode.INVALID_CONFIG, excess);
        }
        try {
            TopicConfigKeys.validate(configs);
            return null;
        } catch (InvalidConfigException e) {
            return CommandResult.refused(ErrorCode.INVALID_CONFIG, String.valueOf(e.getMessage()));
        }
    }

    private @Nullable CommandResult checkCounts(MetadataImage image) {
        if (replicationFactor <= 0) {
            return ReplicaPlacement.checkFactor(image, replicationFactor);
        }
        if (partitionCount <= 0) {
            return CommandResult.refused(
                    ErrorCode.INVALID_PARTITIONS,
                    "The number of partitions must be 1 or more, not " + partitionCount + ".");
        }
        CommandResult refusal = ReplicaPlacement.checkFactor(image, replicationFactor);
        return refusal == null ? PartitionLimits.check(image, partitionCount, replicationFactor) : refusal;
    }

    private @Nullable CommandResult checkAssignments(MetadataImage image) {
        int factor = assignments.get(0).size();
        CommandResult refusal = ReplicaPlacement.checkAssignments(image, assignments, factor);
        return refusal == null ? PartitionLimits.check(image, assignments.size(), factor) : refusal;
    }
}
