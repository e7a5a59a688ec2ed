package io.headrace.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.Names;
import io.headrace.systemtests.harness.SharedBroker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.ReplicaInfo;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The Java admin client: topics, partitions, offsets and the cluster. */
@SuppressWarnings("FutureReturnValueIgnored") // A record that was refused is missed when the topic is read.
@ExtendWith(SharedBroker.class)
class AdminIT {
    private final Clients clients;
    private final Broker broker;
    private final Admin admin;

    AdminIT(Broker broker) {
        this.broker = broker;
        this.clients = new Clients(broker);
        this.admin = clients.admin();
    }

    @AfterEach
    void close() {
        admin.close();
    }

    @Test
    void topicsAreCreatedDescribedListedAndDeleted() {
        String name = Names.unique("admin");
        CreateTopicsResult created = admin.createTopics(
                List.of(new NewTopic(name, 3, (short) 1).configs(Map.of("retention.ms", "86400000"))));
        Uuid id = Clients.await(created.topicId(name));
        assertThat(Clients.await(created.numPartitions(name))).isEqualTo(3);
        assertThat(Clients.await(created.replicationFactor(name))).isEqualTo(1);
        assertThat(Clients.await(created.config(name)).get("retention.ms").value())
                .isEqualTo("86400000");
        shows("the topic", () -> Clients.await(admin.listTopics().names()).contains(name));

        TopicDescription byName = description(name);
        assertThat(byName.topicId()).isEqualTo(id);
        assertThat(byName.isInternal()).isFalse();
        assertThat(byName.partitions()).hasSize(3).allSatisfy(partition -> {
            assertThat(partition.leader().port()).isEqualTo(broker.port());
            assertThat(partition.replicas()).hasSize(1);
            assertThat(partition.isr()).hasSize(1);
        });
        TopicCollection ids = TopicCollection.ofTopicIds(List.of(id));
        assertThat(Clients.at(Clients.await(admin.describeTopics(ids).allTopicIds()), id)
                        .name())
                .isEqualTo(name);

        Clients.await(admin.deleteTopics(List.of(name)).all());
        shows("no topic", () -> !Clients.await(admin.listTopics().names()).contains(name));
        assertThatThrownBy(
                        () -> Clients.await(admin.describeTopics(List.of(name)).allTopicNames()))
                .isInstanceOf(UnknownTopicOrPartitionException.class);
        assertThatThrownBy(() -> Clients.await(admin.describeTopics(TopicCollection.ofTopicIds(List.of(id)))
                        .allTopicIds()))
                .isInstanceOf(UnknownTopicIdException.class);
    }

    @Test
    void aTopicIsDeletedByItsIdAndComesBackEmptyWithAnother() throws Exception {
        String name = clients.topic("recreate", 1);
        Uuid first = topicId(name);
        produce(name, 3);
        Clients.await(
                admin.deleteTopics(TopicCollection.ofTopicIds(List.of(first))).all());
        Clients.await(
                admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all());
        shows("another id", () -> !topicId(name).equals(first));
        assertThat(offset(name, OffsetSpec.latest())).isZero();
    }

    @Test
    void wrongTopicsAreRefusedEachForItsReason() {
        String name = clients.topic("exists", 1);
        assertRefused(new NewTopic(name, 1, (short) 1), TopicExistsException.class);
        assertRefused(new NewTopic("a b", 1, (short) 1), InvalidTopicException.class);
        assertRefused(new NewTopic("..", 1, (short) 1), InvalidTopicException.class);
        assertRefused(new NewTopic("x".repeat(250), 1, (short) 1), InvalidTopicException.class);
        assertRefused(new NewTopic(Names.unique("none"), 0, (short) 1), InvalidPartitionsException.class);
        assertRefused(new NewTopic(Names.unique("three"), 1, (short) 3), InvalidReplicationFactorException.class);
        assertRefused(
                new NewTopic(Names.unique("config"), 1, (short) 1).configs(Map.of("retention.ms", "soon")),
                InvalidConfigurationException.class);
        assertRefused(
                new NewTopic(Names.unique("config"), 1, (short) 1).configs(Map.of("no.such.key", "1")),
                InvalidConfigurationException.class);
        assertThatThrownBy(() -> Clients.await(
                        admin.deleteTopics(List.of("no-such-topic")).all()))
                .isInstanceOf(UnknownTopicOrPartitionException.class);
    }

    @Test
    void validateOnlyCreatesNothing() {
        String name = Names.unique("dry");
        Clients.await(admin.createTopics(
                        List.of(new NewTopic(name, 2, (short) 1)), new CreateTopicsOptions().validateOnly(true))
                .all());
        assertThat(Clients.await(admin.listTopics().names())).doesNotContain(name);
    }

    @Test
    void defaultsAreTakenForPartitionsAndReplicas() {
        String name = Names.unique("defaults");
        CreateTopicsResult created =
                admin.createTopics(List.of(new NewTopic(name, Optional.empty(), Optional.empty())));
        assertThat(Clients.await(created.numPartitions(name))).isEqualTo(4);
    }

    @Test
    void replicasCanBeAssignedByHand() {
        int brokerId =
                Clients.await(admin.describeCluster().nodes()).iterator().next().id();
        String name = Names.unique("assigned");
        Clients.await(
                admin.createTopics(List.of(new NewTopic(name, Map.of(0, List.of(brokerId), 1, List.of(brokerId)))))
                        .all());
        shows("two partitions", () -> description(name).partitions().size() == 2);
    }

    @Test
    void partitionsAreAddedButNotTakenAway() throws Exception {
        String name = clients.topic("grow", 2);
        Clients.await(admin.createPartitions(Map.of(name, NewPartitions.increaseTo(5)))
                .all());
        shows("five partitions", () -> description(name).partitions().size() == 5);
        try (Producer<String, String> producer = clients.producer(Map.of())) {
            producer.send(new ProducerRecord<>(name, 4, "k", "v")).get();
        }
        assertThatThrownBy(() -> Clients.await(admin.createPartitions(Map.of(name, NewPartitions.increaseTo(5)))
                        .all()))
                .isInstanceOf(InvalidPartitionsException.class);
        assertThatThrownBy(() -> Clients.await(admin.createPartitions(Map.of(name, NewPartitions.increaseTo(3)))
                        .all()))
                .isInstanceOf(InvalidPartitionsException.class);
    }

    @Test
    void recordsAreDeletedUpToAnOffsetInsideABatch() throws Exception {
        String name = clients.topic("delete-records", 1);
        produce(name, 10);
        TopicPartition partition = new TopicPartition(name, 0);
        var lowWatermarks = admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(4)))
                .lowWatermarks();
        assertThat(Clients.await(Clients.at(lowWatermarks, partition)).lowWatermark())
                .isEqualTo(4);
        assertThat(offset(name, OffsetSpec.earliest())).isEqualTo(4);
        assertThat(offset(name, OffsetSpec.forTimestamp(0))).isEqualTo(4);
        List<ConsumerRecord<String, String>> rest = clients.readAll(name, 1, 6);
        assertThat(Clients.values(rest))
                .isEqualTo(IntStream.range(4, 10).mapToObj(i -> "v" + i).toList());
        assertThatThrownBy(() -> Clients.await(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(11)))
                        .all()))
                .isInstanceOf(OffsetOutOfRangeException.class);
        Clients.await(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1)))
                .all());
        assertThat(offset(name, OffsetSpec.earliest())).isEqualTo(10);
    }

    @Test
    void offsetsAreListedByEverySpecification() throws Exception {
        String name = clients.topic("list-offsets", 1);
        assertThat(offset(name, OffsetSpec.maxTimestamp())).isEqualTo(-1);
        try (Producer<String, String> producer = clients.producer(Map.of("linger.ms", "1000"))) {
            for (long timestamp : List.of(1000L, 3000L, 2000L)) {
                producer.send(new ProducerRecord<>(name, 0, timestamp, "k", "v"));
            }
        }
        assertThat(offset(name, OffsetSpec.earliest())).isZero();
        assertThat(offset(name, OffsetSpec.latest())).isEqualTo(3);
        assertThat(offset(name, OffsetSpec.forTimestamp(1500))).isEqualTo(1);
        assertThat(offset(name, OffsetSpec.forTimestamp(9999))).isEqualTo(-1);
        assertThat(offset(name, OffsetSpec.earliestLocal())).isZero();
        assertThat(offset(name, OffsetSpec.latestTiered())).isEqualTo(-1);
        ListOffsetsResultInfo newest = listOffset(name, OffsetSpec.maxTimestamp());
        assertThat(newest.timestamp()).isEqualTo(3000);
        assertThat(newest.offset()).isEqualTo(1);
        assertThat(newest.leaderEpoch()).isPresent();
    }

    @Test
    void theClusterIsDescribed() {
        DescribeClusterResult cluster = admin.describeCluster();
        assertThat(Clients.await(cluster.clusterId())).isNotBlank();
        assertThat(Clients.await(cluster.nodes())).hasSize(1).allMatch(node -> node.port() == broker.port());
        assertThat(Clients.await(cluster.controller())).isNotNull();
        assertThat(Clients.await(admin.describeFeatures().featureMetadata()).supportedFeatures())
                .isNotNull();
    }

    @Test
    void logDirectoriesShowTheirReplicas() throws Exception {
        String name = clients.topic("log-dirs", 2);
        produce(name, 10);
        int brokerId =
                Clients.await(admin.describeCluster().nodes()).iterator().next().id();
        var directories = Clients.at(
                Clients.await(admin.describeLogDirs(List.of(brokerId)).allDescriptions()), brokerId);
        assertThat(directories).hasSize(1);
        var directory = directories.values().iterator().next();
        assertThat(directory.error()).isNull();
        assertThat(directory.totalBytes()).isPresent();
        assertThat(directory.usableBytes()).isPresent();
        ReplicaInfo replica = Clients.at(directory.replicaInfos(), new TopicPartition(name, 0));
        assertThat(replica.size()).isPositive();
        assertThat(replica.isFuture()).isFalse();
    }

    @Test
    void internalTopicsAreListedOnRequest() throws Exception {
        String name = clients.topic("internal", 1);
        try (var consumer = clients.consumer(Map.of("group.id", Names.unique("internal")))) {
            consumer.subscribe(List.of(name));
            Await.until("the internal topic", Duration.ofSeconds(20), () -> {
                consumer.poll(Duration.ofMillis(50));
                ListTopicsOptions withInternal = new ListTopicsOptions().listInternal(true);
                return Clients.await(admin.listTopics(withInternal).names()).contains("__consumer_offsets");
            });
        }
        Set<String> visible = Clients.await(admin.listTopics().names());
        assertThat(visible).doesNotContain("__consumer_offsets");
    }

    @Test
    void manyTopicsInOneCall() {
        String prefix = Names.unique("many");
        List<NewTopic> topics = IntStream.range(0, 100)
                .mapToObj(i -> new NewTopic(prefix + "-" + i, 2, (short) 1))
                .toList();
        Clients.await(admin.createTopics(topics).all());
        List<String> names = topics.stream().map(NewTopic::name).toList();
        assertThat(Clients.await(admin.describeTopics(names).allTopicNames())).hasSize(100);
        Clients.await(admin.deleteTopics(names).all());
    }

    private void assertRefused(NewTopic topic, Class<? extends Throwable> expected) {
        assertThatThrownBy(
                        () -> Clients.await(admin.createTopics(List.of(topic)).all()))
                .as(topic.name())
                .isInstanceOf(expected);
    }

    /** Headrace shows a change in the first answer after it; Kafka's broker may lag behind its controller. */
    private void shows(String what, Await.Condition condition) {
        Await.until(what, broker.isKafka() ? Duration.ofSeconds(10) : Duration.ZERO, () -> {
            try {
                return condition.holds();
            } catch (UnknownTopicOrPartitionException e) {
                return false;
            }
        });
    }

    private TopicDescription description(String name) {
        return Clients.at(Clients.await(admin.describeTopics(List.of(name)).allTopicNames()), name);
    }

    private Uuid topicId(String name) {
        return description(name).topicId();
    }

    private long offset(String topic, OffsetSpec spec) {
        return listOffset(topic, spec).offset();
    }

    private ListOffsetsResultInfo listOffset(String topic, OffsetSpec spec) {
        TopicPartition partition = new TopicPartition(topic, 0);
        return Clients.await(admin.listOffsets(Map.of(partition, spec)).partitionResult(partition));
    }

    /** One batch of records {@code v0, v1, ...} in partition 0. */
    private void produce(String topic, int count) {
        try (Producer<String, String> producer = clients.producer(Map.of("linger.ms", "1000"))) {
            for (int i = 0; i < count; i++) {
                producer.send(new ProducerRecord<>(topic, 0, "k", "v" + i));
            }
        }
    }
}
