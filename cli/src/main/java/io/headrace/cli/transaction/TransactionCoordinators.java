package io.headrace.cli.transaction;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.CommandFailure;
import io.headrace.cli.client.TopicPartition;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeTransactionsRequest;
import io.headrace.protocol.message.DescribeTransactionsResponse;
import io.headrace.protocol.message.InitProducerIdRequest;
import io.headrace.protocol.message.InitProducerIdResponse;
import io.headrace.protocol.message.ListTransactionsRequest;
import io.headrace.protocol.message.ListTransactionsResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** Asks the coordinators of transactions, and makes them end one. */
final class TransactionCoordinators {
    /** The least there is: no transaction is begun, and more may be above {@code transaction.max.timeout.ms}. */
    private static final int FENCING_TIMEOUT_MS = 1;

    /** The latest that does not speak of two-phase commit. */
    private static final short INIT_PRODUCER_ID_VERSION = 5;

    private static final long PAUSE_MS = 50;

    /** A transactional id as its coordinator lists it. */
    record Listed(String transactionalId, int coordinatorId, long producerId, String state) {}

    private final Cluster cluster;

    TransactionCoordinators(Cluster cluster) {
        this.cluster = cluster;
    }

    /** The transactional ids that the filters of {@code request} let pass, by name. */
    List<Listed> list(ListTransactionsRequest request) {
        List<Listed> result = new ArrayList<>();
        TreeSet<String> unknownStates = new TreeSet<>(request.stateFilters());
        for (int node : cluster.brokerIds()) {
            ListTransactionsResponse response = cluster.askBroker(node, request, ListTransactionsResponse.class);
            ErrorCode error = ErrorCode.forCode(response.errorCode());
            if (error != ErrorCode.NONE) {
                throw CommandFailure.of(error, "Broker " + node + ": " + error.message());
            }
            unknownStates.retainAll(response.unknownStateFilters());
            response.transactionStates()
                    .forEach(one -> result.add(
                            new Listed(one.transactionalId(), node, one.producerId(), one.transactionState())));
        }
        if (!unknownStates.isEmpty()) {
            throw new CommandFailure(
                    CommandFailure.USAGE, "No broker knows the state " + String.join(", ", unknownStates));
        }
        result.sort(Comparator.comparing(Listed::transactionalId));
        return result;
    }

    /** The transactional ids of some producers, by producer id. Producers that no coordinator knows are missing. */
    Map<Long, String> transactionalIds(Collection<Long> producerIds) {
        Map<Long, String> result = new HashMap<>();
        if (!producerIds.isEmpty()) {
            List<Long> filter = new ArrayList<>(new TreeSet<>(producerIds));
            list(new ListTransactionsRequest().setProducerIdFilters(filter))
                    .forEach(one -> result.put(one.producerId(), one.transactionalId()));
        }
        return result;
    }

    /**
     * Describes one transactional id.
     *
     * @throws CommandFailure when the coordinator does not know it, among other reasons
     */
    TransactionDescription describe(String transactionalId) {
        DescribeTransactionsRequest request =
                new DescribeTransactionsRequest().setTransactionalIds(List.of(transactionalId));
        DescribeTransactionsResponse.TransactionState state = cluster.askTransactionCoordinator(
                        transactionalId,
                        request,
                        DescribeTransactionsResponse.class,
                        Short.MAX_VALUE,
                        answer -> ErrorCode.forCode(
                                answer.transactionStates().get(0).errorCode()))
                .transactionStates()
                .get(0);
        ErrorCode error = ErrorCode.forCode(state.errorCode());
        if (error == ErrorCode.TRANSACTIONAL_ID_NOT_FOUND) {
            throw new CommandFailure(CommandFailure.NOT_FOUND, "There is no transactional id " + transactionalId);
        } else if (error != ErrorCode.NONE) {
            throw CommandFailure.of(error, "Transactional id " + transactionalId + ": " + error.message());
        }
        List<TopicPartition> partitions = new ArrayList<>();
        state.topics().forEach(topic -> topic.partitions()
                .forEach(index -> partitions.add(new TopicPartition(topic.topic(), index))));
        return new TransactionDescription(
                state.transactionalId(),
                state.producerId(),
                state.producerEpoch(),
                state.transactionState(),
                state.transactionTimeoutMs(),
                state.transactionStartTimeMs() < 0 ? null : state.transactionStartTimeMs(),
                partitions.stream().sorted().toList());
    }

    /**
     * Takes the transactional id over from whoever has it. That aborts the open transaction, and its producer is refused
     * from then on. Returns when the transaction has ended.
     */
    void fence(TransactionDescription transaction) {
        String id = transaction.transactionalId();
        InitProducerIdRequest request = new InitProducerIdRequest()
                .setTransactionalId(id)
                .setTransactionTimeoutMs(FENCING_TIMEOUT_MS)
                .setProducerId(-1)
                .setProducerEpoch((short) -1);
        long deadline = System.nanoTime()
                + TimeUnit.MILLISECONDS.toNanos(cluster.client().options().totalTimeoutMs());
        ErrorCode error = initProducerId(id, request);
        while (error == ErrorCode.CONCURRENT_TRANSACTIONS && System.nanoTime() < deadline) {
            pause();
            error = initProducerId(id, request);
        }
        if (error != ErrorCode.NONE) {
            throw CommandFailure.of(error, "Transactional id " + id + ": " + error.message());
        }
    }

    private ErrorCode initProducerId(String transactionalId, InitProducerIdRequest request) {
        InitProducerIdResponse response = cluster.askTransactionCoordinator(
                transactionalId,
                request,
                InitProducerIdResponse.class,
                INIT_PRODUCER_ID_VERSION,
                answer -> ErrorCode.forCode(answer.errorCode()));
        return ErrorCode.forCode(response.errorCode());
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure(CommandFailure.INTERRUPTED, "Interrupted; the transaction is being aborted");
        }
    }
}
