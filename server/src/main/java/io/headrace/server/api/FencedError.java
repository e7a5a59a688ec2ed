package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;

/** How a client learns that another producer has taken its place (KIP-588). */
final class FencedError {
    private FencedError() {}

    /**
     * The error to answer: older clients know only INVALID_PRODUCER_EPOCH for PRODUCER_FENCED.
     *
     * @param knowsFenced whether the request's version has PRODUCER_FENCED
     */
    static ErrorCode shown(ErrorCode error, boolean knowsFenced) {
        return error == ErrorCode.PRODUCER_FENCED && !knowsFenced ? ErrorCode.INVALID_PRODUCER_EPOCH : error;
    }
}
