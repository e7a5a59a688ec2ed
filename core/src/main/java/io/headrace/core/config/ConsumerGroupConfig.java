package io.headrace.core.config;

import java.util.List;
import java.util.Locale;

/**
 * Groups of the consumer protocol (KIP-848). Times are in milliseconds.
 *
 * @param sessionTimeoutMs after how long without a heartbeat a member is removed
 * @param sessionTimeoutMsMin shortest that a group may set
 * @param sessionTimeoutMsMax longest that a group may set
 * @param heartbeatIntervalMs how often a member is told to send a heartbeat
 * @param heartbeatIntervalMsMin shortest that a group may set
 * @param heartbeatIntervalMsMax longest that a group may set
 * @param sizeMax most members of a group
 * @param assignors the assignors by name, the default first
 * @param upgrade whether a classic group may become a consumer group while in use
 * @param downgrade whether a consumer group may become a classic group while in use
 * @param assignmentIntervalMs shortest time between two assignments
 * @param regexRefreshIntervalMs how often patterns are matched against the topics again
 */
public record ConsumerGroupConfig(
        int sessionTimeoutMs,
        int sessionTimeoutMsMin,
        int sessionTimeoutMsMax,
        int heartbeatIntervalMs,
        int heartbeatIntervalMsMin,
        int heartbeatIntervalMsMax,
        int sizeMax,
        List<String> assignors,
        boolean upgrade,
        boolean downgrade,
        int assignmentIntervalMs,
        int regexRefreshIntervalMs) {

    static ConsumerGroupConfig of(BrokerConfig config) {
        Order.check(
                config,
                "group.consumer.min.session.timeout.ms",
                "group.consumer.session.timeout.ms",
                "group.consumer.max.session.timeout.ms");
        Order.check(
                config,
                "group.consumer.min.heartbeat.interval.ms",
                "group.consumer.heartbeat.interval.ms",
                "group.consumer.max.heartbeat.interval.ms");
        String migration = String.valueOf(config.text("group.consumer.migration.policy"))
                .trim()
                .toLowerCase(Locale.ROOT);
        return new ConsumerGroupConfig(
                config.intValue("group.consumer.session.timeout.ms"),
                config.intValue("group.consumer.min.session.timeout.ms"),
                config.intValue("group.consumer.max.session.timeout.ms"),
                config.intValue("group.consumer.heartbeat.interval.ms"),
                config.intValue("group.consumer.min.heartbeat.interval.ms"),
                config.intValue("group.consumer.max.heartbeat.interval.ms"),
                config.intValue("group.consumer.max.size"),
                config.listValue("group.consumer.assignors").stream()
                        .map(ConsumerGroupConfig::assignorName)
                        .distinct()
                        .toList(),
                migration.equals("upgrade") || migration.equals("bidirectional"),
                migration.equals("downgrade") || migration.equals("bidirectional"),
                config.intValue("group.consumer.assignment.interval.ms"),
                config.intValue("group.consumer.regex.refresh.interval.ms"));
    }

    /** Files name the two assignors by name or by Kafka's class. */
    private static String assignorName(String configured) {
        return configured.endsWith(".UniformAssignor")
                ? "uniform"
                : configured.endsWith(".RangeAssignor") ? "range" : configured;
    }
}
