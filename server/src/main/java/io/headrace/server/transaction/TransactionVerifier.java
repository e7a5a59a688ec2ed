package io.headrace.server.transaction;

import io.headrace.core.transaction.TopicPartition;
import io.headrace.protocol.ErrorCode;
import java.util.Collection;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Asks a transaction's coordinator whether partitions belong to the transaction, before anything transactional is written
 * to them (KIP-890).
 */
public interface TransactionVerifier {
    /**
     * Verifies partitions, or adds those that are missing.
     *
     * <p>The errors are the coordinator's own: NONE, TRANSACTION_ABORTABLE (the partition is not in the transaction),
     * INVALID_TXN_STATE, PRODUCER_FENCED, INVALID_PRODUCER_ID_MAPPING, CONCURRENT_TRANSACTIONS, COORDINATOR_LOAD_IN_PROGRESS,
     * COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR. {@link VerificationErrors} turns them into what a client understands.
     *
     * @param producerId the producer that writes
     * @param producerEpoch its epoch
     * @param addIfMissing whether to add partitions, as for clients of transaction version 2; they are durably part of
     *     the transaction when the answer comes
     * @param answer gets an error for each of the partitions, once, on any thread; must be quick
     */
    void verify(
            String transactionalId,
            long producerId,
            short producerEpoch,
            Collection<TopicPartition> partitions,
            boolean addIfMissing,
            Consumer<Map<TopicPartition, ErrorCode>> answer);
}
