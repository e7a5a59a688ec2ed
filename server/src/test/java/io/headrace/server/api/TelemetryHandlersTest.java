package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.GetTelemetrySubscriptionsRequest;
import io.headrace.protocol.message.GetTelemetrySubscriptionsResponse;
import io.headrace.protocol.message.PushTelemetryRequest;
import io.headrace.protocol.message.PushTelemetryResponse;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class TelemetryHandlersTest {
    private static final UUID CLIENT = new UUID(5, 6);
    private static final UUID NEW = new UUID(7, 8);
    private static final int BYTES_MAX = 100;

    @Test
    void nothingIsWanted() {
        GetTelemetrySubscriptionsResponse answer = subscription(CLIENT);
        assertThat(answer.errorCode()).isZero();
        assertThat(answer.clientInstanceId()).isEqualTo(CLIENT);
        assertThat(answer.requestedMetrics()).isEmpty();
        assertThat(answer.pushIntervalMs()).isEqualTo(300_000);
        assertThat(answer.telemetryMaxBytes()).isEqualTo(BYTES_MAX);
        assertThat(answer.deltaTemporality()).isTrue();
        assertThat(answer.acceptedCompressionTypes()).containsExactly((byte) 4, (byte) 3, (byte) 1, (byte) 2);
    }

    @Test
    void clientWithoutAnIdGetsOne() {
        assertThat(subscription(new UUID(0, 0)).clientInstanceId()).isEqualTo(NEW);
    }

    @Test
    void whatIsPushedIsCheckedAndDropped() {
        int subscription = subscription(CLIENT).subscriptionId();
        assertThat(push(CLIENT, subscription, 0, BYTES_MAX)).isEqualTo(ErrorCode.NONE);
        assertThat(push(CLIENT, subscription, 4, 0)).isEqualTo(ErrorCode.NONE);
        assertThat(push(CLIENT, subscription, 0, BYTES_MAX + 1)).isEqualTo(ErrorCode.TELEMETRY_TOO_LARGE);
        assertThat(push(CLIENT, subscription, 5, 1)).isEqualTo(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
        assertThat(push(CLIENT, subscription, -1, 1)).isEqualTo(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
        assertThat(push(CLIENT, subscription + 1, 0, 1)).isEqualTo(ErrorCode.UNKNOWN_SUBSCRIPTION_ID);
        assertThat(push(new UUID(0, 0), 0, 0, 1)).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(push(new UUID(0, 1), 1, 0, 1)).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    private static GetTelemetrySubscriptionsResponse subscription(UUID client) {
        return AnsweredRequest.ask(
                new GetTelemetrySubscriptionsHandler(BYTES_MAX, () -> NEW),
                0,
                new GetTelemetrySubscriptionsRequest().setClientInstanceId(client),
                GetTelemetrySubscriptionsResponse.class);
    }

    private static ErrorCode push(UUID client, int subscription, int compression, int bytes) {
        PushTelemetryResponse answer = AnsweredRequest.ask(
                new PushTelemetryHandler(BYTES_MAX),
                0,
                new PushTelemetryRequest()
                        .setClientInstanceId(client)
                        .setSubscriptionId(subscription)
                        .setCompressionType((byte) compression)
                        .setMetrics(ByteBuffer.allocate(bytes)),
                PushTelemetryResponse.class);
        return ErrorCode.forCode(answer.errorCode());
    }
}
