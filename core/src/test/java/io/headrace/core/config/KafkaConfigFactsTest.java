package io.headrace.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Compares our keys with what Kafka 4.3.1's own definitions say. */
class KafkaConfigFactsTest {
    /** Where a single node with durable acknowledgements needs something else than Kafka's default. */
    private static final Set<String> OWN_DEFAULTS = Set.of(
            "log.dir",
            "node.id",
            "process.roles",
            "controller.listener.names",
            "max.connections",
            "max.connections.per.ip",
            "max.connection.creation.rate",
            "group.initial.rebalance.delay.ms",
            "metric.reporters");

    private record Fact(String name, String type, String defaultText, String importance, String mode) {}

    @Test
    void topicKeysAreKafkasAndDurability() throws IOException {
        Set<String> expected = new TreeSet<>(Set.of("durability"));
        for (Fact fact : facts("kafka-4.3.1-topic-keys.tsv")) {
            expected.add(fact.name());
            ConfigKey key = TopicConfigKeys.SCHEMA.key(fact.name());
            assertThat(describe(key)).isEqualTo(describe(fact));
        }
        assertThat(names(TopicConfigKeys.SCHEMA)).isEqualTo(expected);
    }

    @Test
    void brokerKeysAreKafkasAndOurOwn() throws IOException {
        Set<String> left = names(BrokerConfigKeys.SCHEMA);
        for (Fact fact : facts("kafka-4.3.1-broker-keys.tsv")) {
            left.remove(fact.name());
            ConfigKey key = BrokerConfigKeys.SCHEMA.key(fact.name());
            assertThat(describe(key)).isEqualTo(describe(fact));
            assertThat(mode(key)).as(fact.name()).isEqualTo(fact.mode());
            assertThat(key.documentation()).as(fact.name()).endsWith(".");
        }
        assertThat(left)
                .containsExactlyInAnyOrder(
                        "durability",
                        "headrace.batch.decompressed.bytes.max",
                        "headrace.connection.request.bytes.max",
                        "headrace.connection.requests.max",
                        "headrace.connection.response.bytes.max",
                        "headrace.disk.reserve.bytes",
                        "headrace.frame.timeout.ms",
                        "headrace.producers.per.partition.max",
                        "headrace.producer.ids.per.second");
    }

    @Test
    void synonymsAreBrokerKeys() {
        for (ConfigKey key : TopicConfigKeys.SCHEMA.keys()) {
            for (ConfigKey.Synonym synonym : key.synonyms()) {
                assertThat(BrokerConfigKeys.SCHEMA.find(synonym.broker()))
                        .as(synonym.broker())
                        .isNotNull();
            }
        }
    }

    private static String describe(ConfigKey key) {
        String defaultText = OWN_DEFAULTS.contains(key.name()) ? "own" : key.defaultText();
        if (defaultText != null && key.type() == ConfigType.LIST) {
            defaultText = "[" + defaultText.replace(",", ", ") + "]";
        }
        if (OWN_DEFAULTS.contains(key.name())) {
            defaultText = "own";
        }
        return key.name() + " " + key.type() + " " + defaultText + " " + key.importance();
    }

    private static String describe(Fact fact) {
        String defaultText =
                OWN_DEFAULTS.contains(fact.name()) ? "own" : fact.defaultText().replaceFirst("^class ", "");
        return fact.name() + " " + fact.type() + " " + defaultText + " " + fact.importance();
    }

    private static String mode(ConfigKey key) {
        return switch (key.updateMode()) {
            case READ_ONLY -> "ro";
            case PER_BROKER -> "per-broker";
            case CLUSTER_WIDE -> "cluster-wide";
        };
    }

    private static Set<String> names(ConfigSchema schema) {
        return schema.keys().stream().map(ConfigKey::name).collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<Fact> facts(String resource) throws IOException {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(KafkaConfigFactsTest.class.getResourceAsStream(resource)),
                StandardCharsets.UTF_8))) {
            return reader.lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\t", -1))
                    .map(f -> new Fact(f[0], f[1], f[2], f[3], f.length > 4 ? f[4] : ""))
                    .toList();
        }
    }
}
