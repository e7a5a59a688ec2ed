package io.headrace.server;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.BrokerConfig;
import io.headrace.core.config.TopicConfig;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.server.config.LiveBrokerConfig;
import io.headrace.storage.LogStore;
import io.headrace.storage.StoreCompaction;
import io.headrace.storage.compact.CompactedLogs;
import io.headrace.storage.compact.CompactionOptions;
import io.headrace.storage.compact.IoThrottle;
import io.headrace.storage.compact.LogCleaner;
import java.util.function.Supplier;

/** Makes a log cleaner that follows the broker's configuration and the topics there are. */
final class Cleaning {
    /** A table that is fuller gets slow; one that is emptier wastes what it was given. */
    private static final double LOAD_FACTOR_MAX = 0.95;

    private static final double LOAD_FACTOR_MIN = 0.1;

    private Cleaning() {}

    static LogCleaner cleaner(
            LogStore store,
            LiveBrokerConfig live,
            Supplier<MetadataImage> metadata,
            TopicConfigs configs,
            BrokerCore.Environment environment) {
        CleanerWaits waits = environment.cleanerWaits();
        IoThrottle throttle = new IoThrottle(bytesPerSecond(live.get()), waits::nanoTime, waits::forNanos);
        live.addListener((before, after) -> throttle.limit(bytesPerSecond(after)));
        CompactedLogs compacted = visitor -> metadata.get().forEachTopic(topic -> {
            TopicConfig config = configs.of(topic);
            for (int i = 0; config.compact() && i < topic.partitionCount(); i++) {
                visitor.visit(new TopicIdPartition(topic.id(), topic.name(), i), config);
            }
        });
        return new LogCleaner(
                new StoreCompaction(store, waits::forWriter),
                compacted,
                () -> options(live.get()),
                throttle,
                environment.clock()::millis,
                environment.random().nextLong());
    }

    private static double bytesPerSecond(BrokerConfig config) {
        return config.doubleValue("log.cleaner.io.max.bytes.per.second");
    }

    private static CompactionOptions options(BrokerConfig config) {
        double loadFactor = config.doubleValue("log.cleaner.io.buffer.load.factor");
        return new CompactionOptions(
                config.longValue("log.cleaner.dedupe.buffer.size"),
                Math.min(LOAD_FACTOR_MAX, Math.max(LOAD_FACTOR_MIN, loadFactor)),
                config.intValue("log.cleaner.io.buffer.size"));
    }
}
