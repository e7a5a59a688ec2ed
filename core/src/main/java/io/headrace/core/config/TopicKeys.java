package io.headrace.core.config;

import static io.headrace.core.config.ConfigKey.booleanKey;
import static io.headrace.core.config.ConfigKey.classKey;
import static io.headrace.core.config.ConfigKey.intKey;
import static io.headrace.core.config.ConfigKey.longKey;

import java.util.List;

/** The broker's keys about the creation of topics, and their replication. */
final class TopicKeys {
    static final List<ConfigKey> KEYS = List.of(
            intKey("num.partitions", 1).atLeast(1).doc("The partitions of a topic that is created without a count."),
            intKey("default.replication.factor", 1).doc("The replicas of a topic that is created without a count."),
            booleanKey("auto.create.topics.enable", true)
                    .high()
                    .doc("Whether a topic is created when a client first asks for it."),
            booleanKey("delete.topic.enable", true).high().doc("Whether topics can be deleted."),
            classKey("create.topic.policy.class.name", ConfigType.CLASS, null)
                    .low()
                    .doc("A class that decides whether a topic may be created."),
            classKey("alter.config.policy.class.name", ConfigType.CLASS, null)
                    .low()
                    .doc("A class that decides whether a configuration may be changed."),
            booleanKey("auto.leader.rebalance.enable", true)
                    .high()
                    .doc("Whether leadership goes back to preferred replicas by itself."),
            longKey("leader.imbalance.check.interval.seconds", 300L)
                    .atLeast(1)
                    .high()
                    .doc("How often leadership is compared with the preferred replicas."),
            longKey("replica.lag.time.max.ms", 30000L)
                    .high()
                    .doc("How long a replica may be behind before it leaves the in-sync set."),
            intKey("replica.fetch.max.bytes", 1_048_576)
                    .atLeast(0)
                    .doc("The most bytes of one partition that a replica fetches at once."),
            intKey("replica.fetch.min.bytes", 1).high().doc("The bytes a replica's fetch waits for."),
            intKey("replica.fetch.response.max.bytes", 10_485_760)
                    .atLeast(0)
                    .doc("The most bytes of all partitions that a replica fetches at once."),
            intKey("replica.fetch.wait.max.ms", 500)
                    .high()
                    .doc("How long a replica's fetch waits for its minimum of bytes."),
            intKey("replica.fetch.backoff.ms", 1000).atLeast(0).doc("How long a replica rests after a failed fetch."),
            longKey("replica.high.watermark.checkpoint.interval.ms", 5000L)
                    .high()
                    .doc("How often high watermarks are written down."),
            intKey("replica.socket.receive.buffer.bytes", 65536)
                    .high()
                    .doc("The receive buffer of a replica's connection."),
            intKey("replica.socket.timeout.ms", 30000).high().doc("How long a replica's request may take."),
            classKey(
                            "replica.selector.class",
                            ConfigType.STRING,
                            null,
                            "org.apache.kafka.common.replica.RackAwareReplicaSelector")
                    .doc("How a replica near to a consumer is chosen."),
            intKey("num.replica.fetchers", 1)
                    .atLeast(1)
                    .high()
                    .clusterWide()
                    .doc("The connections with which a replica fetches from each leader."),
            booleanKey("follower.fetch.last.tiered.offset.enable", false)
                    .clusterWide()
                    .doc("Whether an empty replica starts behind what is already tiered."),
            intKey("fetch.max.bytes", 57_671_680)
                    .atLeast(1024)
                    .doc("The most bytes in one fetch answer, whatever the client asks."),
            intKey("max.incremental.fetch.session.cache.slots", 1000)
                    .atLeast(0)
                    .doc("How many incremental fetch sessions are remembered."),
            intKey("max.request.partition.size.limit", 2000)
                    .atLeast(1)
                    .doc("The most partitions in one answer to a client that pages through topics."),
            intKey("fetch.purgatory.purge.interval.requests", 1000)
                    .doc("Accepted for compatibility: finished waits are removed at once."),
            intKey("producer.purgatory.purge.interval.requests", 1000)
                    .doc("Accepted for compatibility: finished waits are removed at once."),
            intKey("delete.records.purgatory.purge.interval.requests", 1)
                    .doc("Accepted for compatibility: finished waits are removed at once."),
            intKey("share.fetch.purgatory.purge.interval.requests", 1000)
                    .doc("Accepted for compatibility: finished waits are removed at once."));

    private TopicKeys() {}
}
