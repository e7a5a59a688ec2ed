package io.headrace.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;

class ApiKeyTest {
    /** Those that have a specification but no version any more are not ours to know. */
    private static final List<ApiKeys> KAFKAS =
            Arrays.stream(ApiKeys.values()).filter(ApiKeys::hasValidVersion).toList();

    @Test
    void theKeysAreThoseOfKafka() {
        assertThat(Arrays.stream(ApiKey.values()).collect(Collectors.toMap(ApiKey::id, ApiKey::name)))
                .isEqualTo(KAFKAS.stream().collect(Collectors.toMap(key -> key.id, Enum::name)));
    }

    @Test
    void versionsAndHeadersAreThoseOfKafka() {
        for (ApiKeys kafkas : KAFKAS) {
            ApiKey ours = ApiKey.valueOf(kafkas.name());
            assertThat(ApiKey.forId(kafkas.id)).isSameAs(ours);
            assertThat(ours.apiName()).isEqualTo(kafkas.name);
            assertThat(ours.lowestVersion()).as(kafkas.name).isEqualTo(kafkas.oldestVersion());
            assertThat(ours.highestVersion()).as(kafkas.name).isEqualTo(kafkas.latestVersion(false));
            assertThat(ours.highestUnstableVersion()).as(kafkas.name).isEqualTo(kafkas.latestVersion(true));
            assertThat(ours.onBrokerListener()).as(kafkas.name).isEqualTo(kafkas.inScope(ListenerType.BROKER));
            assertThat(ours.onControllerListener()).as(kafkas.name).isEqualTo(kafkas.inScope(ListenerType.CONTROLLER));
            for (short version = ours.lowestVersion(); version <= ours.highestUnstableVersion(); version++) {
                assertThat(ours.requestHeaderVersion(version))
                        .as(kafkas.name + " v" + version)
                        .isEqualTo(kafkas.requestHeaderVersion(version));
                assertThat(ours.responseHeaderVersion(version))
                        .as(kafkas.name + " v" + version)
                        .isEqualTo(kafkas.responseHeaderVersion(version));
            }
        }
    }

    @Test
    void anUnstableVersionIsNotServed() {
        assertThat(ApiKey.INIT_PRODUCER_ID.highestVersion()).isEqualTo((short) 5);
        assertThat(ApiKey.INIT_PRODUCER_ID.isSupported((short) 5)).isTrue();
        assertThat(ApiKey.INIT_PRODUCER_ID.isSupported((short) 6)).isFalse();
    }

    @Test
    void produceIsAnnouncedFromZeroForTheSakeOfLibrdkafka() {
        assertThat(ApiKey.PRODUCE.lowestAdvertisedVersion())
                .isEqualTo(ApiKeys.PRODUCE_API_VERSIONS_RESPONSE_MIN_VERSION);
        assertThat(ApiKey.PRODUCE.lowestVersion()).isEqualTo((short) 3);
        for (ApiKey key : ApiKey.values()) {
            if (key != ApiKey.PRODUCE) {
                assertThat(key.lowestAdvertisedVersion()).isEqualTo(key.lowestVersion());
            }
        }
    }

    @Test
    void numbersOfNoApiAreUnknown() {
        for (short id : new short[] {-1, 4, 5, 6, 7, 999, Short.MAX_VALUE, Short.MIN_VALUE}) {
            assertThat(ApiKey.forId(id)).isNull();
        }
    }
}
