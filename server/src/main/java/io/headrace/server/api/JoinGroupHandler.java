package io.headrace.server.api;

import io.headrace.core.group.Caller;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.JoinGroupRequest;
import io.headrace.protocol.message.JoinGroupResponse;
import io.headrace.server.group.GroupCoordinators;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;

/** JoinGroup: a client becomes a member of a group. The answer waits for the rebalance. */
public final class JoinGroupHandler implements RequestHandler<JoinGroupRequest> {
    /** Before this version the protocol's name cannot be null. */
    private static final short FIRST_VERSION_WITH_NULLABLE_PROTOCOL = 7;

    private final GroupCoordinators groups;
    private final Authorizer authorizer;

    public JoinGroupHandler(GroupCoordinators groups, Authorizer authorizer) {
        this.groups = groups;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, JoinGroupRequest request) {
        if (!Access.of(context, authorizer).allows(Operation.READ, ResourceType.GROUP, request.groupId())) {
            respond(context, failure(request, ErrorCode.GROUP_AUTHORIZATION_FAILED));
            return;
        }
        String clientId = context.clientId();
        Caller caller = new Caller(clientId == null ? "" : clientId, "/" + context.clientHost());
        groups.submit(
                request.groupId(),
                (coordinator, nowMs) -> coordinator.joinGroup(
                        response -> respond(context, response), caller, context.apiVersion(), request, nowMs),
                error -> respond(context, failure(request, error)));
    }

    private static JoinGroupResponse failure(JoinGroupRequest request, ErrorCode error) {
        return new JoinGroupResponse().setMemberId(request.memberId()).setErrorCode(error.code());
    }

    private static void respond(RequestContext context, JoinGroupResponse response) {
        String protocol = response.protocolName();
        if (context.apiVersion() < FIRST_VERSION_WITH_NULLABLE_PROTOCOL) {
            response.setProtocolName(protocol == null ? "" : protocol);
        } else if (protocol != null && protocol.isEmpty()) {
            response.setProtocolName(null);
        }
        context.respond(response);
    }
}
