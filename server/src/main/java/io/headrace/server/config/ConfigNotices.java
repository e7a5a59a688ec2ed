package io.headrace.server.config;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.config.BrokerConfigKeys;
import io.headrace.core.config.Listener;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Tells an operator which settings are not what they may take them for. */
final class ConfigNotices {
    /** Keys that Kafka reads without having them in its own list. */
    private static final Pattern PLUGIN_KEY = Pattern.compile("config\\.providers\\..+|confluent\\..+");

    private final List<String> notices = new ArrayList<>();

    private ConfigNotices() {}

    static List<String> of(BrokerConfig config, Map<String, String> values, Map<String, String> origins) {
        ConfigNotices notices = new ConfigNotices();
        values.forEach((key, value) -> {
            String text = about(key, value);
            if (text != null) {
                notices.notices.add("Configuration " + key + " (" + origins.get(key) + ") " + text);
            }
        });
        notices.addListeners(config);
        return notices.notices;
    }

    /** What to say about a key that is set; null when it is what one takes it for. */
    static @Nullable String about(String key, String value) {
        if (BrokerConfigKeys.SCHEMA.find(key) != null) {
            String reason = IneffectiveKeys.reason(key, value);
            return reason == null ? null : "is accepted and has no effect here: " + reason;
        }
        String removed = RemovedKeys.explanation(key);
        if (removed != null) {
            return "no longer exists: " + removed;
        }
        if (PLUGIN_KEY.matcher(key).matches()) {
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

    private void addListeners(BrokerConfig config) {
        for (Listener listener : config.listeners().notOpened()) {
            notices.add(
                    "Listener " + listener + " is named in controller.listener.names and is not opened: one node needs"
                            + " no connection to its own controller");
        }
    }
}
