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
import java.util.function.BiPredicate;
import java.util.function.Function;

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
        if (anyTwice(topics, RepeatedPartitions::isSameTopic, Topic::of)) {
            return true;
        }
        for (int i = 0; i < topics.size(); i++) {
            if (anyTwice(
                    topics.get(i).partitionData(),
                    (one, other) -> one.index() == other.index(),
                    PartitionProduceData::index)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSameTopic(TopicProduceData one, TopicProduceData other) {
        return one.topicId().equals(other.topicId()) && one.name().equals(other.name());
    }

    /** @param key of an entry, the same for those that are the same */
    private static <E> boolean anyTwice(List<E> entries, BiPredicate<E, E> same, Function<E, Object> key) {
        if (entries.size() > COMPARED_MAX) {
            Set<Object> seen = new HashSet<>();
            return !entries.stream().map(key).allMatch(seen::add);
        }
        for (int i = 1; i < entries.size(); i++) {
            E one = entries.get(i);
            for (int j = 0; j < i; j++) {
                if (same.test(one, entries.get(j))) {
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
