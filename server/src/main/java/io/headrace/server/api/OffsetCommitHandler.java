package io.headrace.server.api;

import io.headrace.core.coordinator.Step;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.OffsetCommitRequest;
import io.headrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestPartition;
import io.headrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestTopic;
import io.headrace.protocol.message.OffsetCommitResponse;
import io.headrace.protocol.message.OffsetCommitResponse.OffsetCommitResponsePartition;
import io.headrace.protocol.message.OffsetCommitResponse.OffsetCommitResponseTopic;
import io.headrace.server.group.GroupCoordinators;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** OffsetCommit: a consumer says how far it has read. Answered once that is durable. */
public final class OffsetCommitHandler implements RequestHandler<OffsetCommitRequest> {
    /** From here on topics are named by their ids (KIP-848). */
    private static final short FIRST_VERSION_WITH_TOPIC_IDS = 10;

    private final GroupCoordinators groups;
    private final Proposals metadata;
    private final Authorizer authorizer;

    public OffsetCommitHandler(GroupCoordinators groups, Proposals metadata, Authorizer authorizer) {
        this.groups = groups;
        this.metadata = metadata;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, OffsetCommitRequest request) {
        Access access = Access.of(context, authorizer);
        if (!access.allows(Operation.READ, ResourceType.GROUP, request.groupId())) {
            context.respond(failure(request.topics(), ErrorCode.GROUP_AUTHORIZATION_FAILED));
            return;
        }
        MetadataImage image = metadata.image();
        boolean byId = context.apiVersion() >= FIRST_VERSION_WITH_TOPIC_IDS;
        List<OffsetCommitResponseTopic> refused = new ArrayList<>();
        List<OffsetCommitRequestTopic> accepted =
                new ArrayList<>(request.topics().size());
        for (OffsetCommitRequestTopic topic : request.topics()) {
            TopicImage known = byId ? image.topic(topic.topicId()) : image.topic(topic.name());
            String name = known == null ? topic.name() : known.name();
            ErrorCode error = check(access, byId, name, known);
            if (known == null || error != ErrorCode.NONE) {
                refused.add(refusal(topic, topic.partitions(), error));
            } else {
                accept(topic.setName(name).setTopicId(known.id()), known, accepted, refused);
            }
        }
        if (accepted.isEmpty()) {
            context.respond(new OffsetCommitResponse().setTopics(refused));
            return;
        }
        OffsetCommitRequest checked = request.setTopics(accepted);
        CheckedTopics topics = new CheckedTopics(image, metadata::image);
        ErrorCode ifDeleted = byId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        groups.submit(
                request.groupId(),
                (coordinator, nowMs) -> {
                    topics.removeDeleted(accepted, OffsetCommitRequestTopic::name)
                            .forEach(topic -> merge(refused, refusal(topic, topic.partitions(), ifDeleted)));
                    if (accepted.isEmpty()) {
                        context.respond(new OffsetCommitResponse().setTopics(refused));
                        return Step.NOTHING;
                    }
                    return coordinator.commitOffsets(
                            response -> respond(context, refused, response), context.apiVersion(), checked, nowMs);
                },
                error -> respond(context, refused, failure(accepted, error)));
    }

    private static ErrorCode check(Access access, boolean byId, String name, @Nullable TopicImage known) {
        if (byId && known == null) {
            return ErrorCode.UNKNOWN_TOPIC_ID;
        }
        if (!access.allows(Operation.READ, ResourceType.TOPIC, name)) {
            return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
        }
        return known == null ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.NONE;
    }

    /** Sorts the partitions of a topic into those that exist and those that do not. */
    private static void accept(
            OffsetCommitRequestTopic topic,
            TopicImage known,
            List<OffsetCommitRequestTopic> accepted,
            List<OffsetCommitResponseTopic> refused) {
        List<OffsetCommitRequestPartition> existing =
                new ArrayList<>(topic.partitions().size());
        List<OffsetCommitRequestPartition> missing = new ArrayList<>();
        for (OffsetCommitRequestPartition partition : topic.partitions()) {
            (known.hasPartition(partition.partitionIndex()) ? existing : missing).add(partition);
        }
        if (!missing.isEmpty()) {
            refused.add(refusal(topic, missing, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
        }
        if (!existing.isEmpty()) {
            accepted.add(topic.setPartitions(existing));
        }
    }

    private static void respond(
            RequestContext context, List<OffsetCommitResponseTopic> refused, OffsetCommitResponse response) {
        if (refused.isEmpty()) {
            context.respond(response);
            return;
        }
        List<OffsetCommitResponseTopic> all = new ArrayList<>(refused);
        for (OffsetCommitResponseTopic topic : response.topics()) {
            merge(all, topic);
        }
        context.respond(response.setTopics(all));
    }

    /** A topic of which some partitions exist and some do not is answered once. */
    private static void merge(List<OffsetCommitResponseTopic> topics, OffsetCommitResponseTopic more) {
        for (OffsetCommitResponseTopic topic : topics) {
            if (topic.name().equals(more.name()) && topic.topicId().equals(more.topicId())) {
                List<OffsetCommitResponsePartition> partitions = new ArrayList<>(topic.partitions());
                partitions.addAll(more.partitions());
                topic.setPartitions(partitions);
                return;
            }
        }
        topics.add(more);
    }

    private static OffsetCommitResponse failure(List<OffsetCommitRequestTopic> topics, ErrorCode error) {
        return new OffsetCommitResponse()
                .setTopics(topics.stream()
                        .map(topic -> refusal(topic, topic.partitions(), error))
                        .toList());
    }

    private static OffsetCommitResponseTopic refusal(
            OffsetCommitRequestTopic topic, List<OffsetCommitRequestPartition> partitions, ErrorCode error) {
        return new OffsetCommitResponseTopic()
                .setName(topic.name())
                .setTopicId(topic.topicId())
                .setPartitions(partitions.stream()
                        .map(partition -> new OffsetCommitResponsePartition()
                                .setPartitionIndex(partition.partitionIndex())
                                .setErrorCode(error.code()))
                        .toList());
    }
}
