package io.headrace.cli.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What the process's standard streams are connected to. */
public final class Terminal {
    private static final int STANDARD_INPUT = 0;
    private static final int STANDARD_ERROR = 2;

    private Terminal() {}

    /** Whether somebody watches standard error. */
    public static boolean isErrorShown() {
        return isTerminal(STANDARD_ERROR);
    }

    /** Whether somebody types at standard input. */
    public static boolean isInputTyped() {
        return isTerminal(STANDARD_INPUT);
    }

    /** The runtime cannot tell by stream; on Linux the file system can. */
    private static boolean isTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return false; // no way to tell: then nobody is asked and no progress shown
        }
    }

    /**
     * Asks before something that cannot be undone.
     *
     * @throws CommandFailure when nobody is there to ask, or the answer is no
     */
    static void confirm(String question, PrintWriter err) {
        if (!isInputTyped()) {
            throw new CommandFailure(CommandFailure.USAGE, question + " Nobody to ask here: say -y to do it");
        }
        err.print(question + " [y/N] ");
        err.flush();
        try {
            String answer = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())).readLine();
            if (answer == null || !answer.trim().toLowerCase(Locale.ROOT).startsWith("y")) {
                throw new CommandFailure(CommandFailure.FAILED, "Not done");
            }
        } catch (IOException e) {
            throw new CommandFailure(CommandFailure.FAILED, "Not done: " + e.getMessage());
        }
    }
}
