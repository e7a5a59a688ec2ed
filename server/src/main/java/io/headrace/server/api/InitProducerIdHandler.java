package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.InitProducerIdRequest;
import io.headrace.protocol.message.InitProducerIdResponse;
import io.headrace.server.producer.ProducerIds;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import org.jspecify.annotations.Nullable;

/**
 * InitProducerId: an id for an idempotent producer (KIP-98, KIP-360). A producer without transactions gets a new id each
 * time, with epoch 0.
 */
public final class InitProducerIdHandler implements RequestHandler<InitProducerIdRequest> {
    private static final long NO_ID = -1;
    private static final short NO_EPOCH = -1;

    private final ProducerIds producerIds;
    private final Authorizer authorizer;

    public InitProducerIdHandler(ProducerIds producerIds, Authorizer authorizer) {
        this.producerIds = producerIds;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, InitProducerIdRequest request) {
        ErrorCode refused = check(context, request);
        if (refused != null) {
            context.respond(failed(refused));
            return;
        }
        producerIds.allocate((error, id) -> context.respond(
                error == ErrorCode.NONE
                        ? new InitProducerIdResponse().setProducerId(id).setProducerEpoch((short) 0)
                        : failed(error)));
    }

    private @Nullable ErrorCode check(RequestContext context, InitProducerIdRequest request) {
        boolean hasId = request.producerId() != NO_ID;
        boolean hasEpoch = request.producerEpoch() != NO_EPOCH;
        if (hasId != hasEpoch
                || (request.transactionalId() != null
                        && request.transactionalId().isEmpty())) {
            return ErrorCode.INVALID_REQUEST;
        }
        if (request.transactionalId() == null
                && !Access.of(context, authorizer).allowsOnCluster(Operation.IDEMPOTENT_WRITE)) {
            return ErrorCode.CLUSTER_AUTHORIZATION_FAILED;
        }
        // Transactions are not served. This error makes clients give up at once rather than look for a coordinator
        // forever.
        return request.transactionalId() == null ? null : ErrorCode.UNSUPPORTED_VERSION;
    }

    private static InitProducerIdResponse failed(ErrorCode error) {
        return new InitProducerIdResponse()
                .setErrorCode(error.code())
                .setProducerId(NO_ID)
                .setProducerEpoch(NO_EPOCH);
    }
}
