package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.message.ProduceRequest.PartitionProduceData;
import io.headrace.protocol.message.ProduceRequest.TopicProduceData;
import io.headrace.protocol.wire.BufferPayload;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests small enough to be looked through, and larger ones. */
class RepeatedPartitionsTest {
    private static final UUID ID = new UUID(1, 2);

    private static PartitionProduceData partition(int index, int size) {
        return new PartitionProduceData().setIndex(index).setRecords(new BufferPayload(ByteBuffer.allocate(size)));
    }

    private static List<PartitionProduceData> partitions(int count) {
        return new ArrayList<>(
                IntStream.range(0, count).mapToObj(index -> partition(index, 1)).toList());
    }

    private static List<TopicProduceData> topics(int count) {
        return new ArrayList<>(IntStream.range(0, count)
                .mapToObj(number -> new TopicProduceData()
                        .setTopicId(number % 2 == 0 ? ID : new UUID(0, number))
                        .setName("topic" + number)
                        .setPartitionData(partitions(1)))
                .toList());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 32, 33, 1_000})
    void whatIsNamedOnceStaysAsItIs(int count) {
        List<TopicProduceData> manyTopics = topics(count);
        assertThat(RepeatedPartitions.dropped(manyTopics)).isSameAs(manyTopics);
        List<TopicProduceData> manyPartitions =
                List.of(new TopicProduceData().setTopicId(ID).setPartitionData(partitions(count)));
        assertThat(RepeatedPartitions.dropped(manyPartitions)).isSameAs(manyPartitions);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 32, 33, 1_000})
    void theLastMentionOfAPartitionCounts(int count) {
        List<PartitionProduceData> twice = partitions(count);
        twice.add(partition(count / 2, 9));
        List<TopicProduceData> once = RepeatedPartitions.dropped(
                List.of(new TopicProduceData().setTopicId(ID).setPartitionData(twice)));
        assertThat(once).hasSize(1);
        assertThat(once.get(0).topicId()).isEqualTo(ID);
        assertThat(once.get(0).partitionData()).hasSize(count);
        assertThat(sizeOf(once.get(0), count / 2)).isEqualTo(9);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 32, 33, 1_000})
    void theLastMentionInAnotherEntryOfTheTopicCounts(int count) {
        List<TopicProduceData> twice = topics(count);
        TopicProduceData named = twice.get(count / 2);
        twice.add(new TopicProduceData()
                .setTopicId(named.topicId())
                .setName(named.name())
                .setPartitionData(List.of(partition(0, 9), partition(1, 1))));
        List<TopicProduceData> once = RepeatedPartitions.dropped(twice);
        assertThat(once).hasSize(count);
        assertThat(once.get(count / 2).partitionData()).hasSize(2);
        assertThat(sizeOf(once.get(count / 2), 0)).isEqualTo(9);
    }

    private static int sizeOf(TopicProduceData topic, int partition) {
        return topic.partitionData().stream()
                .filter(data -> data.index() == partition)
                .mapToInt(data -> Objects.requireNonNull(data.records()).sizeBytes())
                .sum();
    }
}
