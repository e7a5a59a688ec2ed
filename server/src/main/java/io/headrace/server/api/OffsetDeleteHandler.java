package io.headrace.server.api;

import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.OffsetDeleteRequest;
import io.headrace.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestPartition;
import io.headrace.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestTopic;
import io.headrace.protocol.message.OffsetDeleteResponse;
import io.headrace.protocol.message.OffsetDeleteResponse.OffsetDeleteResponsePartition;
import io.headrace.protocol.message.OffsetDeleteResponse.OffsetDeleteResponseTopic;
import io.headrace.server.group.GroupCoordinators;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import java.util.ArrayList;
import java.util.List;

/** OffsetDelete: an administrator has a group forget some offsets (KIP-496). */
public final class OffsetDeleteHandler implements RequestHandler<OffsetDeleteRequest> {
    private final GroupCoordinators groups;
    private final Proposals metadata;
    private final Authorizer authorizer;

    public OffsetDeleteHandler(GroupCoordinators groups, Proposals metadata, Authorizer authorizer) {
        this.groups = groups;
        this.metadata = metadata;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, OffsetDeleteRequest request) {
        Access access = Access.of(context, authorizer);
        if (!access.allows(Operation.DELETE, ResourceType.GROUP, request.groupId())) {
            context.respond(failure(ErrorCode.GROUP_AUTHORIZATION_FAILED));
            return;
        }
        List<OffsetDeleteResponseTopic> refused = new ArrayList<>();
        List<OffsetDeleteRequestTopic> accepted =
                new ArrayList<>(request.topics().size());
        for (OffsetDeleteRequestTopic topic : request.topics()) {
            check(access, topic, accepted, refused);
        }
        OffsetDeleteRequest checked =
                new OffsetDeleteRequest().setGroupId(request.groupId()).setTopics(accepted);
        groups.submit(
                request.groupId(),
                (coordinator, nowMs) ->
                        coordinator.deleteOffsets(response -> respond(context, refused, response), checked, nowMs),
                error -> context.respond(failure(error)));
    }

    private void check(
            Access access,
            OffsetDeleteRequestTopic topic,
            List<OffsetDeleteRequestTopic> accepted,
            List<OffsetDeleteResponseTopic> refused) {
        if (!access.allows(Operation.READ, ResourceType.TOPIC, topic.name())) {
            refused.add(refusal(topic, topic.partitions(), ErrorCode.TOPIC_AUTHORIZATION_FAILED));
            return;
        }
        TopicImage known = metadata.image().topic(topic.name());
        List<OffsetDeleteRequestPartition> existing = new ArrayList<>();
        List<OffsetDeleteRequestPartition> missing = new ArrayList<>();
        for (OffsetDeleteRequestPartition partition : topic.partitions()) {
            boolean exists = known != null && known.hasPartition(partition.partitionIndex());
            (exists ? existing : missing).add(partition);
        }
        if (!missing.isEmpty()) {
            refused.add(refusal(topic, missing, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
        }
        if (!existing.isEmpty()) {
            accepted.add(new OffsetDeleteRequestTopic().setName(topic.name()).setPartitions(existing));
        }
    }

    /** An error of the whole request leaves no room for errors of single partitions. */
    private static void respond(
            RequestContext context, List<OffsetDeleteResponseTopic> refused, OffsetDeleteResponse response) {
        if (refused.isEmpty() || response.errorCode() != ErrorCode.NONE.code()) {
            context.respond(response);
            return;
        }
        List<OffsetDeleteResponseTopic> all = new ArrayList<>(refused);
        response.topics().forEach(topic -> merge(all, topic));
        context.respond(response.setTopics(all));
    }

    private static void merge(List<OffsetDeleteResponseTopic> topics, OffsetDeleteResponseTopic more) {
        for (OffsetDeleteResponseTopic topic : topics) {
            if (topic.name().equals(more.name())) {
                List<OffsetDeleteResponsePartition> partitions = new ArrayList<>(topic.partitions());
                partitions.addAll(more.partitions());
                topic.setPartitions(partitions);
                return;
            }
        }
        topics.add(more);
    }

    private static OffsetDeleteResponse failure(ErrorCode error) {
        return new OffsetDeleteResponse().setErrorCode(error.code());
    }

    private static OffsetDeleteResponseTopic refusal(
            OffsetDeleteRequestTopic topic, List<OffsetDeleteRequestPartition> partitions, ErrorCode error) {
        return new OffsetDeleteResponseTopic()
                .setName(topic.name())
                .setPartitions(partitions.stream()
                        .map(partition -> new OffsetDeleteResponsePartition()
                                .setPartitionIndex(partition.partitionIndex())
                                .setErrorCode(error.code()))
                        .toList());
    }
}
