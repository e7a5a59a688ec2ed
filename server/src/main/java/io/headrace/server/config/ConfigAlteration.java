package io.headrace.server.config;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.config.BrokerConfigKeys;
import io.headrace.core.config.ConfigKey;
import io.headrace.core.config.GroupConfigKeys;
import io.headrace.core.config.InvalidConfigException;
import io.headrace.core.config.ThreadCounts;
import io.headrace.core.config.TopicConfigKeys;
import io.headrace.core.metadata.AlterConfigs;
import io.headrace.core.metadata.ConfigChange;
import io.headrace.core.metadata.ConfigResource;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.server.api.RequestContext;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes commands of what clients want changed in configurations, after checking what the metadata cannot: who asks, and
 * whether a change of brokers goes with this broker's own settings.
 */
public final class ConfigAlteration {
    private final Supplier<BrokerConfig> config;
    private final Authorizer authorizer;
    private final BrokerLoggers loggers;

    public ConfigAlteration(Supplier<BrokerConfig> config, Authorizer authorizer, BrokerLoggers loggers) {
        this.config = config;
        this.authorizer = authorizer;
        this.loggers = loggers;
    }

    /**
     * What became of a wish: either a command to propose, or why not, or {@link #DONE_HERE}.
     *
     * @param command null when it was refused, and when the metadata has no part in it
     * @param error NONE when it was not refused
     * @param message why it was refused; null when it was not
     */
    public record Checked(
            @Nullable AlterConfigs command,
            ErrorCode error,
            @Nullable String message) {
        /** To be done by {@link BrokerLoggers#apply}: it concerns this process alone. */
        static final Checked DONE_HERE = new Checked(null, ErrorCode.NONE, null);

        /** Whether this is for {@link BrokerLoggers#apply}. */
        public boolean isDoneHere() {
            return command == null && error == ErrorCode.NONE;
        }

        /** What is said of a thing that one request wants to change more than once. */
        public static Checked repeated() {
            return refused(ErrorCode.INVALID_REQUEST, "Each resource can be changed once in a request.");
        }

        static Checked refused(ErrorCode error, String message) {
            return new Checked(null, error, message);
        }
    }

    /** The thing that a wish names, whether it exists or not. */
    public record Named(byte resourceType, String resourceName) {}

    /** A wish to change the configuration of one thing. */
    public record Wish(byte resourceType, String resourceName, boolean replace, List<ConfigChange> changes) {}

    /**
     * Checks a wish.
     *
     * @param image the metadata to which the change would be made
     */
    public Checked check(RequestContext context, Wish wish, MetadataImage image) {
        ConfigResource.Type type = ConfigResource.Type.forCode(wish.resourceType());
        if (type == null) {
            return Checked.refused(ErrorCode.INVALID_REQUEST, "Unknown resource type " + wish.resourceType());
        }
        ConfigResource resource = new ConfigResource(type, wish.resourceName());
        ErrorCode denied = authorize(context, resource);
        if (denied != ErrorCode.NONE) {
            return Checked.refused(denied, denied.message());
        }
        String problem = problem(resource, wish.changes());
        if (problem != null) {
            return Checked.refused(ErrorCode.INVALID_REQUEST, problem);
        }
        if (type == ConfigResource.Type.BROKER_LOGGER) {
            return wish.replace()
                    ? Checked.refused(ErrorCode.INVALID_REQUEST, "Levels of loggers are changed one by one.")
                    : loggers.check(wish.changes());
        }
        AlterConfigs command = new AlterConfigs(resource, wish.replace(), withInherited(type, wish.changes()));
        Map<String, String> after = image.apply(command).image().configs(resource);
        try {
            checkAfter(resource, after);
        } catch (InvalidConfigException e) {
            ErrorCode error = type == ConfigResource.Type.GROUP ? ErrorCode.INVALID_CONFIG : ErrorCode.INVALID_REQUEST;
            return Checked.refused(error, String.valueOf(e.getMessage()));
        }
        return new Checked(command, ErrorCode.NONE, null);
    }

    private ErrorCode authorize(RequestContext context, ConfigResource resource) {
        return switch (resource.type()) {
            case TOPIC -> authorize(context, ResourceType.TOPIC, resource.name(), ErrorCode.TOPIC_AUTHORIZATION_FAILED);
            case GROUP -> authorize(context, ResourceType.GROUP, resource.name(), ErrorCode.GROUP_AUTHORIZATION_FAILED);
            case BROKER, BROKER_LOGGER, CLIENT_METRICS ->
                authorize(
                        context, ResourceType.CLUSTER, Authorizer.CLUSTER_NAME, ErrorCode.CLUSTER_AUTHORIZATION_FAILED);
        };
    }

    private ErrorCode authorize(RequestContext context, ResourceType type, String name, ErrorCode error) {
        return Access.of(context, authorizer).allows(Operation.ALTER_CONFIGS, type, name) ? ErrorCode.NONE : error;
    }

    private @Nullable String problem(ConfigResource resource, List<ConfigChange> changes) {
        Set<String> keys = new HashSet<>();
        for (ConfigChange change : changes) {
            if (!keys.add(change.key())) {
                return "Configuration " + change.key() + " is to be changed more than once.";
            }
        }
        int self = config.get().node().nodeId();
        return switch (resource.type()) {
            case BROKER -> resource.name().isEmpty() ? null : notThisBroker(resource.name(), self);
            case BROKER_LOGGER -> notThisBroker(resource.name(), self);
            default -> null;
        };
    }

    /** Why a name is not this broker's; null when it is. */
    public static @Nullable String notThisBroker(String name, int self) {
        if (!name.matches("-?\\d{1,9}")) {
            return "A broker's number is expected, not " + name + ".";
        }
        return Integer.parseInt(name) == self
                ? null
                : "Broker " + name + " has to be asked itself, this is broker " + self + ".";
    }

    /**
     * Lists to append to or subtract from begin with the built-in default when the thing has none of its own; as in Kafka,
     * what this broker is configured to have does not count.
     */
    private static List<ConfigChange> withInherited(ConfigResource.Type type, List<ConfigChange> changes) {
        List<ConfigChange> completed = new ArrayList<>(changes.size());
        for (ConfigChange change : changes) {
            boolean needed = change.operation() == ConfigChange.Operation.APPEND
                    || change.operation() == ConfigChange.Operation.SUBTRACT;
            completed.add(needed ? withInherited(type, change) : change);
        }
        return completed;
    }

    private static ConfigChange withInherited(ConfigResource.Type type, ConfigChange change) {
        ConfigKey key =
                switch (type) {
                    case TOPIC -> TopicConfigKeys.SCHEMA.find(change.key());
                    case BROKER -> BrokerConfigKeys.SCHEMA.find(change.key());
                    case GROUP, CLIENT_METRICS, BROKER_LOGGER -> null;
                };
        return new ConfigChange(
                change.key(), change.operation(), change.value(), key == null ? null : key.defaultText());
    }

    private void checkAfter(ConfigResource resource, Map<String, String> after) {
        BrokerConfig now = config.get();
        if (resource.type() == ConfigResource.Type.GROUP) {
            GroupConfigKeys.checkBounds(after, now);
        } else if (resource.equals(ConfigResource.ALL_BROKERS)) {
            ThreadCounts.checkChange(now, now.withDynamic(after, now.ownValues()));
        } else if (resource.type() == ConfigResource.Type.BROKER) {
            ThreadCounts.checkChange(now, now.withDynamic(now.clusterDefaults(), after));
        }
    }
}
