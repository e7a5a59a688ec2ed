package io.headrace.server.api;

import io.headrace.protocol.message.ProduceRequest.PartitionProduceData;
import io.headrace.protocol.message.ProduceRequest.TopicProduceData;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Partitions that one Produce request names more than once: as in Kafka the last mention counts, and is answered. No real
 * client does so, and to find out that none did takes no memory in a request of usual size.
 */
final class RepeatedPartitions {
    /** Up to so many are compared with each other; beyond, that would be work out of proportion to the request. */
    private static final int COMPARED_MAX = 32;

    private record Topic(UUID id, String name) {
        static Topic of(TopicProduceData data) {
            return new Topic(data.topicId(), data.name());
        }
    }

    private RepeatedPartitions() {}

    /** The request's data, each topic and each partition of it once; the same list if it is so already. */
    static List<TopicProduceData> dropped(List<TopicProduceData> topics) {
        return anyIn(topics) ? lastMentions(topics) : topics;
    }

    private static boolean anyIn(List<TopicProduceData> topics) {
        if (anyTopicTwice(topics)) {
            return true;
        }
        for (int i = 0; i < topics.size(); i++) {
            if (anyPartitionTwice(topics.get(i).partitionData())) {
                return true;
            }
        }
        return false;
    }

    private static boolean anyTopicTwice(List<TopicProduceData> topics) {
        if (topics.size() > COMPARED_MAX) {
            Set<Topic> seen = new HashSet<>();
            return !topics.stream().map(Topic::of).allMatch(seen::add);
        }
        for (int i = 1; i < topics.size(); i++) {
            TopicProduceData one = topics.get(i);
            for (int j = 0; j < i; j++) {
                TopicProduceData other = topics.get(j);
                if (one.topicId().equals(other.topicId()) && one.name().equals(other.name())) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean anyPartitionTwice(List<PartitionProduceData> partitions) {
        if (partitions.size() > COMPARED_MAX) {
            Set<Integer> seen = new HashSet<>();
            return !partitions.stream().map(PartitionProduceData::index).allMatch(seen::add);
        }
        for (int i = 1; i < partitions.size(); i++) {
            int index = partitions.get(i).index();
            for (int j = 0; j < i; j++) {
                if (partitions.get(j).index() == index) {
                    return true;
                }
            }
        }
        return false;
    }

    private static List<TopicProduceData> lastMentions(List<TopicProduceData> topics) {
        Map<Topic, Map<Integer, PartitionProduceData>> last = new LinkedHashMap<>();
        for (TopicProduceData data : topics) {
            Map<Integer, PartitionProduceData> partitions =
                    last.computeIfAbsent(Topic.of(data), topic -> new LinkedHashMap<>());
            for (PartitionProduceData partition : data.partitionData()) {
                partitions.put(partition.index(), partition);
            }
        }
        List<TopicProduceData> once = new ArrayList<>(last.size());
        last.forEach((topic, partitions) -> once.add(new TopicProduceData()
                .setTopicId(topic.id())
                .setName(topic.name())
                .setPartitionData(new ArrayList<>(partitions.values()))));
        return once;
    }
}
