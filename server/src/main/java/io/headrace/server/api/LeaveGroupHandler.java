package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.LeaveGroupRequest;
import io.headrace.protocol.message.LeaveGroupResponse;
import io.headrace.server.group.GroupCoordinators;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;

/** LeaveGroup: members leave, or are removed by an administrator. */
public final class LeaveGroupHandler implements RequestHandler<LeaveGroupRequest> {
    private final GroupCoordinators groups;
    private final Authorizer authorizer;

    public LeaveGroupHandler(GroupCoordinators groups, Authorizer authorizer) {
        this.groups = groups;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, LeaveGroupRequest request) {
        if (!Access.of(context, authorizer).allows(Operation.READ, ResourceType.GROUP, request.groupId())) {
            context.respond(failure(ErrorCode.GROUP_AUTHORIZATION_FAILED));
            return;
        }
        groups.submit(
                request.groupId(),
                (coordinator, nowMs) -> coordinator.leaveGroup(context::respond, context.apiVersion(), request, nowMs),
                error -> context.respond(failure(error)));
    }

    private static LeaveGroupResponse failure(ErrorCode error) {
        return new LeaveGroupResponse().setErrorCode(error.code());
    }
}
