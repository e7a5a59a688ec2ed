package io.headrace.server.api;

import io.headrace.core.transaction.EndTransaction;
import io.headrace.core.transaction.ProducerIdentity;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.EndTxnRequest;
import io.headrace.protocol.message.EndTxnResponse;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import io.headrace.server.transaction.TransactionCoordinators;

/** EndTxn: a producer commits or aborts its transaction. Answered once that is decided for good. */
public final class EndTxnHandler implements RequestHandler<EndTxnRequest> {
    /** From here on clients know PRODUCER_FENCED (KIP-588). */
    private static final short FIRST_VERSION_WITH_FENCED = 2;

    /** From here on the answer is the identity for the next transaction (KIP-890). */
    private static final short FIRST_VERSION_WITH_EPOCH_BUMP = 5;

    private final TransactionCoordinators transactions;
    private final Authorizer authorizer;

    public EndTxnHandler(TransactionCoordinators transactions, Authorizer authorizer) {
        this.transactions = transactions;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, EndTxnRequest request) {
        String id = request.transactionalId();
        if (!Access.of(context, authorizer).allows(Operation.WRITE, ResourceType.TRANSACTIONAL_ID, id)) {
            respond(context, ProducerIdentity.none(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED));
            return;
        }
        boolean bumps = context.apiVersion() >= FIRST_VERSION_WITH_EPOCH_BUMP;
        EndTransaction end = new EndTransaction(
                id, request.producerId(), request.producerEpoch(), request.committed(), (short) (bumps ? 2 : 0));
        transactions.submit(
                id,
                coordinator -> coordinator.needsProducerId(end),
                (coordinator, nowMs) -> coordinator.endTransaction(identity -> respond(context, identity), end, nowMs),
                error -> respond(context, ProducerIdentity.none(error)));
    }

    private static void respond(RequestContext context, ProducerIdentity identity) {
        boolean knowsFenced = context.apiVersion() >= FIRST_VERSION_WITH_FENCED;
        context.respond(new EndTxnResponse()
                .setErrorCode(FencedError.shown(identity.error(), knowsFenced).code())
                .setProducerId(identity.producerId())
                .setProducerEpoch(identity.producerEpoch()));
    }
}
