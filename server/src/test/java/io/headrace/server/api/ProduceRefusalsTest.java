package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.config.TopicConfig;
import io.headrace.core.metadata.BrokerRegistration.Endpoint;
import io.headrace.core.metadata.CreateTopic;
import io.headrace.core.metadata.MetadataCodec;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.RegisterBroker;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ProduceRequest;
import io.headrace.protocol.message.ProduceRequest.PartitionProduceData;
import io.headrace.protocol.message.ProduceRequest.TopicProduceData;
import io.headrace.protocol.message.ProduceResponse;
import io.headrace.protocol.message.ProduceResponse.PartitionProduceResponse;
import io.headrace.protocol.records.Compression;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.protocol.wire.WireReader;
import io.headrace.protocol.wire.WireWriter;
import io.headrace.server.partition.Partitions;
import io.headrace.server.security.Authorizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which error a Produce request is refused with where several would do, and what its size is compared with. */
class ProduceRefusalsTest {
    private static final int BY_NAME = 12;
    private static final int BY_ID = 13;
    private static final UUID ZERO_ID = new UUID(0, 0);

    private final BrokerLogs logs = new BrokerLogs();
    private final List<String> asked = new ArrayList<>();
    private final FakeTransaction coordinator = new FakeTransaction();
    private boolean allows = true;
    private @Nullable String transactionalId;
    private Partitions partitions = logs.partitions();

    ProduceRefusalsTest() throws IOException {
        logs.createTopic("plain", 1);
        logs.createTopic("__consumer_offsets", 1);
    }

    private ErrorCode produce(int version, TopicProduceData topic, int acks) {
        return ErrorCode.forCode(results(version, acks, topic).get(0).errorCode());
    }

    private List<PartitionProduceResponse> results(int version, int acks, TopicProduceData... topics) {
        Authorizer authorizer = (principal, host, operation, type, name) -> {
            asked.add(name);
            return allows;
        };
        ProduceHandler handler = new ProduceHandler(
                partitions,
                authorizer,
                Clock.fixed(Instant.ofEpochMilli(BrokerLogs.NOW_MS), ZoneOffset.UTC),
                new ProduceVerification.Verifying(
                        coordinator, logs.store().writer(), () -> 0, () -> BrokerConfig.DEFAULT.transactions()));
        ProduceRequest request = new ProduceRequest()
                .setTransactionalId(transactionalId)
                .setAcks((short) acks)
                .setTimeoutMs(1_000)
                .setTopicData(List.of(topics));
        CompletableFuture<ProduceResponse> answer =
                AnsweredRequest.send(handler, version, request, ProduceResponse.class);
        logs.run();
        coordinator.decideOne();
        coordinator.deliverOne();
        logs.run();
        assertThat(answer).as("the answer").isDone();
        assertThat(answer.join().responses()).hasSize(1);
        return answer.join().responses().get(0).partitionResponses();
    }

    private static TopicProduceData data(int partition, ByteBuffer batch) {
        return new TopicProduceData()
                .setPartitionData(
                        List.of(new PartitionProduceData().setIndex(partition).setRecords(new BufferPayload(batch))));
    }

    private static TopicProduceData to(String topic, ByteBuffer batch) {
        return data(0, batch).setName(topic);
    }

    private static ByteBuffer batch(Compression compression, int valueBytes) {
        return new RecordBatchBuilder()
                .compression(compression)
                .append(BrokerLogs.NOW_MS, null, new byte[valueBytes])
                .build();
    }

    private static ByteBuffer sound() {
        return batch(Compression.NONE, 10);
    }

    /** A message of the format that Kafka had before record batches. */
    private static ByteBuffer oldFormat() {
        ByteBuffer batch = sound();
        batch.put(16, (byte) 1);
        return batch;
    }

    @Test
    void batchThatGrewAboveTheLimitWhenItWasStoredInAnotherWay() {
        logs.createTopic("small", 1, Map.of("compression.type", "uncompressed", "max.message.bytes", "5000"));
        assertThat(produce(BY_NAME, to("small", batch(Compression.GZIP, 4_000)), -1))
                .isEqualTo(ErrorCode.NONE);
        assertThat(produce(BY_NAME, to("small", batch(Compression.GZIP, 10_000)), -1))
                .isEqualTo(ErrorCode.MESSAGE_TOO_LARGE);
        assertThat(logs.view("small", 0).logEndOffset()).isEqualTo(1);
    }

    @Test
    void partitionNamedTwiceGetsItsLastBatchAndOneAnswer() throws IOException {
        List<PartitionProduceResponse> results = results(
                BY_NAME, -1, to("plain", batch(Compression.NONE, 10)), to("plain", batch(Compression.NONE, 900)));
        assertThat(results).extracting(PartitionProduceResponse::baseOffset).containsExactly(0L);
        assertThat(logs.view("plain", 0).logEndOffset()).isEqualTo(1);
        assertThat(logs.view("plain", 0).sizeBytes()).isGreaterThan(900);
    }

    private static ByteBuffer transactional(long producerId) {
        return new RecordBatchBuilder()
                .producer(producerId, (short) 0, 0)
                .transactional(true)
                .append(BrokerLogs.NOW_MS, null, new byte[10])
                .build();
    }

    @Test
    void ofAPartitionNamedTwiceOnlyTheLastBatchSaysWhoseTransactionItIs() {
        TopicProduceData first = to("plain", transactional(1));
        assertThat(produce(BY_NAME, first, -1)).isEqualTo(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        assertThat(results(BY_NAME, -1, first, to("plain", sound())).get(0).errorCode())
                .as("without the right to write in a transaction none is named")
                .isEqualTo(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED.code());
        transactionalId = "payments";
        PartitionProduceResponse result =
                results(BY_NAME, -1, first, to("plain", transactional(2))).get(0);
        assertThat(result.errorCode()).isZero();
        assertThat(result.baseOffset()).isZero();
    }

    @Test
    void refusalInTheCheckOfRecordsTellsWhereTheLogStarts() {
        logs.createTopic("compacted", 1, Map.of("cleanup.policy", "compact"));
        assertThat(logs.view("compacted", 0).logStartOffset()).isZero();
        PartitionProduceResponse unkeyed =
                results(BY_NAME, -1, to("compacted", sound())).get(0);
        assertThat(unkeyed.errorCode()).isEqualTo(ErrorCode.INVALID_RECORD.code());
        assertThat(unkeyed.logStartOffset()).isZero();
        PartitionProduceResponse ofOldFormat =
                results(BY_NAME, -1, to("compacted", oldFormat())).get(0);
        assertThat(ofOldFormat.errorCode()).isEqualTo(ErrorCode.INVALID_RECORD.code());
        assertThat(ofOldFormat.logStartOffset()).isEqualTo(-1);
    }

    @Test
    void batchLargerThanASegment() {
        logs.createTopic("segments", 1, Map.of("internal.segment.bytes", "5000"));
        assertThat(produce(BY_NAME, to("segments", batch(Compression.NONE, 4_900)), -1))
                .isEqualTo(ErrorCode.NONE);
        assertThat(produce(BY_NAME, to("segments", batch(Compression.NONE, 5_000)), -1))
                .isEqualTo(ErrorCode.RECORD_LIST_TOO_LARGE);
        assertThat(produce(BY_NAME, to("segments", batch(Compression.GZIP, 5_000)), -1))
                .isEqualTo(ErrorCode.NONE);
    }

    @Test
    void topicIdThatNobodyHasIsUnknownWhoeverAsks() {
        allows = false;
        for (UUID id : List.of(ZERO_ID, new UUID(8, 8))) {
            assertThat(produce(BY_ID, data(0, sound()).setTopicId(id), -1)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
        }
        assertThat(asked).isEmpty();
        assertThat(produce(BY_NAME, to("", sound()), -1)).isEqualTo(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
        assertThat(produce(BY_ID, data(0, sound()).setTopicId(new UUID(7, 1)), -1))
                .isEqualTo(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
        assertThat(asked).containsExactly("", "plain");
    }

    @ParameterizedTest
    @ValueSource(ints = {-2, 2})
    void acksThatAreNoneAreRefusedLast(int acks) {
        assertThat(produce(BY_NAME, to("plain", sound()), acks)).isEqualTo(ErrorCode.INVALID_REQUIRED_ACKS);
        assertThat(produce(BY_NAME, to("__consumer_offsets", sound()), acks))
                .isEqualTo(ErrorCode.INVALID_REQUIRED_ACKS);
        assertThat(produce(BY_NAME, to("plain", oldFormat()), acks)).isEqualTo(ErrorCode.INVALID_RECORD);
        assertThat(produce(BY_NAME, to("absent", sound()), acks)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(produce(BY_NAME, data(1, sound()).setName("plain"), acks))
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(produce(BY_ID, data(0, sound()).setTopicId(new UUID(8, 8)), acks))
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
        allows = false;
        assertThat(produce(BY_NAME, to("plain", sound()), acks)).isEqualTo(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
    }

    @Test
    void tooFewReplicasInSyncForWhoWantsAllOfThem() {
        logs.metadata.apply(
                new CreateTopic("lonely", new UUID(7, 9), 1, 1, List.of(), Map.of("min.insync.replicas", "2")));
        assertThat(produce(BY_NAME, to("lonely", sound()), -1))
                .as("no more than there are can be asked for")
                .isEqualTo(ErrorCode.NONE);

        MetadataImage image = withAFencedBroker()
                .apply(new CreateTopic(
                        "pair", new UUID(7, 8), -1, -1, List.of(List.of(1, 2)), Map.of("min.insync.replicas", "2")))
                .image();
        partitions = new Partitions(1, () -> image, logs.store(), topic -> TopicConfig.of(topic.configs()));
        assertThat(produce(BY_NAME, to("pair", sound()), -1)).isEqualTo(ErrorCode.NOT_ENOUGH_REPLICAS);
        assertThat(produce(BY_NAME, to("pair", oldFormat()), -1)).isEqualTo(ErrorCode.INVALID_RECORD);
        assertThat(produce(BY_NAME, to("pair", sound()), 1)).isEqualTo(ErrorCode.NONE);
        PartitionProduceResponse refused =
                results(BY_NAME, -1, to("pair", sound())).get(0);
        assertThat(refused.errorCode()).isEqualTo(ErrorCode.NOT_ENOUGH_REPLICAS.code());
        assertThat(refused.baseOffset()).isEqualTo(-1);
        assertThat(refused.logStartOffset()).isZero();
    }

    /** Whether the last broker is fenced is the third byte from the end of a snapshot that has nothing behind the brokers. */
    private static MetadataImage withAFencedBroker() {
        MetadataImage image = MetadataImage.EMPTY;
        for (int id = 1; id <= 2; id++) {
            List<Endpoint> endpoints = List.of(new Endpoint("PLAINTEXT", "", 9092, (short) 0));
            image = image.apply(new RegisterBroker(id, new UUID(1, id), endpoints, null, false))
                    .image();
        }
        WireWriter out = new WireWriter();
        MetadataCodec.writeSnapshot(out, image);
        byte[] snapshot = out.toByteArray();
        snapshot[snapshot.length - 3] = 1;
        MetadataImage fenced = MetadataCodec.readSnapshot(new WireReader(ByteBuffer.wrap(snapshot)));
        assertThat(Objects.requireNonNull(fenced.broker(2)).fenced()).isTrue();
        return fenced;
    }

    @ParameterizedTest
    @CsvSource({"0, INVALID_TOPIC_EXCEPTION", "1, UNKNOWN_TOPIC_OR_PARTITION"})
    void internalTopicsAreNotWrittenByClients(int partition, ErrorCode expected) {
        TopicProduceData data = data(partition, sound()).setName("__consumer_offsets");
        assertThat(produce(BY_NAME, data, 1)).isEqualTo(expected);
        assertThat(produce(BY_NAME, to("__consumer_offsets", oldFormat()), 1)).isEqualTo(ErrorCode.INVALID_RECORD);
    }
}
