package io.headrace.cli.topic;

import io.headrace.cli.client.CommandNode;
import java.util.List;
import picocli.CommandLine.Command;

/** Topics: list, create, describe, change, delete. */
@Command(
        name = "topics",
        aliases = "topic",
        description = "Lists, creates, describes, changes and deletes topics.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
public final class TopicsCommand {
    /** This command and those below it. */
    public static CommandNode node() {
        return CommandNode.group(
                session -> new TopicsCommand(),
                List.of("topics", "topic"),
                CommandNode.leaf(ListTopicsCommand::new, "list", "ls"),
                CommandNode.leaf(CreateTopicsCommand::new, "create"),
                CommandNode.leaf(DescribeTopicsCommand::new, "describe", "info"),
                CommandNode.leaf(AlterTopicsCommand::new, "alter"),
                CommandNode.leaf(DeleteTopicsCommand::new, "delete", "rm"));
    }
}
