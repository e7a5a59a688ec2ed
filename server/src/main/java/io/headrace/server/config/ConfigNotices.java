package io.headrace.server.config;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.config.BrokerConfigKeys;
import io.headrace.core.config.Listener;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Tells an operator which settings are not what they may take them for. */
final class ConfigNotices {
    /** Keys that are accepted because files have them, and that nothing here depends on. */
    private static final Set<String> NO_EFFECT = Set.of(
            "background.threads",
            "delete.records.purgatory.purge.interval.requests",
            "fetch.purgatory.purge.interval.requests",
            "metrics.num.samples",
            "metrics.recording.level",
            "metrics.sample.window.ms",
            "num.io.threads",
            "num.replica.alter.log.dirs.threads",
            "producer.purgatory.purge.interval.requests",
            "share.fetch.purgatory.purge.interval.requests");

    /** Keys that Kafka reads without having them in its own list. */
    private static final Pattern PLUGIN_KEY = Pattern.compile("config\\.providers\\..+|confluent\\..+");

    private final List<String> notices = new ArrayList<>();

    private ConfigNotices() {}

    static List<String> of(BrokerConfig config, Map<String, String> values, Map<String, String> origins) {
        ConfigNotices notices = new ConfigNotices();
        for (String key : values.keySet()) {
            String text = about(key);
            if (text != null) {
                notices.notices.add("Configuration " + key + " (" + origins.get(key) + ") " + text);
            }
        }
        notices.addListeners(config);
        notices.addQuorum(config);
        return notices.notices;
    }

    private static @Nullable String about(String key) {
        if (BrokerConfigKeys.SCHEMA.find(key) != null) {
            return aboutKnown(key);
        }
        String removed = RemovedKeys.explanation(key);
        if (removed != null) {
            return "no longer exists: " + removed;
        }
        if (BrokerConfigKeys.isWithoutMeaning(key) || PLUGIN_KEY.matcher(key).matches()) {
            return "has no effect here";
        }
        if (key.startsWith("listener.name.")) {
            return "has no effect: settings for single listeners are not supported yet";
        }
        if (key.equals("super.users") || key.equals("allow.everyone.if.no.acl.found")) {
            return "has no effect: access control is not supported yet, everyone may do everything";
        }
        String nearest = BrokerConfigKeys.SCHEMA.nearest(key);
        return nearest == null ? "is unknown and ignored" : "is unknown and ignored, did you mean " + nearest + "?";
    }

    private static @Nullable String aboutKnown(String key) {
        if (NO_EFFECT.contains(key)) {
            return "is accepted and has no effect here";
        }
        if (key.startsWith("ssl.") || key.startsWith("sasl.") || key.startsWith("delegation.token.")) {
            return "has no effect: TLS and SASL are not supported yet";
        }
        return null;
    }

    private void addListeners(BrokerConfig config) {
        for (Listener listener : config.listeners().notOpened()) {
            notices.add(
                    "Listener " + listener + " is named in controller.listener.names and is not opened: one node needs"
                            + " no connection to its own controller");
        }
    }

    private void addQuorum(BrokerConfig config) {
        String self = config.node().nodeId() + "@";
        if (config.node().voters().stream().anyMatch(voter -> !voter.startsWith(self))) {
            notices.add(
                    "Configuration controller.quorum.voters names other nodes, but clusters of several nodes are not"
                            + " supported yet: this node runs alone");
        } else if (!config.node().controller()) {
            notices.add(
                    "Configuration process.roles lacks controller, but clusters of several nodes are not supported yet:"
                            + " this node runs alone");
        }
    }
}
