package io.headrace.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Generates files for other programs. */
@Command(
        name = "generate",
        description = "Generates files for other programs.",
        mixinStandardHelpOptions = true,
        subcommands = GenerateCommand.Completion.class,
        synopsisSubcommandLabel = "COMMAND")
final class GenerateCommand {
    /** The shell's completion. */
    @Command(
            name = "completion",
            description = "Prints a completion script for bash and zsh: source <(headrace generate completion)",
            mixinStandardHelpOptions = true)
    static final class Completion implements Runnable {
        @Spec
        @SuppressWarnings("NullAway.Init") // by picocli
        private CommandSpec spec;

        @Override
        public void run() {
            spec.commandLine()
                    .getOut()
                    .print(AutoComplete.bash("headrace", spec.root().commandLine()));
            spec.commandLine().getOut().flush();
        }
    }
}
