package io.headrace.server.api;

import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.PartitionImage;
import io.headrace.core.metadata.TopicImage;
import io.headrace.core.metadata.TopicNames;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeTopicPartitionsRequest;
import io.headrace.protocol.message.DescribeTopicPartitionsRequest.TopicRequest;
import io.headrace.protocol.message.DescribeTopicPartitionsResponse;
import io.headrace.protocol.message.DescribeTopicPartitionsResponse.Cursor;
import io.headrace.protocol.message.DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition;
import io.headrace.protocol.message.DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.security.Access;
import io.headrace.server.security.AuthorizedOperations;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** DescribeTopicPartitions: topics in order of name, page by page (KIP-966). */
public final class DescribeTopicPartitionsHandler implements RequestHandler<DescribeTopicPartitionsRequest> {
    private final Proposals metadata;
    private final Authorizer authorizer;
    private final AuthorizedOperations authorized;
    private final int partitionsMax;

    /** @param partitionsMax {@code max.request.partition.size.limit}: the most partitions in one answer */
    public DescribeTopicPartitionsHandler(Proposals metadata, Authorizer authorizer, int partitionsMax) {
        this.metadata = metadata;
        this.authorizer = authorizer;
        this.authorized = new AuthorizedOperations(authorizer);
        this.partitionsMax = partitionsMax;
    }

    @Override
    public void handle(RequestContext context, DescribeTopicPartitionsRequest request) {
        MetadataImage image = metadata.image();
        boolean all = request.topics().isEmpty();
        TreeSet<String> names = new TreeSet<>();
        if (all) {
            names.addAll(image.sortedTopicNames());
        } else {
            for (TopicRequest topic : request.topics()) {
                names.add(topic.name());
            }
        }
        DescribeTopicPartitionsRequest.Cursor cursor = request.cursor();
        if (cursor != null) {
            if (cursor.partitionIndex() < 0 || (!all && !names.contains(cursor.topicName()))) {
                context.respond(refused(request));
                return;
            }
            names.headSet(cursor.topicName(), false).clear();
        }
        int room = Math.max(1, Math.min(request.responsePartitionLimit(), partitionsMax));
        DescribeTopicPartitionsResponse response = new DescribeTopicPartitionsResponse();
        for (String name : names) {
            int first = cursor != null && cursor.topicName().equals(name) ? cursor.partitionIndex() : 0;
            if (room == 0) {
                response.setNextCursor(new Cursor().setTopicName(name).setPartitionIndex(first));
                break;
            }
            if (!mayDescribe(context, name)) {
                if (!all) {
                    response.topics().add(failed(name, ErrorCode.TOPIC_AUTHORIZATION_FAILED));
                }
                continue;
            }
            TopicImage topic = image.topic(name);
            if (topic == null) {
                response.topics()
                        .add(failed(
                                        name,
                                        TopicNames.isValid(name)
                                                ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
                                                : ErrorCode.INVALID_TOPIC_EXCEPTION)
                                .setTopicAuthorizedOperations(authorized.onTopic(context, name)));
                continue;
            }
            int from = Math.max(0, Math.min(first, topic.partitionCount()));
            int to = Math.min(topic.partitionCount(), from + room);
            response.topics().add(describe(context, topic, from, to));
            room -= Math.max(0, to - from);
            if (to < topic.partitionCount()) {
                response.setNextCursor(new Cursor().setTopicName(name).setPartitionIndex(to));
                break;
            }
        }
        context.respond(response);
    }

    /** The answer to a cursor that is no place in what is asked for: as in Kafka it has room for the topics' errors only. */
    private static DescribeTopicPartitionsResponse refused(DescribeTopicPartitionsRequest request) {
        DescribeTopicPartitionsResponse response = new DescribeTopicPartitionsResponse();
        for (TopicRequest topic : request.topics()) {
            response.topics()
                    .add(new DescribeTopicPartitionsResponseTopic()
                            .setName(topic.name())
                            .setErrorCode(ErrorCode.INVALID_REQUEST.code()));
        }
        return response;
    }

    private boolean mayDescribe(RequestContext context, String topic) {
        return Access.of(context, authorizer).allows(Operation.DESCRIBE, ResourceType.TOPIC, topic);
    }

    private static DescribeTopicPartitionsResponseTopic failed(String name, ErrorCode error) {
        return new DescribeTopicPartitionsResponseTopic()
                .setName(name)
                .setErrorCode(error.code())
                .setIsInternal(TopicImage.isInternal(name));
    }

    private DescribeTopicPartitionsResponseTopic describe(RequestContext context, TopicImage topic, int from, int to) {
        List<DescribeTopicPartitionsResponsePartition> partitions = new ArrayList<>();
        for (int i = from; i < to; i++) {
            PartitionImage partition = topic.partitions().get(i);
            partitions.add(new DescribeTopicPartitionsResponsePartition()
                    .setPartitionIndex(i)
                    .setLeaderId(partition.leader())
                    .setLeaderEpoch(partition.leaderEpoch())
                    .setReplicaNodes(partition.replicas())
                    .setIsrNodes(partition.isr())
                    .setEligibleLeaderReplicas(List.of())
                    .setLastKnownElr(List.of()));
        }
        return new DescribeTopicPartitionsResponseTopic()
                .setName(topic.name())
                .setTopicId(topic.id())
                .setIsInternal(topic.internal())
                .setPartitions(partitions)
                .setTopicAuthorizedOperations(authorized.onTopic(context, topic.name()));
    }
}
