package io.headrace.server.api;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.PushTelemetryRequest;
import io.headrace.protocol.message.PushTelemetryResponse;
import java.util.UUID;

/** PushTelemetry: checks what a client pushes and drops it, as nobody has asked for it (KIP-714). */
public final class PushTelemetryHandler implements RequestHandler<PushTelemetryRequest> {
    private static final int COMPRESSION_TYPE_MAX = 4;

    private final int bytesMax;

    /** @param bytesMax {@code telemetry.max.bytes} */
    public PushTelemetryHandler(int bytesMax) {
        this.bytesMax = bytesMax;
    }

    @Override
    public void handle(RequestContext context, PushTelemetryRequest request) {
        context.respond(new PushTelemetryResponse().setErrorCode(check(request).code()));
    }

    private ErrorCode check(PushTelemetryRequest request) {
        if (isReserved(request.clientInstanceId())) {
            return ErrorCode.INVALID_REQUEST;
        }
        if (request.subscriptionId() != TelemetrySubscription.id(request.clientInstanceId())) {
            return ErrorCode.UNKNOWN_SUBSCRIPTION_ID;
        }
        if (request.compressionType() < 0 || request.compressionType() > COMPRESSION_TYPE_MAX) {
            return ErrorCode.UNSUPPORTED_COMPRESSION_TYPE;
        }
        return request.metrics().remaining() > bytesMax ? ErrorCode.TELEMETRY_TOO_LARGE : ErrorCode.NONE;
    }

    private static boolean isReserved(UUID id) {
        return id.getMostSignificantBits() == 0
                && (id.getLeastSignificantBits() == 0 || id.getLeastSignificantBits() == 1);
    }
}
