package io.headrace.server.api;

import io.headrace.core.group.GroupCoordinator;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeGroupsRequest;
import io.headrace.protocol.message.DescribeGroupsResponse;
import io.headrace.protocol.message.DescribeGroupsResponse.DescribedGroup;
import io.headrace.server.coordinator.Gather;
import io.headrace.server.group.GroupCoordinators;
import io.headrace.server.security.Access;
import io.headrace.server.security.AuthorizedOperations;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import java.util.List;
import java.util.function.Consumer;

/** DescribeGroups: shows groups of the classic protocol with their members. */
public final class DescribeGroupsHandler implements RequestHandler<DescribeGroupsRequest> {
    private static final short FIRST_VERSION_WITH_OPERATIONS = 3;

    private final GroupCoordinators groups;
    private final Authorizer authorizer;
    private final AuthorizedOperations authorized;

    public DescribeGroupsHandler(GroupCoordinators groups, Authorizer authorizer) {
        this.groups = groups;
        this.authorizer = authorizer;
        this.authorized = new AuthorizedOperations(authorizer);
    }

    @Override
    public void handle(RequestContext context, DescribeGroupsRequest request) {
        List<String> asked = request.groups();
        boolean withOperations =
                request.includeAuthorizedOperations() && context.apiVersion() >= FIRST_VERSION_WITH_OPERATIONS;
        Gather<DescribedGroup> answers =
                Gather.of(asked.size(), parts -> context.respond(new DescribeGroupsResponse().setGroups(parts)));
        Access access = Access.of(context, authorizer);
        for (int i = 0; i < asked.size(); i++) {
            int index = i;
            describe(access, context.apiVersion(), asked.get(i), described -> {
                if (withOperations && described.errorCode() == ErrorCode.NONE.code()) {
                    described.setAuthorizedOperations(authorized.onGroup(context, described.groupId()));
                }
                answers.put(index, described);
            });
        }
    }

    private void describe(Access access, short version, String groupId, Consumer<DescribedGroup> answer) {
        if (!access.allows(Operation.DESCRIBE, ResourceType.GROUP, groupId)) {
            answer.accept(failure(groupId, ErrorCode.GROUP_AUTHORIZATION_FAILED));
            return;
        }
        groups.look(
                groupId,
                (GroupCoordinator coordinator) -> answer.accept(
                        coordinator.describeGroups(List.of(groupId), version).get(0)),
                error -> answer.accept(failure(groupId, error)));
    }

    private static DescribedGroup failure(String groupId, ErrorCode error) {
        return new DescribedGroup().setGroupId(groupId).setErrorCode(error.code());
    }
}
