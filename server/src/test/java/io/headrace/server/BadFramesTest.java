package io.headrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.metadata.ConfigResource;
import io.headrace.network.server.CloseReason;
import io.headrace.network.server.RawClient;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.ApiVersionsRequest;
import io.headrace.protocol.message.ApiVersionsResponse;
import io.headrace.protocol.message.DescribeConfigsRequest;
import io.headrace.protocol.message.DescribeConfigsResponse;
import io.headrace.protocol.message.MetadataRequest;
import io.headrace.protocol.message.MetadataResponse;
import io.headrace.protocol.message.RequestHeader;
import io.headrace.protocol.wire.RawTaggedField;
import io.headrace.protocol.wire.WireWriter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong before there is a request: the connection is closed without a word, and the reason is counted. */
final class BadFramesTest {
    private static final int MAX_FRAME_BYTES = 100 << 20;

    private static RunningBroker broker;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        broker = RunningBroker.start(directory, Map.of());
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @AfterEach
    void nextClientIsServed() throws IOException {
        MetadataResponse answer = (MetadataResponse) broker.ask(new MetadataRequest(), 12);
        assertThat(answer.brokers()).hasSize(1);
        assertThat(broker.errors()).isEmpty();
        assertThat(broker.closed(CloseReason.HANDLER_FAILURE)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE})
    void negativeSize(int size) throws IOException {
        assertClosed(CloseReason.NEGATIVE_SIZE, intBytes(size));
    }

    @Test
    void emptyFrame() throws IOException {
        assertClosed(CloseReason.EMPTY_FRAME, intBytes(0));
    }

    @ParameterizedTest
    @ValueSource(ints = {MAX_FRAME_BYTES + 1, Integer.MAX_VALUE})
    void frameAboveTheLimit(int size) throws IOException {
        assertClosed(CloseReason.OVERSIZED, intBytes(size));
    }

    @Test
    void tlsOnAPlaintextPort() throws IOException {
        assertClosed(CloseReason.OVERSIZED, new byte[] {0x16, 3, 1, 0, (byte) 0xf8, 1, 0, 0, (byte) 0xf4, 3, 3});
    }

    @Test
    void httpOnAKafkaPort() throws IOException {
        assertClosed(CloseReason.OVERSIZED, "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, MAX_FRAME_BYTES + 1})
    void answersThatAreDueComeBeforeTheClose(int size) throws IOException {
        try (RawClient socket = broker.connect()) {
            byte[] request = RawClient.encode(new MetadataRequest(), 12);
            socket.queue(request).queue(request).queueRaw(intBytes(size)).flush();
            for (int i = 0; i < 2; i++) {
                var answer = RawClient.decode(socket.read(), ApiKey.METADATA, (short) 12, RawClient.CORRELATION_ID);
                assertThat(((MetadataResponse) answer).brokers()).hasSize(1);
            }
            assertThat(socket.isClosedWithoutAnswer()).isTrue();
        }
    }

    @Test
    void answersThatAreDueComeBeforeAMalformedRequestCloses() throws IOException {
        try (RawClient socket = broker.connect()) {
            byte[] request = RawClient.encode(new MetadataRequest(), 12);
            socket.queue(request).queue(new byte[] {0}).queue(request).flush();
            var answer = RawClient.decode(socket.read(), ApiKey.METADATA, (short) 12, RawClient.CORRELATION_ID);
            assertThat(((MetadataResponse) answer).brokers()).hasSize(1);
            assertThat(socket.isClosedWithoutAnswer()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"ff", "c0 80", "ed a0 80", "f4 90 80 80", "e2 82"})
    void nameThatIsNotUtf8(String hex) throws IOException {
        byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex);
        assertMalformed(ApiKey.HEARTBEAT, 0, writer -> {
            writer.writeShort(bytes.length);
            writer.writeBytes(bytes);
            writer.writeInt(1);
            writer.writeShort(1);
            writer.writeByte('m');
        });
    }

    @Test
    void otherTextThatIsNotUtf8IsReplaced() throws IOException {
        byte[] clientId = RawClient.encode(new MetadataRequest(), 12);
        clientId[10] = (byte) 0xff; // the first byte of "raw"
        assertThat(((MetadataResponse) answer(clientId, ApiKey.METADATA, 12)).brokers())
                .hasSize(1);
        byte[] resource = RawClient.encode(
                new DescribeConfigsRequest()
                        .setResources(List.of(new DescribeConfigsRequest.DescribeConfigsResource()
                                .setResourceType(ConfigResource.Type.TOPIC.code())
                                .setResourceName("X"))),
                1);
        int name = resource.length - 1;
        while (resource[name] != 'X') {
            name--;
        }
        resource[name] = (byte) 0xff;
        var described = ((DescribeConfigsResponse) answer(resource, ApiKey.DESCRIBE_CONFIGS, 1))
                .results()
                .get(0);
        assertThat(described.resourceName()).isEqualTo("\ufffd");
        assertThat(described.errorCode()).isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION.code());
    }

    private static ApiMessage answer(byte[] request, ApiKey api, int version) throws IOException {
        try (RawClient socket = broker.connect()) {
            socket.queue(request).flush();
            return RawClient.decode(socket.read(), api, (short) version, RawClient.CORRELATION_ID);
        }
    }

    @Test
    void frameThatEndsEarly() throws IOException {
        long before = broker.closed(CloseReason.PEER_CLOSED);
        try (RawClient socket = broker.connect()) {
            socket.queueRaw(intBytes(1000)).queueRaw(new byte[10]).flush();
            socket.finish();
            assertThat(socket.isClosedWithoutAnswer()).isTrue();
        }
        broker.awaitClosed(CloseReason.PEER_CLOSED, before + 1);
    }

    @Test
    void announcedBytesThatNeverComeTakeNoMemory() throws IOException {
        RawClient[] sockets = new RawClient[30];
        long heapBefore = usedHeapBytes();
        for (int i = 0; i < sockets.length; i++) {
            sockets[i] = broker.connect()
                    .queueRaw(intBytes(MAX_FRAME_BYTES))
                    .queueRaw(new byte[100])
                    .flush();
        }
        assertThat(broker.awaitInboundBytes(sockets.length * 100L)).isLessThan(sockets.length * 100_000L);
        assertThat(usedHeapBytes() - heapBefore).isLessThan(MAX_FRAME_BYTES / 2);
        nextClientIsServed();
        for (RawClient socket : sockets) {
            socket.close();
        }
    }

    private static long usedHeapBytes() {
        var memory = ManagementFactory.getMemoryMXBean();
        memory.gc();
        return memory.getHeapMemoryUsage().getUsed();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void frameTooShortForAHeader(int bytes) throws IOException {
        assertClosed(CloseReason.MALFORMED_REQUEST, frame(new byte[bytes]));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Short.MIN_VALUE, 999, Short.MAX_VALUE})
    void unknownApi(int key) throws IOException {
        assertClosed(CloseReason.UNSUPPORTED_REQUEST, frame(header(key, 0)));
    }

    @ParameterizedTest
    @EnumSource(names = {"VOTE", "ENVELOPE"})
    void apiOfBrokersAmongThemselves(ApiKey key) throws IOException {
        assertClosed(CloseReason.UNSUPPORTED_REQUEST, frame(header(key.id(), 0)));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 99, Short.MAX_VALUE, Short.MIN_VALUE})
    void unsupportedVersion(int version) throws IOException {
        assertClosed(CloseReason.UNSUPPORTED_REQUEST, frame(header(ApiKey.METADATA.id(), version)));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 5, 99, Short.MAX_VALUE})
    void unsupportedVersionOfApiVersionsIsAnsweredInTheFirst(int version) throws IOException {
        try (RawClient socket = broker.connect()) {
            socket.queue(header(ApiKey.API_VERSIONS.id(), version)).flush();
            ApiVersionsResponse answer =
                    (ApiVersionsResponse) RawClient.decode(socket.read(), ApiKey.API_VERSIONS, (short) 0, 5);
            assertThat(answer.errorCode()).isEqualTo(ErrorCode.UNSUPPORTED_VERSION.code());
            assertThat(answer.apiKeys()).singleElement().satisfies(range -> assertThat(range.apiKey())
                    .isEqualTo(ApiKey.API_VERSIONS.id()));
        }
    }

    @Test
    void headerThatEndsEarly() throws IOException {
        assertClosed(CloseReason.MALFORMED_REQUEST, frame(Arrays.copyOf(header(ApiKey.METADATA.id(), 0), 6)));
    }

    @Test
    void bodyThatEndsEarly() throws IOException {
        byte[] whole = RawClient.encode(new MetadataRequest(), 12);
        assertClosed(CloseReason.MALFORMED_REQUEST, frame(Arrays.copyOf(whole, whole.length - 1)));
    }

    @Test
    void bytesBehindTheBodyAreIgnored() throws IOException {
        byte[] whole = RawClient.encode(new MetadataRequest(), 12);
        long before = broker.requestsWithTrailingBytes();
        try (RawClient socket = broker.connect()) {
            socket.queue(whole).flush();
            assertThat(socket.read()).isNotNull();
            assertThat(broker.requestsWithTrailingBytes()).isEqualTo(before);
            socket.queue(Arrays.copyOf(whole, whole.length + 9)).flush();
            MetadataResponse answer = (MetadataResponse)
                    RawClient.decode(socket.read(), ApiKey.METADATA, (short) 12, RawClient.CORRELATION_ID);
            assertThat(answer.brokers()).hasSize(1);
            assertThat(broker.requestsWithTrailingBytes()).isEqualTo(before + 1);
        }
    }

    @Test
    void nullWhereAnArrayIsDue() throws IOException {
        assertMalformed(ApiKey.OFFSET_FOR_LEADER_EPOCH, 2, writer -> writer.writeInt(-1));
    }

    @Test
    void nullWhereAStringIsDue() throws IOException {
        assertMalformed(ApiKey.HEARTBEAT, 0, writer -> writer.writeShort(-1));
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MAX_VALUE, 1_000_000, -2, Integer.MIN_VALUE})
    void absurdArrayLength(int length) throws IOException {
        assertMalformed(ApiKey.METADATA, 1, writer -> writer.writeInt(length));
    }

    @Test
    void absurdCompactArrayLength() throws IOException {
        assertMalformed(ApiKey.METADATA, 12, writer -> {
            writer.writeByte(0);
            writer.writeUnsignedVarint(-1);
        });
    }

    @Test
    void stringLongerThanTheFrame() throws IOException {
        assertMalformed(ApiKey.HEARTBEAT, 0, writer -> writer.writeShort(Short.MAX_VALUE));
    }

    @Test
    void compactStringAboveTheLimit() throws IOException {
        assertMalformed(ApiKey.HEARTBEAT, 4, writer -> {
            writer.writeByte(0);
            writer.writeUnsignedVarint(0x8001);
            writer.writeBytes(new byte[0x8100]);
        });
    }

    @Test
    void varintOfTooManyBytes() throws IOException {
        assertMalformed(ApiKey.METADATA, 12, writer -> {
            writer.writeByte(0);
            writer.writeBytes(new byte[] {-1, -1, -1, -1, -1, 1});
        });
    }

    @Test
    void varintThatOverflows() throws IOException {
        assertMalformed(ApiKey.METADATA, 12, writer -> {
            writer.writeByte(0);
            writer.writeBytes(new byte[] {-127, -128, -128, -128, 0x70});
        });
    }

    @Test
    void tooManyTaggedFields() throws IOException {
        MetadataRequest request = new MetadataRequest();
        WireWriter writer = new WireWriter();
        writer.writeBytes(header(ApiKey.METADATA.id(), 12));
        writer.writeByte(0);
        request.write(writer, (short) 12);
        byte[] whole = writer.toByteArray();
        WireWriter bomb = new WireWriter();
        bomb.writeBytes(whole, 0, whole.length - 1);
        int count = 2000;
        bomb.writeUnsignedVarint(count);
        for (int tag = 0; tag < count; tag++) {
            bomb.writeUnsignedVarint(100 + tag);
            bomb.writeUnsignedVarint(0);
        }
        assertClosed(CloseReason.MALFORMED_REQUEST, frame(bomb.toByteArray()));
    }

    @Test
    void unknownTaggedFieldsAreIgnored() throws IOException {
        MetadataRequest request = new MetadataRequest();
        request.setUnknownTaggedFields(
                List.of(new RawTaggedField(500, new byte[] {1, 2}), new RawTaggedField(501, new byte[0])));
        assertThat(((MetadataResponse) broker.ask(request, 12)).brokers()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-x", "x-", "a b", "a\nb", "a/b"})
    void softwareNameThatIsNone(String name) throws IOException {
        ApiVersionsRequest request =
                new ApiVersionsRequest().setClientSoftwareName(name).setClientSoftwareVersion("1");
        assertThat(((ApiVersionsResponse) broker.ask(request, 4)).errorCode())
                .isEqualTo(ErrorCode.INVALID_REQUEST.code());
    }

    private static void assertMalformed(ApiKey key, int version, Consumer<WireWriter> body) throws IOException {
        WireWriter writer = new WireWriter();
        writer.writeBytes(header(key.id(), version));
        body.accept(writer);
        assertClosed(CloseReason.MALFORMED_REQUEST, frame(writer.toByteArray()));
    }

    private static void assertClosed(CloseReason reason, byte[] bytes) throws IOException {
        long before = broker.closed(reason);
        try (RawClient socket = broker.connect()) {
            socket.queueRaw(bytes).flush();
            assertThat(socket.isClosedWithoutAnswer()).isTrue();
        }
        broker.awaitClosed(reason, before + 1);
    }

    /** The part that is the same in all versions of the header: correlation id 5, no client id. */
    private static byte[] header(int key, int version) {
        WireWriter writer = new WireWriter();
        new RequestHeader()
                .setRequestApiKey((short) key)
                .setRequestApiVersion((short) version)
                .setCorrelationId(5)
                .setClientId(null)
                .write(writer, (short) 1);
        return writer.toByteArray();
    }

    private static byte[] intBytes(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    private static byte[] frame(byte[] bytes) {
        return ByteBuffer.allocate(4 + bytes.length)
                .putInt(bytes.length)
                .put(bytes)
                .array();
    }
}
