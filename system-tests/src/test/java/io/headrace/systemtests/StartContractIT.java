package io.headrace.systemtests;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.Command;
import io.headrace.systemtests.harness.Launcher;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What whoever starts and stops a broker can rely on. */
class StartContractIT {
    /** As the JVM and shells have it. */
    private static final int ENDED_BY_SIGTERM = 143;

    @BeforeEach
    void onlyForHeadrace() {
        assumeThat(System.getProperty("broker", "headrace"))
                .as("about bin/headrace")
                .isEqualTo("headrace");
    }

    @Test
    void theVersionIsThatOfTheBuild() {
        String version = "headrace " + System.getProperty("headrace.version");
        Command asked = Command.run(60_000, List.of(Launcher.path().toString(), "version"));
        assertThat(asked.output()).isEqualTo(version + System.lineSeparator());
        try (Broker broker = Broker.started(Map.of())) {
            assertThat(broker.log()).containsIgnoringCase(version + " starts in " + broker.dataDirectory());
        }
    }

    @Test
    void aTakenPortIsNamed() throws IOException {
        try (Broker broker = Broker.create(Map.of());
                ServerSocket taken = new ServerSocket(broker.port(), 1, InetAddress.getLoopbackAddress())) {
            assertRefuses(broker, String.valueOf(taken.getLocalPort()));
        }
    }

    @Test
    void aBadValueIsNamedWithItsKey() {
        try (Broker broker = Broker.create(Map.of("num.partitions", "many"))) {
            assertRefuses(broker, "num.partitions", "many");
        }
    }

    @Test
    void aDataDirectoryInUseIsNamed() {
        try (Broker first = Broker.started(Map.of());
                Broker second =
                        Broker.create(Map.of("log.dirs", first.dataDirectory().toString()))) {
            assertRefuses(second, first.dataDirectory().toString());
            assertThat(first.isRunning()).isTrue();
        }
    }

    @Test
    void aDataDirectoryOfANewerVersionIsNamed() throws IOException {
        try (Broker broker = Broker.started(Map.of())) {
            broker.stop();
            Path properties = broker.dataDirectory().resolve("meta.properties");
            String written = Files.readString(properties);
            Files.writeString(properties, written.replace("version=1", "version=2"));
            assertRefuses(broker, properties.toString(), "version 2");

            Files.writeString(properties, written);
            broker.start();
            assertThat(broker.stop()).isEqualTo(ENDED_BY_SIGTERM);
        }
    }

    @Test
    void aMetadataLogOfANewerVersionIsNamed() throws IOException {
        try (Broker broker = Broker.started(Map.of())) {
            broker.stop();
            Path log = metadataLog(broker);
            raiseVersion(log);
            byte[] before = Files.readAllBytes(log);
            assertRefuses(broker, log.toString(), "newer version");
            assertThat(Files.readAllBytes(log)).as("left as it was").isEqualTo(before);
        }
    }

    private static Path metadataLog(Broker broker) throws IOException {
        try (Stream<Path> files = Files.list(broker.dataDirectory().resolve("metadata"))) {
            return files.filter(file -> file.getFileName().toString().startsWith("log-"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** The header: 8 bytes of magic, a CRC-32C of the 20 bytes after it, whose first 4 are the version. */
    private static void raiseVersion(Path log) throws IOException {
        ByteBuffer header = ByteBuffer.wrap(Files.readAllBytes(log));
        header.putInt(12, header.getInt(12) + 1);
        CRC32C crc = new CRC32C();
        crc.update(header.slice(12, 20));
        header.putInt(8, (int) crc.getValue());
        Files.write(log, header.array());
    }

    @Test
    void anUnknownKeyIsReportedAndDoesNotStopTheStart() {
        try (Broker broker = Broker.started(Map.of("no.such.key", "1"))) {
            assertThat(broker.log()).contains("no.such.key");
        }
    }

    @Test
    void aStoppedBrokerEndsCleanlyAndServesAgain() throws Exception {
        try (Broker broker = Broker.started(Map.of())) {
            Clients clients = new Clients(broker);
            String topic = clients.topic("stop", 1);
            try (Producer<String, String> producer = clients.producer(Map.of())) {
                producer.send(new ProducerRecord<>(topic, "before")).get(10, TimeUnit.SECONDS);
            }
            int alreadyLogged = broker.log().length();
            assertThat(broker.stop()).isEqualTo(ENDED_BY_SIGTERM);
            assertThat(broker.log().substring(alreadyLogged).lines())
                    .anySatisfy(line -> assertThat(line).contains("Stopping", "signal"))
                    .last(as(STRING))
                    .contains("has stopped");
            broker.start();
            assertThat(Clients.values(clients.readAll(topic, 1, 1))).containsExactly("before");
            assertThat(broker.log()).as("said once").containsOnlyOnce("Created topic " + topic + " (");
        }
    }

    @Test
    void clientsAreToldTheAddressTheyCameBy() {
        int port = Broker.freePort();
        try (Broker broker = Broker.create(Map.of("listeners", "PLAINTEXT://0.0.0.0:" + port))) {
            broker.startOn(port);
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", "127.0.0.2:" + port))) {
                assertThat(Clients.await(admin.describeCluster().nodes()))
                        .extracting(node -> node.host() + ":" + node.port())
                        .containsExactly("127.0.0.2:" + port);
            }
        }
    }

    /** The start ends with a status other than 0, and one line of its output, which is not a stack trace, says why. */
    private static void assertRefuses(Broker broker, String... reasons) {
        broker.launch();
        assertThat(broker.awaitEnd())
                .as("exit status; it printed:%n%s", broker.log())
                .isNotZero();
        assertThat(broker.log().lines().filter(line -> line.startsWith("headrace: cannot start: ")))
                .last(as(STRING))
                .contains(reasons);
        assertThat(broker.log()).doesNotContain("\tat ");
    }
}
