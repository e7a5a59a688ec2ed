package io.headrace.core.metadata;

import io.headrace.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a command.
 *
 * @param error NONE when the command was carried out
 * @param message why not, in words for the client; null when it was, or when the code says it all
 * @param value what was given out, for commands that give something out: the first producer id of a block, a broker's
 *     epoch; 0 otherwise
 */
public record CommandResult(ErrorCode error, @Nullable String message, long value) {
    private static final CommandResult OK = new CommandResult(ErrorCode.NONE, null, 0);

    static CommandResult ok() {
        return OK;
    }

    static CommandResult ok(long value) {
        return new CommandResult(ErrorCode.NONE, null, value);
    }

    static CommandResult refused(ErrorCode error, String message) {
        return new CommandResult(error, message, 0);
    }

    /** Whether the command was carried out. */
    public boolean isOk() {
        return error == ErrorCode.NONE;
    }
}
