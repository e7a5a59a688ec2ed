package io.headrace.server.metadata;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.config.InternalTopicConfig;
import io.headrace.core.metadata.CreateTopic;
import io.headrace.core.metadata.TopicImage;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;

/** Commands that create topics as this broker is configured to, and the random part of them. Any thread. */
public final class TopicCreation {
    /** The top six bits of an id whose text would begin with a dash, which looks like an option on a command line. */
    private static final long LEADING_DASH = 62;

    private final Supplier<BrokerConfig> config;
    private final Supplier<UUID> randomIds;

    /** @param randomIds version 4 UUIDs */
    public TopicCreation(Supplier<BrokerConfig> config, Supplier<UUID> randomIds) {
        this.config = config;
        this.randomIds = randomIds;
    }

    /** An id for a new topic. */
    public UUID newTopicId() {
        UUID id = randomIds.get();
        while (id.getMostSignificantBits() >>> 58 == LEADING_DASH) {
            id = randomIds.get();
        }
        return id;
    }

    /** A topic that a client asked for without having created it, or one of the broker's own. */
    public CreateTopic automatic(String name, int brokerCount) {
        BrokerConfig now = config.get();
        return switch (name) {
            case TopicImage.CONSUMER_OFFSETS ->
                internal(
                        name,
                        now.groups().offsetsTopic(),
                        brokerCount,
                        Map.of("cleanup.policy", "compact", "compression.type", "producer"));
            case TopicImage.TRANSACTION_STATE -> {
                InternalTopicConfig topic = now.transactions().stateTopic();
                yield internal(
                        name,
                        topic,
                        brokerCount,
                        Map.of(
                                "cleanup.policy", "compact",
                                "compression.type", "uncompressed",
                                "min.insync.replicas", String.valueOf(topic.minInsyncReplicas(brokerCount)),
                                "unclean.leader.election.enable", "false"));
            }
            default ->
                CreateTopic.of(
                        name,
                        newTopicId(),
                        now.topicCreation().partitionCountDefault(),
                        now.topicCreation().replicationFactorDefault());
        };
    }

    private CreateTopic internal(String name, InternalTopicConfig topic, int brokerCount, Map<String, String> more) {
        Map<String, String> configs = new TreeMap<>(more);
        configs.put("segment.bytes", String.valueOf(topic.segmentBytes()));
        return new CreateTopic(
                name, newTopicId(), topic.partitionCount(), topic.replicationFactor(brokerCount), List.of(), configs);
    }
}
