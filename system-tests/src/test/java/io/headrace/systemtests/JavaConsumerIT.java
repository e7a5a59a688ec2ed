package io.headrace.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.Names;
import io.headrace.systemtests.harness.SharedBroker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("FutureReturnValueIgnored") // A record that was refused is missed when the topic is read.
@ExtendWith(SharedBroker.class)
class JavaConsumerIT {
    private final Clients clients;

    JavaConsumerIT(Broker broker) {
        clients = new Clients(broker);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "zstd"})
    void offsetsForTimesFindTheFirstRecordInsideABatch(String codec) throws Exception {
        String topic = clients.topic("times", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        // Three batches of ten records, a second between records, one record out of order.
        try (Producer<String, String> producer =
                clients.producer(Map.of("compression.type", codec, "linger.ms", "5000"))) {
            for (int batch = 0; batch < 3; batch++) {
                for (int i = 0; i < 10; i++) {
                    int index = batch * 10 + i;
                    long timestamp = index == 17 ? 1_000_000_500_000L : 1_000_000_000_000L + index * 1000L;
                    producer.send(new ProducerRecord<>(topic, 0, timestamp, null, "v" + index));
                }
                producer.flush();
            }
        }
        try (Consumer<String, String> consumer = clients.consumer()) {
            assertThat(offsetFor(consumer, partition, 0))
                    .isEqualTo(new OffsetAndTimestamp(0, 1_000_000_000_000L, Optional.of(0)));
            assertThat(offsetFor(consumer, partition, 1_000_000_013_000L).offset())
                    .isEqualTo(13);
            assertThat(offsetFor(consumer, partition, 1_000_000_012_001L).offset())
                    .isEqualTo(13);
            assertThat(offsetFor(consumer, partition, 1_000_000_018_000L).offset())
                    .isEqualTo(17);
            assertThat(offsetFor(consumer, partition, 1_000_000_500_000L).timestamp())
                    .isEqualTo(1_000_000_500_000L);
            assertThat(consumer.offsetsForTimes(Map.of(partition, 2_000_000_000_000L)))
                    .containsEntry(partition, null);
        }
    }

    @Test
    void beginningAndEndOffsetsAndSeeks() throws Exception {
        String topic = filled("seek", 2, 20);
        List<TopicPartition> both = Clients.partitionsOf(topic, 2);
        TopicPartition first = both.get(0);
        try (Consumer<String, String> consumer = clients.consumer()) {
            assertThat(consumer.beginningOffsets(both)).isEqualTo(Map.of(first, 0L, both.get(1), 0L));
            assertThat(consumer.endOffsets(both)).isEqualTo(Map.of(first, 10L, both.get(1), 10L));
            consumer.assign(List.of(first));
            consumer.seek(first, 7);
            assertThat(Clients.poll(consumer, 3))
                    .extracting(ConsumerRecord::offset)
                    .containsExactly(7L, 8L, 9L);
            assertThat(consumer.position(first)).isEqualTo(10);
            consumer.seekToBeginning(List.of(first));
            assertThat(consumer.position(first)).isZero();
            assertThat(Clients.poll(consumer, 10)).hasSize(10);
            consumer.seekToEnd(List.of(first));
            assertThat(consumer.position(first)).isEqualTo(10);
            assertThat(consumer.currentLag(first)).hasValue(0);
        }
    }

    @Test
    void anOffsetOutsideTheLogIsReported() throws Exception {
        String topic = filled("out-of-range", 1, 5);
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Consumer<String, String> consumer = clients.consumer(Map.of("auto.offset.reset", "none"))) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 100);
            assertThatThrownBy(() -> Clients.poll(consumer, 1)).isInstanceOf(OffsetOutOfRangeException.class);
        }
    }

    @Test
    void commitsComeBackWithTheirMetadata() throws Exception {
        String topic = filled("commit", 2, 10);
        String group = Names.unique("commit");
        TopicPartition first = new TopicPartition(topic, 0);
        TopicPartition second = new TopicPartition(topic, 1);
        try (Consumer<String, String> consumer = clients.consumer(Map.of("group.id", group))) {
            consumer.assign(List.of(first, second));
            OffsetAndMetadata committed = new OffsetAndMetadata(3, Optional.of(0), "déjà vu");
            consumer.commitSync(Map.of(first, committed));
            Map<TopicPartition, OffsetAndMetadata> answer = new HashMap<>();
            answer.put(first, committed);
            answer.put(second, null);
            assertThat(consumer.committed(Set.of(first, second))).isEqualTo(answer);

            CompletableFuture<Map<TopicPartition, OffsetAndMetadata>> asynchronous = new CompletableFuture<>();
            consumer.commitAsync(Map.of(second, new OffsetAndMetadata(4)), (offsets, error) -> {
                if (error == null) {
                    asynchronous.complete(offsets);
                } else {
                    asynchronous.completeExceptionally(error);
                }
            });
            Await.until("the asynchronous commit", Duration.ofSeconds(10), () -> {
                consumer.poll(Duration.ofMillis(20));
                return asynchronous.isDone();
            });
            assertThat(asynchronous.get(1, TimeUnit.SECONDS)).containsKey(second);
        }
        try (Consumer<String, String> next = clients.consumer(Map.of("group.id", group))) {
            next.assign(List.of(first, second));
            assertThat(next.position(first)).isEqualTo(3);
            assertThat(next.position(second)).isEqualTo(4);
        }
    }

    @Test
    void aGroupWithoutCommitsAndWithoutAResetPolicyIsTold() throws Exception {
        String topic = filled("no-offset", 1, 1);
        Map<String, String> settings = Map.of("group.id", Names.unique("none"), "auto.offset.reset", "none");
        try (Consumer<String, String> consumer = clients.consumer(settings)) {
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            assertThatThrownBy(() -> consumer.poll(Duration.ofSeconds(10)))
                    .isInstanceOf(NoOffsetForPartitionException.class);
        }
    }

    @Test
    void autoCommitContinuesWhereTheLastConsumerEnded() throws Exception {
        String topic = filled("auto-commit", 1, 10);
        Map<String, String> settings = Map.of("group.id", Names.unique("auto"), "enable.auto.commit", "true");
        try (Consumer<String, String> consumer = clients.consumer(settings)) {
            consumer.subscribe(List.of(topic));
            assertThat(Clients.poll(consumer, 10)).hasSize(10);
        }
        produce(topic, 1, 10, 15);
        try (Consumer<String, String> consumer = clients.consumer(settings)) {
            consumer.subscribe(List.of(topic));
            assertThat(Clients.values(Clients.poll(consumer, 5))).containsExactly("v10", "v11", "v12", "v13", "v14");
        }
    }

    @Test
    void aPatternSubscribesToTopicsThatAppearLater() throws Exception {
        String prefix = Names.unique("pattern");
        Map<String, String> settings = Map.of("group.id", prefix, "metadata.max.age.ms", "300");
        clients.topic(prefix + "-a", 1);
        try (Consumer<String, String> consumer = clients.consumer(settings)) {
            consumer.subscribe(Pattern.compile(prefix + "-.*"));
            Await.until("one topic", Duration.ofSeconds(20), () -> {
                consumer.poll(Duration.ofMillis(50));
                return consumer.assignment().size() == 1;
            });
            clients.topic(prefix + "-b", 2);
            Await.until("both topics", Duration.ofSeconds(20), () -> {
                consumer.poll(Duration.ofMillis(50));
                return consumer.assignment().size() == 3;
            });
        }
    }

    @Test
    void waitingConsumersAreWokenByARecord() throws Exception {
        String topic = clients.topic("wait", 1);
        try (Consumer<String, String> consumer = clients.consumer(Map.of("fetch.max.wait.ms", "6000"));
                Producer<String, String> producer = clients.producer(Map.of())) {
            consumer.assign(Clients.partitionsOf(topic, 1));
            List<ConsumerRecord<String, String>> records = new ArrayList<>();
            assertThat(consumer.poll(Duration.ofMillis(500))).isEmpty();
            producer.send(new ProducerRecord<>(topic, "wake up")).get(10, TimeUnit.SECONDS);
            long start = System.nanoTime();
            Await.until("the record", Duration.ofSeconds(10), () -> {
                consumer.poll(Duration.ofSeconds(1)).forEach(records::add);
                return !records.isEmpty();
            });
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isLessThan(3000);
        }
    }

    @Test
    void manyPartitionsAreReadThroughSmallFetches() throws Exception {
        String topic = filled("small-fetch", 12, 120);
        Map<String, String> settings = Map.of(
                "group.id", Names.unique("small-fetch"), "max.partition.fetch.bytes", "100", "fetch.max.bytes", "300");
        try (Consumer<String, String> consumer = clients.consumer(settings)) {
            consumer.subscribe(List.of(topic));
            assertThat(Clients.values(Clients.poll(consumer, 120))).doesNotHaveDuplicates();
        }
    }

    @Test
    void pausedPartitionsStayQuiet() throws Exception {
        String topic = filled("pause", 2, 10);
        List<TopicPartition> both = Clients.partitionsOf(topic, 2);
        try (Consumer<String, String> consumer = clients.consumer()) {
            consumer.assign(both);
            consumer.pause(List.of(both.get(0)));
            assertThat(Clients.poll(consumer, 5)).allMatch(record -> record.partition() == 1);
            consumer.resume(List.of(both.get(0)));
            assertThat(Clients.poll(consumer, 5)).allMatch(record -> record.partition() == 0);
        }
    }

    private static OffsetAndTimestamp offsetFor(
            Consumer<String, String> consumer, TopicPartition partition, long timestamp) {
        OffsetAndTimestamp found =
                consumer.offsetsForTimes(Map.of(partition, timestamp)).get(partition);
        if (found == null) {
            throw new AssertionError("no offset for time " + timestamp);
        }
        return found;
    }

    private String filled(String prefix, int partitions, int records) throws Exception {
        String topic = clients.topic(prefix, partitions);
        produce(topic, partitions, 0, records);
        return topic;
    }

    private void produce(String topic, int partitions, int start, int end) {
        try (Producer<String, String> producer = clients.producer(Map.of())) {
            for (int i = start; i < end; i++) {
                producer.send(new ProducerRecord<>(topic, i % partitions, null, "v" + i));
            }
        }
    }
}
