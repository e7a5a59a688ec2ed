package io.headrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.message.MetadataRequest;
import io.headrace.protocol.message.MetadataResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdvertisedPortTest {
    @Test
    void aPortWithoutAHostIsToldWithTheHostThatTheClientConnectedTo(@TempDir Path directory) throws IOException {
        Map<String, String> settings = Map.of("advertised.listeners", "PLAINTEXT://:29092");
        try (RunningBroker broker = RunningBroker.start(directory, settings)) {
            MetadataResponse response = (MetadataResponse) broker.ask(new MetadataRequest().setTopics(List.of()), 1);
            assertThat(response.brokers()).singleElement().satisfies(told -> {
                assertThat(told.host()).isEqualTo("127.0.0.1");
                assertThat(told.port()).isEqualTo(29092);
            });
        }
    }
}
