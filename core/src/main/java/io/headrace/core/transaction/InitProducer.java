package io.headrace.core.transaction;

import io.headrace.protocol.ErrorCode;

/**
 * A producer wants an identity for a transactional id.
 *
 * @param transactionalId not empty
 * @param timeoutMs how long its transactions may last
 * @param twoPhaseCommit whether its transactions are part of an outside two-phase commit, without a timeout (KIP-939)
 * @param keepPrepared whether a prepared transaction is to be kept (KIP-939)
 * @param producerId the identity that it has and wants to go on with (KIP-360), else -1
 * @param producerEpoch that identity's epoch, else -1
 */
public record InitProducer(
        String transactionalId,
        int timeoutMs,
        boolean twoPhaseCommit,
        boolean keepPrepared,
        long producerId,
        short producerEpoch) {
    boolean hasIdentity() {
        return producerId != TransactionMetadata.NO_PRODUCER_ID;
    }

    /** Whether it can be served at all, whatever its transactional id's state: NONE if so. */
    public ErrorCode check(TransactionSettings settings) {
        return ProducerInits.validate(this, settings);
    }
}
