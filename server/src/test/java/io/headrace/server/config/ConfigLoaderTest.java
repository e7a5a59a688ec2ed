package io.headrace.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.config.InvalidConfigException;
import io.headrace.core.config.Listener;
import io.headrace.core.metadata.AlterConfigs;
import io.headrace.core.metadata.ConfigChange;
import io.headrace.core.metadata.ConfigResource;
import io.headrace.core.metadata.MetadataImage;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {
    private final Path directory;

    ConfigLoaderTest(@TempDir Path directory) {
        this.directory = directory;
    }

    private Path file(String text) throws IOException {
        return Files.writeString(directory.resolve("server.properties"), text);
    }

    private static BrokerConfig fromEnvironment(String... variablesAndValues) throws IOException {
        Map<String, String> environment = new HashMap<>();
        for (int index = 0; index < variablesAndValues.length; index += 2) {
            environment.put(variablesAndValues[index], variablesAndValues[index + 1]);
        }
        LoadedConfig loaded = ConfigLoader.load(null, environment, Map.of());
        assertThat(loaded.notices()).isEmpty();
        return loaded.config();
    }

    @Test
    void commandLineWinsOverEnvironmentOverFileOverDefaults() throws IOException {
        Path file = file("num.partitions=2\nlog.retention.ms=2\nlog.segment.bytes=2000000\n");
        Map<String, String> environment = Map.of("HEADRACE_NUM_PARTITIONS", "3", "HEADRACE_LOG_RETENTION_MS", "3");
        LoadedConfig loaded = ConfigLoader.load(file, environment, Map.of("num.partitions", "4"));
        assertThat(loaded.config().intValue("num.partitions")).isEqualTo(4);
        assertThat(loaded.config().longValue("log.retention.ms")).isEqualTo(3);
        assertThat(loaded.config().intValue("log.segment.bytes")).isEqualTo(2_000_000);
        assertThat(loaded.config().longValue("log.retention.bytes")).isEqualTo(-1);
        assertThat(loaded.origins())
                .isEqualTo(Map.of(
                        "num.partitions", "command line",
                        "log.retention.ms", "environment variable HEADRACE_LOG_RETENTION_MS",
                        "log.segment.bytes", "file " + file));
    }

    @Test
    void variablesOfKafkasImagesAreUnderstood() throws IOException {
        BrokerConfig config = fromEnvironment(
                "KAFKA_NODE_ID", "4",
                "KAFKA_CFG_LOG_DIRS", "/data",
                "KAFKA_ADVERTISED_LISTENERS", "PLAINTEXT://h:9092",
                "KAFKA_HEAP_OPTS", "-Xmx1g",
                "KAFKA_VERSION", "4.3.1",
                "KAFKA_OPTS", "-Dx=y",
                "HEADRACE_JVM_OPTS", "-Xmx1g",
                "HEADRACE_BROKERS", "h:9092",
                "PATH", "/bin");
        assertThat(config.node().nodeId()).isEqualTo(4);
        assertThat(config.node().dataDirectories()).containsExactly("/data");
        assertThat(config.listeners().advertised()).containsKey("PLAINTEXT");
    }

    @Test
    void ownPrefixWinsOverKafkas() throws IOException {
        BrokerConfig config = fromEnvironment(
                "HEADRACE_NUM_PARTITIONS", "3", "KAFKA_NUM_PARTITIONS", "1", "KAFKA_CFG_NUM_PARTITIONS", "2");
        assertThat(config.intValue("num.partitions")).isEqualTo(3);
    }

    @Test
    void linksToServicesAreNoSettings() {
        Map<String, String> links = Map.of(
                "KAFKA_PORT", "tcp://10.0.0.1:9092",
                "KAFKA_PORT_9092_TCP_ADDR", "10.0.0.1",
                "KAFKA_SERVICE_HOST", "10.0.0.1",
                "HEADRACE_SERVICE_PORT_CLIENTS", "9092");
        assertThat(EnvironmentKeys.of(links)).isEmpty();
    }

    @Test
    void underscoresStandForDotsUnderscoresAndDashes() {
        assertThat(EnvironmentKeys.of(Map.of("KAFKA_A_B__C___D", "x"))).containsEntry("KAFKA_A_B__C___D", "a.b_c-d");
    }

    @Test
    void variablesThatNobodyReadsAreReported() throws IOException {
        Map<String, String> environment = Map.of("HEADRACE_LOG_LEVEL", "DEBUG", "HEADRACE_CONFIG", "/etc/headrace");
        assertThat(ConfigLoader.load(null, environment, Map.of()).notices())
                .anyMatch(text -> text.contains("environment variable HEADRACE_LOG_LEVEL") && text.contains("unknown"))
                .anyMatch(text -> text.contains("environment variable HEADRACE_CONFIG") && text.contains("unknown"));
    }

    @Test
    void aFileIsUtf8OrElseLatin1() throws IOException {
        String text = "# caf\u00e9\nbroker.rack=\u00fcber\\u00e4ll\nlog.dirs=/\u00f6\n";
        for (Charset charset : List.of(StandardCharsets.UTF_8, StandardCharsets.ISO_8859_1)) {
            Path file = Files.write(directory.resolve("server.properties"), text.getBytes(charset));
            BrokerConfig config = ConfigLoader.load(file, Map.of(), Map.of()).config();
            assertThat(config.node().rack()).as(charset.name()).isEqualTo("\u00fcber\u00e4ll");
            assertThat(config.node().dataDirectories()).as(charset.name()).containsExactly("/\u00f6");
        }
        Path file = file("broker.rack=\\u00g0\n");
        assertThatThrownBy(() -> ConfigLoader.load(file, Map.of(), Map.of()))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void clusterIdComesFromTheEnvironment() throws IOException {
        assertThat(ConfigLoader.load(null, Map.of("CLUSTER_ID", "abc"), Map.of())
                        .clusterId())
                .isEqualTo("abc");
        assertThat(ConfigLoader.load(null, Map.of(), Map.of()).clusterId()).isNull();
    }

    @Test
    void referencesAreReplaced() throws IOException {
        Path secrets = Files.writeString(directory.resolve("secrets.properties"), "rack=r1\n");
        Path whole = Files.writeString(directory.resolve("whole"), " 7\n");
        Path file = file("broker.rack=${file:" + secrets + ":rack}-${env:ZONE}\nnum.partitions=${file:" + whole
                + "}\nlog.retention.ms=${dir:" + directory + ":whole}\n");
        BrokerConfig config =
                ConfigLoader.load(file, Map.of("ZONE", "z$1"), Map.of()).config();
        assertThat(config.node().rack()).isEqualTo("r1-z$1");
        assertThat(config.intValue("num.partitions")).isEqualTo(7);
        assertThat(config.longValue("log.retention.ms")).isEqualTo(7);
        assertThatThrownBy(() -> ConfigLoader.load(null, Map.of(), Map.of("broker.rack", "${env:NOPE}")))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("broker.rack")
                .hasMessageContaining("${env:NOPE}");
    }

    @Test
    void doubtfulKeysAreExplainedOnceEach() throws IOException {
        Path file = file("""
            num.partitons=3
            zookeeper.connect=localhost:2181
            remote.log.reader.threads=3
            num.io.threads=3
            ssl.keystore.location=/x
            super.users=User:a
            my.own.thing=3
            """);
        List<String> notices = ConfigLoader.load(file, Map.of(), Map.of()).notices();
        assertThat(notices).hasSize(7);
        assertThat(notices)
                .anyMatch(text -> text.contains("num.partitons") && text.contains("did you mean num.partitions?"));
        assertThat(notices)
                .anyMatch(text -> text.contains("zookeeper.connect") && text.contains("ZooKeeper is not used"));
        assertThat(notices).anyMatch(text -> text.contains("remote.log.reader.threads") && text.contains("no effect"));
        assertThat(notices).anyMatch(text -> text.contains("my.own.thing") && text.contains("unknown and ignored"));
    }

    @Test
    void whatHasNoEffectIsSaidAndWhatHasIsNot() throws IOException {
        Map<String, String> set = Map.of(
                "num.network.threads", "3",
                "queued.max.requests", "500",
                "log.flush.interval.messages", "1000",
                "log.flush.interval.ms", "1000",
                "log.preallocate", "true",
                "num.replica.fetchers", "1",
                "offsets.topic.compression.codec", "0",
                "log.cleaner.threads", "2");
        List<String> notices = ConfigLoader.load(null, Map.of(), set).notices();
        assertThat(notices).hasSize(set.size()).allMatch(text -> text.contains("has no effect here: "));
        assertThat(notices)
                .anyMatch(text -> text.contains("log.flush.interval.messages") && text.contains("durability=os"));
        Map<String, String> good = Map.of(
                "log.flush.interval.messages", "1",
                "log.cleaner.threads", "1",
                "queued.max.request.bytes", "200000000",
                "controller.quorum.voters", "1@localhost:9093");
        assertThat(ConfigLoader.load(null, Map.of(), good).notices()).isEmpty();
    }

    @Test
    void kraftFileOfKafkaStartsOneNode() throws IOException {
        Path file = file("""
            process.roles=broker,controller
            node.id=1
            controller.quorum.bootstrap.servers=localhost:9093
            listeners=PLAINTEXT://:9092,CONTROLLER://:9093
            inter.broker.listener.name=PLAINTEXT
            advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093
            controller.listener.names=CONTROLLER
            listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
            log.dirs=/tmp/kraft-combined-logs
            offsets.topic.replication.factor=3
            transaction.state.log.replication.factor=3
            log.flush.interval.ms=
            """);
        LoadedConfig loaded = ConfigLoader.load(file, Map.of(), Map.of());
        assertThat(loaded.config().listeners().open()).containsExactly(new Listener("PLAINTEXT", "", 9092));
        assertThat(loaded.notices()).singleElement().asString().contains("CONTROLLER://:9093 is named");
        assertThat(loaded.config().groups().offsetsTopic().replicationFactor(1)).isEqualTo(1);
    }

    @Test
    void advertisedListenersOfTheEnvironmentAreListenedTo() throws IOException {
        Map<String, String> environment = Map.of(
                "KAFKA_ADVERTISED_LISTENERS", "PLAINTEXT://broker.example:29092,OUTSIDE://[::1]:29093",
                "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "PLAINTEXT:PLAINTEXT,OUTSIDE:PLAINTEXT");
        assertThat(ConfigLoader.load(null, environment, Map.of())
                        .config()
                        .listeners()
                        .open())
                .containsExactly(
                        new Listener("PLAINTEXT", "0.0.0.0", 29092), new Listener("OUTSIDE", "0.0.0.0", 29093));
        Map<String, String> open = Map.of("listeners", "PLAINTEXT://:1,OUTSIDE://:2");
        assertThat(ConfigLoader.load(null, environment, open)
                        .config()
                        .listeners()
                        .open())
                .extracting(Listener::port)
                .containsExactly(1, 2);
        Map<String, String> advertised = Map.of("advertised.listeners", "PLAINTEXT://broker.example:29092");
        assertThat(ConfigLoader.load(null, Map.of(), advertised)
                        .config()
                        .listeners()
                        .open())
                .as("of the command line alone")
                .containsExactly(new Listener("PLAINTEXT", "", 9092));
    }

    @Test
    void accessControlThatIsNotThereIsNotPretended() {
        Map<String, String> overrides =
                Map.of("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        assertThatThrownBy(() -> ConfigLoader.load(null, Map.of(), overrides))
                .hasMessageContaining("authorizer.class.name");
    }

    @Test
    void settingsOfTheCommandLineAreTakenApart() {
        assertThat(ConfigLoader.parseOverride("a.b = c=d")).isEqualTo(Map.entry("a.b", "c=d"));
        assertThatThrownBy(() -> ConfigLoader.parseOverride("a.b")).hasMessageContaining("KEY=VALUE");
    }

    @Test
    void liveConfigurationFollowsTheMetadata() {
        LiveBrokerConfig live = new LiveBrokerConfig(BrokerConfig.DEFAULT, MetadataImage.EMPTY);
        List<Long> seen = new ArrayList<>();
        live.addListener((before, after) -> seen.add(after.topicDefaults().retentionMs()));
        MetadataImage image = set(MetadataImage.EMPTY, ConfigResource.ALL_BROKERS, "5");
        live.changed(MetadataImage.EMPTY, image);
        live.changed(image, image);
        MetadataImage own = set(image, ConfigResource.broker(1), "6");
        live.changed(image, own);
        MetadataImage other = set(own, ConfigResource.broker(2), "7");
        live.changed(own, other);
        assertThat(seen).containsExactly(5L, 6L);
        assertThat(live.get().topicDefaults().retentionMs()).isEqualTo(6);
    }

    private static MetadataImage set(MetadataImage image, ConfigResource resource, String retention) {
        List<ConfigChange> changes = List.of(ConfigChange.set("log.retention.ms", retention));
        return image.apply(new AlterConfigs(resource, false, changes)).image();
    }
}
