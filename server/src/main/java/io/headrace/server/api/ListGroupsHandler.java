package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ListGroupsRequest;
import io.headrace.protocol.message.ListGroupsResponse;
import io.headrace.protocol.message.ListGroupsResponse.ListedGroup;
import io.headrace.server.group.GroupCoordinators;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import java.util.ArrayList;
import java.util.List;

/** ListGroups: names the groups that this broker coordinates. */
public final class ListGroupsHandler implements RequestHandler<ListGroupsRequest> {
    private final GroupCoordinators groups;
    private final Authorizer authorizer;

    public ListGroupsHandler(GroupCoordinators groups, Authorizer authorizer) {
        this.groups = groups;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, ListGroupsRequest request) {
        Access access = Access.of(context, authorizer);
        boolean seesAll = access.allowsOnCluster(Operation.DESCRIBE);
        List<ListedGroup> listed = new ArrayList<>();
        groups.lookAtAll(
                coordinator -> listed.addAll(coordinator.listGroups(request.statesFilter(), request.typesFilter())),
                error -> {
                    if (error != ErrorCode.NONE) {
                        context.respond(new ListGroupsResponse().setErrorCode(error.code()));
                        return;
                    }
                    List<ListedGroup> visible = seesAll
                            ? listed
                            : listed.stream()
                                    .filter(group ->
                                            access.allows(Operation.DESCRIBE, ResourceType.GROUP, group.groupId()))
                                    .toList();
                    context.respond(new ListGroupsResponse().setGroups(visible));
                });
    }
}
