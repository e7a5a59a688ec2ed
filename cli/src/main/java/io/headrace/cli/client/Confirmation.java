package io.headrace.cli.client;

import java.io.PrintWriter;
import picocli.CommandLine.Option;

/** The option of commands that ask before something that cannot be undone. */
public final class Confirmation {
    @Option(
            names = {"-y", "--yes", "--force"},
            description = "Do not ask.")
    private boolean yes;

    /**
     * Asks, unless the option says yes.
     *
     * @throws CommandFailure when nobody is there to ask, or the answer is no
     */
    public void ask(String question, PrintWriter err) {
        if (!yes) {
            Terminal.confirm(question, err);
        }
    }
}
