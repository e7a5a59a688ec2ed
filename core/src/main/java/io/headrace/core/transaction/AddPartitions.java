package io.headrace.core.transaction;

import java.util.Collection;

/**
 * Partitions are to be part of a producer's transaction.
 *
 * @param transactionalId not empty
 * @param producerId who the producer is
 * @param producerEpoch its epoch
 * @param partitions what to add, or to look for
 * @param clientVersion the {@code transaction.version} that the client acts by: 0 or 2
 * @param patient whether to wait for the transaction before to be completed, rather than be told CONCURRENT_TRANSACTIONS
 */
public record AddPartitions(
        String transactionalId,
        long producerId,
        short producerEpoch,
        Collection<TopicPartition> partitions,
        short clientVersion,
        boolean patient) {}
