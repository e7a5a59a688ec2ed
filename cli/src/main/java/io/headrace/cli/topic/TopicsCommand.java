package io.headrace.cli.topic;

import picocli.CommandLine.Command;

/** Topics: list, create, describe, change, delete. */
@Command(
        name = "topics",
        aliases = "topic",
        description = "Lists, creates, describes, changes and deletes topics.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ListTopicsCommand.class,
            CreateTopicsCommand.class,
            DescribeTopicsCommand.class,
            AlterTopicsCommand.class,
            DeleteTopicsCommand.class
        })
public final class TopicsCommand {}
