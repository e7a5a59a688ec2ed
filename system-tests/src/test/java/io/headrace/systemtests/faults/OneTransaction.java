package io.headrace.systemtests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeProducersResult.PartitionProducerState;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * A transaction of records in two partitions and an offset of a group, on a topic of its own where another transaction was
 * committed before, and what the outside sees of it.
 */
final class OneTransaction implements AutoCloseable {
    private static final int PARTITIONS = 2;
    private static final long OFFSET = 42;

    private final Clients clients;
    private final Admin admin;
    private final String id;
    private final String topic;
    private final List<TopicPartition> partitions;
    private final List<String> committed = new ArrayList<>();
    private Producer<String, String> producer;
    private long committedOffset = -1;

    /** Transactional id and group are {@code id}. */
    OneTransaction(Broker broker, String id) throws Exception {
        this.clients = new Clients(broker);
        this.admin = clients.admin();
        this.id = id;
        this.topic = clients.topic(id, PARTITIONS);
        this.partitions = Clients.partitionsOf(topic, PARTITIONS);
        try (Producer<String, String> earlier = producer(id + "-earlier")) {
            earlier.beginTransaction();
            write(earlier, "earlier", 1, id);
            earlier.commitTransaction();
        }
        ended("earlier", true, 1);
        this.producer = producer(id);
        Await.until("the earlier offset", Duration.ofSeconds(30), () -> groupOffset(true) == 1);
    }

    private Producer<String, String> producer(String transactionalId) {
        Producer<String, String> made = clients.producer(Map.of("transactional.id", transactionalId));
        made.initTransactions();
        return made;
    }

    String topic() {
        return topic;
    }

    void begin() throws Exception {
        producer.beginTransaction();
        write(producer, "in question", OFFSET, id);
    }

    @SuppressWarnings("removal") // Without a member of the group there is no other way to name it.
    private void write(Producer<String, String> with, String value, long offset, String group) throws Exception {
        for (TopicPartition partition : partitions) {
            with.send(new ProducerRecord<>(topic, partition.partition(), null, value))
                    .get(30, TimeUnit.SECONDS);
        }
        with.sendOffsetsToTransaction(
                Map.of(partitions.get(0), new OffsetAndMetadata(offset)), new ConsumerGroupMetadata(group));
    }

    /** Returns when the decision was answered. */
    void end(boolean commit) {
        if (commit) {
            producer.commitTransaction();
        } else {
            producer.abortTransaction();
        }
    }

    /** Another producer takes over the transactional id; the first is gone. */
    void replaceProducer() {
        producer.close(Duration.ZERO);
        producer = producer(id);
    }

    TransactionState state() {
        return Clients.await(admin.describeTransactions(List.of(id)).description(id))
                .state();
    }

    /** Nothing of the transaction counts yet. */
    void requireOpen() {
        assertThat(groupOffset(false)).isEqualTo(committedOffset);
        assertThat(ends("read_committed")).isNotEqualTo(ends("read_uncommitted"));
        for (TopicPartition partition : partitions) {
            assertThat(openTransactions(partition)).hasSize(1);
        }
        assertThat(committedValues()).containsExactlyElementsOf(twice(committed));
    }

    /** Waits until the markers have been written everywhere. */
    void awaitVisible(boolean commit, Duration limit) {
        long offset = commit ? OFFSET : committedOffset;
        Await.until(
                "all markers",
                limit,
                () -> ends("read_committed").equals(ends("read_uncommitted")) && groupOffset(true) == offset);
    }

    /** The transaction is completed, soon if not at once; it counts or not as decided; and the producer goes on. */
    void requireEnded(boolean commit, Duration limit) throws Exception {
        TransactionState done = commit ? TransactionState.COMPLETE_COMMIT : TransactionState.COMPLETE_ABORT;
        Await.until(() -> done + "; it is " + state(), limit, () -> state() == done);
        awaitVisible(commit, limit);
        for (TopicPartition partition : partitions) {
            assertThat(openTransactions(partition)).isEmpty();
        }
        ended("in question", commit, OFFSET);
        assertThat(committedValues()).containsExactlyElementsOf(twice(committed));

        producer.beginTransaction();
        write(producer, "next", OFFSET + 1, id);
        producer.commitTransaction();
        ended("next", true, OFFSET + 1);
        Await.until("the next offset", limit, () -> groupOffset(true) == OFFSET + 1);
        assertThat(committedValues()).containsExactlyElementsOf(twice(committed));
    }

    private void ended(String value, boolean commit, long offset) {
        if (commit) {
            committed.add(value);
            committedOffset = offset;
        }
    }

    /** For each partition what is expected in it, one partition after the other. */
    private static List<String> twice(List<String> values) {
        List<String> all = new ArrayList<>(values);
        all.addAll(values);
        return all;
    }

    private List<Long> openTransactions(TopicPartition partition) {
        PartitionProducerState state =
                Clients.await(admin.describeProducers(List.of(partition)).partitionResult(partition));
        return state.activeProducers().stream()
                .map(active -> active.currentTransactionStartOffset())
                .filter(OptionalLong::isPresent)
                .map(OptionalLong::getAsLong)
                .toList();
    }

    /** -1 when there is none. */
    private long groupOffset(boolean requireStable) {
        Map<String, ListConsumerGroupOffsetsSpec> asked =
                Map.of(id, new ListConsumerGroupOffsetsSpec().topicPartitions(partitions.subList(0, 1)));
        KafkaFuture<Map<TopicPartition, OffsetAndMetadata>> answer = admin.listConsumerGroupOffsets(
                        asked, new ListConsumerGroupOffsetsOptions().requireStable(requireStable))
                .partitionsToOffsetAndMetadata(id);
        return Optional.ofNullable(Clients.await(answer).get(partitions.get(0)))
                .map(OffsetAndMetadata::offset)
                .orElse(-1L);
    }

    private Map<TopicPartition, Long> ends(String isolationLevel) {
        try (Consumer<String, String> consumer = clients.consumer(Map.of("isolation.level", isolationLevel))) {
            return consumer.endOffsets(partitions);
        }
    }

    /** What a reader of committed records gets, one partition after the other. */
    private List<String> committedValues() {
        List<String> values = new ArrayList<>();
        try (Consumer<String, String> reader = clients.consumer(Map.of("isolation.level", "read_committed"))) {
            for (TopicPartition partition : partitions) {
                reader.assign(List.of(partition));
                reader.seekToBeginning(List.of(partition));
                long end = Clients.at(reader.endOffsets(List.of(partition)), partition);
                Await.until("the end of " + partition, Duration.ofSeconds(30), () -> {
                    reader.poll(Duration.ofMillis(20)).forEach(record -> values.add(record.value()));
                    return reader.position(partition) >= end;
                });
            }
        }
        return values;
    }

    @Override
    public void close() {
        producer.close(Duration.ZERO);
        admin.close();
    }
}
