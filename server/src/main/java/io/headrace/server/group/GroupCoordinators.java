package io.headrace.server.group;

import io.headrace.core.coordinator.Step;
import io.headrace.core.group.DeletedTopic;
import io.headrace.core.group.GroupCoordinator;
import io.headrace.core.group.GroupSettings;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.MetadataLog;
import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.server.coordinator.CoordinatorClock;
import io.headrace.server.coordinator.CoordinatorShards;
import io.headrace.server.coordinator.Coordinators;
import io.headrace.server.coordinator.PartitionAppender;
import io.headrace.server.coordinator.PartitionReader;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * All group coordinators of this broker: one for each partition of {@code __consumer_offsets} that it leads.
 *
 * <p>Everything happens on one thread, {@code coord-0}; the methods for requests may be called from any.
 */
public final class GroupCoordinators implements Coordinators<GroupCoordinator>, MetadataLog.Listener {
    /** Looks at a coordinator, on the coordinators' thread. */
    public interface Look {
        void at(GroupCoordinator coordinator);
    }

    private final MetadataLog metadata;
    private final CoordinatorShards<GroupCoordinator> shards;

    /**
     * Coordinators that do nothing before {@link #start}.
     *
     * @param brokerId this broker's id in the metadata
     * @param settings the limits of each coordinator
     * @param metadata tells which partitions this broker leads and which topics are gone
     * @param appender writes to the partitions
     * @param reader reads them
     * @param clock what time it is
     * @param memberIds random parts of member ids
     * @param waitingRequestsMax requests that may wait for the coordinators' thread; more are refused
     */
    public GroupCoordinators(
            int brokerId,
            GroupSettings settings,
            MetadataLog metadata,
            PartitionAppender appender,
            PartitionReader reader,
            CoordinatorClock clock,
            Supplier<UUID> memberIds,
            int waitingRequestsMax) {
        this.metadata = metadata;
        this.shards = new CoordinatorShards<>(
                brokerId,
                new CoordinatorShards.Kind<>(
                        "coord-0",
                        TopicImage.CONSUMER_OFFSETS,
                        "groups",
                        "Commit their offsets anew (headrace groups reset-offsets), or their consumers begin where"
                                + " auto.offset.reset says.",
                        CoordinatorShards.Unreadable.PASSED_OVER,
                        (partition, leaderEpoch) -> new GroupCoordinator(settings, memberIds)),
                metadata,
                new CoordinatorShards.Logs(appender, reader),
                clock,
                waitingRequestsMax);
    }

    @Override
    public CoordinatorShards<GroupCoordinator> shards() {
        return shards;
    }

    @Override
    public void begin() {
        Coordinators.super.begin();
        metadata.addListener(this);
    }

    /**
     * Looks at the coordinator of a group.
     *
     * @param refused as for {@link #submit}
     */
    public void look(String groupId, Look look, Consumer<ErrorCode> refused) {
        submit(
                groupId,
                (coordinator, nowMs) -> {
                    look.at(coordinator);
                    return Step.NOTHING;
                },
                refused);
    }

    /** Looks at all coordinators of this broker, then says whether all could be seen. */
    public void lookAtAll(Look look, Consumer<ErrorCode> finished) {
        shards.lookAtAll(look::at, finished);
    }

    /**
     * Ends a transaction in a partition of {@code __consumer_offsets}: once its marker is durable, the offsets become visible or
     * are dropped.
     *
     * @param append appends the marker
     * @param done told when all of that has happened, on any thread; NOT_LEADER_OR_FOLLOWER while there is no coordinator
     *     for the partition that could take it in
     */
    public void endTransaction(
            int partition,
            long producerId,
            boolean commit,
            CoordinatorShards.ForeignAppend append,
            Consumer<ErrorCode> done) {
        shards.appendFor(
                partition,
                (coordinator, nowMs) -> commit ? coordinator.prepareCommit(producerId, nowMs) : Step.NOTHING,
                append,
                (coordinator, nowMs) -> {
                    coordinator.applyTransactionEnd(producerId, commit);
                    return Step.NOTHING;
                },
                error -> done.accept(asPartitionError(error)));
    }

    /** Who sends markers knows the errors of partitions, not those of groups. */
    private static ErrorCode asPartitionError(ErrorCode error) {
        return switch (error) {
            case NOT_COORDINATOR, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE ->
                ErrorCode.NOT_LEADER_OR_FOLLOWER;
            default -> error;
        };
    }

    @Override
    public void changed(MetadataImage before, MetadataImage after) {
        List<DeletedTopic> deleted = deletedTopics(before, after);
        if (!deleted.isEmpty()) {
            shards.tellAll((coordinator, nowMs) -> coordinator.onTopicsDeleted(deleted, nowMs));
        }
    }

    private static List<DeletedTopic> deletedTopics(MetadataImage before, MetadataImage after) {
        boolean onlyOneChange = after.index() - before.index() <= 1;
        if (onlyOneChange && after.topicCount() >= before.topicCount()) {
            return List.of();
        }
        List<DeletedTopic> deleted = new ArrayList<>();
        before.forEachTopic(topic -> {
            if (after.topic(topic.id()) == null) {
                deleted.add(new DeletedTopic(topic.name(), topic.id()));
            }
        });
        return deleted;
    }
}
