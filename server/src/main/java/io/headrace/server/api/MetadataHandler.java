package io.headrace.server.api;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.metadata.BrokerRegistration;
import io.headrace.core.metadata.CreateTopic;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.PartitionImage;
import io.headrace.core.metadata.PartitionLimits;
import io.headrace.core.metadata.TopicImage;
import io.headrace.core.metadata.TopicNames;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.MetadataRequest;
import io.headrace.protocol.message.MetadataRequest.MetadataRequestTopic;
import io.headrace.protocol.message.MetadataResponse;
import io.headrace.protocol.message.MetadataResponse.MetadataResponseBroker;
import io.headrace.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.headrace.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.headrace.server.metadata.AdvertisedAddress;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.metadata.TopicCreation;
import io.headrace.server.security.Access;
import io.headrace.server.security.AuthorizedOperations;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Metadata: brokers, topics and the leaders of their partitions. Creates topics that are asked for, if that is allowed. */
public final class MetadataHandler implements RequestHandler<MetadataRequest> {
    private static final UUID ZERO_ID = new UUID(0, 0);
    /** The first version whose clients may ask by topic id; before it a topic without a name makes no sense. */
    private static final int FIRST_VERSION_BY_ID = 12;

    private final Proposals metadata;
    private final TopicCreation creation;
    private final Supplier<BrokerConfig> config;
    private final Authorizer authorizer;
    private final AuthorizedOperations authorized;

    public MetadataHandler(
            Proposals metadata, TopicCreation creation, Supplier<BrokerConfig> config, Authorizer authorizer) {
        this.metadata = metadata;
        this.creation = creation;
        this.config = config;
        this.authorizer = authorizer;
        this.authorized = new AuthorizedOperations(authorizer);
    }

    @Override
    public void handle(RequestContext context, MetadataRequest request) {
        List<CreateTopic> missing = missingTopics(context, request);
        metadata.propose(missing, (outcomes, image) -> {
            Map<String, ErrorCode> failures = new LinkedHashMap<>();
            for (int i = 0; i < outcomes.size(); i++) {
                ErrorCode error = outcomes.get(i).error();
                if (error != ErrorCode.NONE && error != ErrorCode.TOPIC_ALREADY_EXISTS) {
                    failures.put(missing.get(i).name(), error);
                }
            }
            context.respond(answer(context, request, image, failures));
        });
    }

    /**
     * What is to be created. What would be too much for one request is not: its client is told that there is no such topic yet,
     * and asks again.
     */
    private List<CreateTopic> missingTopics(RequestContext context, MetadataRequest request) {
        List<MetadataRequestTopic> asked = request.topics();
        boolean allowed =
                request.allowAutoTopicCreation() && config.get().topicCreation().autoCreate();
        if (asked == null || !allowed) {
            return List.of();
        }
        MetadataImage image = metadata.image();
        Map<String, CreateTopic> missing = new LinkedHashMap<>();
        long partitionCount = 0;
        for (MetadataRequestTopic topic : asked) {
            String name = topic.name();
            if (name != null
                    && topic.topicId().equals(ZERO_ID)
                    && image.topic(name) == null
                    && !missing.containsKey(name)
                    && TopicNames.isValid(name)
                    && !name.equals(TopicNames.METADATA_LOG)
                    && mayDescribe(context, name)
                    && mayCreate(context, name)) {
                CreateTopic create = creation.automatic(name, image.brokers().size());
                partitionCount += create.partitionCount();
                if (partitionCount > PartitionLimits.NEW_PARTITIONS_PER_REQUEST_MAX && !missing.isEmpty()) {
                    break;
                }
                missing.put(name, create);
            }
        }
        return new ArrayList<>(missing.values());
    }

    private boolean mayDescribe(RequestContext context, String topic) {
        return Access.of(context, authorizer).allows(Operation.DESCRIBE, ResourceType.TOPIC, topic);
    }

    private boolean mayCreate(RequestContext context, String topic) {
        return Access.of(context, authorizer).allowsOnCluster(Operation.CREATE)
                || Access.of(context, authorizer).allows(Operation.CREATE, ResourceType.TOPIC, topic);
    }

    private MetadataResponse answer(
            RequestContext context, MetadataRequest request, MetadataImage image, Map<String, ErrorCode> failures) {
        MetadataResponse response =
                new MetadataResponse().setClusterId(image.clusterId()).setTopics(new ArrayList<>());
        for (BrokerRegistration broker : image.brokers()) {
            AdvertisedAddress address = broker.fenced() ? null : AdvertisedAddress.of(broker, context);
            if (address != null) {
                response.brokers()
                        .add(new MetadataResponseBroker()
                                .setNodeId(broker.id())
                                .setHost(address.host())
                                .setPort(address.port())
                                .setRack(broker.rack()));
                response.setControllerId(broker.id());
            }
        }
        if (request.includeClusterAuthorizedOperations()) {
            response.setClusterAuthorizedOperations(authorized.onCluster(context));
        }
        List<MetadataRequestTopic> asked = request.topics();
        boolean all = asked == null || (context.apiVersion() == 0 && asked.isEmpty());
        if (all) {
            for (String name : image.sortedTopicNames()) {
                TopicImage topic = image.topic(name);
                if (topic != null && mayDescribe(context, name)) {
                    response.topics().add(describe(context, request, topic));
                }
            }
        } else {
            for (MetadataRequestTopic topic : new LinkedHashSet<>(asked)) {
                response.topics().add(find(context, request, topic, image, failures));
            }
        }
        return response;
    }

    private MetadataResponseTopic find(
            RequestContext context,
            MetadataRequest request,
            MetadataRequestTopic asked,
            MetadataImage image,
            Map<String, ErrorCode> failures) {
        String name = asked.name();
        boolean byId = !asked.topicId().equals(ZERO_ID);
        if (context.apiVersion() < FIRST_VERSION_BY_ID && (byId || name == null)) {
            return failed(name == null ? "" : name, asked.topicId(), ErrorCode.INVALID_REQUEST);
        }
        TopicImage topic = byId ? image.topic(asked.topicId()) : name == null ? null : image.topic(name);
        if (byId) {
            return topic == null || !mayDescribe(context, topic.name())
                    ? failed(null, asked.topicId(), ErrorCode.UNKNOWN_TOPIC_ID)
                    : describe(context, request, topic);
        }
        if (name == null) {
            return failed(null, ZERO_ID, ErrorCode.INVALID_REQUEST);
        }
        if (!mayDescribe(context, name)) {
            return failed(name, ZERO_ID, ErrorCode.TOPIC_AUTHORIZATION_FAILED);
        }
        if (topic != null) {
            return describe(context, request, topic);
        }
        ErrorCode unknown =
                TopicNames.isValid(name) ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION;
        return failed(name, ZERO_ID, failures.getOrDefault(name, unknown));
    }

    private static MetadataResponseTopic failed(@Nullable String name, UUID id, ErrorCode error) {
        return new MetadataResponseTopic()
                .setName(name)
                .setTopicId(id)
                .setErrorCode(error.code())
                .setIsInternal(name != null && TopicImage.isInternal(name));
    }

    private MetadataResponseTopic describe(RequestContext context, MetadataRequest request, TopicImage topic) {
        List<MetadataResponsePartition> partitions = new ArrayList<>(topic.partitionCount());
        for (int i = 0; i < topic.partitionCount(); i++) {
            PartitionImage partition = topic.partitions().get(i);
            boolean led = partition.leader() != PartitionImage.NO_LEADER;
            partitions.add(new MetadataResponsePartition()
                    .setErrorCode((led ? ErrorCode.NONE : ErrorCode.LEADER_NOT_AVAILABLE).code())
                    .setPartitionIndex(i)
                    .setLeaderId(partition.leader())
                    .setLeaderEpoch(partition.leaderEpoch())
                    .setReplicaNodes(partition.replicas())
                    .setIsrNodes(partition.isr()));
        }
        return new MetadataResponseTopic()
                .setName(topic.name())
                .setTopicId(topic.id())
                .setIsInternal(topic.internal())
                .setPartitions(partitions)
                .setTopicAuthorizedOperations(
                        request.includeTopicAuthorizedOperations()
                                ? authorized.onTopic(context, topic.name())
                                : AuthorizedOperations.NOT_ASKED);
    }
}
