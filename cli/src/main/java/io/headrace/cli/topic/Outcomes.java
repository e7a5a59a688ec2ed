package io.headrace.cli.topic;

import io.headrace.cli.client.CommandFailure;
import io.headrace.protocol.ErrorCode;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/** What became of each of several topics, and the exit code that follows from it. */
final class Outcomes {
    private final PrintWriter err;
    private int done;
    private int failed;
    private int exitCode;

    Outcomes(PrintWriter err) {
        this.err = err;
    }

    void done() {
        done++;
    }

    void failed(String topic, ErrorCode error, @Nullable String message) {
        failed++;
        exitCode = CommandFailure.exitCodeOf(error);
        err.println("headrace: " + topic + ": " + (message == null || message.isBlank() ? error.message() : message));
        err.flush();
    }

    int exitCode() {
        if (failed == 0) {
            return 0;
        }
        return done > 0 ? CommandFailure.PARTIAL : exitCode;
    }
}
