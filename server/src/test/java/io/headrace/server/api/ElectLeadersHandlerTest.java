package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.metadata.CreateTopic;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ElectLeadersRequest;
import io.headrace.protocol.message.ElectLeadersRequest.TopicPartitions;
import io.headrace.protocol.message.ElectLeadersResponse;
import io.headrace.protocol.message.ElectLeadersResponse.ReplicaElectionResult;
import io.headrace.server.metadata.MemoryMetadataLog;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.metadata.TopicCreation;
import io.headrace.server.security.Authorizer;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ElectLeadersHandlerTest {
    private static final int PREFERRED = 0;
    private static final int UNCLEAN = 1;

    private final MemoryMetadataLog log = MemoryMetadataLog.oneBroker();
    private final Proposals metadata = new Proposals(log);

    ElectLeadersHandlerTest() {
        BrokerConfig config = BrokerConfig.of(Map.of("num.partitions", "2"));
        CreateTopic topic = new TopicCreation(() -> config, () -> new UUID(1, 2)).automatic("a", 1);
        metadata.propose(List.of(topic), (outcomes, image) -> {});
    }

    @Test
    void noElectionIsNeededWhereThePartitionExists() {
        for (int type : new int[] {PREFERRED, UNCLEAN}) {
            ElectLeadersResponse answer = ask(type, 2, List.of(partitions("a", 0, 1, 2), partitions("b", 0)));
            assertThat(answer.errorCode()).isZero();
            assertThat(errors(answer))
                    .containsExactly(
                            ErrorCode.ELECTION_NOT_NEEDED,
                            ErrorCode.ELECTION_NOT_NEEDED,
                            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        }
    }

    @Test
    void ofAllPartitionsNoneIsNamed() {
        ElectLeadersResponse answer = ask(PREFERRED, 1, null);
        assertThat(answer.errorCode()).isZero();
        assertThat(answer.replicaElectionResults()).isEmpty();
    }

    @Test
    void unknownKindOfElectionIsRefused() {
        ElectLeadersResponse answer = ask(7, 2, List.of(partitions("a", 0)));
        assertThat(answer.errorCode()).isEqualTo(ErrorCode.INVALID_REQUEST.code());
        assertThat(errors(answer)).containsExactly(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void whoMayNotAlterTheClusterIsRefusedInEveryVersion() {
        Authorizer nothing = (principal, host, operation, type, name) -> false;
        for (int version = 0; version <= 2; version++) {
            ElectLeadersResponse answer = ask(nothing, PREFERRED, version, List.of(partitions("a", 0)));
            assertThat(errors(answer)).containsExactly(ErrorCode.CLUSTER_AUTHORIZATION_FAILED);
            assertThat(answer.errorCode()).isEqualTo(version == 0 ? 0 : ErrorCode.CLUSTER_AUTHORIZATION_FAILED.code());
        }
    }

    private static TopicPartitions partitions(String topic, Integer... partitions) {
        return new TopicPartitions().setTopic(topic).setPartitions(List.of(partitions));
    }

    private static List<ErrorCode> errors(ElectLeadersResponse answer) {
        Stream<ReplicaElectionResult> topics = answer.replicaElectionResults().stream();
        return topics.flatMap(topic -> topic.partitionResult().stream())
                .map(partition -> ErrorCode.forCode(partition.errorCode()))
                .toList();
    }

    private ElectLeadersResponse ask(int type, int version, @Nullable List<TopicPartitions> topics) {
        return ask(Authorizer.ALLOW_ALL, type, version, topics);
    }

    private ElectLeadersResponse ask(
            Authorizer authorizer, int type, int version, @Nullable List<TopicPartitions> topics) {
        ElectLeadersRequest request = new ElectLeadersRequest().setTopicPartitions(topics);
        if (version > 0) {
            request.setElectionType((byte) type);
        }
        return AnsweredRequest.ask(
                new ElectLeadersHandler(metadata, authorizer), version, request, ElectLeadersResponse.class);
    }
}
