package io.headrace.server;

import io.headrace.core.metadata.MetadataLog;
import io.headrace.core.metadata.TopicImage;
import io.headrace.storage.TopicCatalog;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The topics of the newest metadata, for the store to look up. Any thread. */
final class CatalogOfImage implements TopicCatalog {
    private final MetadataLog metadata;
    private final TopicConfigs configs;

    CatalogOfImage(MetadataLog metadata, TopicConfigs configs) {
        this.metadata = metadata;
        this.configs = configs;
    }

    @Override
    public @Nullable Topic find(UUID topicId) {
        TopicImage topic = metadata.image().topic(topicId);
        return topic == null ? null : new Topic(topic.name(), configs.of(topic));
    }

    @Override
    public @Nullable UUID idOf(String name) {
        TopicImage topic = metadata.image().topic(name);
        return topic == null ? null : topic.id();
    }
}
