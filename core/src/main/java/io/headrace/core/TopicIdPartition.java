package io.headrace.core;

import java.util.UUID;

/**
 * One partition of one incarnation of a topic.
 *
 * <p>A topic that is deleted and created again under the same name has another id, so the id and the partition index
 * alone make the identity; the name is carried along because directories and answers need it.
 *
 * @param topicId the topic's id, never the zero id
 * @param topic the topic's name
 * @param partition the partition's index, counted from 0
 */
public record TopicIdPartition(UUID topicId, String topic, int partition) {
    @Override
    public boolean equals(Object other) {
        return other instanceof TopicIdPartition that && partition == that.partition && topicId.equals(that.topicId);
    }

    @Override
    public int hashCode() {
        return 31 * topicId.hashCode() + partition;
    }

    /** The name of the partition's directory, {@code <topic>-<partition>}, as in Kafka's data directories. */
    public String directoryName() {
        return topic + "-" + partition;
    }

    @Override
    public String toString() {
        return directoryName();
    }
}
