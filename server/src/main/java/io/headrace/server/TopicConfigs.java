package io.headrace.server;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.config.TopicConfig;
import io.headrace.core.metadata.TopicImage;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Effective topic configurations. Topics with the same overrides share one, as most have none. Any thread. */
final class TopicConfigs {
    private static final int CACHED_MAX = 10_000;

    private final Supplier<BrokerConfig> broker;
    private final Map<Map<String, String>, TopicConfig> byOverrides = new ConcurrentHashMap<>();

    TopicConfigs(Supplier<BrokerConfig> broker) {
        this.broker = broker;
    }

    TopicConfig of(TopicImage topic) {
        TopicConfig known = byOverrides.get(topic.configs());
        if (known != null) {
            return known;
        }
        if (byOverrides.size() >= CACHED_MAX) {
            byOverrides.clear();
        }
        return byOverrides.computeIfAbsent(
                topic.configs(), overrides -> broker.get().topicConfig(overrides));
    }

    /** The broker's own values have changed. */
    void forget() {
        byOverrides.clear();
    }
}
