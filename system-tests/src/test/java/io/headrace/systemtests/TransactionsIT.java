package io.headrace.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.Command;
import io.headrace.systemtests.harness.Launcher;
import io.headrace.systemtests.harness.Names;
import io.headrace.systemtests.harness.SharedBroker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Transactions of the Java client, and the commands on them. */
@ExtendWith(SharedBroker.class)
class TransactionsIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Broker broker;
    private final Clients clients;

    TransactionsIT(Broker broker) {
        this.broker = broker;
        clients = new Clients(broker);
    }

    @Test
    void readersOfCommittedRecordsWaitForTheEndOfATransaction() throws Exception {
        String topic = clients.topic("visible", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Producer<String, String> producer = transactional(Names.unique("visible"));
                Producer<String, String> other = clients.producer(Map.of());
                Consumer<String, String> committed = reader(partition, "read_committed");
                Consumer<String, String> everything = reader(partition, "read_uncommitted")) {
            producer.beginTransaction();
            send(producer, topic, "first");
            send(other, topic, "plain");
            assertThat(Clients.values(Clients.poll(everything, 2))).containsExactly("first", "plain");
            assertThat(committed.endOffsets(List.of(partition))).containsEntry(partition, 0L);
            assertThat(committed.poll(Duration.ofMillis(500))).isEmpty();
            producer.commitTransaction();
            assertThat(Clients.values(Clients.poll(committed, 2))).containsExactly("first", "plain");

            producer.beginTransaction();
            send(producer, topic, "aborted");
            producer.abortTransaction();
            producer.beginTransaction();
            send(producer, topic, "last");
            producer.commitTransaction();
            assertThat(Clients.values(Clients.poll(committed, 1))).containsExactly("last");
            assertThat(Clients.values(Clients.poll(everything, 2))).containsExactly("aborted", "last");
        }
    }

    @Test
    void aSecondProducerWithTheSameIdFencesTheFirst() throws Exception {
        String topic = clients.topic("fencing", 1);
        String id = Names.unique("fencing");
        try (Producer<String, String> first = transactional(id)) {
            first.beginTransaction();
            send(first, topic, "of the first");
            try (Producer<String, String> second = transactional(id)) {
                assertThatThrownBy(() -> {
                            send(first, topic, "late");
                            first.commitTransaction();
                        })
                        .satisfiesAnyOf(
                                failure -> assertThat(failure).isInstanceOf(ProducerFencedException.class),
                                failure -> assertThat(failure).hasCauseInstanceOf(InvalidProducerEpochException.class),
                                failure -> assertThat(failure).hasCauseInstanceOf(ProducerFencedException.class));
                second.beginTransaction();
                send(second, topic, "of the second");
                second.commitTransaction();
            }
        }
        assertThat(committedValues(topic)).containsExactly("of the second");
    }

    @Test
    @SuppressWarnings("removal") // Without a member of the group there is no other way to name it.
    void offsetsOfATransactionCountOnceItIsCommitted() {
        String topic = clients.topic("offsets", 1);
        String group = Names.unique("offsets");
        TopicPartition partition = new TopicPartition(topic, 0);
        ConsumerGroupMetadata metadata = new ConsumerGroupMetadata(group);
        try (Producer<String, String> producer = transactional(Names.unique("offsets"))) {
            producer.beginTransaction();
            producer.sendOffsetsToTransaction(Map.of(partition, new OffsetAndMetadata(3)), metadata);
            producer.abortTransaction();
            assertThat(committedOffset(group, partition)).isEqualTo(-1);

            producer.beginTransaction();
            producer.sendOffsetsToTransaction(Map.of(partition, new OffsetAndMetadata(5)), metadata);
            assertThat(committedOffset(group, partition)).isEqualTo(-1);
            producer.commitTransaction();
            Await.until("the offset", LIMIT, () -> committedOffset(group, partition) == 5);
        }
    }

    @Test
    void aTransactionThatTakesTooLongIsAborted() throws Exception {
        String topic = clients.topic("timeout", 1);
        try (Producer<String, String> producer =
                transactional(Map.of("transactional.id", Names.unique("timeout"), "transaction.timeout.ms", "1000"))) {
            producer.beginTransaction();
            send(producer, topic, "abandoned");
            try (Consumer<String, String> reader = reader(new TopicPartition(topic, 0), "read_committed")) {
                Await.until("the abort", LIMIT, () -> reader.endOffsets(reader.assignment()).values().stream()
                        .allMatch(end -> end == 2));
            }
            assertThatThrownBy(producer::commitTransaction).isInstanceOf(KafkaException.class);
        }
        assertThat(committedValues(topic)).isEmpty();
    }

    @Test
    void committedRecordsAndTheProducersEpochSurviveAKill() throws Exception {
        try (Broker own = Broker.started(Map.of())) {
            Clients ownClients = new Clients(own);
            String topic = ownClients.topic("kill", 1);
            try (Producer<String, String> producer = ownClients.producer(Map.of("transactional.id", "kill"))) {
                producer.initTransactions();
                producer.beginTransaction();
                send(producer, topic, "before");
                producer.commitTransaction();
                producer.beginTransaction();
                send(producer, topic, "during");
                own.killAndRestart();
                send(producer, topic, "after");
                producer.commitTransaction();
            }
            try (Consumer<String, String> reader = ownClients.consumer(Map.of("isolation.level", "read_committed"))) {
                reader.assign(List.of(new TopicPartition(topic, 0)));
                assertThat(Clients.values(Clients.poll(reader, 3))).containsExactly("before", "during", "after");
            }
        }
    }

    @Test
    void theCommandsFindAnOpenTransactionAndAbortIt() throws Exception {
        String topic = clients.topic("commands", 1);
        String id = Names.unique("commands");
        try (Producer<String, String> producer = transactional(id)) {
            producer.beginTransaction();
            send(producer, topic, "stuck");
            assertThat(command("list", "--state", "Ongoing", "-o", "name").lines())
                    .contains(id);
            assertThat(command("list", "--longer-than", "1h", "-o", "name").lines())
                    .doesNotContain(id);
            assertThat(command("describe", id).output()).contains("Ongoing", topic + "-0");
            // It is silent, but its coordinator attends to it.
            assertThat(command("find-hanging", "--topic", topic, "--silent-for", "0s", "-o", "name")
                            .lines())
                    .isEmpty();
            assertThat(command("abort", "--topic", topic, "--partition", "0", "-y")
                            .output())
                    .contains(id, "coordinator");
            assertThat(lastStableOffset(topic)).isEqualTo(2);
            assertThatThrownBy(() -> {
                        send(producer, topic, "late");
                        producer.commitTransaction();
                    })
                    .isInstanceOf(Exception.class);
        }
        assertThat(committedValues(topic)).isEmpty();
        try (Producer<String, String> producer = transactional(id)) {
            producer.beginTransaction();
            send(producer, topic, "stuck again");
            assertThat(command("abort", id, "-y").output()).contains(id, topic, "coordinator");
            assertThat(lastStableOffset(topic)).isEqualTo(4);
        }
        assertThat(run("abort", id, "-y").exitStatus()).isEqualTo(3);
        assertThat(run("describe", "nobody").exitStatus()).isEqualTo(3);
        assertThat(run("find-hanging", "--topic", topic, "--partition", "7").exitStatus())
                .isEqualTo(3);
    }

    private long lastStableOffset(String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Consumer<String, String> reader = reader(partition, "read_committed")) {
            return Clients.at(reader.endOffsets(List.of(partition)), partition);
        }
    }

    private Command command(String... arguments) {
        return run(arguments).expectSuccess();
    }

    private Command run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(Launcher.path().toString(), "transactions"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("-b", broker.bootstrap()));
        return Command.run(60_000, all);
    }

    private Producer<String, String> transactional(String id) {
        return transactional(Map.of("transactional.id", id));
    }

    private Producer<String, String> transactional(Map<String, String> settings) {
        Producer<String, String> producer = clients.producer(settings);
        producer.initTransactions();
        return producer;
    }

    private Consumer<String, String> reader(TopicPartition partition, String isolationLevel) {
        Consumer<String, String> consumer = clients.consumer(Map.of("isolation.level", isolationLevel));
        consumer.assign(List.of(partition));
        return consumer;
    }

    private static void send(Producer<String, String> producer, String topic, String value) throws Exception {
        try {
            producer.send(new ProducerRecord<>(topic, 0, null, value)).get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new KafkaException(e.getCause());
        }
    }

    /** Everything a reader of committed records gets from the topic's only partition. */
    private List<String> committedValues(String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        List<String> values = new ArrayList<>();
        try (Consumer<String, String> reader = reader(partition, "read_committed")) {
            long end = Clients.at(reader.endOffsets(List.of(partition)), partition);
            Await.until("the end", LIMIT, () -> {
                reader.poll(Duration.ofMillis(100)).forEach(record -> values.add(record.value()));
                return reader.position(partition) >= end;
            });
        }
        return values;
    }

    /** -1 when there is none. */
    private long committedOffset(String group, TopicPartition partition) {
        try (Admin admin = clients.admin()) {
            OffsetAndMetadata offset = Clients.await(
                            admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
                    .get(partition);
            return offset == null ? -1 : offset.offset();
        }
    }
}
