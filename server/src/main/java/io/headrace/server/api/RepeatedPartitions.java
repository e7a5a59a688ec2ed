package io.headrace.server.api;

import io.headrace.protocol.message.ProduceRequest;
import io.headrace.protocol.message.ProduceRequest.PartitionProduceData;
import io.headrace.protocol.message.ProduceRequest.TopicProduceData;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Partitions that one Produce request names more than once: as in Kafka the last mention counts, and is answered. */
final class RepeatedPartitions {
    private record Topic(UUID id, String name) {}

    private record Partition(Topic topic, int index) {}

    private RepeatedPartitions() {}

    /** The request's data, each partition of it once. */
    static List<TopicProduceData> dropped(ProduceRequest request) {
        List<TopicProduceData> topics = request.topicData();
        boolean one = topics.size() == 1 && topics.get(0).partitionData().size() == 1;
        return one || !anyIn(topics) ? topics : lastMentions(topics);
    }

    private static boolean anyIn(List<TopicProduceData> topics) {
        Set<Partition> seen = new HashSet<>();
        for (TopicProduceData data : topics) {
            Topic topic = new Topic(data.topicId(), data.name());
            for (PartitionProduceData partition : data.partitionData()) {
                if (!seen.add(new Partition(topic, partition.index()))) {
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
                    last.computeIfAbsent(new Topic(data.topicId(), data.name()), topic -> new LinkedHashMap<>());
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
