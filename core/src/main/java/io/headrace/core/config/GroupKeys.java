package io.headrace.core.config;

import static io.headrace.core.config.ConfigKey.intKey;
import static io.headrace.core.config.ConfigKey.listKey;
import static io.headrace.core.config.ConfigKey.longKey;
import static io.headrace.core.config.ConfigKey.shortKey;
import static io.headrace.core.config.ConfigKey.stringKey;

import java.util.List;

/** The broker's keys about groups of every protocol, and their offsets. */
final class GroupKeys {
    static final List<ConfigKey> KEYS = List.of(
            intKey("offsets.topic.num.partitions", 50)
                    .atLeast(1)
                    .high()
                    .doc("The partitions of the offsets topic; it cannot change afterwards."),
            shortKey("offsets.topic.replication.factor", 3)
                    .atLeast(1)
                    .high()
                    .doc("The replicas of the offsets topic; never more than there are brokers."),
            intKey("offsets.topic.segment.bytes", 104_857_600)
                    .atLeast(1)
                    .high()
                    .doc("The segment size of the offsets topic."),
            intKey("offsets.topic.compression.codec", 0)
                    .between(0, 4)
                    .high()
                    .doc("The compression of the offsets topic: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd."),
            intKey("offsets.retention.minutes", 10080)
                    .atLeast(1)
                    .high()
                    .doc("How long an empty group's offsets are kept."),
            longKey("offsets.retention.check.interval.ms", 600_000L)
                    .atLeast(1)
                    .high()
                    .doc("How often old offsets are looked for."),
            intKey("offsets.load.buffer.size", 5_242_880)
                    .atLeast(1)
                    .high()
                    .doc("The bytes read at once when a coordinator loads its groups."),
            intKey("offsets.commit.timeout.ms", 5000)
                    .atLeast(1)
                    .high()
                    .doc("How long an offset commit may wait for its replicas."),
            intKey("offset.metadata.max.bytes", 4096)
                    .high()
                    .doc("The longest text that may come with an offset commit."),
            intKey("group.initial.rebalance.delay.ms", 0)
                    .doc("How long a new classic group waits for more members before it first assigns."),
            intKey("group.min.session.timeout.ms", 6000)
                    .doc("The shortest session timeout that a classic member may ask for."),
            intKey("group.max.session.timeout.ms", 1_800_000)
                    .doc("The longest session timeout that a classic member may ask for."),
            intKey("group.max.size", Integer.MAX_VALUE).atLeast(1).doc("The most members of a classic group."),
            listKey("group.coordinator.rebalance.protocols", "classic,consumer,streams")
                    .rule(ConfigRule.listOf("consumer", "classic", "share", "streams"))
                    .doc("The group protocols that are on."),
            intKey("group.coordinator.threads", 4).atLeast(1).high().doc("The threads that coordinate groups."),
            intKey("group.coordinator.background.threads", 2)
                    .atLeast(1)
                    .high()
                    .doc("The threads for long computations of the group coordinator."),
            intKey("group.coordinator.append.linger.ms", -1)
                    .atLeast(-1)
                    .doc("How long the coordinator gathers records before it writes; -1 to follow the load."),
            intKey("group.coordinator.cached.buffer.max.bytes", 1_048_588)
                    .atLeast(524_288)
                    .clusterWide()
                    .doc("The largest write buffer the group coordinator keeps for use again."),
            intKey("group.consumer.session.timeout.ms", 45000)
                    .atLeast(1)
                    .doc("After how long without a heartbeat a consumer member is removed."),
            intKey("group.consumer.min.session.timeout.ms", 45000)
                    .atLeast(1)
                    .doc("The shortest session timeout that a consumer group may set."),
            intKey("group.consumer.max.session.timeout.ms", 60000)
                    .atLeast(1)
                    .doc("The longest session timeout that a consumer group may set."),
            intKey("group.consumer.heartbeat.interval.ms", 5000)
                    .atLeast(1)
                    .doc("How often a consumer member is told to send a heartbeat."),
            intKey("group.consumer.min.heartbeat.interval.ms", 5000)
                    .atLeast(1)
                    .doc("The shortest heartbeat interval that a consumer group may set."),
            intKey("group.consumer.max.heartbeat.interval.ms", 15000)
                    .atLeast(1)
                    .doc("The longest heartbeat interval that a consumer group may set."),
            intKey("group.consumer.max.size", Integer.MAX_VALUE)
                    .atLeast(1)
                    .doc("The most members of a consumer group."),
            listKey("group.consumer.assignors", "uniform,range")
                    .rule(ConfigRule.listOf(
                            "uniform",
                            "range",
                            "org.apache.kafka.coordinator.group.assignor.UniformAssignor",
                            "org.apache.kafka.coordinator.group.assignor.RangeAssignor"))
                    .doc("The assignors for consumer groups, the default one first."),
            stringKey("group.consumer.migration.policy", "bidirectional")
                    .rule(ConfigRule.oneOfIgnoringCase("disabled", "downgrade", "upgrade", "bidirectional"))
                    .doc("Which way a group may change between the classic and the consumer protocol."),
            intKey("group.consumer.assignment.interval.ms", 1000)
                    .atLeast(0)
                    .clusterWide()
                    .doc("The shortest time between two assignments of a consumer group."),
            intKey("group.consumer.min.assignment.interval.ms", 0)
                    .atLeast(0)
                    .doc("The shortest assignment interval that a consumer group may set."),
            intKey("group.consumer.max.assignment.interval.ms", 15000)
                    .atLeast(0)
                    .doc("The longest assignment interval that a consumer group may set."),
            intKey("group.consumer.regex.refresh.interval.ms", 600_000)
                    .atLeast(10000)
                    .hidden()
                    .doc("How often a group's pattern is matched against the topics again."),
            intKey("group.share.session.timeout.ms", 45000)
                    .atLeast(1)
                    .doc("After how long without a heartbeat a share member is removed."),
            intKey("group.share.min.session.timeout.ms", 45000)
                    .atLeast(1)
                    .doc("The shortest session timeout that a share group may set."),
            intKey("group.share.max.session.timeout.ms", 60000)
                    .atLeast(1)
                    .doc("The longest session timeout that a share group may set."),
            intKey("group.share.heartbeat.interval.ms", 5000)
                    .atLeast(1)
                    .doc("How often a share member is told to send a heartbeat."),
            intKey("group.share.min.heartbeat.interval.ms", 5000)
                    .atLeast(1)
                    .doc("The shortest heartbeat interval that a share group may set."),
            intKey("group.share.max.heartbeat.interval.ms", 15000)
                    .atLeast(1)
                    .doc("The longest heartbeat interval that a share group may set."),
            intKey("group.share.max.size", 200).between(1, 1000).doc("The most members of a share group."),
            listKey("group.share.assignors", "simple")
                    .rule(ConfigRule.listOf("simple", "org.apache.kafka.coordinator.group.assignor.SimpleAssignor"))
                    .doc("The assignors for share groups."),
            intKey("group.share.assignment.interval.ms", 1000)
                    .atLeast(0)
                    .clusterWide()
                    .doc("The shortest time between two assignments of a share group."),
            intKey("group.share.min.assignment.interval.ms", 0)
                    .atLeast(0)
                    .doc("The shortest assignment interval that a share group may set."),
            intKey("group.share.max.assignment.interval.ms", 15000)
                    .atLeast(0)
                    .doc("The longest assignment interval that a share group may set."),
            intKey("group.share.delivery.count.limit", 5)
                    .between(2, 10)
                    .doc("How often a record is delivered before it is given up."),
            intKey("group.share.min.delivery.count.limit", 2)
                    .between(2, 5)
                    .doc("The smallest delivery limit that a share group may set."),
            intKey("group.share.max.delivery.count.limit", 10)
                    .between(5, 25)
                    .doc("The largest delivery limit that a share group may set."),
            intKey("group.share.partition.max.record.locks", 2000)
                    .between(100, 10000)
                    .doc("How many records of a partition may be out at once."),
            intKey("group.share.min.partition.max.record.locks", 100)
                    .between(100, 2000)
                    .doc("The smallest limit of records out that a share group may set."),
            intKey("group.share.max.partition.max.record.locks", 4000)
                    .between(2000, 10000)
                    .doc("The largest limit of records out that a share group may set."),
            intKey("group.share.record.lock.duration.ms", 30000)
                    .between(1000, 3600000)
                    .doc("How long a consumer has a record before it goes to another."),
            intKey("group.share.min.record.lock.duration.ms", 15000)
                    .between(1000, 30000)
                    .doc("The shortest lock that a share group may set."),
            intKey("group.share.max.record.lock.duration.ms", 60000)
                    .between(30000, 3600000)
                    .doc("The longest lock that a share group may set."),
            intKey("group.share.max.share.sessions", 2000)
                    .atLeast(1)
                    .doc("How many share sessions a broker remembers."),
            intKey("group.share.initialize.retry.interval.ms", 30000)
                    .atLeast(1)
                    .low()
                    .hidden()
                    .doc("How often the start of a share partition's state is tried again."),
            intKey("share.coordinator.state.topic.num.partitions", 50)
                    .atLeast(1)
                    .high()
                    .doc("The partitions of the share state topic; it cannot change afterwards."),
            shortKey("share.coordinator.state.topic.replication.factor", 3)
                    .atLeast(1)
                    .high()
                    .doc("The replicas of the share state topic; never more than there are brokers."),
            shortKey("share.coordinator.state.topic.min.isr", 2)
                    .atLeast(1)
                    .high()
                    .doc("The in-sync replicas that the share state topic needs; never more than its replicas."),
            intKey("share.coordinator.state.topic.segment.bytes", 104_857_600)
                    .atLeast(1)
                    .high()
                    .doc("The segment size of the share state topic."),
            intKey("share.coordinator.state.topic.compression.codec", 0)
                    .between(0, 4)
                    .high()
                    .doc("The compression of the share state topic: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd."),
            intKey("share.coordinator.state.topic.prune.interval.ms", 300_000)
                    .atLeast(1)
                    .low()
                    .hidden()
                    .doc("How often share state that is no longer needed is removed."),
            intKey("share.coordinator.load.buffer.size", 5_242_880)
                    .atLeast(1)
                    .high()
                    .doc("The bytes read at once when a share coordinator loads its state."),
            intKey("share.coordinator.snapshot.update.records.per.snapshot", 500)
                    .between(0, 500)
                    .doc("How many changes of a share partition are written between two full states."),
            intKey("share.coordinator.cold.partition.snapshot.interval.ms", 300_000)
                    .atLeast(1)
                    .low()
                    .hidden()
                    .doc("How often the state of an idle share partition is written in full."),
            intKey("share.coordinator.threads", 1).atLeast(1).doc("The threads that coordinate share state."),
            intKey("share.coordinator.write.timeout.ms", 5000)
                    .atLeast(1)
                    .high()
                    .doc("How long a write of share state may wait for its replicas."),
            intKey("share.coordinator.append.linger.ms", -1)
                    .atLeast(-1)
                    .doc("How long the share coordinator gathers records before it writes; -1 to follow the load."),
            intKey("share.coordinator.cached.buffer.max.bytes", 1_048_588)
                    .atLeast(524_288)
                    .clusterWide()
                    .doc("The largest write buffer the share coordinator keeps for use again."),
            intKey("group.streams.session.timeout.ms", 45000)
                    .atLeast(1)
                    .doc("After how long without a heartbeat a streams member is removed."),
            intKey("group.streams.min.session.timeout.ms", 45000)
                    .atLeast(1)
                    .doc("The shortest session timeout that a streams group may set."),
            intKey("group.streams.max.session.timeout.ms", 60000)
                    .atLeast(1)
                    .doc("The longest session timeout that a streams group may set."),
            intKey("group.streams.heartbeat.interval.ms", 5000)
                    .atLeast(1)
                    .doc("How often a streams member is told to send a heartbeat."),
            intKey("group.streams.min.heartbeat.interval.ms", 5000)
                    .atLeast(1)
                    .doc("The shortest heartbeat interval that a streams group may set."),
            intKey("group.streams.max.heartbeat.interval.ms", 15000)
                    .atLeast(1)
                    .doc("The longest heartbeat interval that a streams group may set."),
            intKey("group.streams.max.size", Integer.MAX_VALUE).atLeast(1).doc("The most members of a streams group."),
            intKey("group.streams.num.standby.replicas", 0).atLeast(0).doc("The standby copies of each stateful task."),
            intKey("group.streams.max.standby.replicas", 2)
                    .atLeast(0)
                    .doc("The most standby copies that a streams group may set."),
            intKey("group.streams.initial.rebalance.delay.ms", 3000)
                    .atLeast(0)
                    .doc("How long a new streams group waits for more members before it first assigns."),
            intKey("group.streams.assignment.interval.ms", 1000)
                    .atLeast(0)
                    .clusterWide()
                    .doc("The shortest time between two assignments of a streams group."),
            intKey("group.streams.min.assignment.interval.ms", 0)
                    .atLeast(0)
                    .doc("The shortest assignment interval that a streams group may set."),
            intKey("group.streams.max.assignment.interval.ms", 15000)
                    .atLeast(0)
                    .doc("The longest assignment interval that a streams group may set."));

    private GroupKeys() {}
}
