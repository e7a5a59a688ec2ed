package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.CreateDelegationTokenRequest;
import io.headrace.protocol.message.CreateDelegationTokenResponse;
import io.headrace.server.security.Principal;

/** CreateDelegationToken (KIP-48) on a listener without authentication: refused, as it is in Kafka. */
public final class CreateDelegationTokenHandler implements RequestHandler<CreateDelegationTokenRequest> {
    private static final int FIRST_VERSION_WITH_REQUESTER = 3;
    private static final long NEVER = -1;

    @Override
    public void handle(RequestContext context, CreateDelegationTokenRequest request) {
        Principal requester = context.principal();
        String type = request.ownerPrincipalType();
        String name = request.ownerPrincipalName();
        Principal owner = type == null || name == null || name.isEmpty() ? requester : new Principal(type, name);
        CreateDelegationTokenResponse response = new CreateDelegationTokenResponse()
                .setErrorCode(ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED.code())
                .setPrincipalType(owner.type())
                .setPrincipalName(owner.name())
                .setIssueTimestampMs(NEVER)
                .setExpiryTimestampMs(NEVER)
                .setMaxTimestampMs(NEVER);
        if (context.apiVersion() >= FIRST_VERSION_WITH_REQUESTER) {
            response.setTokenRequesterPrincipalType(requester.type()).setTokenRequesterPrincipalName(requester.name());
        }
        context.respond(response);
    }
}
