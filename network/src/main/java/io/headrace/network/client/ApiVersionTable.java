package io.headrace.network.client;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ApiVersionsRequest;
import io.headrace.protocol.message.ApiVersionsResponse;
import io.headrace.protocol.wire.WireReader;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The versions of each API that a broker announced. */
final class ApiVersionTable {
    /** Before the broker was asked. */
    static final ApiVersionTable UNKNOWN = new ApiVersionTable(new EnumMap<>(ApiKey.class));

    private static final int TIMEOUT_MS = 10_000;
    private static final String SOFTWARE_NAME = "headrace";
    private static final String SOFTWARE_VERSION = "0.1.0";

    private record Range(short lowest, short highest) {}

    private final Map<ApiKey, Range> ranges;

    private ApiVersionTable(Map<ApiKey, Range> ranges) {
        this.ranges = ranges;
    }

    /**
     * Asks in our newest version. A broker that does not know it says so in version 0, together with the versions it
     * knows (KIP-511); then it is asked again in its newest.
     */
    static CompletableFuture<ApiVersionTable> ask(BrokerConnection connection) {
        return ask(connection, ApiKey.API_VERSIONS.highestVersion(), true);
    }

    private static CompletableFuture<ApiVersionTable> ask(BrokerConnection connection, short version, boolean again) {
        ApiVersionsRequest request = new ApiVersionsRequest()
                .setClientSoftwareName(SOFTWARE_NAME)
                .setClientSoftwareVersion(SOFTWARE_VERSION);
        return connection
                .send(request, ApiKey.API_VERSIONS, version, TIMEOUT_MS)
                .thenCompose(body -> {
                    ErrorCode error = errorOf(body);
                    if (error == ErrorCode.UNSUPPORTED_VERSION && again) {
                        ApiVersionTable announced = read(body, (short) 0);
                        return ask(connection, announced.choose(ApiKey.API_VERSIONS, version), false);
                    }
                    if (error != ErrorCode.NONE) {
                        return CompletableFuture.failedFuture(ClientException.refused(error, null));
                    }
                    return CompletableFuture.completedFuture(read(body, version));
                });
    }

    private static ErrorCode errorOf(ByteBuffer body) {
        return ErrorCode.forCode(body.getShort(body.position()));
    }

    private static ApiVersionTable read(ByteBuffer body, short version) {
        Map<ApiKey, Range> ranges = new EnumMap<>(ApiKey.class);
        for (ApiVersionsResponse.ApiVersion one :
                ApiVersionsResponse.read(new WireReader(body), version).apiKeys()) {
            ApiKey api = ApiKey.forId(one.apiKey());
            if (api != null) {
                ranges.put(api, new Range(one.minVersion(), one.maxVersion()));
            }
        }
        return new ApiVersionTable(ranges);
    }

    short choose(ApiKey api, short versionMax) {
        Range range = ranges.get(api);
        if (range == null) {
            throw new ClientException(
                    ErrorCode.UNSUPPORTED_VERSION, "The broker does not offer " + api.apiName() + " to clients");
        }
        int highest = Math.min(Math.min(range.highest, api.highestVersion()), versionMax);
        if (highest < Math.max(range.lowest, api.lowestVersion())) {
            throw new ClientException(
                    ErrorCode.UNSUPPORTED_VERSION,
                    "The broker offers " + api.apiName() + " in versions " + range.lowest + " to " + range.highest
                            + " only, none of which is usable here");
        }
        return (short) highest;
    }
}
