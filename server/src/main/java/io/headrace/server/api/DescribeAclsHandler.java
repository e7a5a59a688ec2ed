package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeAclsRequest;
import io.headrace.protocol.message.DescribeAclsResponse;

/** DescribeAcls (KIP-140) of a broker without access control: there are no rules, and the client is told why. */
public final class DescribeAclsHandler implements RequestHandler<DescribeAclsRequest> {
    @Override
    public void handle(RequestContext context, DescribeAclsRequest request) {
        context.respond(new DescribeAclsResponse()
                .setErrorCode(ErrorCode.SECURITY_DISABLED.code())
                .setErrorMessage(ErrorCode.SECURITY_DISABLED.message()));
    }
}
