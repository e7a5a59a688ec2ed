package io.headrace.server.api;

import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DeleteRecordsRequest;
import io.headrace.protocol.message.DeleteRecordsRequest.DeleteRecordsPartition;
import io.headrace.protocol.message.DeleteRecordsRequest.DeleteRecordsTopic;
import io.headrace.protocol.message.DeleteRecordsResponse;
import io.headrace.protocol.message.DeleteRecordsResponse.DeleteRecordsPartitionResult;
import io.headrace.protocol.message.DeleteRecordsResponse.DeleteRecordsTopicResult;
import io.headrace.server.partition.Partitions;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import io.headrace.storage.PartitionReplica;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** DeleteRecords: moves the start of logs, also to the middle of a batch (KIP-107). */
public final class DeleteRecordsHandler implements RequestHandler<DeleteRecordsRequest> {
    private final Partitions partitions;
    private final Authorizer authorizer;

    public DeleteRecordsHandler(Partitions partitions, Authorizer authorizer) {
        this.partitions = partitions;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, DeleteRecordsRequest request) {
        List<DeleteRecordsTopicResult> topics = new ArrayList<>();
        Countdown answered = Countdown.ofParts(
                request.topics(),
                topic -> topic.partitions().size(),
                () -> context.respond(new DeleteRecordsResponse().setTopics(topics)));
        for (DeleteRecordsTopic wantedTopic : request.topics()) {
            List<DeleteRecordsPartitionResult> results = new ArrayList<>();
            topics.add(
                    new DeleteRecordsTopicResult().setName(wantedTopic.name()).setPartitions(results));
            TopicImage topic = partitions.image().topic(wantedTopic.name());
            ErrorCode refused = check(context, wantedTopic.name(), topic);
            for (DeleteRecordsPartition wanted : wantedTopic.partitions()) {
                DeleteRecordsPartitionResult result = new DeleteRecordsPartitionResult()
                        .setPartitionIndex(wanted.partitionIndex())
                        .setLowWatermark(-1);
                results.add(result);
                if (topic == null || refused != ErrorCode.NONE) {
                    result.setErrorCode(refused.code());
                    answered.arrived();
                } else {
                    trim(topic, wanted, result, answered);
                }
            }
        }
        answered.arrived();
    }

    private ErrorCode check(RequestContext context, String name, @Nullable TopicImage topic) {
        if (!Access.of(context, authorizer).allows(Operation.DELETE, ResourceType.TOPIC, name)) {
            return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
        }
        if (topic == null) {
            return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        }
        return topic.internal() ? ErrorCode.INVALID_TOPIC_EXCEPTION : ErrorCode.NONE;
    }

    private void trim(
            TopicImage topic, DeleteRecordsPartition wanted, DeleteRecordsPartitionResult result, Countdown answered) {
        Partitions.Found found = partitions.leader(topic, wanted.partitionIndex());
        if (found.error() != ErrorCode.NONE) {
            result.setErrorCode(found.error().code());
            answered.arrived();
            return;
        }
        PartitionReplica replica = found.replicaOrThrow();
        if (!replica.config().delete()) {
            // Compaction alone decides what such a topic keeps.
            result.setErrorCode(ErrorCode.POLICY_VIOLATION.code());
            answered.arrived();
            return;
        }
        partitions.store().trim(replica, wanted.offset(), outcome -> {
            result.setErrorCode(outcome.error().code()).setLowWatermark(outcome.logStartOffset());
            answered.arrived();
        });
    }
}
