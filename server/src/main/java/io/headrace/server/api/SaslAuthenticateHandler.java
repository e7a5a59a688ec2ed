package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.SaslAuthenticateRequest;
import io.headrace.protocol.message.SaslAuthenticateResponse;

/** SaslAuthenticate on a listener that asks nobody who they are (KIP-152). */
public final class SaslAuthenticateHandler implements RequestHandler<SaslAuthenticateRequest> {
    @Override
    public void handle(RequestContext context, SaslAuthenticateRequest request) {
        context.respond(new SaslAuthenticateResponse()
                .setErrorCode(ErrorCode.ILLEGAL_SASL_STATE.code())
                .setErrorMessage("No authentication takes place on this listener."));
    }
}
