package io.headrace.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.SharedBroker;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigType;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.ListConfigResourcesOptions;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The Java admin client: configurations. */
@ExtendWith(SharedBroker.class)
class AdminConfigIT {
    private final Clients clients;
    private final Admin admin;

    AdminConfigIT(Broker broker) {
        clients = new Clients(broker);
        admin = clients.admin();
    }

    @AfterEach
    void close() {
        admin.close();
    }

    @Test
    void aTopicsConfigsAreAllThereWithTypeSourceAndDocumentation() {
        ConfigResource topic = topic(Map.of("retention.ms", "1234567", "max.message.bytes", "5000"));
        Config config = describe(topic);
        assertThat(config.entries()).hasSizeGreaterThanOrEqualTo(30);
        assertThat(config.get("retention.ms").value()).isEqualTo("1234567");
        assertThat(config.get("retention.ms").source()).isEqualTo(ConfigSource.DYNAMIC_TOPIC_CONFIG);
        assertThat(config.get("retention.ms").type()).isEqualTo(ConfigType.LONG);
        assertThat(config.get("cleanup.policy").value()).isEqualTo("delete");
        assertThat(config.get("cleanup.policy").type()).isEqualTo(ConfigType.LIST);
        assertThat(config.get("cleanup.policy").isDefault()).isTrue();
        assertThat(config.get("segment.bytes").value()).isEqualTo("1073741824");
        assertThat(config.entries()).allSatisfy(entry -> {
            assertThat(entry.documentation()).as(entry.name()).isNotBlank();
            assertThat(entry.type()).as(entry.name()).isNotEqualTo(ConfigType.UNKNOWN);
        });
        assertThat(config.get("max.message.bytes").synonyms())
                .extracting(ConfigEntry.ConfigSynonym::name)
                .containsExactly("max.message.bytes", "message.max.bytes");
    }

    @Test
    void aBrokersConfigsAreThereAndReadOnlyWhereTheyCannotChange() {
        String brokerId =
                Clients.await(admin.describeCluster().nodes()).iterator().next().idString();
        Config config = describe(new ConfigResource(ConfigResource.Type.BROKER, brokerId));
        assertThat(config.get("num.partitions").value()).isEqualTo("4");
        assertThat(config.get("num.partitions").source()).isEqualTo(ConfigSource.STATIC_BROKER_CONFIG);
        assertThat(config.get("log.segment.bytes").source()).isEqualTo(ConfigSource.DEFAULT_CONFIG);
        assertThat(config.get("listeners").value()).contains("PLAINTEXT");
        assertThat(config.entries()).hasSizeGreaterThan(100);
    }

    @Test
    void aTopicThatIsNotThereHasNoConfigs() {
        assertThatThrownBy(() -> describe(new ConfigResource(ConfigResource.Type.TOPIC, "no-such-topic")))
                .isInstanceOf(UnknownTopicOrPartitionException.class);
    }

    @Test
    void aConfigIsSetAndDeleted() {
        ConfigResource topic = topic(Map.of());
        alter(topic, op("retention.ms", "60000", OpType.SET), op("max.message.bytes", "5000", OpType.SET));
        assertThat(describe(topic).get("retention.ms").value()).isEqualTo("60000");
        alter(topic, op("retention.ms", "", OpType.DELETE));
        ConfigEntry back = describe(topic).get("retention.ms");
        assertThat(back.value()).isEqualTo("604800000");
        assertThat(back.isDefault()).isTrue();
        assertThat(describe(topic).get("max.message.bytes").value()).isEqualTo("5000");
    }

    @Test
    void listsGrowAndShrink() {
        ConfigResource topic = topic(Map.of("cleanup.policy", "compact"));
        alter(topic, op("cleanup.policy", "delete", OpType.APPEND));
        assertThat(describe(topic).get("cleanup.policy").value()).isEqualTo("compact,delete");
        alter(topic, op("cleanup.policy", "compact", OpType.SUBTRACT));
        assertThat(describe(topic).get("cleanup.policy").value()).isEqualTo("delete");
    }

    @Test
    void badValuesAndKeysAreRefusedAndChangeNothing() {
        ConfigResource topic = topic(Map.of());
        assertThatThrownBy(() -> alter(topic, op("retention.ms", "soon", OpType.SET)))
                .isInstanceOf(InvalidConfigurationException.class);
        assertThatThrownBy(() -> alter(topic, op("cleanup.policy", "forget", OpType.SET)))
                .isInstanceOf(InvalidConfigurationException.class);
        assertThatThrownBy(() -> alter(topic, op("no.such.key", "1", OpType.SET)))
                .isInstanceOf(InvalidConfigurationException.class);
        assertThatThrownBy(() -> alter(topic, op("retention.ms", "1", OpType.APPEND)))
                .isInstanceOf(InvalidConfigurationException.class);
        assertThat(describe(topic).entries()).noneMatch(entry -> entry.source() == ConfigSource.DYNAMIC_TOPIC_CONFIG);
    }

    @Test
    void validateOnlyChangesNothing() {
        ConfigResource topic = topic(Map.of());
        Clients.await(admin.incrementalAlterConfigs(
                        Map.of(topic, List.of(op("retention.ms", "1", OpType.SET))),
                        new AlterConfigsOptions().validateOnly(true))
                .all());
        assertThat(describe(topic).get("retention.ms").value()).isEqualTo("604800000");
    }

    @Test
    void configResourcesAreListed() {
        ConfigResource topic = topic(Map.of());
        Collection<ConfigResource> resources = Clients.await(
                admin.listConfigResources(Set.of(ConfigResource.Type.TOPIC), new ListConfigResourcesOptions())
                        .all());
        assertThat(resources).contains(topic);
    }

    private ConfigResource topic(Map<String, String> configs) {
        return new ConfigResource(ConfigResource.Type.TOPIC, clients.topic("config", 1, configs));
    }

    private Config describe(ConfigResource resource) {
        return Clients.at(
                Clients.await(admin.describeConfigs(
                                List.of(resource),
                                new DescribeConfigsOptions()
                                        .includeSynonyms(true)
                                        .includeDocumentation(true))
                        .all()),
                resource);
    }

    private void alter(ConfigResource resource, AlterConfigOp... operations) {
        Clients.await(admin.incrementalAlterConfigs(Map.of(resource, List.of(operations)))
                .all());
    }

    private static AlterConfigOp op(String key, String value, OpType type) {
        return new AlterConfigOp(new ConfigEntry(key, value), type);
    }
}
