package io.headrace.storage.compact;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TopicConfig;

/** The partitions on this broker whose cleanup policy says compact. Any thread. */
@FunctionalInterface
public interface CompactedLogs {
    /** Names each of them once. */
    void forEach(Visitor visitor);

    /** Told of one partition. */
    @FunctionalInterface
    interface Visitor {
        /** @param config the topic's configuration, which says compact */
        void visit(TopicIdPartition id, TopicConfig config);
    }
}
