package io.headrace.server.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Keys that are accepted because files have them, and that nothing here depends on: each with the reason. */
final class IneffectiveKeys {
    private static final Map<String, String> REASONS = reasons();

    /** What several keys begin with. */
    private static final List<Map.Entry<String, String>> FAMILIES = List.of(
            Map.entry("ssl.", "TLS and SASL are not supported yet"),
            Map.entry("sasl.", "TLS and SASL are not supported yet"),
            Map.entry("delegation.token.", "TLS and SASL are not supported yet"),
            Map.entry("controller.quorum.", "clusters of several nodes are not supported yet"),
            Map.entry("replica.", "clusters of several nodes are not supported yet"),
            Map.entry("group.consumer.", "groups of the consumer protocol are not supported yet"),
            Map.entry("group.share.", "share groups are not supported yet"),
            Map.entry("share.coordinator.", "share groups are not supported yet"),
            Map.entry("group.streams.", "groups of the streams protocol are not supported yet"),
            Map.entry("metadata.log.", "the metadata log has one file and a snapshot at 16 MiB"),
            Map.entry("metadata.max.", "the metadata log has one file and a snapshot at 16 MiB"),
            Map.entry("internal.metadata.", "the metadata log has one file and a snapshot at 16 MiB"),
            Map.entry("log.local.retention.", "tiered storage is not supported"),
            Map.entry("remote.", "tiered storage is not supported"),
            Map.entry("unstable.", "what is served is stable"),
            Map.entry("alter.log.dirs.replication.quota.", "one data directory is supported"));

    private static final Set<String> EFFECTIVE_IN_FAMILIES =
            Set.of("controller.quorum.voters", "controller.quorum.bootstrap.servers", "metadata.log.dir");

    private IneffectiveKeys() {}

    private static Map<String, String> reasons() {
        Map<String, String> reasons = new HashMap<>();
        add(
                reasons,
                "one thread a core serves connections and requests, and other threads come as they are needed",
                "background.threads",
                "group.coordinator.background.threads",
                "group.coordinator.threads",
                "num.io.threads",
                "num.network.threads",
                "num.recovery.threads.per.data.dir");
        add(reasons, "queued.max.request.bytes bounds the requests that are under way", "queued.max.requests");
        add(
                reasons,
                "with durability=fsync each record is synced before it is acknowledged; with durability=os segment"
                        + " files are synced each log.flush.offset.checkpoint.interval.ms only",
                "log.flush.interval.ms",
                "log.flush.scheduler.interval.ms");
        add(
                reasons,
                "log.flush.offset.checkpoint.interval.ms goes for recovery points and log start offsets",
                "log.flush.start.offset.checkpoint.interval.ms");
        add(reasons, "segment files grow with what is appended; the journal is preallocated", "log.preallocate");
        add(
                reasons,
                "one data directory is supported",
                "cordoned.log.dirs",
                "log.dir.failure.timeout.ms",
                "num.replica.alter.log.dirs.threads");
        add(
                reasons,
                "clusters of several nodes are not supported yet",
                "auto.leader.rebalance.enable",
                "broker.heartbeat.interval.ms",
                "broker.session.timeout.ms",
                "controller.performance.always.log.threshold.ms",
                "controller.performance.sample.period.ms",
                "controller.socket.timeout.ms",
                "controlled.shutdown.enable",
                "initial.broker.registration.timeout.ms",
                "leader.imbalance.check.interval.seconds",
                "num.replica.fetchers",
                "replication.quota.window.num",
                "replication.quota.window.size.seconds",
                "request.timeout.ms",
                "socket.connection.setup.timeout.max.ms",
                "socket.connection.setup.timeout.ms",
                "unclean.leader.election.enable",
                "unclean.leader.election.interval.ms");
        add(reasons, "tiered storage is not supported", "follower.fetch.last.tiered.offset.enable");
        add(
                reasons,
                "TLS and SASL are not supported yet",
                "connection.failed.authentication.delay.ms",
                "connections.max.reauth.ms",
                "early.start.listeners",
                "principal.builder.class",
                "security.providers");
        add(
                reasons,
                "quotas are not supported yet",
                "client.quota.callback.class",
                "controller.quota.window.num",
                "controller.quota.window.size.seconds",
                "quota.window.num",
                "quota.window.size.seconds");
        add(
                reasons,
                "offsets and transactions are stored as they are, and read and written as fast as they come",
                "group.coordinator.append.linger.ms",
                "group.coordinator.cached.buffer.max.bytes",
                "offsets.load.buffer.size",
                "offsets.topic.compression.codec",
                "transaction.state.log.load.buffer.size");
        add(
                reasons,
                "groups of the classic protocol are served, others not yet",
                "group.coordinator.rebalance.protocols");
        add(
                reasons,
                "what has ended is removed at once",
                "delete.records.purgatory.purge.interval.requests",
                "fetch.purgatory.purge.interval.requests",
                "producer.purgatory.purge.interval.requests",
                "share.fetch.purgatory.purge.interval.requests");
        add(
                reasons,
                "metrics are not pushed nor sampled here",
                "kafka.metrics.polling.interval.secs",
                "kafka.metrics.reporters",
                "metric.reporters",
                "metrics.num.samples",
                "metrics.recording.level",
                "metrics.sample.window.ms");
        add(
                reasons,
                "log.retention.check.interval.ms goes for producers, too",
                "producer.id.expiration.check.interval.ms");
        add(reasons, "a start takes the time that it needs", "log.initial.task.delay.ms", "server.max.startup.time.ms");
        return Map.copyOf(reasons);
    }

    private static void add(Map<String, String> reasons, String reason, String... keys) {
        for (String key : keys) {
            reasons.put(key, reason);
        }
    }

    /** Why nothing depends on a key, whatever its value; null when something may. */
    static @Nullable String reason(String key) {
        String own = REASONS.get(key);
        if (own != null || EFFECTIVE_IN_FAMILIES.contains(key)) {
            return own;
        }
        for (Map.Entry<String, String> family : FAMILIES) {
            if (key.startsWith(family.getKey())) {
                return family.getValue();
            }
        }
        return null;
    }

    /** Why nothing depends on a key's value, where other values would have an effect; null when it has one. */
    static @Nullable String reason(String key, String value) {
        if (key.equals("log.flush.interval.messages") && !value.trim().equals("1")) {
            return "only 1 has an effect, which is that of durability=fsync; " + reason("log.flush.interval.ms");
        }
        if (key.equals("log.cleaner.threads") && !value.trim().matches("0*[01]")) {
            return "one thread compacts";
        }
        return reason(key);
    }
}
