package io.headrace.protocol.wire;

/** Bytes that are not a message of the protocol, or a message that the chosen version cannot express. */
public final class MalformedMessageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MalformedMessageException(String message) {
        super(message);
    }
}
