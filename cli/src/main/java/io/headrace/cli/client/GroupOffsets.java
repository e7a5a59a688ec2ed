package io.headrace.cli.client;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.OffsetCommitRequest;
import io.headrace.protocol.message.OffsetCommitResponse;
import io.headrace.protocol.message.OffsetFetchRequest;
import io.headrace.protocol.message.OffsetFetchResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The committed offsets of a group. */
public final class GroupOffsets {
    /** Later versions name topics by id. */
    private static final short VERSION = 9;

    private GroupOffsets() {}

    /**
     * Commits offsets.
     *
     * @param generation -1 with an empty member id for a group without members
     * @return the first error that any partition met
     */
    public static ErrorCode commit(
            Cluster cluster, String group, int generation, String memberId, Map<TopicPartition, Long> offsets) {
        Map<String, List<OffsetCommitRequest.OffsetCommitRequestPartition>> byTopic = new TreeMap<>();
        offsets.forEach((partition, offset) -> byTopic.computeIfAbsent(partition.topic(), key -> new ArrayList<>())
                .add(new OffsetCommitRequest.OffsetCommitRequestPartition()
                        .setPartitionIndex(partition.partition())
                        .setCommittedOffset(offset)
                        .setCommittedMetadata("")));
        List<OffsetCommitRequest.OffsetCommitRequestTopic> topics = new ArrayList<>();
        byTopic.forEach((topic, partitions) -> topics.add(new OffsetCommitRequest.OffsetCommitRequestTopic()
                .setName(topic)
                .setPartitions(partitions)));
        OffsetCommitRequest request = new OffsetCommitRequest()
                .setGroupId(group)
                .setGenerationIdOrMemberEpoch(generation)
                .setMemberId(memberId)
                .setTopics(topics);
        return firstError(cluster.askGroupCoordinator(
                group, request, OffsetCommitResponse.class, VERSION, GroupOffsets::firstError));
    }

    private static ErrorCode firstError(OffsetCommitResponse response) {
        for (OffsetCommitResponse.OffsetCommitResponseTopic topic : response.topics()) {
            for (OffsetCommitResponse.OffsetCommitResponsePartition partition : topic.partitions()) {
                if (partition.errorCode() != ErrorCode.NONE.code()) {
                    return ErrorCode.forCode(partition.errorCode());
                }
            }
        }
        return ErrorCode.NONE;
    }

    /**
     * The committed offsets, without partitions that have none.
     *
     * @param partitions null for all that the group has committed
     */
    public static Map<TopicPartition, Long> fetch(
            Cluster cluster, String group, @Nullable Collection<TopicPartition> partitions) {
        OffsetFetchRequest.OffsetFetchRequestGroup asked = new OffsetFetchRequest.OffsetFetchRequestGroup()
                .setGroupId(group)
                .setTopics(topics(partitions));
        OffsetFetchRequest request = new OffsetFetchRequest().setGroups(List.of(asked));
        OffsetFetchResponse response = cluster.askGroupCoordinator(
                group,
                request,
                OffsetFetchResponse.class,
                VERSION,
                answer -> ErrorCode.forCode(answer.groups().get(0).errorCode()));
        OffsetFetchResponse.OffsetFetchResponseGroup answered =
                response.groups().get(0);
        ErrorCode error = ErrorCode.forCode(answered.errorCode());
        if (error != ErrorCode.NONE) {
            throw CommandFailure.of(error, "Group " + group + ": " + error.message());
        }
        Map<TopicPartition, Long> result = new TreeMap<>();
        for (OffsetFetchResponse.OffsetFetchResponseTopics topic : answered.topics()) {
            for (OffsetFetchResponse.OffsetFetchResponsePartitions one : topic.partitions()) {
                if (one.errorCode() == ErrorCode.NONE.code() && one.committedOffset() >= 0) {
                    result.put(new TopicPartition(topic.name(), one.partitionIndex()), one.committedOffset());
                }
            }
        }
        return result;
    }

    private static @Nullable List<OffsetFetchRequest.OffsetFetchRequestTopics> topics(
            @Nullable Collection<TopicPartition> partitions) {
        if (partitions == null) {
            return null;
        }
        List<OffsetFetchRequest.OffsetFetchRequestTopics> topics = new ArrayList<>();
        TopicPartition.byTopic(partitions)
                .forEach((topic, numbers) -> topics.add(new OffsetFetchRequest.OffsetFetchRequestTopics()
                        .setName(topic)
                        .setPartitionIndexes(numbers)));
        return topics;
    }
}
