package io.headrace.core.transaction;

import io.headrace.core.coordinator.AppendOutcome;
import io.headrace.core.coordinator.DelayedReply;
import io.headrace.core.coordinator.Waiter;
import io.headrace.protocol.ErrorCode;

/**
 * Decides whether a transaction may end and how (KIP-890).
 *
 * <p>In version 2 the epoch tells a retry from the end of the next transaction: with the epoch before the present one a
 * request is the retry of the one that ended the last transaction. A client may also abort without having begun, as it does
 * when it does not know whether something was added.
 */
final class TransactionEnds {
    private final ProducerIdSource producerIds;
    private final Markers markers;

    TransactionEnds(ProducerIdSource producerIds, Markers markers) {
        this.producerIds = producerIds;
        this.markers = markers;
    }

    /** Handles a producer's request. In version 2 the answer is its identity for the next transaction. */
    void end(Transaction transaction, EndTransaction request, Waiter<ProducerIdentity> waiter, Effects effects) {
        if (request.clientVersion() >= TransactionMetadata.EPOCH_PER_TRANSACTION) {
            endWithBump(transaction, request, waiter, effects);
        } else {
            endInEpoch(transaction, request, waiter, effects);
        }
    }

    /** As clients before version 2 want it: the epoch stays. */
    private void endInEpoch(
            Transaction transaction, EndTransaction request, Waiter<ProducerIdentity> waiter, Effects effects) {
        TransactionMetadata metadata = transaction.metadata;
        ErrorCode error;
        if (metadata.producerId() != request.producerId()) {
            error = ErrorCode.INVALID_PRODUCER_ID_MAPPING;
        } else if (metadata.producerEpoch() != request.producerEpoch()) {
            error = ErrorCode.PRODUCER_FENCED;
        } else if (transaction.isMoving()) {
            error = ErrorCode.CONCURRENT_TRANSACTIONS;
        } else if (metadata.state() == TransactionState.ONGOING) {
            prepare(
                    transaction,
                    metadata.prepared(
                            request.commit(),
                            request.clientVersion(),
                            TransactionMetadata.NO_PRODUCER_ID,
                            effects.nowMs),
                    waiter,
                    ProducerIdentity.none(ErrorCode.NONE),
                    effects);
            return;
        } else {
            error = isCompleted(metadata.state(), request.commit()) ? ErrorCode.NONE : ErrorCode.INVALID_TXN_STATE;
        }
        effects.reply(waiter, ProducerIdentity.none(error));
    }

    private void endWithBump(
            Transaction transaction, EndTransaction request, Waiter<ProducerIdentity> waiter, Effects effects) {
        TransactionMetadata metadata = transaction.metadata;
        boolean isRetryOverRotation = metadata.previousProducerId() == request.producerId()
                && TransactionMetadata.isExhausted(request.producerEpoch())
                && metadata.producerEpoch() == 0;
        boolean isRetry = isRetryOverRotation || metadata.producerEpoch() == request.producerEpoch() + 1;
        if (transaction.isMoving()) {
            // First of all, as the producer may know an identity that is just about to be durable.
            effects.reply(waiter, ProducerIdentity.none(ErrorCode.CONCURRENT_TRANSACTIONS));
        } else if (metadata.producerId() != request.producerId() && !isRetryOverRotation) {
            effects.reply(waiter, ProducerIdentity.none(ErrorCode.INVALID_PRODUCER_ID_MAPPING));
        } else if (!isEpochValid(metadata, request.producerEpoch(), isRetry)) {
            effects.reply(waiter, ProducerIdentity.none(ErrorCode.PRODUCER_FENCED));
        } else if (isRetry && isCompleted(metadata.state(), request.commit())) {
            effects.reply(
                    waiter, new ProducerIdentity(ErrorCode.NONE, metadata.producerId(), metadata.producerEpoch()));
        } else if (isRetry || (metadata.state() != TransactionState.ONGOING && request.commit())) {
            effects.reply(waiter, ProducerIdentity.none(ErrorCode.INVALID_TXN_STATE));
        } else {
            prepareWithBump(transaction, request.commit(), waiter, effects);
        }
    }

    private static boolean isEpochValid(TransactionMetadata metadata, short epoch, boolean isRetry) {
        boolean isPresent = metadata.producerEpoch() == epoch;
        boolean mayBeRetry = metadata.state() == TransactionState.COMPLETE_COMMIT
                || metadata.state() == TransactionState.COMPLETE_ABORT;
        return isPresent || (mayBeRetry && isRetry);
    }

    private static boolean isCompleted(TransactionState state, boolean commit) {
        return state == (commit ? TransactionState.COMPLETE_COMMIT : TransactionState.COMPLETE_ABORT);
    }

    /**
     * Aborts a transaction that is not moving, and fences its producer with a higher epoch.
     *
     * @param waiter gets NONE once that is decided for good
     */
    void abortAndFence(Transaction transaction, Waiter<ProducerIdentity> waiter, Effects effects) {
        prepareWithBump(transaction, false, waiter, effects);
    }

    private void prepareWithBump(
            Transaction transaction, boolean commit, Waiter<ProducerIdentity> waiter, Effects effects) {
        long nextProducerId = TransactionMetadata.NO_PRODUCER_ID;
        if (transaction.metadata.isEpochExhausted()) {
            nextProducerId = producerIds.next();
            if (nextProducerId == ProducerIdSource.NONE) {
                effects.reply(waiter, ProducerIdentity.none(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS));
                return;
            }
        }
        TransactionMetadata prepared = transaction.metadata.prepared(
                commit, TransactionMetadata.EPOCH_PER_TRANSACTION, nextProducerId, effects.nowMs);
        TransactionMetadata afterwards = prepared.completed(effects.nowMs);
        ProducerIdentity identity =
                new ProducerIdentity(ErrorCode.NONE, afterwards.producerId(), afterwards.producerEpoch());
        prepare(transaction, prepared, waiter, identity, effects);
    }

    /** Writes the decision. Once it is durable it is carried out, whatever happens, and the producer may go on. */
    private void prepare(
            Transaction transaction,
            TransactionMetadata prepared,
            Waiter<ProducerIdentity> waiter,
            ProducerIdentity identity,
            Effects effects) {
        DelayedReply<ProducerIdentity, Effects> answer = new DelayedReply<>(waiter, identity, ProducerIdentity::none);
        effects.write(transaction, prepared, new AppendOutcome<>() {
            @Override
            public void durable(Effects later) {
                answer.durable(later);
                markers.begin(transaction, later);
            }

            @Override
            public void overdue(Effects later) {
                answer.overdue(later);
            }

            @Override
            public void failed(ErrorCode error, Effects later) {
                answer.failed(error, later);
            }
        });
    }
}
