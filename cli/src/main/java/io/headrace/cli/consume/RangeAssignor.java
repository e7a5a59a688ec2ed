package io.headrace.cli.consume;

import io.headrace.cli.client.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Divides partitions among the members of a group topic by topic: members in the order of their ids get consecutive
 * ranges, the first ones one partition more where it does not come out even.
 */
final class RangeAssignor {
    private RangeAssignor() {}

    /**
     * @param subscriptions topics by member
     * @param partitionCounts partitions by topic; a topic that is missing does not exist
     */
    static Map<String, List<TopicPartition>> assign(
            Map<String, List<String>> subscriptions, Map<String, Integer> partitionCounts) {
        Map<String, List<TopicPartition>> result = new TreeMap<>();
        Map<String, TreeSet<String>> membersByTopic = new TreeMap<>();
        subscriptions.forEach((member, topics) -> {
            result.put(member, new ArrayList<>());
            topics.forEach(topic -> membersByTopic
                    .computeIfAbsent(topic, key -> new TreeSet<>())
                    .add(member));
        });
        membersByTopic.forEach((topic, members) -> {
            int count = partitionCounts.getOrDefault(topic, 0);
            int share = count / members.size();
            int withOneMore = count % members.size();
            int next = 0;
            int index = 0;
            for (String member : members) {
                int end = next + share + (index++ < withOneMore ? 1 : 0);
                List<TopicPartition> assigned = result.getOrDefault(member, new ArrayList<>());
                for (; next < end; next++) {
                    assigned.add(new TopicPartition(topic, next));
                }
            }
        });
        return result;
    }
}
