package io.headrace.cli.group;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.Confirmation;
import io.headrace.cli.client.Outcomes;
import io.headrace.cli.client.Session;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DeleteGroupsRequest;
import io.headrace.protocol.message.DeleteGroupsResponse;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The end of groups and their offsets. */
@Command(
        name = "delete",
        aliases = "rm",
        description = "Deletes groups without members, with their offsets.",
        mixinStandardHelpOptions = true)
final class DeleteGroupsCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(arity = "1..*", paramLabel = "GROUP", description = "Names of the groups.")
    private List<String> groups = List.of();

    @Mixin
    private final Confirmation confirmation = new Confirmation();

    DeleteGroupsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        confirmation.ask("Delete " + String.join(", ", groups) + " with all offsets?", session.err());
        Outcomes outcomes = new Outcomes(session.err());
        try (Cluster cluster = session.connect()) {
            for (String group : groups) {
                ErrorCode error = delete(cluster, group);
                outcomes.add(group, error, explanation(error));
            }
        }
        return outcomes.exitCode();
    }

    private static String explanation(ErrorCode error) {
        switch (error) {
            case NON_EMPTY_GROUP:
                return "the group has members; stop them before deleting it";
            case GROUP_ID_NOT_FOUND:
                return "there is no such group";
            default:
                return error.message();
        }
    }

    private static ErrorCode delete(Cluster cluster, String group) {
        DeleteGroupsRequest request = new DeleteGroupsRequest().setGroupsNames(List.of(group));
        DeleteGroupsResponse response = cluster.askGroupCoordinator(
                group, request, DeleteGroupsResponse.class, Short.MAX_VALUE, DeleteGroupsCommand::errorOf);
        return errorOf(response);
    }

    private static ErrorCode errorOf(DeleteGroupsResponse response) {
        return ErrorCode.forCode(response.results().get(0).errorCode());
    }
}
