package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.RenewDelegationTokenRequest;
import io.headrace.protocol.message.RenewDelegationTokenResponse;

/** RenewDelegationToken (KIP-48) on a listener without authentication: refused, as it is in Kafka. */
public final class RenewDelegationTokenHandler implements RequestHandler<RenewDelegationTokenRequest> {
    private static final long NEVER = -1;

    @Override
    public void handle(RequestContext context, RenewDelegationTokenRequest request) {
        context.respond(new RenewDelegationTokenResponse()
                .setErrorCode(ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED.code())
                .setExpiryTimestampMs(NEVER));
    }
}
