package io.headrace.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.CopyLoop;
import java.io.IOException;
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
import org.junit.jupiter.api.Test;

/** Exactly once: a program copies a topic in transactions, while it and the broker are killed in turns. */
class TransactionalCopyIT {
    private static final int PARTITIONS = 3;
    private static final int RECORDS = 1500;
    private static final int KILLS = 4;
    private static final Duration LIMIT = Duration.ofMinutes(2);

    @Test
    void everyRecordIsCopiedOnceInOrderOverKills() throws Exception {
        try (Broker broker = Broker.started(Map.of())) {
            Clients clients = new Clients(broker);
            String from = clients.topic("copy-from", PARTITIONS);
            String to = clients.topic("copy-to", PARTITIONS);
            Map<Integer, List<String>> written = fill(clients, from);
            Copier copier = new Copier(CopyLoop.command(broker, from, to, "copier"));
            try (Consumer<String, String> reader = committedReader(clients)) {
                reader.assign(Clients.partitionsOf(to, PARTITIONS));
                List<ConsumerRecord<String, String>> seen = new ArrayList<>();
                for (int kill = 1; kill <= KILLS; kill++) {
                    readUntil(copier, reader, seen, kill * RECORDS / (KILLS + 2));
                    if (kill % 2 == 1) {
                        copier.kill();
                    } else {
                        broker.killAndRestart();
                    }
                }
                readUntil(copier, reader, seen, RECORDS);
            } finally {
                copier.kill();
            }
            assertThat(readToTheEnd(clients, to)).isEqualTo(written);
        }
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
            Copier copier, Consumer<String, String> reader, List<ConsumerRecord<String, String>> seen, int count) {
        Await.until(() -> count + " records; there are " + seen.size(), LIMIT, () -> {
            copier.startIfEnded();
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

    /** The program, started again whenever it has ended. */
    private static final class Copier {
        private final List<String> command;
        private Process process;

        Copier(List<String> command) throws IOException {
            this.command = command;
            this.process = launch(command);
        }

        private static Process launch(List<String> command) throws IOException {
            return new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        }

        void startIfEnded() throws IOException {
            if (!process.isAlive()) {
                process = launch(command);
            }
        }

        void kill() throws InterruptedException {
            process.destroyForcibly();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
    }
}
