package io.headrace.core.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who this node is, and where its data lies.
 *
 * @param nodeId its number in the cluster, 0 or more
 * @param rack the rack it stands in; null when not said
 * @param dataDirectories where logs are kept, at least one
 */
public record NodeConfig(int nodeId, @Nullable String rack, List<String> dataDirectories) {

    static NodeConfig of(BrokerConfig config) {
        checkRoles(config);
        int nodeId = nodeId(config);
        checkQuorum(config, nodeId);
        return new NodeConfig(nodeId, config.text("broker.rack"), dataDirectories(config));
    }

    /** A node that decides on no metadata, or brokers nothing, is one of several. */
    private static void checkRoles(BrokerConfig config) {
        List<String> roles = config.listValue("process.roles");
        if (!roles.contains("broker") || !roles.contains("controller")) {
            throw invalid(config, "process.roles", "broker,controller");
        }
    }

    private static void checkQuorum(BrokerConfig config, int nodeId) {
        String self = nodeId + "@";
        if (config.listValue("controller.quorum.voters").stream().anyMatch(voter -> !voter.startsWith(self))) {
            throw invalid(config, "controller.quorum.voters", "this node alone, " + self + "host:port");
        }
        if (config.listValue("controller.quorum.bootstrap.servers").size() > 1) {
            throw invalid(config, "controller.quorum.bootstrap.servers", "this node alone, host:port");
        }
    }

    private static InvalidConfigException invalid(BrokerConfig config, String key, String expected) {
        return new InvalidConfigException(
                key,
                "Invalid value " + config.text(key) + " for configuration " + key + ": expected " + expected
                        + ", clusters of several nodes are not supported yet");
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
