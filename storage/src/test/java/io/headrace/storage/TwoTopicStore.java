package io.headrace.storage;

import static java.util.Objects.requireNonNull;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TopicConfig;
import java.io.IOException;
import java.util.Map;
import java.util.UUID;

/** A test's store with two topics: orders are durable when they are acknowledged, clicks when the system likes. */
abstract class TwoTopicStore extends SimulatedStore {
    static final TopicIdPartition CLICKS = new TopicIdPartition(new UUID(1, 2), "clicks", 0);
    static final Map<TopicIdPartition, TopicConfig> TOPICS =
            Map.of(ORDERS, SmallTopics.topic(true), CLICKS, SmallTopics.topic(false));

    @Override
    final TopicCatalog catalog() {
        return id -> TOPICS.entrySet().stream()
                .filter(topic -> topic.getKey().topicId().equals(id))
                .map(topic -> new TopicCatalog.Topic(topic.getKey().topic(), topic.getValue()))
                .findAny()
                .orElse(null);
    }

    @Override
    final void open() throws IOException {
        super.open();
        run();
    }

    /** A partition, opened if it can be. */
    final PartitionReplica replica(TopicIdPartition id) {
        PartitionReplica replica = store.replica(id, requireNonNull(TOPICS.get(id)));
        store.open(replica, () -> {});
        run();
        return replica;
    }
}
