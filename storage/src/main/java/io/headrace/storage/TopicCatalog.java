package io.headrace.storage;

import io.headrace.core.config.TopicConfig;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the cluster's metadata says of a topic, for a store that finds a topic id in its journal. Any thread. */
@FunctionalInterface
public interface TopicCatalog {
    /** The topic with this id; null if it was deleted. */
    @Nullable
    Topic find(UUID topicId);

    /** The id of the topic that has this name now; null if there is none, or if this catalog cannot tell. */
    default @Nullable UUID idOf(String name) {
        return null;
    }

    /** A topic's name and the configuration of its logs. */
    record Topic(String name, TopicConfig config) {}
}
