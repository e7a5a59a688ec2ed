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
import java.util.List;

/**
 * WriteTxnMarkers: ends transactions in partitions that this broker leads. Other brokers' transaction coordinators send it, and
 * tools that end a transaction which nobody else will (KIP-664).
 */
public final class WriteTxnMarkersHandler implements RequestHandler<WriteTxnMarkersRequest> {
    private final TransactionMarkers markers;
    private final Authorizer authorizer;

    public WriteTxnMarkersHandler(TransactionMarkers markers, Authorizer authorizer) {
        this.markers = markers;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, WriteTxnMarkersRequest request) {
        List<WritableTxnMarkerResult> results =
                new ArrayList<>(request.markers().size());
        WriteTxnMarkersResponse response = new WriteTxnMarkersResponse().setMarkers(results);
        boolean allowed = mayWrite(Access.of(context, authorizer));
        Countdown written = Countdown.ofParts(
                request.markers(), WriteTxnMarkersHandler::partitionCount, () -> context.respond(response));
        for (WritableTxnMarker marker : request.markers()) {
            List<WritableTxnMarkerTopicResult> topics =
                    new ArrayList<>(marker.topics().size());
            results.add(new WritableTxnMarkerResult()
                    .setProducerId(marker.producerId())
                    .setTopics(topics));
            for (WritableTxnMarkerTopic topic : marker.topics()) {
                List<WritableTxnMarkerPartitionResult> partitions =
                        new ArrayList<>(topic.partitionIndexes().size());
                topics.add(
                        new WritableTxnMarkerTopicResult().setName(topic.name()).setPartitions(partitions));
                for (int index : topic.partitionIndexes()) {
                    WritableTxnMarkerPartitionResult result =
                            new WritableTxnMarkerPartitionResult().setPartitionIndex(index);
                    partitions.add(result);
                    write(marker, topic.name(), allowed, result, written);
                }
            }
        }
        written.arrived();
    }

    private static boolean mayWrite(Access access) {
        return access.allows(Operation.ALTER, ResourceType.CLUSTER, Authorizer.CLUSTER_NAME)
                || access.allows(Operation.CLUSTER_ACTION, ResourceType.CLUSTER, Authorizer.CLUSTER_NAME);
    }

    private static int partitionCount(WritableTxnMarker marker) {
        return marker.topics().stream()
                .mapToInt(topic -> topic.partitionIndexes().size())
                .sum();
    }

    private void write(
            WritableTxnMarker marker,
            String topic,
            boolean allowed,
            WritableTxnMarkerPartitionResult result,
            Countdown written) {
        if (!allowed) {
            result.setErrorCode(ErrorCode.CLUSTER_AUTHORIZATION_FAILED.code());
            written.arrived();
            return;
        }
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
