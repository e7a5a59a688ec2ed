package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DeleteAclsRequest;
import io.headrace.protocol.message.DeleteAclsRequest.DeleteAclsFilter;
import io.headrace.protocol.message.DeleteAclsResponse;
import io.headrace.protocol.message.DeleteAclsResponse.DeleteAclsFilterResult;

/** DeleteAcls (KIP-140) of a broker without access control: there is nothing to delete, and the client is told why. */
public final class DeleteAclsHandler implements RequestHandler<DeleteAclsRequest> {
    @Override
    public void handle(RequestContext context, DeleteAclsRequest request) {
        DeleteAclsResponse response = new DeleteAclsResponse();
        for (DeleteAclsFilter ignored : request.filters()) {
            response.filterResults()
                    .add(new DeleteAclsFilterResult()
                            .setErrorCode(ErrorCode.SECURITY_DISABLED.code())
                            .setErrorMessage(ErrorCode.SECURITY_DISABLED.message()));
        }
        context.respond(response);
    }
}
