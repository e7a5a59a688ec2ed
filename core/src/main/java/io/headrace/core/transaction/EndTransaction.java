package io.headrace.core.transaction;

/**
 * A producer wants its transaction to end.
 *
 * @param transactionalId not empty
 * @param producerId who it is
 * @param producerEpoch its epoch
 * @param commit whether its records shall count
 * @param clientVersion the {@code transaction.version} that it acts by: 0 or 2
 */
public record EndTransaction(
        String transactionalId, long producerId, short producerEpoch, boolean commit, short clientVersion) {}
