package io.headrace.network.client;

import io.headrace.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/** A request got no answer, or an answer that refuses it. Carries the protocol's code for either. */
public final class ClientException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode error;

    public ClientException(ErrorCode error, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.error = error;
    }

    public ClientException(ErrorCode error, String message) {
        this(error, message, null);
    }

    /** A broker's refusal: its own words if it sent some, ours otherwise. */
    public static ClientException refused(ErrorCode error, @Nullable String message) {
        return new ClientException(error, message == null || message.isBlank() ? error.message() : message);
    }

    /**
     * What went wrong: {@link ErrorCode#BROKER_NOT_AVAILABLE} when no connection came about,
     * {@link ErrorCode#NETWORK_EXCEPTION} when it broke, {@link ErrorCode#REQUEST_TIMED_OUT}, or what a broker said.
     */
    public ErrorCode error() {
        return error;
    }

    /** Whether the same request may succeed later. */
    public boolean retriable() {
        return error.retriable() || error == ErrorCode.BROKER_NOT_AVAILABLE;
    }
}
