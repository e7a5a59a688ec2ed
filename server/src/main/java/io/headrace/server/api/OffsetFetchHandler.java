package io.headrace.server.api;

import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.OffsetFetchRequest;
import io.headrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestGroup;
import io.headrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopic;
import io.headrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopics;
import io.headrace.protocol.message.OffsetFetchResponse;
import io.headrace.protocol.message.OffsetFetchResponse.OffsetFetchResponseGroup;
import io.headrace.protocol.message.OffsetFetchResponse.OffsetFetchResponsePartition;
import io.headrace.protocol.message.OffsetFetchResponse.OffsetFetchResponsePartitions;
import io.headrace.protocol.message.OffsetFetchResponse.OffsetFetchResponseTopic;
import io.headrace.protocol.message.OffsetFetchResponse.OffsetFetchResponseTopics;
import io.headrace.server.coordinator.Gather;
import io.headrace.server.group.GroupCoordinators;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** OffsetFetch: consumers and tools ask how far groups have read. */
public final class OffsetFetchHandler implements RequestHandler<OffsetFetchRequest> {
    private static final short FIRST_VERSION_WITH_GROUP_ERROR = 2;
    private static final short FIRST_VERSION_WITH_GROUPS = 8;
    private static final short FIRST_VERSION_WITH_TOPIC_IDS = 10;
    private static final UUID NO_TOPIC_ID = new UUID(0, 0);

    private final GroupCoordinators groups;
    private final Proposals metadata;
    private final Authorizer authorizer;

    public OffsetFetchHandler(GroupCoordinators groups, Proposals metadata, Authorizer authorizer) {
        this.groups = groups;
        this.metadata = metadata;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, OffsetFetchRequest request) {
        List<OffsetFetchRequestGroup> asked = groupsOf(context.apiVersion(), request);
        Gather<OffsetFetchResponseGroup> answers =
                Gather.of(asked.size(), parts -> context.respond(response(context.apiVersion(), parts)));
        for (int i = 0; i < asked.size(); i++) {
            int index = i;
            fetch(context, asked.get(i), request.requireStable(), answer -> answers.put(index, answer));
        }
    }

    /** Older versions ask for one group. */
    private static List<OffsetFetchRequestGroup> groupsOf(short version, OffsetFetchRequest request) {
        if (version >= FIRST_VERSION_WITH_GROUPS) {
            return request.groups();
        }
        List<OffsetFetchRequestTopic> topics = request.topics();
        return List.of(new OffsetFetchRequestGroup()
                .setGroupId(request.groupId())
                .setTopics(
                        topics == null
                                ? null
                                : topics.stream()
                                        .map(topic -> new OffsetFetchRequestTopics()
                                                .setName(topic.name())
                                                .setPartitionIndexes(topic.partitionIndexes()))
                                        .toList()));
    }

    private void fetch(
            RequestContext context,
            OffsetFetchRequestGroup request,
            boolean requireStable,
            Consumer<OffsetFetchResponseGroup> answer) {
        short version = context.apiVersion();
        Access access = Access.of(context, authorizer);
        if (!access.allows(Operation.DESCRIBE, ResourceType.GROUP, request.groupId())) {
            answer.accept(failure(version, request, ErrorCode.GROUP_AUTHORIZATION_FAILED));
            return;
        }
        List<OffsetFetchResponseTopics> refused = new ArrayList<>();
        OffsetFetchRequestGroup checked = check(version, access, request, refused);
        boolean wantsAll = request.topics() == null;
        groups.submit(
                request.groupId(),
                (coordinator, nowMs) -> coordinator.fetchOffsets(
                        fetched -> {
                            if (fetched.errorCode() != ErrorCode.NONE.code()) {
                                ErrorCode error = ErrorCode.forCode(fetched.errorCode());
                                answer.accept(failure(version, request, error));
                            } else if (wantsAll) {
                                answer.accept(visible(version, access, fetched));
                            } else {
                                List<OffsetFetchResponseTopics> topics = new ArrayList<>(fetched.topics());
                                topics.addAll(refused);
                                answer.accept(fetched.setTopics(topics));
                            }
                        },
                        checked,
                        requireStable,
                        nowMs),
                error -> answer.accept(failure(version, request, error)));
    }

    /** Finds the names of topics, and sorts out those that are unknown or not for this client to see. */
    private OffsetFetchRequestGroup check(
            short version, Access access, OffsetFetchRequestGroup request, List<OffsetFetchResponseTopics> refused) {
        List<OffsetFetchRequestTopics> asked = request.topics();
        if (asked == null) {
            return request;
        }
        MetadataImage image = metadata.image();
        boolean byId = version >= FIRST_VERSION_WITH_TOPIC_IDS;
        List<OffsetFetchRequestTopics> accepted = new ArrayList<>(asked.size());
        for (OffsetFetchRequestTopics topic : asked) {
            if (byId) {
                TopicImage known = image.topic(topic.topicId());
                if (known == null) {
                    refused.add(refusal(topic, ErrorCode.UNKNOWN_TOPIC_ID));
                    continue;
                }
                topic.setName(known.name());
            }
            if (access.allows(Operation.DESCRIBE, ResourceType.TOPIC, topic.name())) {
                accepted.add(topic);
            } else {
                refused.add(refusal(topic, ErrorCode.TOPIC_AUTHORIZATION_FAILED));
            }
        }
        return new OffsetFetchRequestGroup()
                .setGroupId(request.groupId())
                .setMemberId(request.memberId())
                .setMemberEpoch(request.memberEpoch())
                .setTopics(accepted);
    }

    /** Of all offsets of a group, those that the client may see and that can be named in its version. */
    private OffsetFetchResponseGroup visible(short version, Access access, OffsetFetchResponseGroup fetched) {
        MetadataImage image = metadata.image();
        List<OffsetFetchResponseTopics> topics =
                new ArrayList<>(fetched.topics().size());
        for (OffsetFetchResponseTopics topic : fetched.topics()) {
            if (!access.allows(Operation.DESCRIBE, ResourceType.TOPIC, topic.name())) {
                continue;
            }
            if (version >= FIRST_VERSION_WITH_TOPIC_IDS && topic.topicId().equals(NO_TOPIC_ID)) {
                TopicImage known = image.topic(topic.name());
                if (known == null) {
                    continue;
                }
                topic.setTopicId(known.id());
            }
            topics.add(topic);
        }
        return fetched.setTopics(topics);
    }

    private static OffsetFetchResponseGroup failure(short version, OffsetFetchRequestGroup request, ErrorCode error) {
        OffsetFetchResponseGroup failure = new OffsetFetchResponseGroup().setGroupId(request.groupId());
        List<OffsetFetchRequestTopics> asked = request.topics();
        if (version >= FIRST_VERSION_WITH_GROUP_ERROR || asked == null) {
            return failure.setErrorCode(error.code());
        }
        return failure.setTopics(
                asked.stream().map(topic -> refusal(topic, error)).toList());
    }

    private static OffsetFetchResponseTopics refusal(OffsetFetchRequestTopics topic, ErrorCode error) {
        return new OffsetFetchResponseTopics()
                .setName(topic.name())
                .setTopicId(topic.topicId())
                .setPartitions(topic.partitionIndexes().stream()
                        .map(partition -> new OffsetFetchResponsePartitions()
                                .setPartitionIndex(partition)
                                .setErrorCode(error.code())
                                .setCommittedOffset(-1)
                                .setCommittedLeaderEpoch(-1)
                                .setMetadata(""))
                        .toList());
    }

    private static OffsetFetchResponse response(short version, List<OffsetFetchResponseGroup> groups) {
        if (version >= FIRST_VERSION_WITH_GROUPS) {
            return new OffsetFetchResponse().setGroups(groups);
        }
        OffsetFetchResponseGroup group = groups.get(0);
        return new OffsetFetchResponse()
                .setErrorCode(group.errorCode())
                .setTopics(group.topics().stream()
                        .map(topic -> new OffsetFetchResponseTopic()
                                .setName(topic.name())
                                .setPartitions(topic.partitions().stream()
                                        .map(OffsetFetchHandler::older)
                                        .toList()))
                        .toList());
    }

    private static OffsetFetchResponsePartition older(OffsetFetchResponsePartitions partition) {
        @Nullable String text = partition.metadata();
        return new OffsetFetchResponsePartition()
                .setPartitionIndex(partition.partitionIndex())
                .setErrorCode(partition.errorCode())
                .setCommittedOffset(partition.committedOffset())
                .setCommittedLeaderEpoch(partition.committedLeaderEpoch())
                .setMetadata(text);
    }
}
