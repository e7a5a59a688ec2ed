package io.headrace.cli.consume;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.cli.client.FakeCluster;
import io.headrace.cli.client.TopicPartition;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.FetchRequest;
import io.headrace.protocol.message.FetchResponse;
import io.headrace.protocol.message.FetchResponse.FetchableTopicResponse;
import io.headrace.protocol.message.FetchResponse.PartitionData;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.protocol.wire.BufferPayload;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FetchLoopTest {
    private static final TopicPartition FIRST = new TopicPartition(FakeCluster.TOPIC, 0);
    private static final TopicPartition SECOND = new TopicPartition(FakeCluster.TOPIC, 1);

    /** One record, at the offset that was asked for. */
    private static ApiMessage answer(ApiMessage request) {
        FetchRequest.FetchPartition asked =
                ((FetchRequest) request).topics().get(0).partitions().get(0);
        RecordBatchBuilder batch =
                new RecordBatchBuilder().baseOffset(asked.fetchOffset()).append(1, null, new byte[1]);
        return new FetchResponse()
                .setResponses(List.of(new FetchableTopicResponse()
                        .setTopic(FakeCluster.TOPIC)
                        .setPartitions(List.of(new PartitionData()
                                .setPartitionIndex(asked.partition())
                                .setHighWatermark(1_000)
                                .setRecords(new BufferPayload(batch.build()))))));
    }

    private static Map<TopicPartition, Long> bothAt(long offset) {
        return Map.of(FIRST, offset, SECOND, offset);
    }

    @Test
    void anAnswerToWhatWasAskedBeforeTheAssignmentIsDropped() throws IOException {
        try (FakeCluster fake = new FakeCluster(2)) {
            fake.broker(0).on(ApiKey.FETCH, FetchLoopTest::answer);
            fake.broker(1).on(ApiKey.FETCH, FetchLoopTest::answer);
            FetchLoop loop = new FetchLoop(fake.cluster(), false);
            List<Long> before = new ArrayList<>();
            loop.assign(bothAt(100));
            // Asks both brokers and takes the answer of one; the other's is on its way when the assignment changes.
            while (before.isEmpty()) {
                loop.poll((partition, record) -> before.add(record.offset()));
            }
            Map<TopicPartition, List<Long>> after = new TreeMap<>();
            loop.assign(bothAt(50));
            while (after.size() < 2) {
                loop.poll((partition, record) -> after.computeIfAbsent(partition, key -> new ArrayList<>())
                        .add(record.offset()));
            }
            assertThat(before).containsExactly(100L);
            assertThat(after.get(FIRST)).startsWith(50L);
            assertThat(after.get(SECOND)).startsWith(50L);
        }
    }
}
