package io.headrace.core.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who this node is, and where its data lies.
 *
 * @param nodeId its number in the cluster, 0 or more
 * @param controller whether it takes part in deciding on metadata
 * @param rack the rack it stands in; null when not said
 * @param dataDirectories where logs are kept, at least one
 * @param voters the voters named in a file, as id@host:port; empty when not said
 */
public record NodeConfig(
        int nodeId, boolean controller, @Nullable String rack, List<String> dataDirectories, List<String> voters) {

    static NodeConfig of(BrokerConfig config) {
        List<String> roles = config.listValue("process.roles");
        if (!roles.contains("broker")) {
            throw new InvalidConfigException(
                    "process.roles",
                    "Invalid value " + config.text("process.roles")
                            + " for configuration process.roles: expected broker,controller or broker, a node without"
                            + " a broker is not supported");
        }
        return new NodeConfig(
                nodeId(config),
                roles.contains("controller"),
                config.text("broker.rack"),
                dataDirectories(config),
                config.listValue("controller.quorum.voters"));
    }

    private static int nodeId(BrokerConfig config) {
        int nodeId = config.intValue("node.id");
        int brokerId = config.intValue("broker.id");
        if (!config.isSet("broker.id") || brokerId < 0) {
            return nodeId;
        }
        if (config.isSet("node.id") && nodeId != brokerId) {
            throw new InvalidConfigException(
                    "broker.id",
                    "Invalid value " + brokerId + " for configuration broker.id: expected " + nodeId
                            + " like node.id, or leave broker.id out");
        }
        return brokerId;
    }

    private static List<String> dataDirectories(BrokerConfig config) {
        String key = config.isSet("log.dirs") ? "log.dirs" : "log.dir";
        List<String> directories = config.listValue(key);
        if (directories.isEmpty()) {
            throw new InvalidConfigException(
                    key, "Invalid empty value for configuration " + key + ": expected at least one directory");
        }
        return directories;
    }
}
