package io.headrace.core.transaction;

import io.headrace.core.coordinator.DelayedReply;
import io.headrace.core.coordinator.Waiter;
import io.headrace.protocol.ErrorCode;

/**
 * Gives producers their identity for a transactional id (KIP-98, KIP-360). Each identity fences the ones before; a
 * transaction that one of those has left open is aborted first.
 */
final class ProducerInits {
    private final ProducerIdSource producerIds;
    private final TransactionEnds ends;

    ProducerInits(ProducerIdSource producerIds, TransactionEnds ends) {
        this.producerIds = producerIds;
        this.ends = ends;
    }

    /** Whether a request can be served at all, NONE if so. */
    static ErrorCode validate(InitProducer request, TransactionSettings settings) {
        if (request.transactionalId().isEmpty()) {
            return ErrorCode.INVALID_REQUEST;
        }
        if (request.twoPhaseCommit() && !settings.twoPhaseCommit()) {
            return ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
        }
        if (request.keepPrepared()) {
            return ErrorCode.UNSUPPORTED_VERSION;
        }
        boolean timeoutInBounds = request.timeoutMs() > 0 && request.timeoutMs() <= settings.timeoutMsMax();
        return timeoutInBounds || request.twoPhaseCommit() ? ErrorCode.NONE : ErrorCode.INVALID_TRANSACTION_TIMEOUT;
    }

    static int timeoutMs(InitProducer request) {
        return request.twoPhaseCommit() ? TransactionMetadata.NO_TIMEOUT : request.timeoutMs();
    }

    void init(Transaction transaction, InitProducer request, Waiter<ProducerIdentity> waiter, Effects effects) {
        TransactionMetadata metadata = transaction.metadata;
        if (transaction.isMoving()) {
            effects.reply(waiter, ProducerIdentity.none(ErrorCode.CONCURRENT_TRANSACTIONS));
        } else if (request.hasIdentity() && !mayGoOn(metadata, request)) {
            effects.reply(waiter, ProducerIdentity.none(ErrorCode.PRODUCER_FENCED));
        } else if (metadata.state() == TransactionState.ONGOING) {
            effects.note("Transaction " + transaction.id + " of producer " + metadata.producerId() + " at epoch "
                    + metadata.producerEpoch() + " is aborted, as another producer begins");
            // The client comes back, and then gets an epoch that nobody else ever had.
            ends.abortAndFence(
                    transaction,
                    aborted -> waiter.answer(ProducerIdentity.none(
                            aborted.error() == ErrorCode.NONE ? ErrorCode.CONCURRENT_TRANSACTIONS : aborted.error())),
                    effects);
        } else {
            begin(transaction, request, waiter, effects);
        }
    }

    /**
     * Whether a producer may go on from its identity: if that is the present one, which {@link #begin} looks at more
     * closely; if it comes from before a change of the producer id, with the last epoch that the old id had; or if nothing
     * is known about the transactional id any more.
     */
    private static boolean mayGoOn(TransactionMetadata metadata, InitProducer request) {
        return metadata.producerEpoch() == TransactionMetadata.NO_EPOCH
                || request.producerId() == metadata.producerId()
                || (request.producerId() == metadata.previousProducerId()
                        && TransactionMetadata.isExhausted(request.producerEpoch()));
    }

    private void begin(
            Transaction transaction, InitProducer request, Waiter<ProducerIdentity> waiter, Effects effects) {
        TransactionMetadata metadata = transaction.metadata;
        boolean isPresent = !request.hasIdentity() || request.producerEpoch() == metadata.producerEpoch();
        int timeoutMs = timeoutMs(request);
        if (metadata.isEpochExhausted() && isPresent) {
            long newId = producerIds.next();
            if (newId == ProducerIdSource.NONE) {
                effects.reply(waiter, ProducerIdentity.none(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS));
                return;
            }
            short lastEpoch = request.hasIdentity() ? metadata.producerEpoch() : TransactionMetadata.NO_EPOCH;
            write(transaction, metadata.rotated(newId, lastEpoch, timeoutMs, effects.nowMs), waiter, effects);
        } else if (isPresent || metadata.producerEpoch() == TransactionMetadata.NO_EPOCH) {
            short lastEpoch = request.hasIdentity() ? metadata.producerEpoch() : TransactionMetadata.NO_EPOCH;
            short epoch = (short) (metadata.producerEpoch() + 1);
            write(transaction, metadata.initialized(epoch, lastEpoch, timeoutMs, effects.nowMs), waiter, effects);
        } else if (request.producerEpoch() == metadata.lastProducerEpoch()) {
            // It did not get the answer. Had another producer begun since, there would be no last epoch.
            write(
                    transaction,
                    metadata.initialized(
                            metadata.producerEpoch(), metadata.lastProducerEpoch(), timeoutMs, effects.nowMs),
                    waiter,
                    effects);
        } else {
            effects.reply(waiter, ProducerIdentity.none(ErrorCode.PRODUCER_FENCED));
        }
    }

    private static void write(
            Transaction transaction, TransactionMetadata next, Waiter<ProducerIdentity> waiter, Effects effects) {
        ProducerIdentity identity = new ProducerIdentity(ErrorCode.NONE, next.producerId(), next.producerEpoch());
        effects.write(transaction, next, new DelayedReply<>(waiter, identity, ProducerIdentity::none));
    }
}
