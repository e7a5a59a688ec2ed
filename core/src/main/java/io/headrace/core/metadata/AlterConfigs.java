package io.headrace.core.metadata;

import io.headrace.core.config.BrokerConfigKeys;
import io.headrace.core.config.ClientMetricsConfigKeys;
import io.headrace.core.config.ConfigKey;
import io.headrace.core.config.ConfigSchema;
import io.headrace.core.config.ConfigType;
import io.headrace.core.config.GroupConfigKeys;
import io.headrace.core.config.InvalidConfigException;
import io.headrace.core.config.TopicConfigKeys;
import io.headrace.core.config.UpdateMode;
import io.headrace.protocol.ErrorCode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Changes the configuration of one thing: all changes are made or none.
 *
 * @param resource what is configured; a broker's loggers are not part of the metadata
 * @param replace whether what is not named loses its value, as the older of the two requests wants it
 * @param changes what to change, at most one change for a key
 */
public record AlterConfigs(ConfigResource resource, boolean replace, List<ConfigChange> changes)
        implements MetadataCommand {
    /** Copies the list unless it is immutable already. */
    public AlterConfigs {
        changes = List.copyOf(changes);
    }

    @Override
    public CommandResult applyTo(MetadataImage image, MetadataImage.Builder changed) {
        CommandResult refusal = checkResource(image);
        if (refusal != null) {
            return refusal;
        }
        Map<String, String> current = image.configs(resource);
        Map<String, String> values = replace ? new TreeMap<>() : new TreeMap<>(current);
        for (ConfigChange change : changes) {
            refusal = carryOut(change, current, values, changed.accepted);
            if (refusal != null) {
                return refusal;
            }
        }
        refusal = changed.accepted && staysAsItWas() ? null : checkValues(values);
        if (refusal != null) {
            return refusal;
        }
        TopicImage topic = resource.type() == ConfigResource.Type.TOPIC ? image.topic(resource.name()) : null;
        if (topic == null) {
            changed.putConfigs(resource, values);
        } else {
            changed.putTopic(topic.withConfigs(values));
        }
        return CommandResult.ok();
    }

    /** Whether a value that an earlier version took and this one would not is kept, to be seen and taken back. */
    private boolean staysAsItWas() {
        return resource.type() == ConfigResource.Type.BROKER || resource.type() == ConfigResource.Type.CLIENT_METRICS;
    }

    private @Nullable CommandResult checkResource(MetadataImage image) {
        boolean unnamed = resource.name().isEmpty();
        return switch (resource.type()) {
            case TOPIC -> checkTopic(image, unnamed);
            case BROKER -> checkBroker();
            case GROUP -> unnamed ? invalidRequest("A group without a name cannot be configured.") : null;
            case CLIENT_METRICS ->
                unnamed ? invalidRequest("A subscription without a name cannot be configured.") : null;
            case BROKER_LOGGER -> invalidRequest("Loggers are configured at their broker.");
        };
    }

    private @Nullable CommandResult checkTopic(MetadataImage image, boolean unnamed) {
        if (unnamed) {
            return invalidRequest("Topics have no common configuration that could be changed.");
        }
        String problem = TopicNames.problem(resource.name());
        if (problem != null) {
            return CommandResult.refused(ErrorCode.INVALID_TOPIC_EXCEPTION, problem);
        }
        return image.topic(resource.name()) == null
                ? CommandResult.refused(
                        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "There is no topic '" + resource.name() + "'.")
                : null;
    }

    private @Nullable CommandResult checkBroker() {
        return resource.name().isEmpty() || resource.name().matches("\\d{1,9}")
                ? null
                : invalidRequest("A broker's number is expected, not " + resource.name() + ".");
    }

    private @Nullable CommandResult carryOut(
            ConfigChange change, Map<String, String> current, Map<String, String> values, boolean accepted) {
        String key = change.key();
        String value = change.value();
        if (change.operation() == ConfigChange.Operation.DELETE) {
            values.remove(key);
            return null;
        }
        if (value == null) {
            return invalidRequest("A value is missing for configuration " + key + ".");
        }
        if (change.operation() == ConfigChange.Operation.SET) {
            values.put(key, value);
            return null;
        }
        ConfigKey definition = schema().find(key);
        if (definition == null || definition.type() != ConfigType.LIST) {
            return CommandResult.refused(
                    ErrorCode.INVALID_CONFIG,
                    "Nothing can be appended to or subtracted from " + key + ", which is not a list.");
        }
        String list = changedList(change, value, current.get(key));
        // Earlier versions accepted it, so that a log of theirs may have it.
        if (change.operation() == ConfigChange.Operation.APPEND && value.isBlank() && !list.isEmpty() && !accepted) {
            return CommandResult.refused(
                    ErrorCode.INVALID_CONFIG, "Nothing cannot be appended to " + key + ": no element is empty.");
        }
        values.put(key, list);
        return null;
    }

    private static String changedList(ConfigChange change, String value, @Nullable String current) {
        String start = current == null ? change.inherited() : current;
        LinkedHashSet<String> elements = new LinkedHashSet<>(elements(start == null ? "" : start));
        if (change.operation() == ConfigChange.Operation.APPEND) {
            elements.addAll(elements(value));
        } else {
            elements.removeAll(new LinkedHashSet<>(elements(value)));
        }
        return String.join(",", elements);
    }

    private static List<String> elements(String list) {
        return list.isBlank() ? List.of() : List.of(list.trim().split("\\s*,\\s*", -1));
    }

    private ConfigSchema schema() {
        return switch (resource.type()) {
            case TOPIC -> TopicConfigKeys.SCHEMA;
            case GROUP -> GroupConfigKeys.SCHEMA;
            case CLIENT_METRICS -> ClientMetricsConfigKeys.SCHEMA;
            case BROKER, BROKER_LOGGER -> BrokerConfigKeys.SCHEMA;
        };
    }

    private @Nullable CommandResult checkValues(Map<String, String> values) {
        String excess = ConfigLimits.problem(values);
        if (excess != null) {
            return invalidRequest(excess);
        }
        try {
            return switch (resource.type()) {
                case TOPIC -> checkTopicValues(values);
                case GROUP -> checkGroupValues(values);
                case CLIENT_METRICS -> checkClientMetricsValues(values);
                case BROKER, BROKER_LOGGER -> checkBrokerValues(values);
            };
        } catch (InvalidConfigException e) {
            // For brokers Kafka answers INVALID_REQUEST where it answers INVALID_CONFIG for everything else.
            ErrorCode error = resource.type() == ConfigResource.Type.BROKER
                    ? ErrorCode.INVALID_REQUEST
                    : ErrorCode.INVALID_CONFIG;
            return CommandResult.refused(error, String.valueOf(e.getMessage()));
        }
    }

    private static @Nullable CommandResult checkTopicValues(Map<String, String> values) {
        TopicConfigKeys.validate(values);
        return null;
    }

    private static @Nullable CommandResult checkGroupValues(Map<String, String> values) {
        GroupConfigKeys.validate(values);
        return null;
    }

    private static @Nullable CommandResult checkClientMetricsValues(Map<String, String> values) {
        for (String key : values.keySet()) {
            if (ClientMetricsConfigKeys.SCHEMA.find(key) == null) {
                return invalidRequest("Unknown client metrics configuration: " + key);
            }
        }
        String interval = values.get(ClientMetricsConfigKeys.INTERVAL_MS);
        if (interval != null && !ClientMetricsConfigKeys.isInterval(interval)) {
            return invalidRequest("Invalid value " + interval + " for configuration "
                    + ClientMetricsConfigKeys.INTERVAL_MS + ": expected a whole number between 100 and 3600000");
        }
        ClientMetricsConfigKeys.validate(values);
        return null;
    }

    /** Keys that nobody here knows are kept, as Kafka keeps them; nothing is ever made of them. */
    private @Nullable CommandResult checkBrokerValues(Map<String, String> values) {
        for (Map.Entry<String, String> entry : values.entrySet()) {
            String name = entry.getKey();
            ConfigKey key = BrokerConfigKeys.SCHEMA.find(name);
            if (isLocal(name) || (key != null && key.updateMode() == UpdateMode.READ_ONLY)) {
                return invalidRequest("Cannot update these configs dynamically: [" + name + "]");
            }
            if (key != null
                    && key.updateMode() == UpdateMode.PER_BROKER
                    && resource.name().isEmpty()) {
                return invalidRequest(
                        "Cannot update these configs for all brokers at once, a broker must be named: [" + name + "]");
            }
            if (key != null) {
                Object ignored = key.parse(entry.getValue());
            }
        }
        return null;
    }

    /**
     * Nothing that names classes, files or credentials is taken from the network, and the addresses listened at do not
     * change while running.
     */
    private static boolean isLocal(String name) {
        return name.startsWith("listener.name.")
                || name.startsWith("ssl.")
                || name.startsWith("sasl.")
                || name.startsWith("config.providers")
                || name.endsWith(".class")
                || name.endsWith(".class.name")
                || name.equals("metric.reporters")
                || name.equals("listeners")
                || name.equals("listener.security.protocol.map");
    }

    private static CommandResult invalidRequest(String message) {
        return CommandResult.refused(ErrorCode.INVALID_REQUEST, message);
    }
}
