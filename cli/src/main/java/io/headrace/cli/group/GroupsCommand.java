package io.headrace.cli.group;

import picocli.CommandLine.Command;

/** Consumer groups: list, describe, reset, delete. */
@Command(
        name = "groups",
        aliases = "group",
        description = "Lists and describes groups, resets their offsets, deletes them.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ListGroupsCommand.class,
            DescribeGroupsCommand.class,
            ResetOffsetsCommand.class,
            DeleteGroupsCommand.class
        })
public final class GroupsCommand {}
