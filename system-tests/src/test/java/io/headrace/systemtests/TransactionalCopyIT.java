package io.headrace.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.CopyLoop;
import io.headrace.systemtests.harness.Launcher;
import io.headrace.systemtests.harness.RestartedProgram;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.tools.TransactionalMessageCopier;
import org.junit.jupiter.api.Test;

/** Exactly once: a program copies a topic in transactions, while it and the broker are killed in turns. */
class TransactionalCopyIT {
    private static final int PARTITIONS = 3;
    private static final int RECORDS = 1500;
    private static final int SHARED_RECORDS = 1200;
    private static final int KILLS = 4;
    private static final Duration LIMIT = Duration.ofMinutes(2);

    @Test
    void everyRecordIsCopiedOnceInOrderOverKills() throws Exception {
        try (Broker broker = Broker.started(Map.of())) {
            Clients clients = new Clients(broker);
            String from = clients.topic("copy-from", PARTITIONS);
            String to = clients.topic("copy-to", PARTITIONS);
            Map<Integer, List<String>> written = fill(clients, from);
            try (RestartedProgram copier =
                            new RestartedProgram(broker, "copier", CopyLoop.command(broker, from, to, "copier"));
                    Consumer<String, String> reader = committedReader(clients)) {
                reader.assign(Clients.partitionsOf(to, PARTITIONS));
                List<ConsumerRecord<String, String>> seen = new ArrayList<>();
                for (int kill = 1; kill <= KILLS; kill++) {
                    readUntil(List.of(copier), reader, seen, kill * RECORDS / (KILLS + 2));
                    if (kill % 2 == 1) {
                        copier.kill();
                    } else {
                        broker.killAndRestart();
                    }
                }
                readUntil(List.of(copier), reader, seen, RECORDS);
            }
            assertThat(readToTheEnd(clients, to)).isEqualTo(written);
        }
    }

    /** Kafka's own copier, two of it in one group, which aborts every third transaction. About 20 s. */
    @Test
    void severalCopiersShareATopicOfTransactionsOverKills() throws Exception {
        try (Broker broker = Broker.started(Map.of())) {
            Clients clients = new Clients(broker);
            String from = clients.topic("share-from", PARTITIONS);
            String to = clients.topic("share-to", PARTITIONS);
            Map<Integer, List<String>> written = fillInTransactions(clients, from);
            try (RestartedProgram one = kafkasCopier(broker, from, to, "one");
                    RestartedProgram other = kafkasCopier(broker, from, to, "other");
                    Consumer<String, String> reader = committedReader(clients)) {
                List<RestartedProgram> copiers = List.of(one, other);
                reader.assign(Clients.partitionsOf(to, PARTITIONS));
                List<ConsumerRecord<String, String>> seen = new ArrayList<>();
                readUntil(copiers, reader, seen, SHARED_RECORDS / 4);
                broker.killAndRestart();
                readUntil(copiers, reader, seen, SHARED_RECORDS / 2);
                one.kill();
                readUntil(copiers, reader, seen, SHARED_RECORDS);
            }
            assertThat(readToTheEnd(clients, to)).isEqualTo(written);
        }
    }

    private static RestartedProgram kafkasCopier(Broker broker, String from, String to, String name) {
        List<String> command = Launcher.javaCommand(
                TransactionalMessageCopier.class.getName(),
                "--broker-list",
                broker.bootstrap(),
                "--input-topic",
                from,
                "--input-partition",
                "0",
                "--output-topic",
                to,
                "--consumer-group",
                "copiers",
                "--transactional-id",
                name,
                "--transaction-size",
                "5",
                "--group-mode",
                "--use-group-metadata",
                "--enable-random-aborts");
        return new RestartedProgram(broker, name, command);
    }

    /** Committed transactions of records in all partitions, with aborted ones between them. */
    @SuppressWarnings("FutureReturnValueIgnored") // The commit fails when a record was refused.
    private static Map<Integer, List<String>> fillInTransactions(Clients clients, String topic) {
        Map<Integer, List<String>> written = new TreeMap<>();
        try (Producer<String, String> producer = clients.producer(Map.of("transactional.id", "input"))) {
            producer.initTransactions();
            for (int i = 0; i < SHARED_RECORDS; ) {
                producer.beginTransaction();
                for (int end = Math.min(SHARED_RECORDS, i + 10); i < end; i++) {
                    int partition = i % PARTITIONS;
                    producer.send(new ProducerRecord<>(topic, partition, null, "record " + i));
                    written.computeIfAbsent(partition, key -> new ArrayList<>()).add("record " + i);
                }
                producer.commitTransaction();
                producer.beginTransaction();
                producer.send(new ProducerRecord<>(topic, i % PARTITIONS, null, "aborted " + i));
                producer.abortTransaction();
            }
        }
        return written;
    }

    private static Map<Integer, List<String>> fill(Clients clients, String topic) throws Exception {
        Map<Integer, List<String>> written = new TreeMap<>();
        try (Producer<String, String> producer = clients.producer(Map.of())) {
            for (int i = 0; i < RECORDS; i++) {
                int partition = i % PARTITIONS;
                producer.send(new ProducerRecord<>(topic, partition, null, "record " + i))
                        .get(30, TimeUnit.SECONDS);
                written.computeIfAbsent(partition, key -> new ArrayList<>()).add("record " + i);
            }
        }
        return written;
    }

    private static Consumer<String, String> committedReader(Clients clients) {
        return clients.consumer(Map.of("isolation.level", "read_committed"));
    }

    private static void readUntil(
            List<RestartedProgram> copiers,
            Consumer<String, String> reader,
            List<ConsumerRecord<String, String>> seen,
            int count) {
        Await.until(() -> count + " records; there are " + seen.size(), LIMIT, () -> {
            copiers.forEach(RestartedProgram::startIfEnded);
            reader.poll(Duration.ofMillis(50)).forEach(seen::add);
            return seen.size() >= count;
        });
    }

    /** All committed records of the topic, by partition. */
    private static Map<Integer, List<String>> readToTheEnd(Clients clients, String topic) {
        Map<Integer, List<String>> read = new TreeMap<>();
        try (Consumer<String, String> reader = committedReader(clients)) {
            List<TopicPartition> partitions = Clients.partitionsOf(topic, PARTITIONS);
            reader.assign(partitions);
            reader.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = reader.endOffsets(partitions);
            Await.until("the end of " + ends, LIMIT, () -> {
                reader.poll(Duration.ofMillis(50))
                        .forEach(record -> read.computeIfAbsent(record.partition(), key -> new ArrayList<>())
                                .add(record.value()));
                return partitions.stream().allMatch(one -> reader.position(one) >= Clients.at(ends, one));
            });
        }
        return read;
    }
}
