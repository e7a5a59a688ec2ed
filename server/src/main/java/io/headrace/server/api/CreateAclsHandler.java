package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.CreateAclsRequest;
import io.headrace.protocol.message.CreateAclsRequest.AclCreation;
import io.headrace.protocol.message.CreateAclsResponse;
import io.headrace.protocol.message.CreateAclsResponse.AclCreationResult;

/** CreateAcls (KIP-140) of a broker without access control: a rule that nobody would follow is refused. */
public final class CreateAclsHandler implements RequestHandler<CreateAclsRequest> {
    @Override
    public void handle(RequestContext context, CreateAclsRequest request) {
        CreateAclsResponse response = new CreateAclsResponse();
        for (AclCreation ignored : request.creations()) {
            response.results()
                    .add(new AclCreationResult()
                            .setErrorCode(ErrorCode.SECURITY_DISABLED.code())
                            .setErrorMessage(ErrorCode.SECURITY_DISABLED.message()));
        }
        context.respond(response);
    }
}
