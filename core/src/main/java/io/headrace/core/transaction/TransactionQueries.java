package io.headrace.core.transaction;

import io.headrace.core.coordinator.RecordTime;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeTransactionsResponse;
import io.headrace.protocol.message.DescribeTransactionsResponse.TopicData;
import io.headrace.protocol.message.ListTransactionsResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Describes and lists transactions (KIP-664). */
final class TransactionQueries {
    private TransactionQueries() {}

    static DescribeTransactionsResponse.TransactionState describe(
            String transactionalId, @Nullable Transaction transaction, RecordTime time) {
        DescribeTransactionsResponse.TransactionState answer =
                new DescribeTransactionsResponse.TransactionState().setTransactionalId(transactionalId);
        if (transaction == null || transaction.pending == TransactionState.DEAD) {
            return answer.setErrorCode(ErrorCode.TRANSACTIONAL_ID_NOT_FOUND.code());
        }
        TransactionMetadata metadata = transaction.metadata;
        return answer.setProducerId(metadata.producerId())
                .setProducerEpoch(metadata.producerEpoch())
                .setTransactionState(metadata.state().stateName())
                .setTransactionTimeoutMs(metadata.timeoutMs())
                .setTransactionStartTimeMs(time.toRecord(metadata.startMs()))
                .setTopics(byTopic(metadata.partitions()));
    }

    private static List<TopicData> byTopic(Collection<TopicPartition> partitions) {
        List<TopicData> topics = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            TopicData last = topics.isEmpty() ? null : topics.get(topics.size() - 1);
            if (last == null || !last.topic().equals(partition.topic())) {
                last = new TopicData().setTopic(partition.topic()).setPartitions(new ArrayList<>());
                topics.add(last);
            }
            last.partitions().add(partition.partition());
        }
        return topics;
    }

    static List<ListTransactionsResponse.TransactionState> list(
            Collection<Transaction> transactions, TransactionFilter filter, long nowMs) {
        List<ListTransactionsResponse.TransactionState> listed = new ArrayList<>();
        for (Transaction transaction : transactions) {
            TransactionMetadata metadata = transaction.metadata;
            if (transaction.pending != TransactionState.DEAD && filter.matches(metadata, nowMs)) {
                listed.add(new ListTransactionsResponse.TransactionState()
                        .setTransactionalId(transaction.id)
                        .setProducerId(metadata.producerId())
                        .setTransactionState(metadata.state().stateName()));
            }
        }
        return listed;
    }
}
