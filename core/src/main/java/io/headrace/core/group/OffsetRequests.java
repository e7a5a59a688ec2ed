package io.headrace.core.group;

import io.headrace.core.coordinator.Waiter;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.OffsetCommitRequest;
import io.headrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestPartition;
import io.headrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestTopic;
import io.headrace.protocol.message.OffsetCommitResponse;
import io.headrace.protocol.message.OffsetCommitResponse.OffsetCommitResponsePartition;
import io.headrace.protocol.message.OffsetCommitResponse.OffsetCommitResponseTopic;
import io.headrace.protocol.message.OffsetDeleteRequest;
import io.headrace.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestTopic;
import io.headrace.protocol.message.OffsetDeleteResponse;
import io.headrace.protocol.message.OffsetDeleteResponse.OffsetDeleteResponsePartition;
import io.headrace.protocol.message.OffsetDeleteResponse.OffsetDeleteResponseTopic;
import io.headrace.protocol.message.TxnOffsetCommitRequest;
import io.headrace.protocol.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition;
import io.headrace.protocol.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic;
import io.headrace.protocol.message.TxnOffsetCommitResponse;
import io.headrace.protocol.message.TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition;
import io.headrace.protocol.message.TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decides who may commit and delete offsets, and what that writes. */
final class OffsetRequests {
    /** From here on a commit to a group that does not exist is told so. */
    private static final short FIRST_VERSION_WITH_GROUP_NOT_FOUND = 9;

    private final GroupSettings settings;
    private final OffsetStore offsets;
    private final Rebalance rebalance;

    OffsetRequests(GroupSettings settings, OffsetStore offsets, Rebalance rebalance) {
        this.settings = settings;
        this.offsets = offsets;
        this.rebalance = rebalance;
    }

    /** Handles a commit. A group that does not exist comes into being with its first offset. */
    void commit(
            @Nullable ClassicGroup group,
            Waiter<OffsetCommitResponse> waiter,
            short version,
            OffsetCommitRequest request,
            boolean roomForNewGroup,
            Effects effects) {
        int generation = request.generationIdOrMemberEpoch();
        ErrorCode error;
        if (group != null) {
            error = validateCommit(group, request.memberId(), request.groupInstanceId(), generation, false);
        } else if (generation >= 0) {
            error = version >= FIRST_VERSION_WITH_GROUP_NOT_FOUND
                    ? ErrorCode.GROUP_ID_NOT_FOUND
                    : ErrorCode.ILLEGAL_GENERATION;
        } else {
            error = roomForNewGroup ? ErrorCode.NONE : ErrorCode.INVALID_COMMIT_OFFSET_SIZE;
        }
        if (error != ErrorCode.NONE) {
            effects.reply(waiter, failure(request, error));
            return;
        }
        countAsHeartbeat(group, request.memberId(), effects.nowMs);
        OffsetCommitResponse response = writeCommits(request, effects);
        effects.replyWhenAppended(waiter, response, failed -> failure(request, failed));
    }

    /** Handles a commit inside a transaction: it counts once the transaction is committed. */
    void commitInTransaction(
            @Nullable ClassicGroup group,
            Waiter<TxnOffsetCommitResponse> waiter,
            TxnOffsetCommitRequest request,
            boolean roomForNewGroup,
            Effects effects) {
        ErrorCode error;
        if (group != null) {
            error = validateCommit(group, request.memberId(), request.groupInstanceId(), request.generationId(), true);
        } else if (request.generationId() >= 0) {
            error = ErrorCode.ILLEGAL_GENERATION;
        } else {
            error = roomForNewGroup ? ErrorCode.NONE : ErrorCode.INVALID_COMMIT_OFFSET_SIZE;
        }
        if (error != ErrorCode.NONE) {
            effects.reply(waiter, failure(request, error));
            return;
        }
        effects.producerId = request.producerId();
        effects.producerEpoch = request.producerEpoch();
        TxnOffsetCommitResponse response = writeTransactionalCommits(request, effects);
        effects.replyWhenAppended(waiter, response, failed -> failure(request, failed));
    }

    /**
     * Whether a commit may pass. Members commit in their generation; anyone may commit for a group without members, as
     * tools and consumers with assigned partitions do. Inside a transaction the group's state does not matter.
     */
    private static ErrorCode validateCommit(
            ClassicGroup group, String memberId, @Nullable String instanceId, int generation, boolean transactional) {
        if (group.isIn(GroupState.DEAD)) {
            return ErrorCode.COORDINATOR_NOT_AVAILABLE;
        }
        if (generation < 0 && group.isIn(GroupState.EMPTY)) {
            return ErrorCode.NONE;
        }
        boolean fromMember = generation >= 0 || !memberId.isEmpty() || instanceId != null;
        if (fromMember) {
            ErrorCode error = group.validateMember(memberId, instanceId);
            if (error != ErrorCode.NONE) {
                return error;
            }
            if (generation != group.generation()) {
                return ErrorCode.ILLEGAL_GENERATION;
            }
        } else if (!transactional) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        // The member knows of the new generation but has no assignment in it: it must not commit for another's.
        return !transactional && group.isIn(GroupState.COMPLETING_REBALANCE)
                ? ErrorCode.REBALANCE_IN_PROGRESS
                : ErrorCode.NONE;
    }

    private void countAsHeartbeat(@Nullable ClassicGroup group, String memberId, long nowMs) {
        if (group == null) {
            return;
        }
        Member member = group.member(memberId);
        if (member != null && (group.isIn(GroupState.STABLE) || group.isIn(GroupState.PREPARING_REBALANCE))) {
            rebalance.heartbeat(member, nowMs);
        }
    }

    private OffsetCommitResponse writeCommits(OffsetCommitRequest request, Effects effects) {
        long expireTimestampMs = request.retentionTimeMs() == -1 ? -1 : effects.nowMs + request.retentionTimeMs();
        List<OffsetCommitResponseTopic> topics =
                new ArrayList<>(request.topics().size());
        for (OffsetCommitRequestTopic topic : request.topics()) {
            List<OffsetCommitResponsePartition> partitions =
                    new ArrayList<>(topic.partitions().size());
            for (OffsetCommitRequestPartition partition : topic.partitions()) {
                CommittedOffset offset = new CommittedOffset(
                        partition.committedOffset(),
                        Math.max(partition.committedLeaderEpoch(), -1),
                        orEmpty(partition.committedMetadata()),
                        effects.nowMs,
                        expireTimestampMs,
                        topic.topicId(),
                        -1);
                ErrorCode error = write(
                        new GroupChange.OffsetWritten(
                                request.groupId(), topic.name(), partition.partitionIndex(), offset),
                        effects);
                partitions.add(new OffsetCommitResponsePartition()
                        .setPartitionIndex(partition.partitionIndex())
                        .setErrorCode(error.code()));
            }
            topics.add(new OffsetCommitResponseTopic()
                    .setName(topic.name())
                    .setTopicId(topic.topicId())
                    .setPartitions(partitions));
        }
        return new OffsetCommitResponse().setTopics(topics);
    }

    private TxnOffsetCommitResponse writeTransactionalCommits(TxnOffsetCommitRequest request, Effects effects) {
        List<TxnOffsetCommitResponseTopic> topics =
                new ArrayList<>(request.topics().size());
        for (TxnOffsetCommitRequestTopic topic : request.topics()) {
            List<TxnOffsetCommitResponsePartition> partitions =
                    new ArrayList<>(topic.partitions().size());
            for (TxnOffsetCommitRequestPartition partition : topic.partitions()) {
                CommittedOffset offset = new CommittedOffset(
                        partition.committedOffset(),
                        Math.max(partition.committedLeaderEpoch(), -1),
                        orEmpty(partition.committedMetadata()),
                        effects.nowMs,
                        -1,
                        CommittedOffset.NO_TOPIC_ID,
                        -1);
                ErrorCode error = write(
                        new GroupChange.OffsetWritten(
                                request.groupId(), topic.name(), partition.partitionIndex(), offset),
                        effects);
                partitions.add(new TxnOffsetCommitResponsePartition()
                        .setPartitionIndex(partition.partitionIndex())
                        .setErrorCode(error.code()));
            }
            topics.add(new TxnOffsetCommitResponseTopic().setName(topic.name()).setPartitions(partitions));
        }
        return new TxnOffsetCommitResponse().setTopics(topics);
    }

    /** Writes one offset of a commit, unless the client's text is too long. */
    private ErrorCode write(GroupChange.OffsetWritten written, Effects effects) {
        if (written.offset().metadata().length() > settings.offsetMetadataCharsMax()) {
            return ErrorCode.OFFSET_METADATA_TOO_LARGE;
        }
        effects.write(written);
        return ErrorCode.NONE;
    }

    private static String orEmpty(@Nullable String metadata) {
        return metadata == null ? "" : metadata;
    }

    /** The answer that refuses every partition of a commit. */
    static OffsetCommitResponse failure(OffsetCommitRequest request, ErrorCode error) {
        return new OffsetCommitResponse()
                .setTopics(request.topics().stream()
                        .map(topic -> new OffsetCommitResponseTopic()
                                .setName(topic.name())
                                .setTopicId(topic.topicId())
                                .setPartitions(topic.partitions().stream()
                                        .map(partition -> new OffsetCommitResponsePartition()
                                                .setPartitionIndex(partition.partitionIndex())
                                                .setErrorCode(error.code()))
                                        .toList()))
                        .toList());
    }

    /** The answer that refuses every partition of a commit inside a transaction. */
    static TxnOffsetCommitResponse failure(TxnOffsetCommitRequest request, ErrorCode error) {
        return new TxnOffsetCommitResponse()
                .setTopics(request.topics().stream()
                        .map(topic -> new TxnOffsetCommitResponseTopic()
                                .setName(topic.name())
                                .setPartitions(topic.partitions().stream()
                                        .map(partition -> new TxnOffsetCommitResponsePartition()
                                                .setPartitionIndex(partition.partitionIndex())
                                                .setErrorCode(error.code()))
                                        .toList()))
                        .toList());
    }

    /** Deletes offsets of topics that no live consumer of the group reads. */
    void delete(
            @Nullable ClassicGroup group,
            Waiter<OffsetDeleteResponse> waiter,
            OffsetDeleteRequest request,
            Effects effects) {
        if (group == null || group.isIn(GroupState.DEAD)) {
            effects.reply(waiter, new OffsetDeleteResponse().setErrorCode(ErrorCode.GROUP_ID_NOT_FOUND.code()));
            return;
        }
        if (!group.isIn(GroupState.EMPTY) && !group.isConsumerGroup()) {
            effects.reply(waiter, new OffsetDeleteResponse().setErrorCode(ErrorCode.NON_EMPTY_GROUP.code()));
            return;
        }
        List<OffsetDeleteResponseTopic> topics =
                new ArrayList<>(request.topics().size());
        for (OffsetDeleteRequestTopic topic : request.topics()) {
            boolean isRead = group.mayBeSubscribedTo(topic.name());
            short error = (isRead ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE).code();
            List<OffsetDeleteResponsePartition> partitions =
                    new ArrayList<>(topic.partitions().size());
            topic.partitions().forEach(partition -> {
                int index = partition.partitionIndex();
                partitions.add(new OffsetDeleteResponsePartition()
                        .setPartitionIndex(index)
                        .setErrorCode(error));
                if (!isRead && offsets.hasAny(group.id, new OffsetStore.Place(topic.name(), index))) {
                    effects.write(new GroupChange.OffsetDeleted(group.id, topic.name(), index));
                }
            });
            topics.add(new OffsetDeleteResponseTopic().setName(topic.name()).setPartitions(partitions));
        }
        effects.replyWhenAppended(
                waiter, new OffsetDeleteResponse().setTopics(topics), failed -> new OffsetDeleteResponse()
                        .setErrorCode(failed.code()));
    }
}
