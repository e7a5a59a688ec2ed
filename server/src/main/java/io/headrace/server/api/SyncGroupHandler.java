package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.SyncGroupRequest;
import io.headrace.protocol.message.SyncGroupResponse;
import io.headrace.server.group.GroupCoordinators;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;

/** SyncGroup: a member asks for its assignment. The answer waits for the leader's. */
public final class SyncGroupHandler implements RequestHandler<SyncGroupRequest> {
    /** From here on a client must say which protocol it believes to follow (KIP-559). */
    private static final short FIRST_VERSION_WITH_PROTOCOL = 5;

    private final GroupCoordinators groups;
    private final Authorizer authorizer;

    public SyncGroupHandler(GroupCoordinators groups, Authorizer authorizer) {
        this.groups = groups;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, SyncGroupRequest request) {
        if (context.apiVersion() >= FIRST_VERSION_WITH_PROTOCOL
                && (request.protocolType() == null || request.protocolName() == null)) {
            context.respond(failure(ErrorCode.INCONSISTENT_GROUP_PROTOCOL));
        } else if (!Access.of(context, authorizer).allows(Operation.READ, ResourceType.GROUP, request.groupId())) {
            context.respond(failure(ErrorCode.GROUP_AUTHORIZATION_FAILED));
        } else {
            groups.submit(
                    request.groupId(),
                    (coordinator, nowMs) -> coordinator.syncGroup(context::respond, request, nowMs),
                    error -> context.respond(failure(error)));
        }
    }

    private static SyncGroupResponse failure(ErrorCode error) {
        return new SyncGroupResponse().setErrorCode(error.code());
    }
}
