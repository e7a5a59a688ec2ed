package io.headrace.server.api;

import io.headrace.core.metadata.TopicNames;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeQuorumRequest;
import io.headrace.protocol.message.DescribeQuorumResponse;
import io.headrace.protocol.message.DescribeQuorumResponse.Node;
import io.headrace.protocol.message.DescribeQuorumResponse.PartitionData;
import io.headrace.protocol.message.DescribeQuorumResponse.ReplicaState;
import io.headrace.protocol.message.DescribeQuorumResponse.TopicData;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import java.time.Clock;
import java.util.List;

/**
 * DescribeQuorum (KIP-595, KIP-836): who keeps the cluster's metadata. On one broker that is this broker alone, which leads
 * from the start and has everything.
 */
public final class DescribeQuorumHandler implements RequestHandler<DescribeQuorumRequest> {
    private static final int EPOCH = 1;
    private static final short FIRST_VERSION_WITH_TIMES = 1;
    private static final short FIRST_VERSION_WITH_NODES = 2;

    private final Proposals metadata;
    private final int nodeId;
    private final Authorizer authorizer;
    private final Clock clock;

    /** @param nodeId the id of this broker */
    public DescribeQuorumHandler(Proposals metadata, int nodeId, Authorizer authorizer, Clock clock) {
        this.metadata = metadata;
        this.nodeId = nodeId;
        this.authorizer = authorizer;
        this.clock = clock;
    }

    @Override
    public void handle(RequestContext context, DescribeQuorumRequest request) {
        DescribeQuorumResponse response = new DescribeQuorumResponse();
        short version = context.apiVersion();
        if (!Access.of(context, authorizer).allowsOnCluster(Operation.DESCRIBE)) {
            context.respond(response.setErrorCode(ErrorCode.CLUSTER_AUTHORIZATION_FAILED.code()));
            return;
        }
        for (DescribeQuorumRequest.TopicData wanted : request.topics()) {
            TopicData topic = new TopicData().setTopicName(wanted.topicName());
            for (DescribeQuorumRequest.PartitionData partition : wanted.partitions()) {
                int index = partition.partitionIndex();
                boolean known = wanted.topicName().equals(TopicNames.METADATA_LOG) && index == 0;
                topic.partitions().add(known ? described(version) : unknown(index));
            }
            response.topics().add(topic);
        }
        if (version >= FIRST_VERSION_WITH_NODES) {
            response.nodes().add(new Node().setNodeId(nodeId));
        }
        context.respond(response);
    }

    private PartitionData described(short version) {
        long endOffset = metadata.image().index();
        ReplicaState self = new ReplicaState().setReplicaId(nodeId).setLogEndOffset(endOffset);
        if (version >= FIRST_VERSION_WITH_TIMES) {
            long nowMs = clock.millis();
            self.setLastFetchTimestamp(nowMs).setLastCaughtUpTimestamp(nowMs);
        }
        return new PartitionData()
                .setLeaderId(nodeId)
                .setLeaderEpoch(EPOCH)
                .setHighWatermark(endOffset)
                .setCurrentVoters(List.of(self));
    }

    private static PartitionData unknown(int index) {
        return new PartitionData().setPartitionIndex(index).setErrorCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
    }
}
