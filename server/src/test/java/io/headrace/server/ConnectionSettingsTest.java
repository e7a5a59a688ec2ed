package io.headrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.network.server.CloseReason;
import io.headrace.network.server.RawClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionSettingsTest {
    @Test
    void howLongAFrameMayTakeIsASetting(@TempDir Path directory) throws IOException {
        try (RunningBroker broker = RunningBroker.start(directory, Map.of("headrace.frame.timeout.ms", "100"));
                RawClient client = broker.connect()) {
            client.queueRaw(new byte[] {0, 0, 0, 9, 1}).flush();
            assertThat(client.isClosedWithoutAnswer()).isTrue();
            broker.awaitClosed(CloseReason.PARTIAL_FRAME_TIMEOUT, 1);
        }
    }
}
