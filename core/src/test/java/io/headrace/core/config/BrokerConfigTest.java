package io.headrace.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BrokerConfigTest {
    private static void assertRefused(String expectedInMessage, Map<String, String> values) {
        assertThatThrownBy(() -> BrokerConfig.of(values))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining(expectedInMessage);
    }

    @Test
    void startsWithoutAnySetting() {
        BrokerConfig config = BrokerConfig.DEFAULT;
        assertThat(config.node().nodeId()).isEqualTo(1);
        assertThat(config.node().dataDirectories()).containsExactly("./headrace-data");
        assertThat(config.listeners().open()).containsExactly(new Listener("PLAINTEXT", "", 9092));
        assertThat(config.listeners().advertised()).isEmpty();
        assertThat(config.groups().offsetsTopic().replicationFactor(1)).isEqualTo(1);
        assertThat(config.transactions().stateTopic().minInsyncReplicas(1)).isEqualTo(1);
        assertThat(config.transactions().stateTopic().minInsyncReplicas(3)).isEqualTo(2);
        assertThat(config.connections().connectionsMax()).isLessThan(1_000_000);
    }

    @Test
    void recordsAreKeptForSomeTimeOrForEver() {
        for (String key : List.of("log.retention.ms", "log.retention.minutes", "log.retention.hours")) {
            assertRefused("must be -1, or 1 or more", Map.of(key, "0"));
            assertThat(BrokerConfig.of(Map.of(key, "1")).topicDefaults().retentionMs())
                    .isPositive();
            assertThat(BrokerConfig.of(Map.of(key, "-7")).topicDefaults().retentionMs())
                    .isEqualTo(-1);
        }
        assertThat(BrokerConfig.DEFAULT.topicConfig(Map.of("retention.ms", "0")).retentionMs())
                .isZero();
    }

    @Test
    void combinedKraftFileIsUnderstood() {
        BrokerConfig config = BrokerConfig.of(Map.of(
                "process.roles", "broker,controller",
                "node.id", "3",
                "listeners", "PLAINTEXT://:9092,CONTROLLER://:9093",
                "advertised.listeners", "PLAINTEXT://broker.example:9092,CONTROLLER://broker.example:9093",
                "controller.listener.names", "CONTROLLER",
                "controller.quorum.voters", "3@localhost:9093",
                "log.dirs", "/data/a, /data/b"));
        assertThat(config.node().nodeId()).isEqualTo(3);
        assertThat(config.node().dataDirectories()).containsExactly("/data/a", "/data/b");
        assertThat(config.listeners().open()).extracting(Listener::name).containsExactly("PLAINTEXT");
        assertThat(config.listeners().notOpened()).extracting(Listener::port).containsExactly(9093);
        assertThat(config.listeners().advertised())
                .isEqualTo(Map.of("PLAINTEXT", new Listener("PLAINTEXT", "broker.example", 9092)));
    }

    @Test
    void aPortIsAdvertisedWithoutAHost() {
        assertThat(BrokerConfig.of(Map.of("advertised.listeners", "PLAINTEXT://:29092"))
                        .listeners()
                        .advertised())
                .isEqualTo(Map.of("PLAINTEXT", new Listener("PLAINTEXT", "", 29092)));
    }

    @Test
    void howFarABatchMayGrowIsABrokersSetting() {
        String key = "headrace.batch.decompressed.bytes.max";
        BrokerConfig config = BrokerConfig.of(Map.of(key, "2000000"));
        assertThat(decompressedMax(BrokerConfig.DEFAULT)).isEqualTo(64 << 20);
        assertThat(decompressedMax(config)).isEqualTo(2_000_000);
        assertThat(decompressedMax(config.withDynamic(Map.of(key, "3000000"), Map.of())))
                .isEqualTo(3_000_000);
        assertRefused("between 1048576 and 2147483583", Map.of(key, "1000"));
    }

    private static int decompressedMax(BrokerConfig config) {
        return config.topicConfig(Map.of("compression.type", "producer"))
                .batchRules()
                .decompressionLimit()
                .batchBytesMax();
    }

    @Test
    void boundsOfOneConnectionAreSettings() {
        ConnectionConfig connections = BrokerConfig.of(Map.of(
                        "headrace.frame.timeout.ms", "1000",
                        "headrace.connection.requests.max", "7",
                        "headrace.connection.request.bytes.max", "70000",
                        "headrace.connection.response.bytes.max", "80000"))
                .connections();
        assertThat(connections.frameTimeoutMs()).isEqualTo(1000);
        assertThat(connections.requestsPerConnectionMax()).isEqualTo(7);
        assertThat(connections.requestBytesPerConnectionMax()).isEqualTo(70_000);
        assertThat(connections.responseBytesPerConnectionMax()).isEqualTo(80_000);
    }

    @Test
    void severalListenersWithNamesOfTheirOwn() {
        ListenersConfig listeners = BrokerConfig.of(Map.of(
                        "listeners", "internal://127.0.0.1:9092,External://[::1]:9093",
                        "listener.security.protocol.map", "INTERNAL:PLAINTEXT,EXTERNAL:PLAINTEXT",
                        "inter.broker.listener.name", "internal"))
                .listeners();
        assertThat(listeners.open())
                .containsExactly(new Listener("INTERNAL", "127.0.0.1", 9092), new Listener("EXTERNAL", "::1", 9093));
        assertThat(listeners.interBroker()).isEqualTo("INTERNAL");
        assertThat(listeners.open().get(1)).hasToString("EXTERNAL://[::1]:9093");
    }

    @Test
    void badListenersAreExplained() {
        assertRefused("NAME://host:port", Map.of("listeners", "localhost:9092"));
        assertRefused("a port from 0 to 65535", Map.of("listeners", "PLAINTEXT://:99999"));
        assertRefused("a name of its own", Map.of("listeners", "PLAINTEXT://:1,PLAINTEXT://:2"));
        assertRefused(
                "an address of its own",
                Map.of("listeners", "A://:1,B://:1", "listener.security.protocol.map", "A:PLAINTEXT,B:PLAINTEXT"));
        assertRefused("an entry for listener A", Map.of("listeners", "A://:1"));
        assertRefused("SSL is not supported yet", Map.of("listeners", "SSL://:9092"));
        assertRefused("one of the listeners", Map.of("advertised.listeners", "OTHER://a:1"));
        assertRefused("clients can connect to", Map.of("advertised.listeners", "PLAINTEXT://0.0.0.0:9092"));
        assertRefused("NAME:PROTOCOL", Map.of("listener.security.protocol.map", "A:NONSENSE"));
        assertRefused(
                "at least one listener for clients",
                Map.of("listeners", "CONTROLLER://:1", "controller.listener.names", "CONTROLLER"));
    }

    @Test
    void oldNameOfTheNodeIdIsAccepted() {
        assertThat(BrokerConfig.of(Map.of("broker.id", "7")).node().nodeId()).isEqualTo(7);
        assertThat(BrokerConfig.of(Map.of("broker.id", "7", "node.id", "7"))
                        .node()
                        .nodeId())
                .isEqualTo(7);
        assertRefused("broker.id", Map.of("broker.id", "7", "node.id", "8"));
    }

    @Test
    void everyProblemIsTold() {
        assertThatThrownBy(() -> BrokerConfig.of(Map.of("num.partitions", "0", "log.retention.ms", "soon")))
                .hasMessageContaining("num.partitions")
                .hasMessageContaining("log.retention.ms")
                .hasMessageContaining("soon");
        assertThatThrownBy(() -> BrokerConfig.of(Map.of("listeners", "x", "group.min.session.timeout.ms", "9999999")))
                .hasMessageContaining("listeners")
                .hasMessageContaining("group.min.session.timeout.ms");
    }

    @Test
    void nodesOfALargerClusterAreNotSupported() {
        assertRefused("expected broker,controller", Map.of("process.roles", "broker"));
        assertRefused("1@a:9093,2@b:9093", Map.of("controller.quorum.voters", "1@a:9093,2@b:9093"));
        assertRefused("this node alone, 2@host:port", Map.of("controller.quorum.voters", "1@a:9093", "node.id", "2"));
        assertRefused("a:9093,b:9093", Map.of("controller.quorum.bootstrap.servers", "a:9093,b:9093"));
        Map<String, String> alone = Map.of(
                "node.id", "2",
                "controller.quorum.voters", "2@a:9093",
                "controller.quorum.bootstrap.servers", "a:9093");
        assertThat(BrokerConfig.of(alone).node().nodeId()).isEqualTo(2);
    }

    @Test
    void nodesWithoutABrokerAreNotSupported() {
        assertRefused("expected broker,controller", Map.of("process.roles", "controller"));
    }

    @Test
    void requestsUnderWayHaveABound() {
        assertThat(BrokerConfig.DEFAULT.connections().requestBytesInFlightMax()).isEqualTo(128L << 20);
        Map<String, String> small = Map.of("queued.max.request.bytes", "70000", "socket.request.max.bytes", "60000");
        assertThat(BrokerConfig.of(small).connections().requestBytesInFlightMax())
                .isEqualTo(70_000);
        assertRefused("queued.max.request.bytes", Map.of("queued.max.request.bytes", "70000"));
    }

    @Test
    void dynamicValuesWin() {
        BrokerConfig fixed = BrokerConfig.of(Map.of("log.retention.hours", "1"));
        assertThat(fixed.topicDefaults().retentionMs()).isEqualTo(3_600_000);
        BrokerConfig all = fixed.withDynamic(Map.of("log.retention.ms", "5"), Map.of());
        assertThat(all.topicDefaults().retentionMs()).isEqualTo(5);
        BrokerConfig own = all.withDynamic(Map.of("log.retention.ms", "5"), Map.of("log.retention.ms", "6"));
        assertThat(own.topicDefaults().retentionMs()).isEqualTo(6);
        assertThat(own.withDynamic(Map.of(), Map.of()).topicDefaults().retentionMs())
                .isEqualTo(3_600_000);
        assertThatThrownBy(() -> fixed.withDynamic(Map.of("listeners", "nonsense"), Map.of()))
                .isInstanceOf(InvalidConfigException.class);
    }

    @Test
    void boundsOfGroupsAreThoseOfTheBroker() {
        BrokerConfig config = BrokerConfig.DEFAULT;
        GroupConfigKeys.checkBounds(Map.of("consumer.session.timeout.ms", "50000"), config);
        assertThatThrownBy(() -> GroupConfigKeys.checkBounds(Map.of("consumer.session.timeout.ms", "5"), config))
                .hasMessageContaining("group.consumer.min.session.timeout.ms");
        assertThatThrownBy(() -> GroupConfigKeys.checkBounds(Map.of("streams.num.standby.replicas", "5"), config))
                .hasMessageContaining("group.streams.max.standby.replicas");
    }

    @Test
    void assignorsAreKnownByNameAndClass() {
        List<String> assignors = BrokerConfig.of(Map.of(
                        "group.consumer.assignors",
                        "org.apache.kafka.coordinator.group.assignor.RangeAssignor,uniform,range"))
                .consumerGroups()
                .assignors();
        assertThat(assignors).containsExactly("range", "uniform");
    }
}
