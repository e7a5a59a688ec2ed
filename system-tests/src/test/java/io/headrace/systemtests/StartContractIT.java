package io.headrace.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What whoever starts and stops a broker can rely on. */
class StartContractIT {

    @BeforeEach
    void onlyForHeadrace() {
        assumeThat(System.getProperty("broker", "headrace"))
                .as("about bin/headrace")
                .isEqualTo("headrace");
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
            // 143 is what a shell reports for a process that ended by SIGTERM.
            assertThat(broker.stop()).isIn(0, 143);
            broker.start();
            assertThat(Clients.values(clients.readAll(topic, 1, 1))).containsExactly("before");
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
        assertThat(broker.log().lines()).anySatisfy(line -> assertThat(line).contains(reasons));
        assertThat(broker.log()).doesNotContain("\tat ");
    }
}
