package io.headrace.server.api;

import io.headrace.protocol.message.GetTelemetrySubscriptionsRequest;
import io.headrace.protocol.message.GetTelemetrySubscriptionsResponse;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/** GetTelemetrySubscriptions: tells a client who it is, and that none of its metrics are wanted (KIP-714). */
public final class GetTelemetrySubscriptionsHandler implements RequestHandler<GetTelemetrySubscriptionsRequest> {
    private static final UUID NONE = new UUID(0, 0);

    private final int bytesMax;
    private final Supplier<UUID> randomIds;

    /**
     * @param bytesMax {@code telemetry.max.bytes}
     * @param randomIds ids for clients that have none yet
     */
    public GetTelemetrySubscriptionsHandler(int bytesMax, Supplier<UUID> randomIds) {
        this.bytesMax = bytesMax;
        this.randomIds = randomIds;
    }

    @Override
    public void handle(RequestContext context, GetTelemetrySubscriptionsRequest request) {
        UUID known = request.clientInstanceId();
        UUID id = known.equals(NONE) ? randomIds.get() : known;
        context.respond(new GetTelemetrySubscriptionsResponse()
                .setClientInstanceId(id)
                .setSubscriptionId(TelemetrySubscription.id(id))
                .setAcceptedCompressionTypes(TelemetrySubscription.COMPRESSION_TYPES)
                .setPushIntervalMs(TelemetrySubscription.PUSH_INTERVAL_MS)
                .setTelemetryMaxBytes(bytesMax)
                .setDeltaTemporality(true)
                .setRequestedMetrics(List.of()));
    }
}
