package io.headrace.core.config;

import java.util.concurrent.TimeUnit;

/**
 * Offsets, and groups of the classic protocol.
 *
 * @param offsetsTopic how the offsets topic is created
 * @param offsetsRetentionMs how long an empty group's offsets are kept
 * @param offsetsRetentionCheckIntervalMs how often old offsets are looked for
 * @param offsetMetadataBytesMax longest text with an offset commit
 * @param offsetCommitTimeoutMs how long a commit may wait for its replicas
 * @param initialRebalanceDelayMs how long a new group waits for more members
 * @param sessionTimeoutMsMin shortest session timeout of a member
 * @param sessionTimeoutMsMax longest session timeout of a member
 * @param sizeMax most members of a group
 */
public record GroupConfig(
        InternalTopicConfig offsetsTopic,
        long offsetsRetentionMs,
        long offsetsRetentionCheckIntervalMs,
        int offsetMetadataBytesMax,
        int offsetCommitTimeoutMs,
        int initialRebalanceDelayMs,
        int sessionTimeoutMsMin,
        int sessionTimeoutMsMax,
        int sizeMax) {

    static GroupConfig of(BrokerConfig config) {
        Order.check(config, "group.min.session.timeout.ms", "group.max.session.timeout.ms");
        return new GroupConfig(
                new InternalTopicConfig(
                        config.intValue("offsets.topic.num.partitions"),
                        config.shortValue("offsets.topic.replication.factor"),
                        1,
                        config.intValue("offsets.topic.segment.bytes")),
                TimeUnit.MINUTES.toMillis(config.intValue("offsets.retention.minutes")),
                config.longValue("offsets.retention.check.interval.ms"),
                config.intValue("offset.metadata.max.bytes"),
                config.intValue("offsets.commit.timeout.ms"),
                config.intValue("group.initial.rebalance.delay.ms"),
                config.intValue("group.min.session.timeout.ms"),
                config.intValue("group.max.session.timeout.ms"),
                config.intValue("group.max.size"));
    }
}
