package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeQuorumRequest;
import io.headrace.protocol.message.DescribeQuorumResponse;
import io.headrace.protocol.message.DescribeQuorumResponse.Node;
import io.headrace.protocol.message.DescribeQuorumResponse.PartitionData;
import io.headrace.protocol.message.DescribeQuorumResponse.ReplicaState;
import io.headrace.server.metadata.MemoryMetadataLog;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.security.Authorizer;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DescribeQuorumHandlerTest {
    private static final Clock CLOCK = Clock.fixed(Instant.ofEpochMilli(77), ZoneOffset.UTC);

    private final MemoryMetadataLog log = MemoryMetadataLog.oneBroker();

    @Test
    void theBrokerIsTheOnlyVoterAndLeads() {
        for (int version = 0; version <= 2; version++) {
            DescribeQuorumResponse answer = ask(Authorizer.ALLOW_ALL, version, "__cluster_metadata", 0);
            assertThat(answer.errorCode()).isZero();
            PartitionData partition = answer.topics().get(0).partitions().get(0);
            assertThat(partition.errorCode()).isZero();
            assertThat(partition.leaderId()).isEqualTo(1);
            assertThat(partition.leaderEpoch()).isPositive();
            assertThat(partition.highWatermark()).isEqualTo(log.image().index());
            assertThat(partition.observers()).isEmpty();
            assertThat(partition.currentVoters()).hasSize(1);
            ReplicaState voter = partition.currentVoters().get(0);
            assertThat(voter.replicaId()).isEqualTo(1);
            assertThat(voter.logEndOffset()).isEqualTo(log.image().index());
            assertThat(voter.lastCaughtUpTimestamp()).isEqualTo(version == 0 ? -1 : 77);
            assertThat(answer.nodes()).extracting(Node::nodeId).isEqualTo(version < 2 ? List.of() : List.of(1));
        }
    }

    @Test
    void otherLogsHaveNoQuorum() {
        assertThat(partitionError("orders", 0)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(partitionError("__cluster_metadata", 1)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void whoMayNotDescribeTheClusterIsRefused() {
        Authorizer nothing = (principal, host, operation, type, name) -> false;
        DescribeQuorumResponse answer = ask(nothing, 2, "__cluster_metadata", 0);
        assertThat(answer.errorCode()).isEqualTo(ErrorCode.CLUSTER_AUTHORIZATION_FAILED.code());
        assertThat(answer.topics()).isEmpty();
    }

    private ErrorCode partitionError(String topic, int partition) {
        DescribeQuorumResponse answer = ask(Authorizer.ALLOW_ALL, 2, topic, partition);
        return ErrorCode.forCode(answer.topics().get(0).partitions().get(0).errorCode());
    }

    private DescribeQuorumResponse ask(Authorizer authorizer, int version, String topic, int partition) {
        DescribeQuorumRequest.TopicData wanted = new DescribeQuorumRequest.TopicData()
                .setTopicName(topic)
                .setPartitions(List.of(new DescribeQuorumRequest.PartitionData().setPartitionIndex(partition)));
        return AnsweredRequest.ask(
                new DescribeQuorumHandler(new Proposals(log), 1, authorizer, CLOCK),
                version,
                new DescribeQuorumRequest().setTopics(List.of(wanted)),
                DescribeQuorumResponse.class);
    }
}
