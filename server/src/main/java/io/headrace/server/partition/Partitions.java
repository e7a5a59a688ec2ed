package io.headrace.server.partition;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TopicConfig;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.PartitionImage;
import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.storage.LogStore;
import io.headrace.storage.PartitionReplica;
import io.headrace.storage.log.LeaderEpochs;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Finds the replica of a partition that a request names, by what the metadata says now. Any thread. */
public final class Partitions {
    private static final UUID ZERO_ID = new UUID(0, 0);

    private final int nodeId;
    private final Supplier<MetadataImage> metadata;
    private final LogStore store;
    private final Function<TopicImage, TopicConfig> topicConfig;

    /**
     * @param nodeId this broker's id
     * @param metadata the newest metadata
     * @param topicConfig the effective configuration of a topic's logs
     */
    public Partitions(
            int nodeId,
            Supplier<MetadataImage> metadata,
            LogStore store,
            Function<TopicImage, TopicConfig> topicConfig) {
        this.nodeId = nodeId;
        this.metadata = metadata;
        this.store = store;
        this.topicConfig = topicConfig;
    }

    /** What a lookup found: an error, or a replica; with the leader and its epoch, as far as they are known. */
    public record Found(ErrorCode error, @Nullable PartitionReplica replica, int leaderEpoch, int leaderId) {
        static Found failed(ErrorCode error) {
            return new Found(error, null, -1, -1);
        }

        /** The replica; only when there is no error. */
        public PartitionReplica replicaOrThrow() {
            PartitionReplica found = replica;
            if (found == null) {
                throw new IllegalStateException("There is no replica: " + error);
            }
            return found;
        }
    }

    public MetadataImage image() {
        return metadata.get();
    }

    public LogStore store() {
        return store;
    }

    /** A topic by its id if that is given, else by its name; null if there is none. */
    public @Nullable TopicImage topic(UUID id, String name) {
        MetadataImage image = metadata.get();
        return id.equals(ZERO_ID) ? image.topic(name) : image.topic(id);
    }

    /** The replica of a partition that this broker leads. */
    public Found leader(TopicImage topic, int index) {
        if (!topic.hasPartition(index)) {
            return Found.failed(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        }
        PartitionImage partition = topic.partitions().get(index);
        if (partition.leader() != nodeId) {
            ErrorCode error = partition.leader() == PartitionImage.NO_LEADER
                    ? ErrorCode.LEADER_NOT_AVAILABLE
                    : ErrorCode.NOT_LEADER_OR_FOLLOWER;
            return new Found(error, null, partition.leaderEpoch(), partition.leader());
        }
        TopicIdPartition id = new TopicIdPartition(topic.id(), topic.name(), index);
        PartitionReplica replica = store.replicaIfPresent(id);
        if (replica == null) {
            replica = create(id, topic);
            if (replica == null) {
                return Found.failed(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
            }
        }
        return new Found(ErrorCode.NONE, replica, partition.leaderEpoch(), nodeId);
    }

    /** The replica with what the metadata says when it can be found by those who follow the metadata; null if no more. */
    private @Nullable PartitionReplica create(TopicIdPartition id, TopicImage topic) {
        PartitionReplica replica = store.replica(id, topicConfig.apply(topic));
        TopicImage now = metadata.get().topic(topic.id());
        if (now == null) {
            store.delete(id);
            return null;
        }
        if (!now.configs().equals(topic.configs())) {
            store.updateConfig(replica, topicConfig.apply(now));
        }
        return replica;
    }

    /**
     * Runs an action when the replica's log has been opened, or cannot be: at once on the calling thread, or later on the log
     * writer's.
     */
    public void whenOpened(PartitionReplica replica, Runnable action) {
        if (replica.status() == PartitionReplica.Status.UNOPENED) {
            store.open(replica, action);
        } else {
            action.run();
        }
    }

    /** As {@link #leader(TopicImage, int)}, refusing a client that believes in another leader epoch (KIP-320). */
    public Found leader(TopicImage topic, int index, int clientLeaderEpoch) {
        Found found = leader(topic, index);
        ErrorCode error = found.error() == ErrorCode.NONE
                ? leaderEpochError(clientLeaderEpoch, found.leaderEpoch())
                : ErrorCode.NONE;
        return error == ErrorCode.NONE ? found : new Found(error, null, found.leaderEpoch(), found.leaderId());
    }

    /** What is wrong with the leader epoch that a client believes in; -1, and it alone, is no belief. */
    static ErrorCode leaderEpochError(int clientLeaderEpoch, int leaderEpoch) {
        if (clientLeaderEpoch == LeaderEpochs.UNDEFINED_EPOCH || clientLeaderEpoch == leaderEpoch) {
            return ErrorCode.NONE;
        }
        return clientLeaderEpoch < leaderEpoch ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH;
    }
}
