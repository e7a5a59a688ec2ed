package io.headrace.server;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TopicConfig;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.MetadataLog;
import io.headrace.core.metadata.TopicImage;
import io.headrace.storage.LogStore;
import io.headrace.storage.PartitionReplica;

/** Does to the logs on this broker what the metadata says: removes those of deleted topics, and keeps configurations current. */
final class StoreFollower implements MetadataLog.Listener {
    private final LogStore store;
    private final TopicConfigs configs;

    StoreFollower(LogStore store, TopicConfigs configs) {
        this.store = store;
        this.configs = configs;
    }

    @Override
    public void changed(MetadataImage before, MetadataImage after) {
        after.forEachTopicChange(before, (old, now) -> {
            if (old != null && now == null) {
                deleteAll(old);
            } else if (old != null && now != null && !old.configs().equals(now.configs())) {
                applyConfig(now);
            }
        });
    }

    private void deleteAll(TopicImage topic) {
        for (int i = 0; i < topic.partitionCount(); i++) {
            store.delete(new TopicIdPartition(topic.id(), topic.name(), i));
        }
    }

    private void applyConfig(TopicImage topic) {
        for (int i = 0; i < topic.partitionCount(); i++) {
            PartitionReplica replica = store.replicaIfPresent(new TopicIdPartition(topic.id(), topic.name(), i));
            if (replica != null) {
                applyConfig(replica, topic);
            }
        }
    }

    private void applyConfig(PartitionReplica replica, TopicImage topic) {
        TopicConfig config = configs.of(topic);
        if (!config.equals(replica.config())) {
            store.updateConfig(replica, config);
        }
    }

    /** Gives every partition in use the configuration that its topic has now. */
    void applyConfigs(MetadataImage image) {
        for (PartitionReplica replica : store.replicas()) {
            TopicImage topic = image.topic(replica.id().topicId());
            if (topic != null) {
                applyConfig(replica, topic);
            }
        }
    }
}
