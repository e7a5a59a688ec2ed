package io.headrace.core.transaction;

/**
 * A partition as transactions know it: by its topic's name.
 *
 * @param topic the topic's name
 * @param partition the partition's index, counted from 0
 */
public record TopicPartition(String topic, int partition) implements Comparable<TopicPartition> {
    @Override
    public int compareTo(TopicPartition other) {
        int byTopic = topic.compareTo(other.topic);
        return byTopic != 0 ? byTopic : Integer.compare(partition, other.partition);
    }

    @Override
    public String toString() {
        return topic + "-" + partition;
    }
}
