package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeClientQuotasRequest;
import io.headrace.protocol.message.DescribeClientQuotasResponse;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import java.util.ArrayList;

/** DescribeClientQuotas (KIP-546): none can be set on this broker, so there are none. */
public final class DescribeClientQuotasHandler implements RequestHandler<DescribeClientQuotasRequest> {
    private static final int MATCH_TYPE_MAX = 2;

    private final Authorizer authorizer;

    public DescribeClientQuotasHandler(Authorizer authorizer) {
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, DescribeClientQuotasRequest request) {
        ErrorCode error = check(context, request);
        context.respond(
                error == ErrorCode.NONE
                        ? new DescribeClientQuotasResponse().setEntries(new ArrayList<>())
                        : new DescribeClientQuotasResponse()
                                .setErrorCode(error.code())
                                .setErrorMessage(error.message())
                                .setEntries(null));
    }

    private ErrorCode check(RequestContext context, DescribeClientQuotasRequest request) {
        if (!Access.of(context, authorizer).allowsOnCluster(Operation.DESCRIBE_CONFIGS)) {
            return ErrorCode.CLUSTER_AUTHORIZATION_FAILED;
        }
        boolean understood = request.components().stream()
                .allMatch(component -> !component.entityType().isEmpty()
                        && component.matchType() >= 0
                        && component.matchType() <= MATCH_TYPE_MAX);
        return understood ? ErrorCode.NONE : ErrorCode.INVALID_REQUEST;
    }
}
