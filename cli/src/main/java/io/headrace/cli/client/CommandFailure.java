package io.headrace.cli.client;

import io.headrace.network.client.ClientException;
import io.headrace.protocol.ErrorCode;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Ends a command with one line for the user and an exit code for scripts. */
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The server refused or failed. */
    public static final int FAILED = 1;
    /** The command line is wrong. */
    public static final int USAGE = 2;
    /** What the command names does not exist. */
    public static final int NOT_FOUND = 3;
    /** Not permitted, or not authenticated. */
    public static final int REFUSED = 4;
    /** No connection, or no answer in time. */
    public static final int UNREACHABLE = 5;
    /** Some of it was done. */
    public static final int PARTIAL = 6;
    /** The user has had enough. */
    public static final int INTERRUPTED = 130;

    private final int exitCode;

    public CommandFailure(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    /** A failure with the exit code that fits the protocol's error. */
    public static CommandFailure of(ErrorCode error, String message) {
        return new CommandFailure(exitCodeOf(error), message);
    }

    /** A failure of a request. */
    public static CommandFailure of(ClientException failure) {
        String message = failure.getMessage();
        return of(failure.error(), message == null ? failure.error().message() : message);
    }

    /**
     * What {@code parser} makes of a text that the user typed.
     *
     * @throws CommandFailure with {@link #USAGE} where the parser throws an {@link IllegalArgumentException}
     */
    public static <T extends @Nullable Object> T parsed(Supplier<T> parser) {
        try {
            return parser.get();
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(USAGE, String.valueOf(e.getMessage()));
        }
    }

    /** The exit code for an error. */
    public static int exitCodeOf(ErrorCode error) {
        switch (error) {
            case UNKNOWN_TOPIC_OR_PARTITION:
            case UNKNOWN_TOPIC_ID:
            case GROUP_ID_NOT_FOUND:
            case TRANSACTIONAL_ID_NOT_FOUND:
                return NOT_FOUND;
            case TOPIC_AUTHORIZATION_FAILED:
            case GROUP_AUTHORIZATION_FAILED:
            case CLUSTER_AUTHORIZATION_FAILED:
            case TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
            case SASL_AUTHENTICATION_FAILED:
            case UNSUPPORTED_SASL_MECHANISM:
            case ILLEGAL_SASL_STATE:
                return REFUSED;
            case BROKER_NOT_AVAILABLE:
            case NETWORK_EXCEPTION:
            case REQUEST_TIMED_OUT:
                return UNREACHABLE;
            default:
                return FAILED;
        }
    }

    /** What the process ends with. */
    public int exitCode() {
        return exitCode;
    }
}
