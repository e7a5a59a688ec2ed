package io.headrace.cli.client;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import picocli.CommandLine;

/**
 * A command and those below it, of which only what the arguments name is made: describing all commands to the parser takes
 * longer than most of them run.
 *
 * @param names the name and its aliases, as the command's annotation has them
 */
public record CommandNode(List<String> names, Function<Session, Object> command, List<CommandNode> children) {

    /** A command without others below it. */
    public static CommandNode leaf(Function<Session, Object> command, String... names) {
        return new CommandNode(List.of(names), command, List.of());
    }

    /** A command that is only there for those below it. */
    public static CommandNode group(Function<Session, Object> command, List<String> names, CommandNode... children) {
        return new CommandNode(names, command, List.of(children));
    }

    /**
     * Adds to {@code parent} those of {@code nodes} that the arguments name, or all where they name none.
     *
     * @param partial is told of each command that lacks some of those below it
     */
    public static void addTo(
            CommandLine parent,
            List<CommandNode> nodes,
            Session session,
            Set<String> arguments,
            Consumer<CommandLine> partial) {
        List<CommandNode> named = nodes.stream()
                .filter(node -> node.names.stream().anyMatch(arguments::contains))
                .toList();
        List<CommandNode> added = named.isEmpty() ? nodes : named;
        if (added.size() < nodes.size()) {
            partial.accept(parent);
        }
        for (CommandNode node : added) {
            CommandLine line = new CommandLine(node.command.apply(session));
            parent.addSubcommand(node.names.get(0), line);
            addTo(line, node.children, session, arguments, partial);
        }
    }
}
