package io.headrace.cli.group;

import io.headrace.cli.client.CommandNode;
import java.util.List;
import picocli.CommandLine.Command;

/** Consumer groups: list, describe, reset, delete. */
@Command(
        name = "groups",
        aliases = "group",
        description = "Lists and describes groups, resets their offsets, deletes them.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
public final class GroupsCommand {
    /** This command and those below it. */
    public static CommandNode node() {
        return CommandNode.group(
                session -> new GroupsCommand(),
                List.of("groups", "group"),
                CommandNode.leaf(ListGroupsCommand::new, "list", "ls"),
                CommandNode.leaf(DescribeGroupsCommand::new, "describe", "info"),
                CommandNode.leaf(ResetOffsetsCommand::new, "reset-offsets", "reset", "seek"),
                CommandNode.leaf(DeleteGroupsCommand::new, "delete", "rm"));
    }
}
