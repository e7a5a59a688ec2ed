package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.CreatePartitionsRequest;
import io.headrace.protocol.message.CreatePartitionsRequest.CreatePartitionsAssignment;
import io.headrace.protocol.message.CreatePartitionsRequest.CreatePartitionsTopic;
import io.headrace.protocol.message.CreatePartitionsResponse;
import io.headrace.protocol.message.CreateTopicsRequest;
import io.headrace.protocol.message.CreateTopicsRequest.CreatableReplicaAssignment;
import io.headrace.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.headrace.protocol.message.CreateTopicsRequest.CreatableTopicConfig;
import io.headrace.protocol.message.CreateTopicsResponse;
import io.headrace.protocol.message.CreateTopicsResponse.CreatableTopicConfigs;
import io.headrace.protocol.message.CreateTopicsResponse.CreatableTopicResult;
import io.headrace.protocol.message.DeleteTopicsRequest;
import io.headrace.protocol.message.DeleteTopicsRequest.DeleteTopicState;
import io.headrace.protocol.message.DeleteTopicsResponse;
import io.headrace.protocol.message.DescribeClusterRequest;
import io.headrace.protocol.message.DescribeClusterResponse;
import io.headrace.protocol.message.DescribeTopicPartitionsRequest;
import io.headrace.protocol.message.DescribeTopicPartitionsRequest.Cursor;
import io.headrace.protocol.message.DescribeTopicPartitionsRequest.TopicRequest;
import io.headrace.protocol.message.DescribeTopicPartitionsResponse;
import io.headrace.protocol.message.MetadataRequest;
import io.headrace.protocol.message.MetadataRequest.MetadataRequestTopic;
import io.headrace.protocol.message.MetadataResponse;
import io.headrace.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.headrace.server.metadata.MemoryMetadataLog;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.metadata.TopicCreation;
import io.headrace.server.security.Authorizer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The error codes are those that a Kafka 4.3.1 answered to the same requests. */
class TopicHandlersTest {
    private static final UUID ZERO = new UUID(0, 0);

    private final MemoryMetadataLog log = MemoryMetadataLog.oneBroker();
    private final Proposals proposals = new Proposals(log);
    private BrokerConfig config = BrokerConfig.of(Map.of("num.partitions", "3"));
    private long ids;
    private final TopicCreation creation = new TopicCreation(() -> config, () -> new UUID(0x4000, ++ids));
    private final CreateTopicsHandler createHandler =
            new CreateTopicsHandler(proposals, creation, () -> config, Authorizer.ALLOW_ALL);
    private final MetadataHandler metadataHandler =
            new MetadataHandler(proposals, creation, () -> config, Authorizer.ALLOW_ALL);

    private static CreatableTopic topic(String name, int partitions, int replicas) {
        return new CreatableTopic().setName(name).setNumPartitions(partitions).setReplicationFactor((short) replicas);
    }

    private static CreatableTopic configured(String name, String key, @Nullable String value) {
        return topic(name, 1, 1)
                .setConfigs(List.of(new CreatableTopicConfig().setName(key).setValue(value)));
    }

    private static CreatableTopic assigned(String name, int partition, Integer... brokers) {
        return topic(name, -1, -1)
                .setAssignments(List.of(new CreatableReplicaAssignment()
                        .setPartitionIndex(partition)
                        .setBrokerIds(Arrays.asList(brokers))));
    }

    private List<CreatableTopicResult> create(int version, boolean validateOnly, CreatableTopic... topics) {
        CreateTopicsRequest request =
                new CreateTopicsRequest().setValidateOnly(validateOnly).setTopics(List.of(topics));
        CreateTopicsResponse response =
                AnsweredRequest.ask(createHandler, version, request, CreateTopicsResponse.class);
        return response.topics();
    }

    private ErrorCode create(CreatableTopic topic) {
        List<CreatableTopicResult> results = create(7, false, topic);
        assertThat(results).hasSize(1);
        return ErrorCode.forCode(results.get(0).errorCode());
    }

    private static List<ErrorCode> errors(Stream<Short> codes) {
        return codes.map(ErrorCode::forCode).toList();
    }

    private TopicImage image(String name) {
        return Objects.requireNonNull(log.image().topic(name));
    }

    @Test
    void createdTopicIsDescribedAndShown() {
        CreatableTopicResult result =
                create(7, false, configured("a", "retention.ms", "77")).get(0);
        assertThat(result.errorCode()).isZero();
        assertThat(result.numPartitions()).isEqualTo(1);
        assertThat(result.replicationFactor()).isEqualTo((short) 1);
        assertThat(result.topicId()).isEqualTo(image("a").id());
        List<CreatableTopicConfigs> configs = Objects.requireNonNull(result.configs());
        assertThat(configs).hasSize(34);
        assertThat(configs.stream().filter(entry -> entry.configSource() == 1))
                .extracting(CreatableTopicConfigs::value)
                .containsExactly("77");
        assertThat(metadata(13, false, "a").get(0).partitions()).hasSize(1);
        assertThat(create(topic("a", 1, 1))).isEqualTo(ErrorCode.TOPIC_ALREADY_EXISTS);
    }

    @Test
    void defaultsAreTheBrokers() {
        for (int version = 2; version <= 7; version++) {
            assertThat(create(version, false, topic("v" + version, -1, -1))
                            .get(0)
                            .errorCode())
                    .isZero();
            assertThat(image("v" + version).partitionCount()).isEqualTo(3);
        }
    }

    @Test
    void kafkasMetadataLogIsNotCreatedAsATopic() {
        assertThat(metadata(13, true, "__cluster_metadata").get(0).errorCode())
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
        assertThat(log.image().topic("__cluster_metadata")).isNull();
    }

    @Test
    void badTopicsAreRefused() {
        assertThat(create(topic("a/b", 1, 1))).isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
        assertThat(create(topic("", 1, 1))).isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
        assertThat(create(topic("c.d", 1, 1))).isEqualTo(ErrorCode.NONE);
        assertThat(create(topic("c_d", 1, 1))).isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
        assertThat(create(topic("p", 0, 1))).isEqualTo(ErrorCode.INVALID_PARTITIONS);
        assertThat(create(topic("p", -5, 1))).isEqualTo(ErrorCode.INVALID_PARTITIONS);
        assertThat(create(topic("p", 1, 0))).isEqualTo(ErrorCode.INVALID_REPLICATION_FACTOR);
        assertThat(create(topic("p", 0, 0))).isEqualTo(ErrorCode.INVALID_REPLICATION_FACTOR);
        assertThat(create(topic("p", 1, -3))).isEqualTo(ErrorCode.INVALID_REPLICATION_FACTOR);
        assertThat(create(topic("p", 1, 2))).isEqualTo(ErrorCode.INVALID_REPLICATION_FACTOR);
        assertThat(create(topic("__cluster_metadata", 1, 1))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(create(configured("p", "nope", "1"))).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(create(configured("p", "retention.ms", "x"))).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(create(configured("p", "retention.ms", null))).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(create(configured("p", "retention.ms", "x").setNumPartitions(0)))
                .isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(log.image().topicCount()).isEqualTo(1);
    }

    @Test
    void assignmentsAreChecked() {
        assertThat(create(assigned("m", 0, 1))).isEqualTo(ErrorCode.NONE);
        assertThat(create(assigned("n", 0, 1).setReplicationFactor((short) 1))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(create(assigned("n", 0, 1).setNumPartitions(1))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(create(assigned("n", 0, 9))).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(create(assigned("n", 1, 1))).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(create(assigned("n", 0, 1, 1))).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(create(assigned("n", 0))).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
    }

    @Test
    void eachTopicHasOneResult() {
        List<CreatableTopicResult> results =
                create(7, false, topic("p", 1, 1), topic("p", 1, 1), topic("q", 1, 1), topic("r", 0, 1));
        assertThat(results).extracting(CreatableTopicResult::name).containsExactlyInAnyOrder("p", "q", "r");
        assertThat(log.image().topic("p")).isNull();
        assertThat(log.image().topic("q")).isNotNull();
        assertThat(errors(results.stream()
                        .filter(result -> !result.name().equals("q"))
                        .map(CreatableTopicResult::errorCode)))
                .containsExactlyInAnyOrder(ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_PARTITIONS);
    }

    @Test
    void tooManyPartitionsInOneRequestCreateNothing() {
        List<CreatableTopicResult> results = create(7, false, topic("p", 6000, 1), topic("q", 6000, 1));
        assertThat(errors(results.stream().map(CreatableTopicResult::errorCode)))
                .containsExactly(ErrorCode.POLICY_VIOLATION, ErrorCode.POLICY_VIOLATION);
        assertThat(log.image().topicCount()).isZero();
    }

    @Test
    void validationAloneCreatesNothing() {
        assertThat(create(7, true, topic("p", 1, 1)).get(0).errorCode()).isZero();
        assertThat(create(7, true, topic("p", 0, 1)).get(0).errorCode()).isEqualTo(ErrorCode.INVALID_PARTITIONS.code());
        assertThat(log.image().topicCount()).isZero();
    }

    private ErrorCode addPartitions(int version, String name, int count, @Nullable List<List<Integer>> assignments) {
        CreatePartitionsTopic topic = new CreatePartitionsTopic().setName(name).setCount(count);
        topic.setAssignments(
                assignments == null
                        ? null
                        : assignments.stream()
                                .map(brokers -> new CreatePartitionsAssignment().setBrokerIds(brokers))
                                .toList());
        CreatePartitionsResponse response = AnsweredRequest.ask(
                new CreatePartitionsHandler(proposals, Authorizer.ALLOW_ALL),
                version,
                new CreatePartitionsRequest().setTopics(List.of(topic)),
                CreatePartitionsResponse.class);
        assertThat(response.results()).hasSize(1);
        return ErrorCode.forCode(response.results().get(0).errorCode());
    }

    @Test
    void partitionsAreAdded() {
        create(topic("a", 2, 1));
        assertThat(addPartitions(3, "a", 2, null)).isEqualTo(ErrorCode.INVALID_PARTITIONS);
        assertThat(addPartitions(3, "a", 1, null)).isEqualTo(ErrorCode.INVALID_PARTITIONS);
        assertThat(addPartitions(3, "a", -1, null)).isEqualTo(ErrorCode.INVALID_PARTITIONS);
        assertThat(addPartitions(3, "nope", 3, null)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(addPartitions(3, "a", 4, List.of(List.of(1)))).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(addPartitions(3, "a", 3, List.of(List.of(7)))).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(addPartitions(3, "a", 3, List.of(List.of()))).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        for (int version = 0; version <= 3; version++) {
            assertThat(addPartitions(version, "a", 3 + version, null)).isEqualTo(ErrorCode.NONE);
            assertThat(metadata(13, false, "a").get(0).partitions()).hasSize(3 + version);
        }
        assertThat(addPartitions(3, "a", 7, List.of(List.of(1)))).isEqualTo(ErrorCode.NONE);
    }

    private List<ErrorCode> delete(int version, DeleteTopicState... topics) {
        DeleteTopicsRequest request = new DeleteTopicsRequest();
        if (version >= 6) {
            request.setTopics(List.of(topics));
        } else {
            request.setTopicNames(Arrays.stream(topics)
                    .map(topic -> String.valueOf(topic.name()))
                    .toList());
        }
        DeleteTopicsResponse response = AnsweredRequest.ask(
                new DeleteTopicsHandler(proposals, () -> config, Authorizer.ALLOW_ALL),
                version,
                request,
                DeleteTopicsResponse.class);
        return errors(response.responses().stream().map(result -> result.errorCode()));
    }

    private static DeleteTopicState named(String name) {
        return new DeleteTopicState().setName(name);
    }

    private static DeleteTopicState withId(UUID id) {
        return new DeleteTopicState().setName(null).setTopicId(id);
    }

    @Test
    void topicsAreDeletedByNameOrId() {
        for (int version = 1; version <= 6; version++) {
            create(topic("a", 1, 1));
            assertThat(delete(version, named("a"))).containsExactly(ErrorCode.NONE);
            assertThat(delete(version, named("a"))).containsExactly(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
            assertThat(metadata(13, false, "a").get(0).errorCode())
                    .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
        }
        create(topic("a", 1, 1));
        UUID id = image("a").id();
        assertThat(delete(6, withId(id))).containsExactly(ErrorCode.NONE);
        assertThat(delete(6, withId(id))).containsExactly(ErrorCode.UNKNOWN_TOPIC_ID);
    }

    @Test
    void badDeletionsAreRefused() {
        create(topic("a", 1, 1));
        create(topic("b", 1, 1));
        assertThat(delete(6, withId(ZERO))).containsExactly(ErrorCode.INVALID_REQUEST);
        assertThat(delete(6, named("a").setTopicId(image("a").id()))).containsExactly(ErrorCode.INVALID_REQUEST);
        assertThat(delete(6, named("a"), named("a"))).containsExactly(ErrorCode.INVALID_REQUEST);
        assertThat(delete(6, named("a"), withId(image("a").id()))).containsExactly(ErrorCode.INVALID_REQUEST);
        assertThat(delete(5, named("none"), named("none"), named("none"))).containsExactly(ErrorCode.INVALID_REQUEST);
        UUID unknown = new UUID(3, 3);
        assertThat(delete(6, withId(unknown), named("none"), withId(unknown)))
                .containsExactly(ErrorCode.INVALID_REQUEST, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        UUID idOfA = image("a").id();
        assertThat(delete(6, withId(idOfA), withId(idOfA), named("a")))
                .containsExactly(ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_REQUEST);
        assertThat(delete(5, named("a"), named("a"), named("b")))
                .containsExactlyInAnyOrder(ErrorCode.INVALID_REQUEST, ErrorCode.NONE);
        assertThat(log.image().topic("a")).isNotNull();
        config = BrokerConfig.of(Map.of("delete.topic.enable", "false"));
        assertThat(delete(6, named("a"))).containsExactly(ErrorCode.TOPIC_DELETION_DISABLED);
        assertThat(delete(2, named("a"))).containsExactly(ErrorCode.INVALID_REQUEST);
    }

    private MetadataResponse ask(int version, boolean autoCreate, @Nullable List<MetadataRequestTopic> topics) {
        MetadataRequest request = new MetadataRequest().setTopics(topics).setAllowAutoTopicCreation(autoCreate);
        return AnsweredRequest.ask(metadataHandler, version, request, MetadataResponse.class);
    }

    private List<MetadataResponseTopic> metadata(int version, boolean autoCreate, String... names) {
        List<MetadataRequestTopic> topics = Arrays.stream(names)
                .map(name -> new MetadataRequestTopic().setName(name))
                .toList();
        return ask(version, autoCreate, topics).topics();
    }

    @Test
    void metadataIsAnsweredInEveryVersion() {
        create(topic("a", 2, 1));
        for (int version = 0; version <= 13; version++) {
            MetadataResponseTopic topic = metadata(version, true, "a").get(0);
            assertThat(topic.errorCode()).isZero();
            assertThat(topic.topicId()).isEqualTo(version >= 10 ? image("a").id() : ZERO);
            assertThat(topic.partitions()).hasSize(2);
            assertThat(topic.partitions().get(0).leaderEpoch()).isEqualTo(version >= 7 ? 0 : -1);
            assertThat(topic.topicAuthorizedOperations()).isEqualTo(Integer.MIN_VALUE);
        }
        MetadataResponse response = ask(13, false, List.of());
        assertThat(response.clusterId()).isEqualTo("cluster");
        assertThat(response.controllerId()).isEqualTo(1);
        assertThat(response.brokers()).hasSize(1);
        assertThat(response.brokers().get(0).port()).isEqualTo(9092);
        assertThat(response.topics()).isEmpty();
        assertThat(ask(13, false, null).topics()).hasSize(1);
        assertThat(ask(0, true, List.of()).topics()).hasSize(1);
    }

    @Test
    void topicsAreCreatedWhenAskedForIfThatIsAllowed() {
        assertThat(metadata(13, false, "a").get(0).errorCode()).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
        assertThat(metadata(13, true, "a").get(0).partitions()).hasSize(3);
        assertThat(metadata(3, true, "b", "b")).hasSize(1);
        assertThat(metadata(13, true, "a/b").get(0).errorCode()).isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION.code());
        MetadataResponseTopic offsets = metadata(13, true, "__consumer_offsets").get(0);
        assertThat(offsets.isInternal()).isTrue();
        assertThat(offsets.partitions()).hasSize(50);
        config = BrokerConfig.of(Map.of("auto.create.topics.enable", "false"));
        assertThat(metadata(13, true, "c").get(0).errorCode()).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
    }

    @Test
    void topicsAreFoundById() {
        create(topic("a", 2, 1));
        MetadataResponseTopic found = ask(
                        13,
                        true,
                        List.of(new MetadataRequestTopic()
                                .setName(null)
                                .setTopicId(image("a").id())))
                .topics()
                .get(0);
        assertThat(found.name()).isEqualTo("a");
        MetadataResponseTopic missing = ask(
                        12,
                        true,
                        List.of(new MetadataRequestTopic().setName(null).setTopicId(new UUID(9, 9))))
                .topics()
                .get(0);
        assertThat(missing.errorCode()).isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID.code());
        assertThat(missing.name()).isNull();
    }

    private DescribeTopicPartitionsResponse page(int limit, @Nullable Cursor cursor, String... names) {
        return page(2000, limit, cursor, names);
    }

    private DescribeTopicPartitionsResponse page(
            int brokersLimit, int limit, @Nullable Cursor cursor, String... names) {
        DescribeTopicPartitionsRequest request = new DescribeTopicPartitionsRequest()
                .setResponsePartitionLimit(limit)
                .setCursor(cursor)
                .setTopics(Arrays.stream(names)
                        .map(name -> new TopicRequest().setName(name))
                        .toList());
        return AnsweredRequest.ask(
                new DescribeTopicPartitionsHandler(proposals, Authorizer.ALLOW_ALL, brokersLimit),
                0,
                request,
                DescribeTopicPartitionsResponse.class);
    }

    @Test
    void partitionsAreDescribedInPages() {
        create(topic("a", 2, 1));
        create(topic("b", 3, 1));
        DescribeTopicPartitionsResponse first = page(1, null);
        assertThat(first.topics()).hasSize(1);
        assertThat(first.topics().get(0).partitions()).hasSize(1);
        assertThat(Objects.requireNonNull(first.nextCursor()).partitionIndex()).isEqualTo(1);
        DescribeTopicPartitionsResponse second =
                page(2, new Cursor().setTopicName("a").setPartitionIndex(1));
        assertThat(second.topics()).extracting(topic -> topic.name()).containsExactly("a", "b");
        assertThat(Objects.requireNonNull(second.nextCursor()).topicName()).isEqualTo("b");
        assertThat(page(2000, new Cursor().setTopicName("b").setPartitionIndex(1))
                        .nextCursor())
                .isNull();
        assertThat(page(5, new Cursor().setTopicName("zz").setPartitionIndex(0)).topics())
                .isEmpty();
        assertThat(page(0, null).topics()).hasSize(1);
        // Kafka tells what may be done with a topic even if there is none.
        assertThat(page(2000, null, "a", "zzz", "x/y").topics())
                .hasSize(3)
                .allMatch(topic -> topic.topicAuthorizedOperations() == 3576);
        assertThat(errors(page(2000, null, "b", "a", "zzz", "a", "x/y").topics().stream()
                        .map(topic -> topic.errorCode())))
                .containsExactly(
                        ErrorCode.NONE,
                        ErrorCode.NONE,
                        ErrorCode.INVALID_TOPIC_EXCEPTION,
                        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void pageIsNotLongerThanTheBrokerAllows() {
        create(topic("a", 5, 1));
        DescribeTopicPartitionsResponse response = page(3, 2000, null);
        assertThat(response.topics().get(0).partitions()).hasSize(3);
        assertThat(Objects.requireNonNull(response.nextCursor()).partitionIndex())
                .isEqualTo(3);
    }

    @Test
    void cursorThatIsNoPlaceIsRefused() {
        create(topic("a", 2, 1));
        create(topic("c", 2, 1));
        Cursor before = new Cursor().setTopicName("a").setPartitionIndex(-1);
        assertThat(errors(page(10, before, "a", "c").topics().stream().map(topic -> topic.errorCode())))
                .containsExactly(ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_REQUEST);
        assertThat(page(10, before).topics()).isEmpty();
        Cursor notAsked = new Cursor().setTopicName("b").setPartitionIndex(0);
        assertThat(errors(page(10, notAsked, "a", "c").topics().stream().map(topic -> topic.errorCode())))
                .containsExactly(ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_REQUEST);
        assertThat(page(10, notAsked).topics())
                .extracting(topic -> topic.name())
                .containsExactly("c");
    }

    @Test
    void oneMetadataRequestCreatesNoMoreTopicsThanOneThatCreatesTopics() {
        String[] names = IntStream.rangeClosed(1, 3334).mapToObj(i -> "t" + i).toArray(String[]::new);
        List<MetadataResponseTopic> topics = metadata(12, true, names);
        assertThat(topics).hasSize(3334);
        assertThat(topics.subList(0, 3333)).allMatch(topic -> topic.errorCode() == 0);
        assertThat(topics.get(3333).errorCode()).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
        assertThat(metadata(12, true, names).get(3333).errorCode()).isZero();
    }

    @Test
    void topicOfTooManyPartitionsIsRefusedToMetadataToo() {
        config = BrokerConfig.of(Map.of("num.partitions", "10001"));
        assertThat(metadata(12, true, "wide").get(0).errorCode()).isEqualTo(ErrorCode.POLICY_VIOLATION.code());
    }

    @Test
    void partitionsAddedByOneRequestAreCountedOverItsTopics() {
        create(topic("a", 1, 1));
        create(topic("b", 1, 1));
        CreatePartitionsRequest request = new CreatePartitionsRequest()
                .setTopics(List.of(
                        new CreatePartitionsTopic().setName("a").setCount(5001).setAssignments(null),
                        new CreatePartitionsTopic()
                                .setName("none")
                                .setCount(9000)
                                .setAssignments(null),
                        new CreatePartitionsTopic().setName("b").setCount(5002).setAssignments(null)));
        assertThat(errorsOf(request))
                .containsExactly(ErrorCode.POLICY_VIOLATION, ErrorCode.POLICY_VIOLATION, ErrorCode.POLICY_VIOLATION);
        assertThat(image("a").partitionCount()).isEqualTo(1);
        request.topics().get(2).setCount(5001);
        assertThat(errorsOf(request))
                .containsExactly(ErrorCode.NONE, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.NONE);
    }

    private List<ErrorCode> errorsOf(CreatePartitionsRequest request) {
        CreatePartitionsResponse response = AnsweredRequest.ask(
                new CreatePartitionsHandler(proposals, Authorizer.ALLOW_ALL),
                3,
                request,
                CreatePartitionsResponse.class);
        return errors(response.results().stream().map(result -> result.errorCode()));
    }

    @Test
    void clusterIsDescribed() {
        DescribeClusterHandler handler = new DescribeClusterHandler(proposals, Authorizer.ALLOW_ALL);
        for (int version = 0; version <= 2; version++) {
            DescribeClusterResponse response = AnsweredRequest.ask(
                    handler,
                    version,
                    new DescribeClusterRequest().setIncludeClusterAuthorizedOperations(true),
                    DescribeClusterResponse.class);
            assertThat(response.clusterId()).isEqualTo("cluster");
            assertThat(response.brokers()).hasSize(1);
            assertThat(response.clusterAuthorizedOperations()).isEqualTo(8096);
        }
        DescribeClusterResponse controllers = AnsweredRequest.ask(
                handler, 1, new DescribeClusterRequest().setEndpointType((byte) 2), DescribeClusterResponse.class);
        assertThat(controllers.errorCode()).isEqualTo(ErrorCode.MISMATCHED_ENDPOINT_TYPE.code());
        DescribeClusterResponse unknown = AnsweredRequest.ask(
                handler, 1, new DescribeClusterRequest().setEndpointType((byte) 7), DescribeClusterResponse.class);
        assertThat(unknown.errorCode()).isEqualTo(ErrorCode.UNSUPPORTED_ENDPOINT_TYPE.code());
    }

    @Test
    void authorizedOperationsAreToldWhenAskedFor() {
        create(topic("a", 1, 1));
        MetadataRequest request = new MetadataRequest()
                .setTopics(List.of(new MetadataRequestTopic().setName("a")))
                .setIncludeTopicAuthorizedOperations(true)
                .setIncludeClusterAuthorizedOperations(true);
        MetadataResponse response = AnsweredRequest.ask(metadataHandler, 8, request, MetadataResponse.class);
        assertThat(response.topics().get(0).topicAuthorizedOperations()).isEqualTo(3576);
        assertThat(response.clusterAuthorizedOperations()).isEqualTo(8096);
    }
}
