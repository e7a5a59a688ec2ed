package io.headrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.metadata.CommandResult;
import io.headrace.core.metadata.CreateTopic;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.MetadataLog;
import io.headrace.protocol.ErrorCode;
import io.headrace.server.config.ConfigLoader;
import io.headrace.storage.StoreOptions;
import io.headrace.storage.disk.SimulatedDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What a broker says of its metadata, over two of its lives. */
class BrokerLogLinesTest {
    private static final Path DIR = Path.of("/data");
    private static final long NOW_MS = 1_700_000_000_000L;
    private static final Clock CLOCK = Clock.fixed(Instant.ofEpochMilli(NOW_MS), ZoneOffset.UTC);

    private final Random random = new Random(7);
    private final SimulatedDisk disk = new SimulatedDisk();

    @AutoClose
    private final LoggedLines logged = new LoggedLines(BrokerCore.class.getName());

    private BrokerCore start(SimulatedDisk data, @Nullable String clusterId) throws IOException {
        Map<String, String> environment = clusterId == null ? Map.of() : Map.of("CLUSTER_ID", clusterId);
        var loaded = ConfigLoader.load(null, environment, Map.of("node.id", "1"));
        return BrokerCore.open(
                loaded.config(),
                loaded.clusterId(),
                DIR,
                StoreOptions.defaults(),
                new BrokerCore.Environment(data, CLOCK, () -> NOW_MS, random, Runnable::run, CleanerWaits.BLOCKING),
                () -> {});
    }

    private static SimulatedDisk stop(BrokerCore core, SimulatedDisk data) throws IOException {
        core.store().close(NOW_MS);
        core.metadata().close();
        return data.kill();
    }

    private static void createTopic(BrokerCore core) throws IOException {
        core.metadata().propose(List.of(CreateTopic.of("orders", new UUID(1, 2), 3, 1)), new MetadataLog.Proposal() {
            @Override
            public void committed(List<CommandResult> results, MetadataImage image) {
                assertThat(results.get(0).isOk()).isTrue();
            }

            @Override
            public void failed(ErrorCode error, String message) {
                throw new AssertionError(message);
            }
        });
        assertThat(core.metadata().runOnce()).isTrue();
    }

    @Test
    void changesAreSaidWhenTheyAreMadeAndNotAtTheNextStart() throws IOException {
        disk.createDirectory(DIR);
        BrokerCore core = start(disk, null);
        assertThat(logged.lines()).isEmpty();
        createTopic(core);
        assertThat(logged.lines())
                .containsExactly("INFO Created topic orders (AAAAAAAAAAEAAAAAAAAAAg) with 3 partition(s)");
        logged.lines().clear();
        SimulatedDisk kept = stop(core, disk);
        BrokerCore second = start(kept, null);
        assertThat(second.metadata().image().topic("orders")).isNotNull();
        SimulatedDisk unused = stop(second, kept);
        assertThat(logged.lines()).isEmpty();
    }

    @Test
    void anotherClusterIdThanTheDataHasIsToldOf() throws IOException {
        disk.createDirectory(DIR);
        SimulatedDisk kept = stop(start(disk, "MkU3OEVBNTcwNTJENDM2Qg"), disk);
        kept = stop(start(kept, "MkU3OEVBNTcwNTJENDM2Qg"), kept);
        assertThat(logged.lines()).isEmpty();
        SimulatedDisk unused = stop(start(kept, "4L6g3nShT-eMCtK--X86sw"), kept);
        assertThat(logged.lines())
                .singleElement()
                .asString()
                .startsWith("WARNING")
                .contains("4L6g3nShT-eMCtK--X86sw", "MkU3OEVBNTcwNTJENDM2Qg", DIR.toString());
    }
}
