package io.headrace.core.config;

/**
 * How topics come into being.
 *
 * @param partitionCountDefault partitions of a topic created without a count
 * @param replicationFactorDefault replicas of a topic created without a count
 * @param autoCreate whether a topic is created when a client first asks for it
 * @param deleteAllowed whether topics can be deleted
 */
public record TopicCreationConfig(
        int partitionCountDefault, int replicationFactorDefault, boolean autoCreate, boolean deleteAllowed) {

    static TopicCreationConfig of(BrokerConfig config) {
        return new TopicCreationConfig(
                config.intValue("num.partitions"),
                config.intValue("default.replication.factor"),
                config.booleanValue("auto.create.topics.enable"),
                config.booleanValue("delete.topic.enable"));
    }
}
