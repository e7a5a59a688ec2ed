package io.headrace.core.config;

/**
 * Share groups (KIP-932). Times are in milliseconds.
 *
 * @param stateTopic how the share state topic is created
 * @param sessionTimeoutMs after how long without a heartbeat a member is removed
 * @param heartbeatIntervalMs how often a member is told to send a heartbeat
 * @param sizeMax most members of a group
 * @param deliveryCountMax how often a record is delivered before it is given up
 * @param partitionRecordLocksMax records of a partition that may be out at once
 * @param recordLockMs how long a consumer has a record before it goes to another
 * @param recordLockMsMin shortest that a group may set
 * @param recordLockMsMax longest that a group may set
 * @param sessionsMax share sessions remembered
 * @param assignmentIntervalMs shortest time between two assignments
 * @param updatesPerSnapshot changes of a share partition written between two full states
 */
public record ShareGroupConfig(
        InternalTopicConfig stateTopic,
        int sessionTimeoutMs,
        int heartbeatIntervalMs,
        int sizeMax,
        int deliveryCountMax,
        int partitionRecordLocksMax,
        int recordLockMs,
        int recordLockMsMin,
        int recordLockMsMax,
        int sessionsMax,
        int assignmentIntervalMs,
        int updatesPerSnapshot) {

    static ShareGroupConfig of(BrokerConfig config) {
        checkOrder(config, "session.timeout.ms");
        checkOrder(config, "heartbeat.interval.ms");
        checkOrder(config, "record.lock.duration.ms");
        checkOrder(config, "delivery.count.limit");
        checkOrder(config, "partition.max.record.locks");
        return new ShareGroupConfig(
                new InternalTopicConfig(
                        config.intValue("share.coordinator.state.topic.num.partitions"),
                        config.shortValue("share.coordinator.state.topic.replication.factor"),
                        config.shortValue("share.coordinator.state.topic.min.isr"),
                        config.intValue("share.coordinator.state.topic.segment.bytes")),
                config.intValue("group.share.session.timeout.ms"),
                config.intValue("group.share.heartbeat.interval.ms"),
                config.intValue("group.share.max.size"),
                config.intValue("group.share.delivery.count.limit"),
                config.intValue("group.share.partition.max.record.locks"),
                config.intValue("group.share.record.lock.duration.ms"),
                config.intValue("group.share.min.record.lock.duration.ms"),
                config.intValue("group.share.max.record.lock.duration.ms"),
                config.intValue("group.share.max.share.sessions"),
                config.intValue("group.share.assignment.interval.ms"),
                config.intValue("share.coordinator.snapshot.update.records.per.snapshot"));
    }

    private static void checkOrder(BrokerConfig config, String suffix) {
        Order.check(config, "group.share.min." + suffix, "group.share." + suffix, "group.share.max." + suffix);
    }
}
