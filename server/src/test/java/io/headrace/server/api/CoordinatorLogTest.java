package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.server.coordinator.PartitionAppender;
import io.headrace.server.partition.CoordinatorLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CoordinatorLogTest {
    private final BrokerLogs logs = new BrokerLogs();
    private final CoordinatorLog log = logs.coordinatorLog();
    private final List<String> outcomes = new ArrayList<>();

    CoordinatorLogTest() throws IOException {
        logs.createTopic(TopicImage.CONSUMER_OFFSETS, 1);
        logs.replica(TopicImage.CONSUMER_OFFSETS, 0);
    }

    private void append(int batchCount) {
        List<ByteBuffer> batches = IntStream.range(0, batchCount)
                .mapToObj(i -> new RecordBatchBuilder()
                        .append(BrokerLogs.NOW_MS, "key".getBytes(StandardCharsets.UTF_8), new byte[100])
                        .append(BrokerLogs.NOW_MS, "other".getBytes(StandardCharsets.UTF_8), new byte[100])
                        .build())
                .toList();
        PartitionAppender.Callback callback = new PartitionAppender.Callback() {
            @Override
            public void durable(long baseOffset) {
                outcomes.add("durable from " + baseOffset);
            }

            @Override
            public void failed(ErrorCode error) {
                outcomes.add("failed: " + error);
            }
        };
        log.append(TopicImage.CONSUMER_OFFSETS, 0, new PartitionAppender.Batches(batches, null, callback));
    }

    @Test
    void theBatchesOfAStepReachTheLogWriterAsOneAppend() {
        append(1);
        append(3);
        assertThat(logs.store().writer().queuedCount()).as("appends that wait").isEqualTo(2);
        logs.run();
        assertThat(outcomes).containsExactly("durable from 0", "durable from 2");
        assertThat(logs.view(TopicImage.CONSUMER_OFFSETS, 0).highWatermark()).isEqualTo(8);
    }
}
