package io.headrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.metadata.ConfigChange;
import io.headrace.core.metadata.ConfigResource;
import io.headrace.network.server.CloseReason;
import io.headrace.network.server.RawClient;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ApiVersionsRequest;
import io.headrace.protocol.message.IncrementalAlterConfigsRequest;
import io.headrace.protocol.message.IncrementalAlterConfigsRequest.AlterConfigsResource;
import io.headrace.protocol.message.IncrementalAlterConfigsRequest.AlterableConfig;
import io.headrace.protocol.message.IncrementalAlterConfigsResponse;
import io.headrace.protocol.message.IncrementalAlterConfigsResponse.AlterConfigsResourceResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is changed while the broker runs counts then, and from the start of the next run. */
class LiveSettingsTest {
    private static final long PATIENCE_NS = 20_000_000_000L;

    private static AlterConfigsResourceResponse set(RawClient client, String key, String value) throws IOException {
        IncrementalAlterConfigsRequest request = new IncrementalAlterConfigsRequest()
                .setResources(List.of(new AlterConfigsResource()
                        .setResourceType(ConfigResource.Type.BROKER.code())
                        .setResourceName("1")
                        .setConfigs(List.of(new AlterableConfig()
                                .setName(key)
                                .setConfigOperation(ConfigChange.Operation.SET.code())
                                .setValue(value)))));
        return ((IncrementalAlterConfigsResponse) client.ask(request, 1))
                .responses()
                .get(0);
    }

    /** Connects until it comes out so. */
    private static void awaitConnecting(RunningBroker broker, boolean works) throws IOException {
        long deadline = System.nanoTime() + PATIENCE_NS;
        boolean refused;
        do {
            long before = broker.closed(CloseReason.TOO_MANY_FROM_ADDRESS);
            try (RawClient client = broker.connect()) {
                var unused = client.ask(new ApiVersionsRequest(), 0);
                refused = false;
            } catch (IOException e) {
                refused = broker.closed(CloseReason.TOO_MANY_FROM_ADDRESS) > before;
            }
        } while (refused == works && System.nanoTime() < deadline);
        assertThat(refused).as("a second connection refused").isEqualTo(!works);
    }

    @Test
    void limitsOfConnections(@TempDir Path directory) throws IOException {
        String key = "max.connections.per.ip";
        try (RunningBroker broker = RunningBroker.start(directory, Map.of());
                RawClient first = broker.connect()) {
            assertThat(set(first, key, "1").errorCode()).isZero();
            awaitConnecting(broker, false);
            assertThat(set(first, key, "9").errorCode()).isZero();
            awaitConnecting(broker, true);
            assertThat(set(first, key, "1").errorCode()).isZero();
        }
        try (RunningBroker broker = RunningBroker.start(directory, Map.of());
                RawClient first = broker.connect()) {
            var unused = first.ask(new ApiVersionsRequest(), 0);
            awaitConnecting(broker, false);
            assertThat(broker.errors()).isEmpty();
        }
    }

    @Test
    void whatIsFixedAtTheStartIsRefused(@TempDir Path directory) throws IOException {
        try (RunningBroker broker = RunningBroker.start(directory, Map.of());
                RawClient client = broker.connect()) {
            AlterConfigsResourceResponse response = set(client, "log.cleaner.enable", "false");
            assertThat(response.errorCode()).isEqualTo(ErrorCode.INVALID_REQUEST.code());
            assertThat(response.errorMessage()).contains("Cannot update these configs dynamically");
        }
    }
}
