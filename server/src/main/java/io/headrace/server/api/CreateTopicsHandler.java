package io.headrace.server.api;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.config.ConfigKey;
import io.headrace.core.config.ConfigSource;
import io.headrace.core.config.TopicConfigKeys;
import io.headrace.core.metadata.CreateTopic;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.TopicImage;
import io.headrace.core.metadata.TopicNames;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.CreateTopicsRequest;
import io.headrace.protocol.message.CreateTopicsRequest.CreatableReplicaAssignment;
import io.headrace.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.headrace.protocol.message.CreateTopicsRequest.CreatableTopicConfig;
import io.headrace.protocol.message.CreateTopicsResponse;
import io.headrace.protocol.message.CreateTopicsResponse.CreatableTopicConfigs;
import io.headrace.protocol.message.CreateTopicsResponse.CreatableTopicResult;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.metadata.TopicCreation;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** CreateTopics: one answer for each topic; the topics that can be created are, whatever becomes of the others. */
public final class CreateTopicsHandler implements RequestHandler<CreateTopicsRequest> {
    private static final int BROKER_DEFAULT = -1;

    private final Proposals metadata;
    private final TopicCreation creation;
    private final Supplier<BrokerConfig> config;
    private final Authorizer authorizer;

    public CreateTopicsHandler(
            Proposals metadata, TopicCreation creation, Supplier<BrokerConfig> config, Authorizer authorizer) {
        this.metadata = metadata;
        this.creation = creation;
        this.config = config;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, CreateTopicsRequest request) {
        RequestedChanges<CreateTopic, CreatableTopicResult> changes = new RequestedChanges<>(
                request.topics().stream().map(CreatableTopic::name),
                (result, outcome) -> refuse(result, outcome.error(), outcome.message()));
        Access access = Access.of(context, authorizer);
        for (CreatableTopic topic : request.topics()) {
            if (changes.isAnswered(topic.name())) {
                continue;
            }
            CreatableTopicResult result = new CreatableTopicResult().setName(topic.name());
            changes.addResult(result);
            if (changes.isRepeated(topic.name())) {
                changes.answerOnce(topic.name());
                refuse(result, ErrorCode.INVALID_REQUEST, "Duplicate topic name.");
            } else if (!mayCreate(access, topic.name())) {
                refuse(result, ErrorCode.TOPIC_AUTHORIZATION_FAILED, null);
            } else if (topic.name().equals(TopicNames.METADATA_LOG)) {
                refuse(result, ErrorCode.INVALID_REQUEST, "A topic cannot be called " + topic.name() + ".");
            } else {
                CreateTopic command = command(topic, result);
                if (command != null) {
                    changes.propose(result, command);
                }
            }
        }
        changes.limitNewPartitions(CreateTopicsHandler::partitionCount);
        changes.carryOut(metadata, request.validateOnly(), image -> {
            changes.forEachProposed((result, command) -> {
                if (result.errorCode() == ErrorCode.NONE.code()) {
                    describe(result, command, image);
                }
            });
            context.respond(new CreateTopicsResponse().setTopics(changes.results()));
        });
    }

    private static int partitionCount(CreateTopic command) {
        int assigned = command.assignments().size();
        return assigned > 0 ? assigned : command.partitionCount();
    }

    private static boolean mayCreate(Access access, String name) {
        return access.allowsOnCluster(Operation.CREATE) || access.allows(Operation.CREATE, ResourceType.TOPIC, name);
    }

    private static void refuse(CreatableTopicResult result, ErrorCode error, @Nullable String message) {
        result.setErrorCode(error.code()).setErrorMessage(message);
    }

    /** The command for a topic; null, with the error in the result, if the request for it makes no sense. */
    private @Nullable CreateTopic command(CreatableTopic topic, CreatableTopicResult result) {
        Map<String, String> configs = new HashMap<>();
        for (CreatableTopicConfig entry : topic.configs()) {
            String value = entry.value();
            if (value == null) {
                refuse(result, ErrorCode.INVALID_CONFIG, "The value of " + entry.name() + " is null.");
                return null;
            }
            configs.put(entry.name(), value);
        }
        if (!topic.assignments().isEmpty()) {
            return assigned(topic, configs, result);
        }
        BrokerConfig now = config.get();
        int partitions = topic.numPartitions() == BROKER_DEFAULT
                ? now.topicCreation().partitionCountDefault()
                : topic.numPartitions();
        int replicas = topic.replicationFactor() == BROKER_DEFAULT
                ? now.topicCreation().replicationFactorDefault()
                : topic.replicationFactor();
        return new CreateTopic(topic.name(), creation.newTopicId(), partitions, replicas, List.of(), configs);
    }

    private @Nullable CreateTopic assigned(
            CreatableTopic topic, Map<String, String> configs, CreatableTopicResult result) {
        if (topic.numPartitions() != BROKER_DEFAULT || topic.replicationFactor() != BROKER_DEFAULT) {
            refuse(
                    result,
                    ErrorCode.INVALID_REQUEST,
                    "With replicas assigned by hand, neither the number of partitions nor the replication factor"
                            + " can be given.");
            return null;
        }
        TreeMap<Integer, List<Integer>> byPartition = new TreeMap<>();
        for (CreatableReplicaAssignment assignment : topic.assignments()) {
            if (byPartition.put(assignment.partitionIndex(), assignment.brokerIds()) != null) {
                refuse(
                        result,
                        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                        "Partition " + assignment.partitionIndex() + " is assigned twice.");
                return null;
            }
        }
        if (byPartition.firstKey() != 0 || byPartition.lastKey() != byPartition.size() - 1) {
            refuse(
                    result,
                    ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                    "The assigned partitions must be numbered from 0 without gaps.");
            return null;
        }
        return new CreateTopic(
                topic.name(), creation.newTopicId(), 0, 0, new ArrayList<>(byPartition.values()), configs);
    }

    private void describe(CreatableTopicResult result, CreateTopic command, MetadataImage image) {
        TopicImage topic = image.topic(command.name());
        if (topic == null) {
            return;
        }
        List<CreatableTopicConfigs> configs = new ArrayList<>();
        for (ConfigKey key : TopicConfigKeys.SCHEMA.keys()) {
            String override = topic.configs().get(key.name());
            String inherited = config.get().topicDefault(key);
            ConfigSource source =
                    override != null ? ConfigSource.TOPIC : config.get().topicDefaultSource(key);
            if (!key.internal()) {
                configs.add(new CreatableTopicConfigs()
                        .setName(key.name())
                        .setValue(override != null ? override : inherited)
                        .setConfigSource(source.code()));
            }
        }
        result.setTopicId(topic.id())
                .setNumPartitions(topic.partitionCount())
                .setReplicationFactor(
                        (short) topic.partitions().get(0).replicas().size())
                .setConfigs(configs);
    }
}
