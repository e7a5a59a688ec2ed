package io.headrace.network.server;

/** Why a connection ended, or was never taken. Each close is counted under exactly one of these. */
public enum CloseReason {
    /** The peer closed its end in the ordinary way. */
    PEER_CLOSED,
    /** Reading or writing failed, most often a reset by the peer. */
    IO_ERROR,
    /** A frame announced a negative size. */
    NEGATIVE_SIZE,
    /** A frame announced no bytes at all. */
    EMPTY_FRAME,
    /** A frame announced more than the limit; TLS or HTTP spoken to a plaintext port ends here too. */
    OVERSIZED,
    /** The rest of a frame took longer to arrive than its deadline allows. */
    PARTIAL_FRAME_TIMEOUT,
    /** Nothing happened on the connection for {@code connections.max.idle.ms}. */
    IDLE,
    /** The TLS handshake failed or took too long. */
    TLS_FAILED,
    /** The address already has as many connections as it may have; closed at accept. */
    TOO_MANY_FROM_ADDRESS,
    /** The request could not be decoded. */
    MALFORMED_REQUEST,
    /** The request's API or version is unknown, or not served on this listener. */
    UNSUPPORTED_REQUEST,
    /** A request came that is not allowed in the connection's authentication state. */
    ILLEGAL_STATE,
    /** Authentication was refused. */
    AUTHENTICATION_FAILED,
    /** The authenticated session ran out and was not renewed. */
    SESSION_EXPIRED,
    /** A produce request that wants no answer failed; closing is the only way to tell. */
    UNANSWERED_ERROR,
    /** An operator asked for it. */
    ADMINISTRATIVE,
    /** The listener or the broker stops. */
    SHUTDOWN,
    /** The code that handles requests broke. */
    HANDLER_FAILURE
}
