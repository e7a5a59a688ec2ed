package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeDelegationTokenRequest;
import io.headrace.protocol.message.DescribeDelegationTokenResponse;

/** DescribeDelegationToken (KIP-48) on a listener without authentication: refused, as it is in Kafka. */
public final class DescribeDelegationTokenHandler implements RequestHandler<DescribeDelegationTokenRequest> {
    @Override
    public void handle(RequestContext context, DescribeDelegationTokenRequest request) {
        context.respond(new DescribeDelegationTokenResponse()
                .setErrorCode(ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED.code()));
    }
}
