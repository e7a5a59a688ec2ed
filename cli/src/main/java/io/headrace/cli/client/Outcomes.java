package io.headrace.cli.client;

import io.headrace.protocol.ErrorCode;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/** What became of each of several things a command works on, and the exit code that follows from it. */
public final class Outcomes {
    private final PrintWriter err;
    private int done;
    private int failed;
    private int exitCode;

    /** Failures are told to {@code err} as they come. */
    public Outcomes(PrintWriter err) {
        this.err = err;
    }

    /**
     * What became of one.
     *
     * @param error {@link ErrorCode#NONE} if it succeeded
     * @param message why it failed, in the broker's words; the error's own when null or blank
     */
    public void add(String name, ErrorCode error, @Nullable String message) {
        if (error == ErrorCode.NONE) {
            done++;
            return;
        }
        failed++;
        exitCode = CommandFailure.exitCodeOf(error);
        err.println("headrace: " + name + ": " + (message == null || message.isBlank() ? error.message() : message));
        err.flush();
    }

    /** 0 if none failed, {@link CommandFailure#PARTIAL} if some did, and otherwise that of the last failure. */
    public int exitCode() {
        if (failed == 0) {
            return 0;
        }
        return done > 0 ? CommandFailure.PARTIAL : exitCode;
    }
}
