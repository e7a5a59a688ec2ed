package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.ApiVersionsRequest;
import io.headrace.protocol.message.ApiVersionsResponse;
import io.headrace.protocol.message.ApiVersionsResponse.FinalizedFeatureKey;
import io.headrace.protocol.message.ApiVersionsResponse.SupportedFeatureKey;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;

final class ApiVersionsHandlerTest {
    private final ApiVersionsHandler handler = new ApiVersionsHandler(EnumSet.of(ApiKey.API_VERSIONS), () -> 41);

    @Test
    void featureThatMayBeAtLevelZeroIsNotNamedToClientsThatFailAtIt() {
        ApiVersionsResponse answer = ask(3);
        assertThat(answer.supportedFeatures())
                .extracting(SupportedFeatureKey::name)
                .containsExactly("metadata.version");
        assertThat(answer.supportedFeatures()).allMatch(feature -> feature.minVersion() > 0);
        assertThat(answer.finalizedFeatures())
                .extracting(FinalizedFeatureKey::name)
                .containsExactly("metadata.version", "transaction.version");
    }

    @Test
    void everyFeatureIsNamedToClientsThatKnowLevelZero() {
        ApiVersionsResponse answer = ask(4);
        assertThat(answer.supportedFeatures())
                .extracting(SupportedFeatureKey::name)
                .containsExactly("metadata.version", "transaction.version");
    }

    @Test
    void metadataVersionIsThatOfTheKafkaThatIsSpoken() {
        // A Kafka 4.3.1 formats its directory with 4.3-IV0, and says 30.
        short level = 30;
        assertThat(ask(4).finalizedFeatures().get(0).maxVersionLevel()).isEqualTo(level);
        assertThat(ask(4).supportedFeatures().get(0).maxVersion()).isEqualTo(level);
    }

    @Test
    void noFeaturesBeforeThereAreAny() {
        assertThat(ask(2).supportedFeatures()).isEmpty();
        assertThat(ask(2).finalizedFeatures()).isEmpty();
    }

    @Test
    void featuresAreOfThePlaceInTheMetadata() {
        assertThat(ask(3).finalizedFeaturesEpoch()).isEqualTo(41);
        assertThat(ask(2).finalizedFeaturesEpoch()).as("none").isEqualTo(-1);
    }

    private ApiVersionsResponse ask(int version) {
        ApiVersionsRequest request = new ApiVersionsRequest();
        if (version >= 3) {
            request.setClientSoftwareName("client").setClientSoftwareVersion("1.0");
        }
        return AnsweredRequest.ask(handler, version, request, ApiVersionsResponse.class);
    }
}
