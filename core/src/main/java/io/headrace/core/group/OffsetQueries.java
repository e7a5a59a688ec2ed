package io.headrace.core.group;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestGroup;
import io.headrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopics;
import io.headrace.protocol.message.OffsetFetchResponse.OffsetFetchResponseGroup;
import io.headrace.protocol.message.OffsetFetchResponse.OffsetFetchResponsePartitions;
import io.headrace.protocol.message.OffsetFetchResponse.OffsetFetchResponseTopics;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads the offsets of a group for OffsetFetch. Only durable offsets are ever shown. */
final class OffsetQueries {
    private static final long NO_OFFSET = -1;

    private final OffsetStore offsets;

    OffsetQueries(OffsetStore offsets) {
        this.offsets = offsets;
    }

    /**
     * The offsets asked for, or all of the group if the request names no topics.
     *
     * @param groupExists whether the group exists; if not, nothing is committed
     * @param requireStable answer UNSTABLE_OFFSET_COMMIT where a transaction has still to be decided (KIP-447)
     */
    OffsetFetchResponseGroup fetch(OffsetFetchRequestGroup request, boolean groupExists, boolean requireStable) {
        List<OffsetFetchRequestTopics> asked = request.topics();
        List<OffsetFetchResponseTopics> topics = new ArrayList<>();
        String groupId = request.groupId();
        if (asked != null) {
            for (OffsetFetchRequestTopics topic : asked) {
                List<OffsetFetchResponsePartitions> partitions =
                        new ArrayList<>(topic.partitionIndexes().size());
                for (int partition : topic.partitionIndexes()) {
                    CommittedOffset offset = groupExists ? offsets.find(groupId, topic.name(), partition) : null;
                    OffsetStore.Place place = new OffsetStore.Place(topic.name(), partition);
                    partitions.add(answer(groupId, place, topic.topicId(), offset, requireStable));
                }
                topics.add(new OffsetFetchResponseTopics()
                        .setName(topic.name())
                        .setTopicId(topic.topicId())
                        .setPartitions(partitions));
            }
        } else if (groupExists) {
            offsets.ofGroup(groupId).forEach((topic, ofTopic) -> {
                List<OffsetFetchResponsePartitions> partitions = new ArrayList<>(ofTopic.size());
                ofTopic.forEach((partition, offset) -> {
                    OffsetStore.Place place = new OffsetStore.Place(topic, partition);
                    partitions.add(answer(groupId, place, CommittedOffset.NO_TOPIC_ID, offset, requireStable));
                });
                topics.add(new OffsetFetchResponseTopics().setName(topic).setPartitions(partitions));
            });
        }
        return new OffsetFetchResponseGroup().setGroupId(groupId).setTopics(topics);
    }

    private OffsetFetchResponsePartitions answer(
            String groupId,
            OffsetStore.Place place,
            UUID topicId,
            @Nullable CommittedOffset offset,
            boolean requireStable) {
        OffsetFetchResponsePartitions answer = new OffsetFetchResponsePartitions()
                .setPartitionIndex(place.partition())
                .setCommittedOffset(NO_OFFSET)
                .setCommittedLeaderEpoch(-1)
                .setMetadata("");
        if (requireStable && (offsets.isStaged(groupId, place) || offsets.isStagingInFlight(groupId, place))) {
            return answer.setErrorCode(ErrorCode.UNSTABLE_OFFSET_COMMIT.code());
        }
        if (offset == null || !offset.mayBelongTo(topicId)) {
            return answer;
        }
        return answer.setCommittedOffset(offset.offset())
                .setCommittedLeaderEpoch(offset.leaderEpoch())
                .setMetadata(offset.metadata());
    }
}
