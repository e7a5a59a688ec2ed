package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.WriteTxnMarkersRequest;
import io.headrace.protocol.message.WriteTxnMarkersRequest.WritableTxnMarker;
import io.headrace.protocol.message.WriteTxnMarkersRequest.WritableTxnMarkerTopic;
import io.headrace.protocol.message.WriteTxnMarkersResponse;
import io.headrace.protocol.message.WriteTxnMarkersResponse.WritableTxnMarkerPartitionResult;
import io.headrace.protocol.message.WriteTxnMarkersResponse.WritableTxnMarkerResult;
import io.headrace.protocol.message.WriteTxnMarkersResponse.WritableTxnMarkerTopicResult;
import io.headrace.server.partition.TransactionMarkers;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * WriteTxnMarkers: ends transactions in partitions that this broker leads. Other brokers' transaction coordinators send it, and
 * tools that end a transaction which nobody else will (KIP-664).
 */
public final class WriteTxnMarkersHandler implements RequestHandler<WriteTxnMarkersRequest> {
    /** Each is a batch of its own. */
    private static final int MARKERS_PER_REQUEST_MAX = 10_000;

    private final TransactionMarkers markers;
    private final Authorizer authorizer;

    public WriteTxnMarkersHandler(TransactionMarkers markers, Authorizer authorizer) {
        this.markers = markers;
        this.authorizer = authorizer;
    }

    /** What a marker is written for; within one request no producer's transaction ends twice in a partition. */
    private record Ending(long producerId, String topic, int partition) {}

    @Override
    public void handle(RequestContext context, WriteTxnMarkersRequest request) {
        List<Map<String, Set<Integer>>> wanted = request.markers().stream()
                .map(WriteTxnMarkersHandler::partitionsByTopic)
                .toList();
        List<WritableTxnMarkerResult> results = new ArrayList<>(wanted.size());
        WriteTxnMarkersResponse response = new WriteTxnMarkersResponse().setMarkers(results);
        boolean allowed = mayWrite(Access.of(context, authorizer));
        Set<Ending> endings = new HashSet<>();
        Countdown written =
                Countdown.ofParts(wanted, WriteTxnMarkersHandler::partitionCount, () -> context.respond(response));
        for (int i = 0; i < wanted.size(); i++) {
            WritableTxnMarker marker = request.markers().get(i);
            List<WritableTxnMarkerTopicResult> topics = new ArrayList<>();
            results.add(new WritableTxnMarkerResult()
                    .setProducerId(marker.producerId())
                    .setTopics(topics));
            wanted.get(i).forEach((topic, indexes) -> {
                List<WritableTxnMarkerPartitionResult> partitions = new ArrayList<>(indexes.size());
                topics.add(new WritableTxnMarkerTopicResult().setName(topic).setPartitions(partitions));
                for (int index : indexes) {
                    WritableTxnMarkerPartitionResult result =
                            new WritableTxnMarkerPartitionResult().setPartitionIndex(index);
                    partitions.add(result);
                    ErrorCode refused = allowed
                            ? refusal(endings, new Ending(marker.producerId(), topic, index))
                            : ErrorCode.CLUSTER_AUTHORIZATION_FAILED;
                    if (refused != ErrorCode.NONE) {
                        result.setErrorCode(refused.code());
                        written.arrived();
                    } else {
                        write(marker, topic, result, written);
                    }
                }
            });
        }
        written.arrived();
    }

    /** What a marker names, each partition once, however often it and its topic are named. */
    private static Map<String, Set<Integer>> partitionsByTopic(WritableTxnMarker marker) {
        Map<String, Set<Integer>> partitions = new LinkedHashMap<>();
        for (WritableTxnMarkerTopic topic : marker.topics()) {
            partitions
                    .computeIfAbsent(topic.name(), name -> new LinkedHashSet<>())
                    .addAll(topic.partitionIndexes());
        }
        return partitions;
    }

    private static int partitionCount(Map<String, Set<Integer>> partitionsByTopic) {
        return partitionsByTopic.values().stream().mapToInt(Set::size).sum();
    }

    /** A coordinator whose markers are too many for one request sends again those that timed out. */
    private static ErrorCode refusal(Set<Ending> endings, Ending ending) {
        if (endings.contains(ending)) {
            return ErrorCode.INVALID_REQUEST;
        }
        if (endings.size() == MARKERS_PER_REQUEST_MAX) {
            return ErrorCode.REQUEST_TIMED_OUT;
        }
        endings.add(ending);
        return ErrorCode.NONE;
    }

    private static boolean mayWrite(Access access) {
        return access.allows(Operation.ALTER, ResourceType.CLUSTER, Authorizer.CLUSTER_NAME)
                || access.allows(Operation.CLUSTER_ACTION, ResourceType.CLUSTER, Authorizer.CLUSTER_NAME);
    }

    private void write(
            WritableTxnMarker marker, String topic, WritableTxnMarkerPartitionResult result, Countdown written) {
        markers.append(
                topic,
                result.partitionIndex(),
                marker.producerId(),
                marker.producerEpoch(),
                marker.coordinatorEpoch(),
                marker.transactionResult(),
                marker.transactionVersion(),
                error -> {
                    result.setErrorCode(error.code());
                    written.arrived();
                });
    }
}
