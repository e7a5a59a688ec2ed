package io.headrace.core.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.metadata.BrokerRegistration.Endpoint;
import io.headrace.core.metadata.MetadataImage.Applied;
import io.headrace.protocol.ErrorCode;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataImageTest {
    private static final List<Endpoint> ENDPOINTS = List.of(new Endpoint("PLAINTEXT", "host", 9092, (short) 0));

    private MetadataImage image = withBrokers(1);

    static MetadataImage withBrokers(int count) {
        MetadataImage image =
                MetadataImage.EMPTY.apply(new InitializeCluster("cluster")).image();
        for (int id = 1; id <= count; id++) {
            String rack = "rack" + id % 2;
            image = image.apply(new RegisterBroker(id, new UUID(1, id), ENDPOINTS, rack, false))
                    .image();
        }
        return image;
    }

    private CommandResult apply(MetadataCommand command) {
        Applied applied = image.apply(command);
        assertThat(applied.image().index()).isEqualTo(image.index() + 1);
        image = applied.image();
        return applied.result();
    }

    private ErrorCode errorOf(MetadataCommand command) {
        return apply(command).error();
    }

    private @Nullable String messageOf(MetadataCommand command) {
        return apply(command).message();
    }

    private static CreateTopic create(String name) {
        return CreateTopic.of(name, new UUID(7, name.hashCode()), 2, 1);
    }

    private static CreateTopic assigned(String name, List<List<Integer>> assignments) {
        return new CreateTopic(name, new UUID(7, name.hashCode()), -1, -1, assignments, Map.of());
    }

    private static CreateTopic configured(String name, String key, String value) {
        return new CreateTopic(name, new UUID(7, name.hashCode()), 1, 1, List.of(), Map.of(key, value));
    }

    private TopicImage topic(String name) {
        return Objects.requireNonNull(image.topic(name));
    }

    private CommandResult alter(ConfigResource resource, ConfigChange... changes) {
        return apply(new AlterConfigs(resource, false, List.of(changes)));
    }

    @Test
    void createdTopicIsFoundByNameAndId() {
        assertThat(errorOf(create("orders"))).isEqualTo(ErrorCode.NONE);
        TopicImage topic = topic("orders");
        assertThat(image.topic(topic.id())).isSameAs(topic);
        assertThat(topic.partitions()).hasSize(2);
        assertThat(image.partition("orders", 1)).isEqualTo(new PartitionImage(1, 0, 0, List.of(1), List.of(1)));
        assertThat(image.partition("orders", 2)).isNull();
        assertThat(image.partitionCount()).isEqualTo(2);
    }

    @Test
    void namesAreChecked() {
        assertThat(errorOf(create(""))).isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
        assertThat(errorOf(create(".."))).isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
        assertThat(errorOf(create("a/b"))).isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
        assertThat(errorOf(create("t\u00f6pic"))).isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
        assertThat(errorOf(create("x".repeat(250)))).isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
        assertThat(errorOf(create("x".repeat(249)))).isEqualTo(ErrorCode.NONE);
        assertThat(errorOf(create("x".repeat(249)))).isEqualTo(ErrorCode.TOPIC_ALREADY_EXISTS);
    }

    @Test
    void dotAndUnderscoreCollide() {
        assertThat(errorOf(create("a.b"))).isEqualTo(ErrorCode.NONE);
        assertThat(errorOf(create("a_b"))).isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
        assertThat(errorOf(create("a.b"))).isEqualTo(ErrorCode.TOPIC_ALREADY_EXISTS);
        assertThat(errorOf(new DeleteTopic(topic("a.b").id()))).isEqualTo(ErrorCode.NONE);
        assertThat(errorOf(create("a_b"))).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void countsAreChecked() {
        UUID id = new UUID(3, 3);
        assertThat(errorOf(CreateTopic.of("a", id, 0, 1))).isEqualTo(ErrorCode.INVALID_PARTITIONS);
        assertThat(errorOf(CreateTopic.of("a", id, 0, 0))).isEqualTo(ErrorCode.INVALID_REPLICATION_FACTOR);
        assertThat(errorOf(CreateTopic.of("a", id, 1, -3))).isEqualTo(ErrorCode.INVALID_REPLICATION_FACTOR);
        assertThat(errorOf(CreateTopic.of("a", id, 1, 2))).isEqualTo(ErrorCode.INVALID_REPLICATION_FACTOR);
        assertThat(errorOf(CreateTopic.of("a", id, 10_001, 1))).isEqualTo(ErrorCode.POLICY_VIOLATION);
        assertThat(image.topicCount()).isZero();
    }

    @Test
    void clusterHoldsALimitedNumberOfReplicas() {
        for (int index = 0; index < 20; index++) {
            assertThat(errorOf(CreateTopic.of("t" + index, new UUID(3, index), 10_000, 1)))
                    .isEqualTo(ErrorCode.NONE);
        }
        assertThat(errorOf(CreateTopic.of("last", new UUID(3, 99), 1, 1))).isEqualTo(ErrorCode.POLICY_VIOLATION);
        assertThat(errorOf(new CreatePartitions("t0", 10_001, null))).isEqualTo(ErrorCode.POLICY_VIOLATION);
        assertThat(errorOf(new DeleteTopic(topic("t0").id()))).isEqualTo(ErrorCode.NONE);
        assertThat(errorOf(CreateTopic.of("last", new UUID(3, 99), 1, 1))).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void assignmentsAreChecked() {
        image = withBrokers(2);
        assertThat(errorOf(assigned("a", List.of(List.of(2, 1), List.of(1, 2)))))
                .isEqualTo(ErrorCode.NONE);
        assertThat(topic("a").partitions().get(0).leader()).isEqualTo(2);
        assertThat(errorOf(assigned("b", List.of(List.of(9))))).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(errorOf(assigned("b", List.of(List.of(1, 1))))).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(errorOf(assigned("b", List.of(List.of())))).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(errorOf(assigned("b", List.of(List.of(1), List.of(1, 2)))))
                .isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
    }

    @Test
    void replicasAreSpreadOverBrokersAndRacks() {
        image = withBrokers(4);
        apply(CreateTopic.of("a", new UUID(3, 3), 8, 2));
        Map<Integer, Integer> replicas = new HashMap<>();
        for (PartitionImage partition : topic("a").partitions()) {
            assertThat(partition.replicas().get(0) % 2)
                    .isNotEqualTo(partition.replicas().get(1) % 2);
            assertThat(partition.leader()).isEqualTo(partition.replicas().get(0));
            partition.replicas().forEach(id -> replicas.merge(id, 1, Integer::sum));
        }
        assertThat(replicas).isEqualTo(Map.of(1, 4, 2, 4, 3, 4, 4, 4));
    }

    @Test
    void topicConfigsAreCheckedAtCreation() {
        assertThat(errorOf(configured("a", "nope", "1"))).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(errorOf(configured("a", "retention.ms", "x"))).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(errorOf(configured("a", "remote.storage.enable", "true"))).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(errorOf(configured("a", "retention.ms", "-1"))).isEqualTo(ErrorCode.NONE);
        assertThat(topic("a").configs()).isEqualTo(Map.of("retention.ms", "-1"));
    }

    @Test
    void noMoreIsSetForATopicThanThereIsRoomFor() {
        String key = "leader.replication.throttled.replicas";
        String longest = "1:1" + ",1:1".repeat((64 * 1024 - 3) / 4);
        assertThat(errorOf(configured("a", key, longest))).isEqualTo(ErrorCode.NONE);
        CreateTopic tooLong = configured("b", key, longest + ",1:1");
        assertThat(errorOf(tooLong)).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(image.applyAccepted(tooLong).result().isOk())
                .as("what an earlier version took")
                .isTrue();
        ConfigResource topic = ConfigResource.topic("a");
        assertThat(alter(topic, ConfigChange.set(key, longest + ",1:1")).error())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        Map<String, String> many = IntStream.rangeClosed(0, 1_000)
                .boxed()
                .collect(Collectors.toMap(number -> "key." + number, number -> "v"));
        assertThat(messageOf(new CreateTopic("c", new UUID(7, 7), 1, 1, List.of(), many)))
                .contains("At most 1000 keys");
        List<ConfigChange> changes = many.entrySet().stream()
                .map(entry -> ConfigChange.set(entry.getKey(), entry.getValue()))
                .toList();
        assertThat(messageOf(new AlterConfigs(topic, false, changes))).contains("At most 1000 keys");
    }

    @Test
    void partitionsAreAdded() {
        apply(create("a"));
        assertThat(errorOf(new CreatePartitions("a", 5, null))).isEqualTo(ErrorCode.NONE);
        assertThat(topic("a").partitionCount()).isEqualTo(5);
        assertThat(image.partitionCount()).isEqualTo(5);
        assertThat(errorOf(new CreatePartitions("a", 5, null))).isEqualTo(ErrorCode.INVALID_PARTITIONS);
        assertThat(errorOf(new CreatePartitions("a", 4, null))).isEqualTo(ErrorCode.INVALID_PARTITIONS);
        assertThat(messageOf(new CreatePartitions("a", 5, null))).isEqualTo("Topic already has 5 partition(s).");
        assertThat(messageOf(new CreatePartitions("a", -22, null)))
                .isEqualTo("The topic a currently has 5 partition(s); -22 would not be an increase.");
        assertThat(messageOf(new CreatePartitions("a", 7, List.of(List.of(1)))))
                .isEqualTo("Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified.");
        assertThat(messageOf(new CreatePartitions("a", 6, List.of(List.of(5)))))
                .isEqualTo("The manual partition assignment includes broker 5, but no such broker is registered.");
        assertThat(errorOf(new CreatePartitions("b", 4, null))).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(errorOf(new CreatePartitions("a", 7, List.of(List.of(1)))))
                .isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(errorOf(new CreatePartitions("a", 6, List.of(List.of(5)))))
                .isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(errorOf(new CreatePartitions("a", 6, List.of(List.of(1))))).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void topicIsDeletedOnce() {
        apply(create("a"));
        UUID id = topic("a").id();
        assertThat(errorOf(new DeleteTopic(id))).isEqualTo(ErrorCode.NONE);
        assertThat(errorOf(new DeleteTopic(id))).isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
        assertThat(image.topic("a")).isNull();
        assertThat(image.topic(id)).isNull();
        assertThat(image.partitionCount()).isZero();
    }

    @Test
    void topicConfigsAreAltered() {
        apply(create("a"));
        ConfigResource resource = ConfigResource.topic("a");
        assertThat(alter(resource, ConfigChange.set("retention.ms", "5")).isOk())
                .isTrue();
        assertThat(alter(resource, list("cleanup.policy", ConfigChange.Operation.APPEND, "compact", "delete"))
                        .isOk())
                .isTrue();
        assertThat(topic("a").configs()).isEqualTo(Map.of("retention.ms", "5", "cleanup.policy", "delete,compact"));
        assertThat(alter(resource, list("cleanup.policy", ConfigChange.Operation.APPEND, "compact", "delete"))
                        .isOk())
                .isTrue();
        assertThat(alter(resource, list("cleanup.policy", ConfigChange.Operation.SUBTRACT, "delete", null))
                        .isOk())
                .isTrue();
        assertThat(topic("a").configs().get("cleanup.policy")).isEqualTo("compact");
        assertThat(alter(resource, ConfigChange.delete("retention.ms"), ConfigChange.delete("nope"))
                        .isOk())
                .isTrue();
        assertThat(topic("a").configs()).isEqualTo(Map.of("cleanup.policy", "compact"));
        apply(new AlterConfigs(resource, true, List.of(ConfigChange.set("retention.ms", "6"))));
        assertThat(topic("a").configs()).isEqualTo(Map.of("retention.ms", "6"));
    }

    @Test
    void badChangesOfTopicConfigsChangeNothing() {
        apply(create("a"));
        ConfigResource resource = ConfigResource.topic("a");
        ConfigChange good = ConfigChange.set("retention.ms", "5");
        assertThat(alter(resource, good, ConfigChange.set("nope", "5")).error()).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(alter(resource, good, ConfigChange.set("segment.ms", "0")).error())
                .isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(alter(resource, good, ConfigChange.set("segment.ms", null)).error())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(resource, list("retention.ms", ConfigChange.Operation.APPEND, "5", null))
                        .error())
                .isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(alter(ConfigResource.topic("zzz"), good).error()).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(alter(ConfigResource.topic("a/b"), good).error()).isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
        assertThat(alter(ConfigResource.topic(""), good).error()).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(topic("a").configs()).isEmpty();
    }

    @Test
    void brokerConfigsAreAlteredWhereTheyMayBe() {
        ConfigResource all = ConfigResource.ALL_BROKERS;
        ConfigResource one = ConfigResource.broker(1);
        assertThat(alter(all, ConfigChange.set("log.retention.ms", "5")).isOk()).isTrue();
        assertThat(alter(one, ConfigChange.set("log.retention.ms", "6")).isOk()).isTrue();
        assertThat(image.configs(all)).isEqualTo(Map.of("log.retention.ms", "5"));
        assertThat(image.configs(one)).isEqualTo(Map.of("log.retention.ms", "6"));
        assertThat(alter(one, ConfigChange.set("num.partitions", "6")).error()).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(one, ConfigChange.set("log.retention.ms", "x")).error())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(all, ConfigChange.set("cordoned.log.dirs", "x")).error())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(one, ConfigChange.set("ssl.keystore.type", "JKS")).error())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(one, ConfigChange.set("listener.name.x.sasl.jaas.config", "y"))
                        .error())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(new ConfigResource(ConfigResource.Type.BROKER, "x")).error())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(one, ConfigChange.delete("log.retention.ms")).isOk()).isTrue();
        assertThat(image.configuredResources()).containsExactly(all);
    }

    @Test
    void groupsAndSubscriptionsAreConfigured() {
        ConfigResource group = ConfigResource.group("g");
        assertThat(alter(group, ConfigChange.set("share.auto.offset.reset", "by_duration:PT1H"))
                        .isOk())
                .isTrue();
        assertThat(alter(group, ConfigChange.set("share.auto.offset.reset", "soon"))
                        .error())
                .isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(alter(group, ConfigChange.set("nope", "1")).error()).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(alter(ConfigResource.group(""), ConfigChange.delete("x")).error())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        ConfigResource metrics = new ConfigResource(ConfigResource.Type.CLIENT_METRICS, "m");
        assertThat(alter(metrics, ConfigChange.set("interval.ms", "1000")).isOk())
                .isTrue();
        assertThat(alter(metrics, ConfigChange.set("interval.ms", "1")).error()).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(metrics, ConfigChange.set("nope", "1")).error()).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(alter(metrics, ConfigChange.set("match", "client_id=a.*")).isOk())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"zz=1", "client_id=[", "client_id=a=b", "client_id==", "client_id", "client_id=a,x=b"})
    void clientsAreSelectedByRegularExpressions(String match) {
        ConfigResource metrics = new ConfigResource(ConfigResource.Type.CLIENT_METRICS, "m");
        assertThat(alter(metrics, ConfigChange.set("match", "client_id = [a-c]+, client_source_port=9092=="))
                        .isOk())
                .isTrue();
        ConfigChange wrong = ConfigChange.set("match", match);
        assertThat(alter(metrics, wrong).error()).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(image.applyAccepted(new AlterConfigs(metrics, false, List.of(wrong)))
                        .result()
                        .isOk())
                .as("what an earlier version took")
                .isTrue();
    }

    @Test
    void producerIdsAreNeverGivenTwice() {
        assertThat(apply(new AllocateProducerIds(1)).value()).isEqualTo(0);
        assertThat(apply(new AllocateProducerIds(1)).value()).isEqualTo(1000);
        assertThat(errorOf(new AllocateProducerIds(5))).isEqualTo(ErrorCode.BROKER_ID_NOT_REGISTERED);
        assertThat(image.nextProducerId()).isEqualTo(2000);
    }

    @Test
    void brokerRegistersAgainWithALargerEpoch() {
        long first = apply(new RegisterBroker(2, new UUID(1, 1), ENDPOINTS, null, false))
                .value();
        assertThat(apply(new RegisterBroker(2, new UUID(1, 1), ENDPOINTS, null, false))
                        .value())
                .isEqualTo(first);
        assertThat(apply(new RegisterBroker(2, new UUID(2, 2), ENDPOINTS, null, false))
                        .value())
                .isGreaterThan(first);
        assertThat(errorOf(new UnregisterBroker(2))).isEqualTo(ErrorCode.NONE);
        assertThat(errorOf(new UnregisterBroker(2))).isEqualTo(ErrorCode.BROKER_ID_NOT_REGISTERED);
    }

    @Test
    void clusterGetsItsIdOnce() {
        assertThat(errorOf(new InitializeCluster("other"))).isEqualTo(ErrorCode.INCONSISTENT_CLUSTER_ID);
        assertThat(image.clusterId()).isEqualTo("cluster");
    }

    @Test
    void tenThousandTopicsAreCreatedOneByOneInWellUnderASecond() {
        ThreadMXBean clock = ManagementFactory.getThreadMXBean();
        long start = clock.getCurrentThreadCpuTime();
        List<MetadataImage> kept = new ArrayList<>();
        for (int index = 0; index < 10_000; index++) {
            image = image.apply(CreateTopic.of("topic-" + index, new UUID(index, 0), 1, 1))
                    .image();
            kept.add(image);
        }
        long elapsedMs = (clock.getCurrentThreadCpuTime() - start) / 1_000_000;
        assertThat(image.partitionCount()).isEqualTo(10_000);
        assertThat(kept.get(4_999).topicCount()).isEqualTo(5_000);
        // Far less in truth, but the machine may be busy; a copy of all topics for each would take minutes.
        assertThat(elapsedMs).isLessThan(1_000);
    }

    private static ConfigChange list(
            String key, ConfigChange.Operation operation, String value, @Nullable String inherited) {
        return new ConfigChange(key, operation, value, inherited);
    }
}
