package io.headrace.core.transaction;

/**
 * A marker to be written to a partition: the end of a transaction there.
 *
 * @param transactionalId whose transaction it is
 * @param partition where it goes
 * @param producerId the producer whose transaction ends
 * @param producerEpoch the marker's epoch; in version 2 one above the epoch of the records
 * @param coordinatorEpoch the leader epoch under which the coordinator acts
 * @param commit whether the records count
 * @param transactionVersion the version that the client acted by: 0 or 2
 */
public record MarkerWrite(
        String transactionalId,
        TopicPartition partition,
        long producerId,
        short producerEpoch,
        int coordinatorEpoch,
        boolean commit,
        short transactionVersion) {}
