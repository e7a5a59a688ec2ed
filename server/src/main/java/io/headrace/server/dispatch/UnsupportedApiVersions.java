package io.headrace.server.dispatch;

import io.headrace.protocol.message.ApiVersionsRequest;

/**
 * Stands in for the body of an ApiVersions request whose version this broker does not know. Its handler sees from the
 * version that it must answer with UNSUPPORTED_VERSION, in version 0, so that the client can try again (KIP-511).
 */
final class UnsupportedApiVersions {
    static final ApiVersionsRequest REQUEST = new ApiVersionsRequest();

    private UnsupportedApiVersions() {}
}
