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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** DeleteRecords: moves the start of logs, also to the middle of a batch (KIP-107). */
public final class DeleteRecordsHandler implements RequestHandler<DeleteRecordsRequest> {
    /** Trims of one request that wait for the log writer: each takes a sync, and what else there is comes in between. */
    private static final int TRIMS_AT_ONCE = 8;

    private final Partitions partitions;
    private final Authorizer authorizer;

    public DeleteRecordsHandler(Partitions partitions, Authorizer authorizer) {
        this.partitions = partitions;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, DeleteRecordsRequest request) {
        Map<String, Map<Integer, Long>> wanted = offsetsByPartition(request);
        List<DeleteRecordsTopicResult> topics = new ArrayList<>(wanted.size());
        Countdown answered = Countdown.ofParts(
                wanted.values(), Map::size, () -> context.respond(new DeleteRecordsResponse().setTopics(topics)));
        Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
        wanted.forEach((name, offsets) -> {
            List<DeleteRecordsPartitionResult> results = new ArrayList<>(offsets.size());
            topics.add(new DeleteRecordsTopicResult().setName(name).setPartitions(results));
            TopicImage topic = partitions.image().topic(name);
            ErrorCode refused = check(context, name, topic);
            offsets.forEach((index, offset) -> {
                DeleteRecordsPartitionResult result = new DeleteRecordsPartitionResult()
                        .setPartitionIndex(index)
                        .setLowWatermark(-1);
                results.add(result);
                if (topic == null || refused != ErrorCode.NONE) {
                    result.setErrorCode(refused.code());
                    answered.arrived();
                } else {
                    trim(topic, offset, result, answered, waiting);
                }
            });
        });
        for (int i = 0; i < TRIMS_AT_ONCE; i++) {
            startNext(waiting);
        }
        answered.arrived();
    }

    /** What a request names, each partition once; as in Kafka its last mention counts. */
    private static Map<String, Map<Integer, Long>> offsetsByPartition(DeleteRecordsRequest request) {
        Map<String, Map<Integer, Long>> offsets = new LinkedHashMap<>();
        for (DeleteRecordsTopic topic : request.topics()) {
            Map<Integer, Long> ofTopic = offsets.computeIfAbsent(topic.name(), name -> new LinkedHashMap<>());
            for (DeleteRecordsPartition partition : topic.partitions()) {
                ofTopic.put(partition.partitionIndex(), partition.offset());
            }
        }
        return offsets;
    }

    private static void startNext(Queue<Runnable> waiting) {
        Runnable next = waiting.poll();
        if (next != null) {
            next.run();
        }
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
            TopicImage topic,
            long offset,
            DeleteRecordsPartitionResult result,
            Countdown answered,
            Queue<Runnable> waiting) {
        Partitions.Found found = partitions.leader(topic, result.partitionIndex());
        if (found.error() != ErrorCode.NONE) {
            result.setErrorCode(found.error().code());
            answered.arrived();
            return;
        }
        PartitionReplica replica = found.replicaOrThrow();
        if (replica.config().compact() && !replica.config().delete()) {
            // Compaction alone decides what such a topic keeps.
            result.setErrorCode(ErrorCode.POLICY_VIOLATION.code());
            answered.arrived();
            return;
        }
        waiting.add(() -> partitions.store().trim(replica, offset, outcome -> {
            result.setErrorCode(outcome.error().code()).setLowWatermark(outcome.logStartOffset());
            startNext(waiting);
            answered.arrived();
        }));
    }
}
