package io.headrace.server.api;

import io.headrace.core.transaction.InitProducer;
import io.headrace.core.transaction.ProducerIdentity;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.InitProducerIdRequest;
import io.headrace.protocol.message.InitProducerIdResponse;
import io.headrace.server.producer.ProducerIdQuota;
import io.headrace.server.producer.ProducerIds;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import io.headrace.server.transaction.TransactionCoordinators;
import org.jspecify.annotations.Nullable;

/**
 * InitProducerId: an identity for a producer (KIP-98, KIP-360). One without transactions gets a new id each time, with epoch
 * 0; one with a transactional id gets that id's, with an epoch that fences the producers before.
 */
public final class InitProducerIdHandler implements RequestHandler<InitProducerIdRequest> {
    private static final long NO_ID = -1;
    private static final short NO_EPOCH = -1;

    /** From here on clients know PRODUCER_FENCED (KIP-588). */
    private static final short FIRST_VERSION_WITH_FENCED = 4;

    private final ProducerIds producerIds;
    private final ProducerIdQuota quota;
    private final TransactionCoordinators transactions;
    private final Authorizer authorizer;

    /** @param quota how many ids each client may ask for */
    public InitProducerIdHandler(
            ProducerIds producerIds,
            ProducerIdQuota quota,
            TransactionCoordinators transactions,
            Authorizer authorizer) {
        this.producerIds = producerIds;
        this.quota = quota;
        this.transactions = transactions;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, InitProducerIdRequest request) {
        String transactionalId = request.transactionalId();
        ErrorCode refused = check(Access.of(context, authorizer), request);
        if (refused != ErrorCode.NONE) {
            respond(context, ProducerIdentity.none(refused));
        } else if (transactionalId == null && !quota.take(context.principal() + "@" + context.clientHost())) {
            // Every client comes again after this.
            respond(context, ProducerIdentity.none(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS));
        } else if (transactionalId == null) {
            producerIds.allocate(
                    (error, id) -> respond(context, new ProducerIdentity(error, id, id < 0 ? NO_EPOCH : (short) 0)));
        } else {
            InitProducer init = new InitProducer(
                    transactionalId,
                    request.transactionTimeoutMs(),
                    request.enable2Pc(),
                    request.keepPreparedTxn(),
                    request.producerId(),
                    request.producerEpoch());
            // Also while there are no coordinators yet: nothing that could come changes what is wrong with it.
            ErrorCode invalid = transactions.check(init);
            if (invalid != ErrorCode.NONE) {
                respond(context, ProducerIdentity.none(invalid));
                return;
            }
            transactions.submit(
                    transactionalId,
                    coordinator -> coordinator.needsProducerId(init),
                    (coordinator, nowMs) ->
                            coordinator.initProducer(identity -> respond(context, identity), init, nowMs),
                    error -> respond(context, ProducerIdentity.none(error)));
        }
    }

    private static ErrorCode check(Access access, InitProducerIdRequest request) {
        ErrorCode refused = authorize(access, request.transactionalId(), request.enable2Pc());
        if (refused != ErrorCode.NONE) {
            return refused;
        }
        String transactionalId = request.transactionalId();
        if (transactionalId != null && transactionalId.isEmpty()) {
            return ErrorCode.INVALID_REQUEST;
        }
        boolean hasId = request.producerId() != NO_ID;
        boolean hasEpoch = request.producerEpoch() != NO_EPOCH;
        return hasId == hasEpoch ? ErrorCode.NONE : ErrorCode.INVALID_REQUEST;
    }

    private static ErrorCode authorize(Access access, @Nullable String transactionalId, boolean twoPhaseCommit) {
        if (transactionalId == null) {
            // Whoever may write somewhere may do so without duplicates (KIP-679).
            return access.allowsOnCluster(Operation.IDEMPOTENT_WRITE)
                            || access.allowsOnAny(Operation.WRITE, ResourceType.TOPIC)
                    ? ErrorCode.NONE
                    : ErrorCode.CLUSTER_AUTHORIZATION_FAILED;
        }
        boolean allowed = access.allows(Operation.WRITE, ResourceType.TRANSACTIONAL_ID, transactionalId)
                && (!twoPhaseCommit
                        || access.allows(Operation.TWO_PHASE_COMMIT, ResourceType.TRANSACTIONAL_ID, transactionalId));
        return allowed ? ErrorCode.NONE : ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
    }

    private static void respond(RequestContext context, ProducerIdentity identity) {
        boolean knowsFenced = context.apiVersion() >= FIRST_VERSION_WITH_FENCED;
        context.respond(new InitProducerIdResponse()
                .setErrorCode(FencedError.shown(identity.error(), knowsFenced).code())
                .setProducerId(identity.producerId())
                .setProducerEpoch(identity.producerEpoch()));
    }
}
