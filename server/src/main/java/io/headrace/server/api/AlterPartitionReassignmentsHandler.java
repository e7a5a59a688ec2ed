package io.headrace.server.api;

import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.PartitionImage;
import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.AlterPartitionReassignmentsRequest;
import io.headrace.protocol.message.AlterPartitionReassignmentsRequest.ReassignablePartition;
import io.headrace.protocol.message.AlterPartitionReassignmentsRequest.ReassignableTopic;
import io.headrace.protocol.message.AlterPartitionReassignmentsResponse;
import io.headrace.protocol.message.AlterPartitionReassignmentsResponse.ReassignablePartitionResponse;
import io.headrace.protocol.message.AlterPartitionReassignmentsResponse.ReassignableTopicResponse;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * AlterPartitionReassignments (KIP-455) on a cluster of one broker: every replica that can be asked for is where it is
 * asked to be, so a reassignment is over as soon as it is found to make sense, and there is never one to cancel.
 */
public final class AlterPartitionReassignmentsHandler implements RequestHandler<AlterPartitionReassignmentsRequest> {
    private final Proposals metadata;
    private final Authorizer authorizer;

    public AlterPartitionReassignmentsHandler(Proposals metadata, Authorizer authorizer) {
        this.metadata = metadata;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, AlterPartitionReassignmentsRequest request) {
        AlterPartitionReassignmentsResponse response = new AlterPartitionReassignmentsResponse()
                .setErrorMessage(null)
                .setAllowReplicationFactorChange(request.allowReplicationFactorChange());
        if (!Access.of(context, authorizer).allowsOnCluster(Operation.ALTER)) {
            context.respond(response.setErrorCode(ErrorCode.CLUSTER_AUTHORIZATION_FAILED.code())
                    .setErrorMessage(ErrorCode.CLUSTER_AUTHORIZATION_FAILED.message()));
            return;
        }
        MetadataImage image = metadata.image();
        for (ReassignableTopic wanted : request.topics()) {
            TopicImage topic = image.topic(wanted.name());
            List<ReassignablePartitionResponse> results = new ArrayList<>();
            for (ReassignablePartition partition : wanted.partitions()) {
                ErrorCode error = check(image, topic, partition, request.allowReplicationFactorChange());
                results.add(new ReassignablePartitionResponse()
                        .setPartitionIndex(partition.partitionIndex())
                        .setErrorCode(error.code())
                        .setErrorMessage(isExplained(error) ? error.message() : null));
            }
            response.responses()
                    .add(new ReassignableTopicResponse().setName(wanted.name()).setPartitions(results));
        }
        context.respond(response);
    }

    /** That there is nothing to cancel is said without words, as in Kafka. */
    private static boolean isExplained(ErrorCode error) {
        return error != ErrorCode.NONE && error != ErrorCode.NO_REASSIGNMENT_IN_PROGRESS;
    }

    private static ErrorCode check(
            MetadataImage image,
            @Nullable TopicImage topic,
            ReassignablePartition wanted,
            boolean allowReplicationFactorChange) {
        if (topic == null || !topic.hasPartition(wanted.partitionIndex())) {
            return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        }
        List<Integer> replicas = wanted.replicas();
        if (replicas == null) {
            return ErrorCode.NO_REASSIGNMENT_IN_PROGRESS;
        }
        PartitionImage partition = topic.partitions().get(wanted.partitionIndex());
        boolean exist = replicas.stream().allMatch(id -> image.broker(id) != null);
        if (replicas.isEmpty() || !exist || new HashSet<>(replicas).size() != replicas.size()) {
            return ErrorCode.INVALID_REPLICA_ASSIGNMENT;
        }
        if (!allowReplicationFactorChange
                && replicas.size() != partition.replicas().size()) {
            return ErrorCode.INVALID_REPLICATION_FACTOR;
        }
        return replicas.equals(partition.replicas()) ? ErrorCode.NONE : ErrorCode.INVALID_REPLICA_ASSIGNMENT;
    }
}
