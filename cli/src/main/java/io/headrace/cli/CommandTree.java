package io.headrace.cli;

import io.headrace.cli.client.CommandFailure;
import io.headrace.cli.client.CommandNode;
import io.headrace.cli.consume.ConsumeCommand;
import io.headrace.cli.group.GroupsCommand;
import io.headrace.cli.produce.ProduceCommand;
import io.headrace.cli.topic.TopicsCommand;
import io.headrace.cli.transaction.TransactionsCommand;
import io.headrace.network.client.ClientException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The commands as a tree for the parser, of which only those that the arguments name are made.
 *
 * <p>Such a partial command line hands over to one of all commands where it would speak of those that are missing.
 */
final class CommandTree {
    private static final List<CommandNode> COMMANDS = List.of(
            CommandNode.leaf(session -> new StartCommand(), "start"),
            TopicsCommand.node(),
            CommandNode.leaf(ProduceCommand::new, "produce"),
            CommandNode.leaf(ConsumeCommand::new, "consume"),
            GroupsCommand.node(),
            TransactionsCommand.node(),
            CommandNode.leaf(session -> new GenerateCommand(), "generate"),
            CommandNode.leaf(VersionCommand::new, "version"),
            CommandNode.leaf(session -> new CommandLine.HelpCommand(), "help"));

    private CommandTree() {}

    /** The command line for these arguments, ready to execute them; without arguments it has all commands. */
    static CommandLine commandLine(Map<String, String> environment, String... arguments) {
        Main main = new Main(environment);
        CommandLine line = main.line();
        List<String> needAll = List.of("generate", "help");
        Set<String> given = new HashSet<>(List.of(arguments));
        List<CommandLine> partial = new ArrayList<>();
        CommandNode.addTo(
                line, COMMANDS, main, needAll.stream().anyMatch(given::contains) ? Set.of() : given, partial::add);
        line.setExecutionExceptionHandler((failure, command, parsed) -> report(failure, command, main.verbose()));
        line.setParameterExceptionHandler((wrong, all) -> reportWrongUsage(wrong));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        if (!partial.isEmpty()) {
            leaveToAllCommands(line, partial, environment);
        }
        return line;
    }

    /** Has what a partial command would say of those below it, in its help or about an error, said with all of them there. */
    private static void leaveToAllCommands(
            CommandLine line, List<CommandLine> partial, Map<String, String> environment) {
        IParameterExceptionHandler onWrongUsage = line.getParameterExceptionHandler();
        line.setParameterExceptionHandler((wrong, arguments) -> partial.contains(wrong.getCommandLine())
                ? all(line, environment).execute(arguments)
                : onWrongUsage.handleParseException(wrong, arguments));
        IExecutionStrategy run = line.getExecutionStrategy();
        line.setExecutionStrategy(parsed ->
                parsed.asCommandLineList().stream().anyMatch(one -> one.isUsageHelpRequested() && partial.contains(one))
                        ? all(line, environment).execute(parsed.originalArgs().toArray(String[]::new))
                        : run.execute(parsed));
    }

    private static CommandLine all(CommandLine partial, Map<String, String> environment) {
        return commandLine(environment).setOut(partial.getOut()).setErr(partial.getErr());
    }

    /** The reason, which a long help text would push out of sight; where a command is missing, the commands there are. */
    private static int reportWrongUsage(ParameterException wrong) {
        CommandLine command = wrong.getCommandLine();
        PrintWriter err = command.getErr();
        // The parser says it twice where it speaks of an option with a key and a value.
        err.println("headrace: " + String.valueOf(wrong.getMessage()).replace("option option", "option"));
        if (!command.getSubcommands().isEmpty()) {
            command.usage(err);
        } else if (!UnmatchedArgumentException.printSuggestions(wrong, err)) {
            err.println("See " + command.getCommandSpec().qualifiedName() + " --help");
        }
        err.flush();
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    private static int report(Exception failure, CommandLine command, boolean verbose) {
        String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        int exitCode = CommandFailure.FAILED;
        if (failure instanceof CommandFailure known) {
            exitCode = known.exitCode();
        } else if (failure instanceof ClientException known) {
            exitCode = CommandFailure.exitCodeOf(known.error());
        } else if (failure instanceof RuntimeException && !verbose) {
            message = "internal failure, see it with -v: " + failure;
        }
        command.getErr().println("headrace: " + message);
        if (verbose) {
            failure.printStackTrace(command.getErr());
        }
        command.getErr().flush();
        return exitCode;
    }
}
