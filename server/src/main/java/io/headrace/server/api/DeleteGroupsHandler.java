package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DeleteGroupsRequest;
import io.headrace.protocol.message.DeleteGroupsResponse;
import io.headrace.protocol.message.DeleteGroupsResponse.DeletableGroupResult;
import io.headrace.server.coordinator.Gather;
import io.headrace.server.group.GroupCoordinators;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import java.util.List;
import java.util.function.Consumer;

/** DeleteGroups: removes groups without members, and their offsets. */
public final class DeleteGroupsHandler implements RequestHandler<DeleteGroupsRequest> {
    private final GroupCoordinators groups;
    private final Authorizer authorizer;

    public DeleteGroupsHandler(GroupCoordinators groups, Authorizer authorizer) {
        this.groups = groups;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, DeleteGroupsRequest request) {
        List<String> asked = request.groupsNames().stream().distinct().toList();
        Gather<DeletableGroupResult> answers =
                Gather.of(asked.size(), parts -> context.respond(new DeleteGroupsResponse().setResults(parts)));
        Access access = Access.of(context, authorizer);
        for (int i = 0; i < asked.size(); i++) {
            int index = i;
            delete(access, asked.get(i), result -> answers.put(index, result));
        }
    }

    private void delete(Access access, String groupId, Consumer<DeletableGroupResult> answer) {
        if (!access.allows(Operation.DELETE, ResourceType.GROUP, groupId)) {
            answer.accept(failure(groupId, ErrorCode.GROUP_AUTHORIZATION_FAILED));
            return;
        }
        groups.submit(
                groupId,
                (coordinator, nowMs) ->
                        coordinator.deleteGroups(results -> answer.accept(results.get(0)), List.of(groupId), nowMs),
                error -> answer.accept(failure(groupId, error)));
    }

    private static DeletableGroupResult failure(String groupId, ErrorCode error) {
        return new DeletableGroupResult().setGroupId(groupId).setErrorCode(error.code());
    }
}
