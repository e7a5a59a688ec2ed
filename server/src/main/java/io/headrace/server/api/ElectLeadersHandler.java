package io.headrace.server.api;

import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ElectLeadersRequest;
import io.headrace.protocol.message.ElectLeadersRequest.TopicPartitions;
import io.headrace.protocol.message.ElectLeadersResponse;
import io.headrace.protocol.message.ElectLeadersResponse.PartitionResult;
import io.headrace.protocol.message.ElectLeadersResponse.ReplicaElectionResult;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * ElectLeaders (KIP-183, KIP-460) on a cluster of one broker, where every partition is led by its only replica: no
 * election is ever needed.
 */
public final class ElectLeadersHandler implements RequestHandler<ElectLeadersRequest> {
    private static final byte PREFERRED = 0;
    private static final byte UNCLEAN = 1;
    private static final short FIRST_VERSION_WITH_ONE_ERROR = 1;

    private final Proposals metadata;
    private final Authorizer authorizer;

    public ElectLeadersHandler(Proposals metadata, Authorizer authorizer) {
        this.metadata = metadata;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, ElectLeadersRequest request) {
        if (!Access.of(context, authorizer).allowsOnCluster(Operation.ALTER)) {
            refuse(context, request, ErrorCode.CLUSTER_AUTHORIZATION_FAILED);
        } else if (request.electionType() != PREFERRED && request.electionType() != UNCLEAN) {
            refuse(context, request, ErrorCode.INVALID_REQUEST);
        } else {
            MetadataImage image = metadata.image();
            ElectLeadersResponse response = new ElectLeadersResponse();
            for (TopicPartitions topic : topics(request)) {
                response.replicaElectionResults().add(results(image.topic(topic.topic()), topic));
            }
            context.respond(response);
        }
    }

    private static void refuse(RequestContext context, ElectLeadersRequest request, ErrorCode error) {
        ElectLeadersResponse response = new ElectLeadersResponse();
        if (context.apiVersion() >= FIRST_VERSION_WITH_ONE_ERROR) {
            response.setErrorCode(error.code());
        }
        for (TopicPartitions topic : topics(request)) {
            ReplicaElectionResult result = new ReplicaElectionResult().setTopic(topic.topic());
            topic.partitions().forEach(partition -> result.partitionResult().add(result(partition, error)));
            response.replicaElectionResults().add(result);
        }
        context.respond(response);
    }

    /** What is asked about by name: of all partitions only those are told of in which there was something to do. */
    private static List<TopicPartitions> topics(ElectLeadersRequest request) {
        List<TopicPartitions> topics = request.topicPartitions();
        return topics == null ? List.of() : topics;
    }

    private static ReplicaElectionResult results(@Nullable TopicImage topic, TopicPartitions wanted) {
        ReplicaElectionResult results = new ReplicaElectionResult().setTopic(wanted.topic());
        for (int partition : wanted.partitions()) {
            boolean exists = topic != null && topic.hasPartition(partition);
            ErrorCode error = exists ? ErrorCode.ELECTION_NOT_NEEDED : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
            results.partitionResult().add(result(partition, error));
        }
        return results;
    }

    private static PartitionResult result(int partition, ErrorCode error) {
        return new PartitionResult()
                .setPartitionId(partition)
                .setErrorCode(error.code())
                .setErrorMessage(error.message());
    }
}
