package io.headrace.cli.transaction;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.CommandFailure;
import io.headrace.cli.client.TopicPartition;
import io.headrace.network.client.ClientException;
import io.headrace.network.client.ClusterMetadata;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeProducersRequest;
import io.headrace.protocol.message.DescribeProducersRequest.TopicRequest;
import io.headrace.protocol.message.DescribeProducersResponse;
import io.headrace.protocol.message.DescribeProducersResponse.PartitionResponse;
import io.headrace.protocol.message.DescribeProducersResponse.ProducerState;
import io.headrace.protocol.message.DescribeProducersResponse.TopicResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Asks the leaders of partitions which transactions are open there (DescribeProducers, KIP-664). */
final class PartitionProducers {
    /** Keeps one answer small. */
    private static final int PARTITIONS_PER_REQUEST = 1_000;

    /**
     * What the leaders said.
     *
     * @param open by partition, then by start offset
     * @param problems of partitions that could not be asked, with the reason
     */
    record Answer(List<OpenTransaction> open, Map<TopicPartition, CommandFailure> problems) {}

    private PartitionProducers() {}

    /** The open transactions of some partitions; {@code metadata} knows their leaders. */
    static Answer openTransactions(Cluster cluster, ClusterMetadata metadata, Collection<TopicPartition> partitions) {
        Map<Integer, List<TopicPartition>> byLeader = new TreeMap<>();
        Map<TopicPartition, CommandFailure> problems = new TreeMap<>();
        for (TopicPartition partition : partitions) {
            int leaderId = metadata.leaderOf(partition.topic(), partition.partition());
            if (leaderId < 0) {
                problems.put(partition, failure(partition, ErrorCode.LEADER_NOT_AVAILABLE));
            } else {
                byLeader.computeIfAbsent(leaderId, key -> new ArrayList<>()).add(partition);
            }
        }
        List<OpenTransaction> open = new ArrayList<>();
        byLeader.forEach((leaderId, led) -> {
            for (int start = 0; start < led.size(); start += PARTITIONS_PER_REQUEST) {
                int end = Math.min(led.size(), start + PARTITIONS_PER_REQUEST);
                ask(cluster, leaderId, led.subList(start, end), open, problems);
            }
        });
        open.sort((a, b) -> {
            int order = a.partition().compareTo(b.partition());
            return order != 0 ? order : Long.compare(a.startOffset(), b.startOffset());
        });
        return new Answer(open, problems);
    }

    private static void ask(
            Cluster cluster,
            int leaderId,
            List<TopicPartition> partitions,
            List<OpenTransaction> open,
            Map<TopicPartition, CommandFailure> problems) {
        DescribeProducersResponse response;
        try {
            response = cluster.askBroker(leaderId, request(partitions), DescribeProducersResponse.class);
        } catch (CommandFailure | ClientException e) {
            CommandFailure failure = e instanceof CommandFailure known
                    ? known
                    : new CommandFailure(CommandFailure.FAILED, String.valueOf(e.getMessage()));
            partitions.forEach(partition -> problems.put(partition, failure));
            return;
        }
        for (TopicResponse topic : response.topics()) {
            for (PartitionResponse answered : topic.partitions()) {
                TopicPartition partition = new TopicPartition(topic.name(), answered.partitionIndex());
                ErrorCode error = ErrorCode.forCode(answered.errorCode());
                if (error != ErrorCode.NONE) {
                    problems.put(partition, failure(partition, error));
                }
                for (ProducerState producer : answered.activeProducers()) {
                    if (producer.currentTxnStartOffset() >= 0) {
                        open.add(openTransaction(partition, leaderId, producer));
                    }
                }
            }
        }
    }

    private static DescribeProducersRequest request(List<TopicPartition> partitions) {
        List<TopicRequest> topics = new ArrayList<>();
        TopicPartition.byTopic(partitions)
                .forEach((topic, indexes) ->
                        topics.add(new TopicRequest().setName(topic).setPartitionIndexes(indexes)));
        return new DescribeProducersRequest().setTopics(topics);
    }

    private static OpenTransaction openTransaction(TopicPartition partition, int leaderId, ProducerState producer) {
        return new OpenTransaction(
                partition,
                leaderId,
                producer.producerId(),
                (short) producer.producerEpoch(),
                producer.coordinatorEpoch(),
                producer.currentTxnStartOffset(),
                producer.lastTimestamp());
    }

    private static CommandFailure failure(TopicPartition partition, ErrorCode error) {
        return CommandFailure.of(error, partition + ": " + error.message());
    }
}
