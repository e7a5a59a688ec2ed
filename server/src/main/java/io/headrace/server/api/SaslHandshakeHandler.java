package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.SaslHandshakeRequest;
import io.headrace.protocol.message.SaslHandshakeResponse;

/**
 * SaslHandshake on a listener that asks nobody who they are: the client learns that it is set up for another listener
 * (KIP-43).
 */
public final class SaslHandshakeHandler implements RequestHandler<SaslHandshakeRequest> {
    @Override
    public void handle(RequestContext context, SaslHandshakeRequest request) {
        context.respond(new SaslHandshakeResponse().setErrorCode(ErrorCode.ILLEGAL_SASL_STATE.code()));
    }
}
