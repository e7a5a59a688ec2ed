package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ListPartitionReassignmentsRequest;
import io.headrace.protocol.message.ListPartitionReassignmentsResponse;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;

/** ListPartitionReassignments (KIP-455): none is ever under way on one broker. */
public final class ListPartitionReassignmentsHandler implements RequestHandler<ListPartitionReassignmentsRequest> {
    private final Authorizer authorizer;

    public ListPartitionReassignmentsHandler(Authorizer authorizer) {
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, ListPartitionReassignmentsRequest request) {
        boolean allowed = Access.of(context, authorizer).allowsOnCluster(Operation.DESCRIBE);
        ErrorCode error = allowed ? ErrorCode.NONE : ErrorCode.CLUSTER_AUTHORIZATION_FAILED;
        context.respond(new ListPartitionReassignmentsResponse()
                .setErrorCode(error.code())
                .setErrorMessage(allowed ? null : error.message()));
    }
}
