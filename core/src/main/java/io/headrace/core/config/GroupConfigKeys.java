package io.headrace.core.config;

import static io.headrace.core.config.ConfigKey.booleanKey;
import static io.headrace.core.config.ConfigKey.intKey;
import static io.headrace.core.config.ConfigKey.stringKey;

import io.headrace.core.config.ConfigKey.Synonym;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The keys that a group can override, of whichever protocol it is. */
public final class GroupConfigKeys {
    /** Kafka 4.3's group keys, with their types and defaults. */
    public static final ConfigSchema SCHEMA = new ConfigSchema(List.of(
            own("consumer.session.timeout.ms", 45_000)
                    .atLeast(1)
                    .doc("After how long without a heartbeat a consumer member is removed."),
            own("consumer.heartbeat.interval.ms", 5_000)
                    .atLeast(1)
                    .doc("How often a consumer member is told to send a heartbeat."),
            own("consumer.assignment.interval.ms", 1_000)
                    .atLeast(0)
                    .doc("The shortest time between two assignments of the consumer group."),
            own("share.session.timeout.ms", 45_000)
                    .atLeast(1)
                    .doc("After how long without a heartbeat a share member is removed."),
            own("share.heartbeat.interval.ms", 5_000)
                    .atLeast(1)
                    .doc("How often a share member is told to send a heartbeat."),
            own("share.assignment.interval.ms", 1_000)
                    .atLeast(0)
                    .doc("The shortest time between two assignments of the share group."),
            own("share.record.lock.duration.ms", 30_000)
                    .atLeast(1_000)
                    .doc("How long a consumer has a record before it goes to another."),
            own("share.delivery.count.limit", 5)
                    .atLeast(2)
                    .doc("How often a record is delivered before it is given up."),
            own("share.partition.max.record.locks", 2_000)
                    .atLeast(100)
                    .doc("How many records of a partition may be out at once."),
            stringKey("share.auto.offset.reset", "latest")
                    .rule(ConfigRule.matching(
                            "earliest, latest, or by_duration:PERIOD with an ISO 8601 period such as PT1H",
                            GroupConfigKeys::isOffsetReset))
                    .doc("Where a share group begins to read a partition."),
            stringKey("share.isolation.level", "read_uncommitted")
                    .rule(ConfigRule.oneOf("read_committed", "read_uncommitted"))
                    .doc("Whether the share group sees records of transactions before they are committed."),
            booleanKey("share.renew.acknowledge.enable", true)
                    .doc("Whether a consumer may renew its hold on a record."),
            own("streams.session.timeout.ms", 45_000)
                    .atLeast(1)
                    .doc("After how long without a heartbeat a streams member is removed."),
            own("streams.heartbeat.interval.ms", 5_000)
                    .atLeast(1)
                    .doc("How often a streams member is told to send a heartbeat."),
            own("streams.assignment.interval.ms", 1_000)
                    .atLeast(0)
                    .doc("The shortest time between two assignments of the streams group."),
            own("streams.initial.rebalance.delay.ms", 3_000)
                    .atLeast(0)
                    .doc("How long a new streams group waits for more members before it first assigns."),
            own("streams.num.standby.replicas", 0).atLeast(0).doc("The standby copies of each stateful task.")));

    private GroupConfigKeys() {}

    /**
     * Checks a group's overrides, each alone.
     *
     * @throws InvalidConfigException at the first that is unknown or wrong, in the order of the names
     */
    public static void validate(Map<String, String> overrides) {
        for (Map.Entry<String, String> override : new TreeMap<>(overrides).entrySet()) {
            ConfigKey key = SCHEMA.find(override.getKey());
            if (key == null) {
                throw new InvalidConfigException(override.getKey(), "Unknown group config name: " + override.getKey());
            }
            Object ignored = key.parse(override.getValue());
        }
    }

    /**
     * Checks a group's overrides against the bounds that a broker sets for groups.
     *
     * @throws InvalidConfigException at the first that lies outside
     */
    public static void checkBounds(Map<String, String> overrides, BrokerConfig broker) {
        for (Map.Entry<String, String> override : new TreeMap<>(overrides).entrySet()) {
            int dot = override.getKey().indexOf('.');
            if (dot < 0 || SCHEMA.find(override.getKey()) == null) {
                continue;
            }
            String protocol = override.getKey().substring(0, dot);
            String rest = override.getKey().substring(dot + 1);
            checkBound(override, broker, "group." + protocol + ".min." + rest, true);
            checkBound(override, broker, "group." + protocol + ".max." + rest, false);
            if (rest.startsWith("num.")) {
                checkBound(override, broker, "group." + protocol + ".max." + rest.substring("num.".length()), false);
            }
        }
    }

    private static void checkBound(
            Map.Entry<String, String> override, BrokerConfig broker, String boundKey, boolean minimum) {
        if (BrokerConfigKeys.SCHEMA.find(boundKey) == null) {
            return;
        }
        int bound = broker.intValue(boundKey);
        int value = (Integer) SCHEMA.key(override.getKey()).parse(override.getValue());
        if (minimum ? value < bound : value > bound) {
            throw new InvalidConfigException(
                    override.getKey(),
                    "Invalid value " + value + " for configuration " + override.getKey() + ": expected "
                            + (minimum ? "at least " : "at most ") + bound + ", the value of " + boundKey);
        }
    }

    private static ConfigKey own(String name, int defaultValue) {
        return intKey(name, defaultValue).from(new Synonym("group." + name, 1));
    }

    private static boolean isOffsetReset(String value) {
        if (value.equals("earliest") || value.equals("latest")) {
            return true;
        }
        String prefix = "by_duration:";
        if (!value.startsWith(prefix)) {
            return false;
        }
        try {
            return !Duration.parse(value.substring(prefix.length())).isNegative();
        } catch (DateTimeParseException e) {
            return false;
        }
    }
}
