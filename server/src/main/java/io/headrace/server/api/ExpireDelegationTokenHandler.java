package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ExpireDelegationTokenRequest;
import io.headrace.protocol.message.ExpireDelegationTokenResponse;

/** ExpireDelegationToken (KIP-48) on a listener without authentication: refused, as it is in Kafka. */
public final class ExpireDelegationTokenHandler implements RequestHandler<ExpireDelegationTokenRequest> {
    private static final long NEVER = -1;

    @Override
    public void handle(RequestContext context, ExpireDelegationTokenRequest request) {
        context.respond(new ExpireDelegationTokenResponse()
                .setErrorCode(ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED.code())
                .setExpiryTimestampMs(NEVER));
    }
}
