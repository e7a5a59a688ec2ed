package io.headrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.network.server.CloseReason;
import io.headrace.network.server.RawClient;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ApiVersionsRequest;
import io.headrace.protocol.message.FindCoordinatorRequest;
import io.headrace.protocol.message.MetadataRequest;
import io.headrace.protocol.message.MetadataRequest.MetadataRequestTopic;
import io.headrace.protocol.message.MetadataResponse;
import io.headrace.protocol.message.ProduceRequest;
import io.headrace.protocol.message.ProduceRequest.PartitionProduceData;
import io.headrace.protocol.message.ProduceRequest.TopicProduceData;
import io.headrace.protocol.message.ProduceResponse;
import io.headrace.protocol.message.ProduceResponse.PartitionProduceResponse;
import io.headrace.protocol.records.Compression;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.protocol.wire.BufferPayload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Produce requests whose batches, targets or producers are wrong: the error codes, and that nothing gets into the log. */
final class BadBatchesTest {
    private static final int LATEST = 12;

    private static RunningBroker broker;
    private static int topics;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        broker = RunningBroker.start(directory, Map.of());
        broker.createTopic("plain", 1, Map.of());
        broker.createTopic("compacted", 1, Map.of("cleanup.policy", "compact"));
        broker.createTopic("small", 1, Map.of("max.message.bytes", "200"));
        var unused = broker.ask(new FindCoordinatorRequest().setKey("g"), 0);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @AfterEach
    void nextClientIsServed() throws IOException {
        assertThat(produce("plain", batch().build(), LATEST)).isEqualTo(ErrorCode.NONE);
        assertThat(broker.errors()).isEmpty();
        assertThat(broker.closed(CloseReason.HANDLER_FAILURE)).isZero();
    }

    @ParameterizedTest
    @ValueSource(shorts = {-2, 2, Short.MAX_VALUE, Short.MIN_VALUE})
    void acksThatAreNone(short acks) throws IOException {
        ProduceRequest request = request("plain", 0, batch().build()).setAcks(acks);
        assertThat(only(request, LATEST).errorCode()).isEqualTo(ErrorCode.INVALID_REQUIRED_ACKS.code());
    }

    @Test
    void errorWithoutAcksClosesTheConnection() throws IOException {
        long before = broker.closed(CloseReason.UNANSWERED_ERROR);
        try (RawClient socket = broker.connect()) {
            ProduceRequest request = request("absent", 0, batch().build()).setAcks((short) 0);
            socket.queue(RawClient.encode(request, LATEST)).flush();
            assertThat(socket.isClosedWithoutAnswer()).isTrue();
        }
        broker.awaitClosed(CloseReason.UNANSWERED_ERROR, before + 1);
    }

    @Test
    void successWithoutAcksIsNotAnswered() throws IOException {
        try (RawClient socket = broker.connect()) {
            ProduceRequest request = request("plain", 0, batch().build()).setAcks((short) 0);
            socket.queue(RawClient.encode(request, LATEST));
            assertThat(socket.ask(new ApiVersionsRequest(), 0)).isNotNull();
        }
    }

    @ParameterizedTest
    @CsvSource({"absent, 0", "plain, 1", "plain, -1", "plain, -2147483648", "plain, 2147483647", "'', 0", "../x, 0"})
    void partitionThatIsNone(String topic, int partition) throws IOException {
        assertThat(only(request(topic, partition, batch().build()), LATEST).errorCode())
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
    }

    @Test
    void topicIdThatIsNone() throws IOException {
        ProduceRequest request = request("", 0, batch().build());
        request.topicData().get(0).setTopicId(new UUID(1, 2));
        assertThat(only(request, 13).errorCode()).isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID.code());
    }

    @Test
    void topicOfTheBrokersOwn() throws IOException {
        assertThat(produce("__consumer_offsets", batch().build(), LATEST)).isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
    }

    @Test
    void noBatch() throws IOException {
        assertThat(produce("plain", ByteBuffer.allocate(0), LATEST)).isEqualTo(ErrorCode.INVALID_RECORD);
        assertThat(produce("plain", null, LATEST)).isEqualTo(ErrorCode.INVALID_RECORD);
    }

    @Test
    void twoBatches() throws IOException {
        ByteBuffer one = batch().build();
        ByteBuffer two = ByteBuffer.allocate(2 * one.remaining())
                .put(one.duplicate())
                .put(one)
                .flip();
        assertThat(produce("plain", two, LATEST)).isEqualTo(ErrorCode.INVALID_RECORD);
    }

    @ParameterizedTest
    @CsvSource({"0, INVALID_RECORD", "1, INVALID_RECORD", "3, CORRUPT_MESSAGE", "-1, CORRUPT_MESSAGE"})
    void magicOtherThanTwo(byte magic, ErrorCode error) throws IOException {
        assertThat(produce("plain", batch().build().put(RecordBatch.MAGIC_POSITION, magic), LATEST))
                .isEqualTo(error);
    }

    @Test
    void zstdInAnOldVersion() throws IOException {
        ByteBuffer batch = batch().compression(Compression.ZSTD).build();
        assertThat(produce("plain", batch, 6)).isEqualTo(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
        assertThat(produce("plain", batch, 7)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void baseOffsetOtherThanZero() throws IOException {
        assertThat(produce("plain", batch().build().putLong(0, 5), LATEST)).isEqualTo(ErrorCode.INVALID_RECORD);
    }

    @Test
    void wrongChecksum() throws IOException {
        ByteBuffer batch = batch().build();
        int last = batch.limit() - 1;
        assertThat(produce("plain", batch.put(last, (byte) (batch.get(last) + 1)), LATEST))
                .isEqualTo(ErrorCode.CORRUPT_MESSAGE);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 13, Integer.MIN_VALUE})
    void sizeBelowAnyBatch(int size) throws IOException {
        assertThat(produce("plain", batch().build().putInt(RecordBatch.LENGTH_POSITION, size), LATEST))
                .isEqualTo(ErrorCode.CORRUPT_MESSAGE);
    }

    @ParameterizedTest
    @ValueSource(ints = {1 << 20, Integer.MAX_VALUE})
    void sizeBeyondTheData(int size) throws IOException {
        assertThat(produce("plain", batch().build().putInt(RecordBatch.LENGTH_POSITION, size), LATEST))
                .isIn(ErrorCode.INVALID_RECORD, ErrorCode.CORRUPT_MESSAGE);
    }

    @Test
    void batchAboveTheTopicsLimit() throws IOException {
        ByteBuffer batch = batch().append(now(), null, new byte[300]).build();
        PartitionProduceResponse refused = only(request("small", 0, batch), LATEST);
        assertThat(refused.errorCode()).isEqualTo(ErrorCode.MESSAGE_TOO_LARGE.code());
        assertThat(refused.errorMessage()).as("as in Kafka").isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 2, 3, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void recordCountThatLies(int count) throws IOException {
        assertThat(produce("plain", checked(batch().build().putInt(57, count)), LATEST))
                .isEqualTo(ErrorCode.INVALID_RECORD);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 5, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void lastOffsetDeltaThatLies(int delta) throws IOException {
        assertThat(produce("plain", checked(batch().build().putInt(23, delta)), LATEST))
                .isEqualTo(ErrorCode.INVALID_RECORD);
    }

    @ParameterizedTest
    @ValueSource(bytes = {-1, 0x7f, 0, 1})
    void recordSizeThatLies(byte size) throws IOException {
        assertThat(produce("plain", checked(batch().build().put(RecordBatch.HEADER_SIZE_BYTES, size)), LATEST))
                .isEqualTo(ErrorCode.INVALID_RECORD);
    }

    @Test
    void controlBatch() throws IOException {
        assertThat(produce("plain", checked(batch().build().putShort(21, (short) 0x20)), LATEST))
                .isEqualTo(ErrorCode.INVALID_RECORD);
    }

    @Test
    void codecThatIsNone() throws IOException {
        assertThat(produce("plain", checked(batch().build().putShort(21, (short) 6)), LATEST))
                .isEqualTo(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
    }

    @ParameterizedTest
    @EnumSource(value = Compression.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void compressedNonsense(Compression codec) throws IOException {
        ByteBuffer batch = batch().append(now(), null, new byte[200]).build();
        assertThat(produce("plain", checked(batch.putShort(21, (short) codec.id())), LATEST))
                .isIn(ErrorCode.CORRUPT_MESSAGE, ErrorCode.INVALID_RECORD);
    }

    @ParameterizedTest
    @EnumSource(
            value = Compression.class,
            names = {"GZIP", "ZSTD"})
    void decompressionBomb(Compression codec) throws IOException {
        RecordBatchBuilder builder = new RecordBatchBuilder().compression(codec);
        byte[] zeros = new byte[8 << 20];
        for (int i = 0; i < 10; i++) {
            builder.append(now(), null, zeros);
        }
        ByteBuffer batch = builder.build();
        assertThat(batch.remaining()).isLessThan(1 << 20);
        assertThat(produce("plain", batch, LATEST)).isEqualTo(ErrorCode.MESSAGE_TOO_LARGE);
    }

    @Test
    void producerWithoutSequence() throws IOException {
        ByteBuffer batch = batch().producer(5, (short) 0, 0).build().putInt(53, -1);
        assertThat(produce("plain", checked(batch), LATEST)).isEqualTo(ErrorCode.INVALID_RECORD);
    }

    @ParameterizedTest
    @ValueSource(ints = {-2, Short.MIN_VALUE})
    void producerEpochBelowNone(int epoch) throws IOException {
        assertThat(produce("plain", from(77, epoch, 0), LATEST)).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
    }

    @ParameterizedTest
    @ValueSource(longs = {-2, Long.MIN_VALUE})
    void producerIdBelowNoneIsNoProducer(long producerId) throws IOException {
        String topic = newTopic();
        assertThat(produce(topic, from(producerId, 0, 5), LATEST)).isEqualTo(ErrorCode.NONE);
        assertThat(produce(topic, from(producerId, 0, 5), LATEST)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void largestProducerIdEpochAndSequence() throws IOException {
        String topic = newTopic();
        long id = Long.MAX_VALUE;
        int epoch = Short.MAX_VALUE;
        assertThat(produce(topic, from(id, epoch, Integer.MAX_VALUE), LATEST))
                .isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(produce(topic, from(id, epoch, 0), LATEST)).isEqualTo(ErrorCode.NONE);
        assertThat(produce(topic, from(id, epoch, Integer.MAX_VALUE), LATEST))
                .isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(produce(topic, from(id, epoch, 1), LATEST)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void timestampFarInTheFuture() throws IOException {
        ByteBuffer batch = new RecordBatchBuilder()
                .append(now(), null, new byte[1])
                .append(now() + 10L * 24 * 3600 * 1000, null, new byte[1])
                .build();
        PartitionProduceResponse result = only(request("plain", 0, batch), LATEST);
        assertThat(result.errorCode()).isEqualTo(ErrorCode.INVALID_TIMESTAMP.code());
        assertThat(result.recordErrors()).singleElement().satisfies(error -> assertThat(error.batchIndex())
                .isEqualTo(1));
    }

    @Test
    void timestampOfTheBrokerSetByAClient() throws IOException {
        assertThat(produce("plain", batch().logAppendTime(now()).build(), LATEST))
                .isEqualTo(ErrorCode.INVALID_TIMESTAMP);
    }

    @Test
    void nullKeyOnACompactedTopic() throws IOException {
        ByteBuffer batch = new RecordBatchBuilder()
                .append(now(), new byte[1], new byte[1])
                .append(now(), null, new byte[1])
                .build();
        PartitionProduceResponse result = only(request("compacted", 0, batch), LATEST);
        assertThat(result.errorCode()).isEqualTo(ErrorCode.INVALID_RECORD.code());
        assertThat(result.recordErrors()).singleElement().satisfies(error -> assertThat(error.batchIndex())
                .isEqualTo(1));
    }

    @Test
    void olderProducerEpoch() throws IOException {
        String topic = newTopic();
        assertThat(produce(topic, from(9, 3, 0), LATEST)).isEqualTo(ErrorCode.NONE);
        assertThat(produce(topic, from(9, 2, 1), LATEST)).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
    }

    @Test
    void newProducerEpochThatDoesNotStartAtZero() throws IOException {
        String topic = newTopic();
        assertThat(produce(topic, from(9, 3, 0), LATEST)).isEqualTo(ErrorCode.NONE);
        assertThat(produce(topic, from(9, 4, 1), LATEST)).isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }

    @Test
    void gapInTheSequence() throws IOException {
        String topic = newTopic();
        assertThat(produce(topic, from(9, 0, 0), LATEST)).isEqualTo(ErrorCode.NONE);
        PartitionProduceResponse refused = only(request(topic, 0, from(9, 0, 2)), LATEST);
        assertThat(refused.errorCode()).isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER.code());
        assertThat(refused.baseOffset()).isEqualTo(-1);
        assertThat(refused.logStartOffset()).isZero();
    }

    @Test
    void repeatedBatchIsAnsweredWithItsOldOffset() throws IOException {
        String topic = newTopic();
        ByteBuffer batch = from(9, 0, 0);
        PartitionProduceResponse first = only(request(topic, 0, batch), LATEST);
        assertThat(first.logAppendTimeMs()).isEqualTo(-1);
        assertThat(produce(topic, from(9, 0, 1), LATEST)).isEqualTo(ErrorCode.NONE);
        PartitionProduceResponse again = only(request(topic, 0, batch), LATEST);
        assertThat(again.errorCode()).isZero();
        assertThat(again.baseOffset()).isEqualTo(first.baseOffset());
        assertThat(again.logAppendTimeMs())
                .isEqualTo(RecordBatch.at(batch, batch.position()).maxTimestamp());
    }

    @Test
    void transactionWithoutATransactionalId() throws IOException {
        ByteBuffer batch = batch().producer(9, (short) 0, 0).transactional(true).build();
        assertThat(produce("plain", batch, LATEST)).isEqualTo(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 5, 8, 10, 12})
    void refusalsCanBeReadInEveryVersion(int version) throws IOException {
        ByteBuffer batch =
                new RecordBatchBuilder().append(now(), null, new byte[1]).build();
        assertThat(produce("compacted", batch, version)).isEqualTo(ErrorCode.INVALID_RECORD);
        assertThat(produce("absent", batch, version)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }

    private static String newTopic() throws IOException {
        String name = "new-" + topics++;
        broker.createTopic(name, 1, Map.of());
        MetadataResponse known = (MetadataResponse)
                broker.ask(new MetadataRequest().setTopics(List.of(new MetadataRequestTopic().setName(name))), 12);
        assertThat(known.topics().get(0).errorCode()).isZero();
        return name;
    }

    private static long now() {
        return System.currentTimeMillis();
    }

    private static RecordBatchBuilder batch() {
        return new RecordBatchBuilder().append(now(), new byte[] {1}, new byte[] {2, 3});
    }

    private static ByteBuffer from(long producerId, int epoch, int sequence) {
        return batch().producer(producerId, (short) epoch, sequence).build();
    }

    private static ByteBuffer checked(ByteBuffer batch) {
        return batch.putInt(17, (int) RecordBatch.at(batch, 0).computeCrc());
    }

    private static ErrorCode produce(String topic, @Nullable ByteBuffer batch, int version) throws IOException {
        return ErrorCode.forCode(only(request(topic, 0, batch), version).errorCode());
    }

    private static ProduceRequest request(String topic, int partition, @Nullable ByteBuffer batch) {
        return new ProduceRequest()
                .setAcks((short) -1)
                .setTimeoutMs(10_000)
                .setTopicData(List.of(new TopicProduceData()
                        .setName(topic)
                        .setPartitionData(List.of(new PartitionProduceData()
                                .setIndex(partition)
                                .setRecords(batch == null ? null : new BufferPayload(batch.duplicate()))))));
    }

    private static PartitionProduceResponse only(ProduceRequest request, int version) throws IOException {
        ProduceResponse answer = (ProduceResponse) broker.ask(request, version);
        assertThat(answer.responses()).hasSize(1);
        assertThat(answer.responses().get(0).partitionResponses()).hasSize(1);
        return answer.responses().get(0).partitionResponses().get(0);
    }
}
