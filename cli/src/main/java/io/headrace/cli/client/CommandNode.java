package io.headrace.cli.client;

import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine;

/**
 * A command and those below it, of which only what the arguments name is made: describing all commands to the parser takes
 * longer than most of them run.
 *
 * @param names the name and its aliases, as the command's annotation has them
 */
public record CommandNode(List<String> names, Supplier<Object> command, List<CommandNode> children) {

    /** A command without others below it. */
    public static CommandNode leaf(Supplier<Object> command, String... names) {
        return new CommandNode(List.of(names), command, List.of());
    }

    /** A command that is only there for those below it. */
    public static CommandNode group(Supplier<Object> command, List<String> names, CommandNode... children) {
        return new CommandNode(names, command, List.of(children));
    }

    /**
     * Adds commands to {@code parent}.
     *
     * @param arguments where none of them names one of {@code nodes}, all are added: for the help and for suggestions
     */
    public static void addTo(CommandLine parent, List<CommandNode> nodes, Set<String> arguments) {
        List<CommandNode> named = nodes.stream()
                .filter(node -> node.names.stream().anyMatch(arguments::contains))
                .toList();
        for (CommandNode node : named.isEmpty() ? nodes : named) {
            CommandLine line = new CommandLine(node.command.get());
            parent.addSubcommand(node.names.get(0), line);
            addTo(line, node.children, arguments);
        }
    }
}
