package io.headrace.server.api;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ApiVersionsRequest;
import io.headrace.protocol.message.ApiVersionsResponse;
import io.headrace.protocol.message.ApiVersionsResponse.ApiVersion;
import io.headrace.protocol.message.ApiVersionsResponse.FinalizedFeatureKey;
import io.headrace.protocol.message.ApiVersionsResponse.SupportedFeatureKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * ApiVersions: what this broker serves, and at which level the cluster's features are.
 *
 * <p>Clients change their behaviour by the levels of {@code transaction.version} and {@code group.version}, so a feature that
 * is not served is not named.
 */
public final class ApiVersionsHandler implements RequestHandler<ApiVersionsRequest> {
    /** What a client may call itself and its version (KIP-511). */
    private static final Pattern SOFTWARE_NAME = Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9\\-.]*[a-zA-Z0-9])?");

    private static final int FIRST_VERSION_WITH_SOFTWARE = 3;
    /** Clients that ask in an older version fail at a feature whose lowest level is zero, so it is left out (KIP-1022). */
    private static final int FIRST_VERSION_WITH_LEVEL_ZERO = 4;

    private static final String METADATA_VERSION = "metadata.version";
    /** The level of Kafka 4.3-IV0. */
    private static final short METADATA_VERSION_LEVEL = 30;
    /** The level of Kafka 3.3-IV3, the oldest that Kafka 4 knows. */
    private static final short METADATA_VERSION_LEVEL_MIN = 7;

    private static final String TRANSACTION_VERSION = "transaction.version";
    /** An epoch for each transaction (KIP-890). */
    private static final short TRANSACTION_VERSION_LEVEL = 2;

    private final List<ApiVersion> versions = new ArrayList<>();
    private final LongSupplier metadataIndex;

    /**
     * @param served the APIs that have a handler
     * @param metadataIndex how many changes of metadata there have been, which Kafka has as the epoch of the features
     */
    public ApiVersionsHandler(Set<ApiKey> served, LongSupplier metadataIndex) {
        this.metadataIndex = metadataIndex;
        for (ApiKey key : ApiKey.values()) {
            if (served.contains(key)) {
                versions.add(new ApiVersion()
                        .setApiKey(key.id())
                        .setMinVersion(key.lowestAdvertisedVersion())
                        .setMaxVersion(key.highestVersion()));
            }
        }
    }

    @Override
    public void handle(RequestContext context, ApiVersionsRequest request) {
        short version = context.apiVersion();
        if (version < ApiKey.API_VERSIONS.lowestVersion() || version > ApiKey.API_VERSIONS.highestVersion()) {
            ApiVersion own = versions.stream()
                    .filter(entry -> entry.apiKey() == ApiKey.API_VERSIONS.id())
                    .findFirst()
                    .orElseThrow();
            context.respond(new ApiVersionsResponse()
                    .setErrorCode(ErrorCode.UNSUPPORTED_VERSION.code())
                    .setApiKeys(List.of(own)));
        } else if (version >= FIRST_VERSION_WITH_SOFTWARE && !isNamedProperly(request)) {
            context.respond(new ApiVersionsResponse().setErrorCode(ErrorCode.INVALID_REQUEST.code()));
        } else {
            context.respond(answer(version));
        }
    }

    private static boolean isNamedProperly(ApiVersionsRequest request) {
        return SOFTWARE_NAME.matcher(request.clientSoftwareName()).matches()
                && SOFTWARE_NAME.matcher(request.clientSoftwareVersion()).matches();
    }

    private ApiVersionsResponse answer(short version) {
        ApiVersionsResponse response = new ApiVersionsResponse().setApiKeys(versions);
        if (version >= FIRST_VERSION_WITH_SOFTWARE) {
            response.setSupportedFeatures(supportedFeatures(version))
                    .setFinalizedFeatures(List.of(
                            finalized(METADATA_VERSION, METADATA_VERSION_LEVEL),
                            finalized(TRANSACTION_VERSION, TRANSACTION_VERSION_LEVEL)))
                    .setFinalizedFeaturesEpoch(metadataIndex.getAsLong());
        }
        return response;
    }

    private static List<SupportedFeatureKey> supportedFeatures(short version) {
        SupportedFeatureKey metadata = supported(METADATA_VERSION, METADATA_VERSION_LEVEL_MIN, METADATA_VERSION_LEVEL);
        return version < FIRST_VERSION_WITH_LEVEL_ZERO
                ? List.of(metadata)
                : List.of(metadata, supported(TRANSACTION_VERSION, (short) 0, TRANSACTION_VERSION_LEVEL));
    }

    private static SupportedFeatureKey supported(String name, short lowest, short highest) {
        return new SupportedFeatureKey().setName(name).setMinVersion(lowest).setMaxVersion(highest);
    }

    private static FinalizedFeatureKey finalized(String name, short level) {
        return new FinalizedFeatureKey().setName(name).setMinVersionLevel(level).setMaxVersionLevel(level);
    }
}
