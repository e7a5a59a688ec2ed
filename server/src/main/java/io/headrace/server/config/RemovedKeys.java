package io.headrace.server.config;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Explains keys that old files still have and that Kafka itself no longer knows. */
final class RemovedKeys {
    private static final String ZOOKEEPER =
            "ZooKeeper is not used, metadata lies in the broker's own log; the key can go";
    private static final String OLD_FORMAT =
            "only the current formats are written, whatever the version of a client; the key can go";

    private static final Map<String, String> EXPLANATIONS = Map.ofEntries(
            Map.entry("zookeeper.connect", ZOOKEEPER),
            Map.entry("zookeeper.connection.timeout.ms", ZOOKEEPER),
            Map.entry("zookeeper.session.timeout.ms", ZOOKEEPER),
            Map.entry("zookeeper.sync.time.ms", ZOOKEEPER),
            Map.entry("zookeeper.set.acl", ZOOKEEPER),
            Map.entry("zookeeper.max.in.flight.requests", ZOOKEEPER),
            Map.entry("zookeeper.metadata.migration.enable", ZOOKEEPER),
            Map.entry("inter.broker.protocol.version", OLD_FORMAT),
            Map.entry("log.message.format.version", OLD_FORMAT),
            Map.entry("log.message.downconversion.enable", OLD_FORMAT),
            Map.entry("message.format.version", OLD_FORMAT),
            Map.entry(
                    "log.message.timestamp.difference.max.ms",
                    "it became log.message.timestamp.before.max.ms and log.message.timestamp.after.max.ms"),
            Map.entry("advertised.host.name", "it became part of advertised.listeners, such as PLAINTEXT://host:9092"),
            Map.entry("advertised.port", "it became part of advertised.listeners, such as PLAINTEXT://host:9092"),
            Map.entry("host.name", "it became part of listeners, such as PLAINTEXT://host:9092"),
            Map.entry("port", "it became part of listeners, such as PLAINTEXT://:9092"),
            Map.entry("broker.id.generation.enable", "a node is numbered by node.id, which is 1 when not set"),
            Map.entry("reserved.broker.max.id", "a node is numbered by node.id, which is 1 when not set"),
            Map.entry("control.plane.listener.name", "there is no such listener any more; the key can go"),
            Map.entry("controlled.shutdown.max.retries", "a broker now asks once and waits; the key can go"),
            Map.entry("controlled.shutdown.retry.backoff.ms", "a broker now asks once and waits; the key can go"),
            Map.entry(
                    "offsets.commit.required.acks",
                    "offsets are always written to all in-sync replicas; the key can go"),
            Map.entry("group.coordinator.new.enable", "there is only the new coordinator; the key can go"),
            Map.entry("quota.producer.default", "quotas are set while running, for users and client ids"),
            Map.entry("quota.consumer.default", "quotas are set while running, for users and client ids"),
            Map.entry("delegation.token.master.key", "it became delegation.token.secret.key"),
            Map.entry("sasl.mechanism.controller.enabled", "it became sasl.mechanism.controller.protocol"),
            Map.entry("auto.include.jmx.reporter", "metrics are always there; the key can go"),
            Map.entry(
                    "max.incremental.fetch.session.cache.size",
                    "it is called max.incremental.fetch.session.cache.slots"),
            Map.entry(
                    "leader.imbalance.per.broker.percentage", "leadership always goes back completely; the key can go"),
            Map.entry("log.cleaner.min.cleanable.dirty.ratio", "it is called log.cleaner.min.cleanable.ratio"));

    private RemovedKeys() {}

    /** What became of a key; null when it is not one of these. */
    static @Nullable String explanation(String key) {
        return EXPLANATIONS.get(key);
    }
}
