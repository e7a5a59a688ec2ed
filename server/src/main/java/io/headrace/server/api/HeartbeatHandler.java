package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.HeartbeatRequest;
import io.headrace.protocol.message.HeartbeatResponse;
import io.headrace.server.group.GroupCoordinators;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;

/** Heartbeat: a member says that it lives, and learns whether the group rebalances. */
public final class HeartbeatHandler implements RequestHandler<HeartbeatRequest> {
    private final GroupCoordinators groups;
    private final Authorizer authorizer;

    public HeartbeatHandler(GroupCoordinators groups, Authorizer authorizer) {
        this.groups = groups;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, HeartbeatRequest request) {
        if (!Access.of(context, authorizer).allows(Operation.READ, ResourceType.GROUP, request.groupId())) {
            context.respond(failure(ErrorCode.GROUP_AUTHORIZATION_FAILED));
            return;
        }
        groups.submit(
                request.groupId(),
                (coordinator, nowMs) -> coordinator.heartbeat(context::respond, request, nowMs),
                // While its group is loaded a member just goes on: its session starts when that is done.
                error -> context.respond(
                        failure(error == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ? ErrorCode.NONE : error)));
    }

    private static HeartbeatResponse failure(ErrorCode error) {
        return new HeartbeatResponse().setErrorCode(error.code());
    }
}
