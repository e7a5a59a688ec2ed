package io.headrace.cli;

import io.headrace.cli.client.CommandFailure;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Only for the list of commands: the launcher runs {@code start} with the server's own main class. */
@Command(name = "start", description = "Starts a broker; see 'headrace start --help'.")
final class StartCommand implements Runnable {
    @Parameters(hidden = true)
    private List<String> arguments = List.of();

    @Override
    public void run() {
        throw new CommandFailure(
                CommandFailure.USAGE, "'start' is run by the headrace script, not by this program" + hint());
    }

    private String hint() {
        return arguments.isEmpty() ? "" : " (with " + String.join(" ", arguments) + ")";
    }
}
