package io.headrace.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.core.config.BrokerConfig;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ProduceRequest;
import io.headrace.protocol.message.ProduceRequest.PartitionProduceData;
import io.headrace.protocol.message.ProduceRequest.TopicProduceData;
import io.headrace.protocol.message.ProduceResponse;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.log.ProducerLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That what is configured about the store comes to be. */
class StoreSettingsTest {
    private static final String RESERVE = "headrace.disk.reserve.bytes";
    private static final long RESERVE_MAX = 1L << 40;
    private static final Path DIR = Path.of("/data");

    private final SimulatedDisk disk = new SimulatedDisk();

    StoreSettingsTest() throws IOException {
        disk.createDirectory(DIR);
    }

    private long reserve(long diskBytes, Map<String, String> set) throws IOException {
        disk.limitCapacity(diskBytes);
        return StoreSettings.of(BrokerConfig.of(set), disk, DIR).diskReserveBytes();
    }

    @Test
    void aReserveThatIsSetCounts() throws IOException {
        assertThat(reserve(1L << 40, Map.of(RESERVE, "7"))).isEqualTo(7);
        assertThat(reserve(200L << 20, Map.of(RESERVE, "134217728"))).isEqualTo(128L << 20);
        assertThat(reserve(1L << 40, Map.of(RESERVE, "0"))).isZero();
    }

    @Test
    void theDefaultLeavesMostOfASmallDisk() throws IOException {
        assertThat(reserve(1L << 40, Map.of())).isEqualTo(128L << 20);
        assertThat(reserve(200L << 20, Map.of())).isEqualTo(20L << 20);
    }

    @Test
    void aDiskThatDoesNotTellItsSizeIsNotHeldToAReserve() throws IOException {
        assertThat(reserve(0, Map.of())).isZero();
        assertThat(reserve(0, Map.of(RESERVE, "7"))).isZero();
    }

    @Test
    void intervalsAndLimitsAreThoseConfigured() throws IOException {
        disk.limitCapacity(1L << 40);
        BrokerConfig config = BrokerConfig.of(Map.of(
                "log.flush.offset.checkpoint.interval.ms", "5",
                "producer.id.expiration.ms", "6",
                "headrace.producers.per.partition.max", "1007"));
        assertThat(StoreSettings.of(config, disk, DIR).checkpointIntervalMs()).isEqualTo(5);
        assertThat(StoreSettings.producerLimits(config)).isEqualTo(new ProducerLimits(1007, 6));
    }

    @Test
    void aBrokerLeavesTheReserveAlone(@TempDir Path directory) throws IOException {
        long usable = Files.getFileStore(directory).getUsableSpace();
        Assumptions.assumeTrue(usable < RESERVE_MAX, "skipped: the disk has more room than can be reserved");
        try (RunningBroker broker = RunningBroker.start(directory, Map.of(RESERVE, Long.toString(RESERVE_MAX)))) {
            broker.createTopic("orders", 1, Map.of());
            assertThat(produce(broker)).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        }
        try (RunningBroker broker = RunningBroker.start(directory, Map.of(RESERVE, "0"))) {
            assertThat(produce(broker)).isEqualTo(ErrorCode.NONE);
        }
    }

    @Test
    void metadataLiesInTheDataDirectoryOnly(@TempDir Path directory) throws IOException {
        Path data = directory.resolve("data");
        Path other = directory.resolve("other");
        assertThatThrownBy(() -> RunningBroker.start(data, Map.of("metadata.log.dir", other.toString())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("metadata.log.dir")
                .hasMessageContaining(other.toString());
        assertThat(data).doesNotExist();
        try (RunningBroker broker = RunningBroker.start(data, Map.of("metadata.log.dir", data + "/"))) {
            assertThat(broker.errors()).isEmpty();
        }
    }

    private static ErrorCode produce(RunningBroker broker) throws IOException {
        ProduceRequest request = new ProduceRequest()
                .setAcks((short) -1)
                .setTimeoutMs(10_000)
                .setTopicData(List.of(new TopicProduceData()
                        .setName("orders")
                        .setPartitionData(List.of(new PartitionProduceData()
                                .setRecords(new BufferPayload(new RecordBatchBuilder()
                                        .append(System.currentTimeMillis(), new byte[] {1}, new byte[] {2})
                                        .build()))))));
        ProduceResponse response = (ProduceResponse) broker.ask(request, 12);
        return ErrorCode.forCode(
                response.responses().get(0).partitionResponses().get(0).errorCode());
    }
}
