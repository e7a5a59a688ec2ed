package io.headrace.systemtests.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.InjectedFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Writes and syncs that fail once: final for the data directory, until the broker is started again. */
class DiskErrorIT {
    private static final int PARTITIONS = 2;
    private static final int BEFORE = 50;

    private final List<String> acknowledged = new ArrayList<>();

    /** The file whose name begins so fails at these calls. */
    @ParameterizedTest
    @CsvSource({
        "journal/journal-, fdatasync, EIO",
        "journal/journal-, pwrite64;pwritev;writev;write, EIO",
        "partition, pwrite64;pwritev;writev;write, EIO",
    })
    void nothingIsAcknowledgedAfterAFailure(String file, String calls, String error) throws Exception {
        try (Broker broker = Broker.started(Map.of())) {
            Clients clients = new Clients(broker);
            String topic = clients.topic("failing", PARTITIONS);
            produceBefore(clients, topic);

            List<Path> paths = files(broker, file.equals("partition") ? topic + "-0/0" : file);
            String names = calls.replace(';', ',');
            try (InjectedFault fault = InjectedFault.attach(broker, names, "error=" + error + ":when=1", paths)) {
                for (int i = 0; i < 20; i++) {
                    refused(clients, topic, i % (file.equals("partition") ? 1 : PARTITIONS), "after-" + i);
                }
                assertThat(fault.failedCalls())
                        .as(() -> fault.calls().toString())
                        .isPositive();
                List<String> made = fault.calls();
                int failed = indexOfFailure(made);
                assertThat(made.subList(failed + 1, made.size()))
                        .as("calls on %s after the failure", paths)
                        .noneMatch(line -> line.contains("fdatasync(") || line.contains("fsync("));
                assertThat(broker.log()).contains("has failed; it takes no more writes until a restart");
                requireAllAcknowledged(clients, topic);
            }
            // The fault is over, but what became of the data is not known: still nothing is acknowledged.
            refused(clients, topic, 0, "still-refused");

            broker.killAndRestart();
            acknowledge(clients, topic, "after-the-restart");
            requireAllAcknowledged(clients, topic);
        }
    }

    @Test
    void aFailedSyncOfTheMetadataLogEndsTheBroker() throws Exception {
        try (Broker broker = Broker.started(Map.of())) {
            Clients clients = new Clients(broker);
            String before = clients.topic("before", 1);
            List<Path> paths = files(broker, "metadata/");
            try (InjectedFault fault = InjectedFault.attach(broker, "fdatasync,fsync", "error=EIO:when=1", paths);
                    Admin admin = clients.admin()) {
                // The broker ends right after its answer, which may so be lost.
                assertThatThrownBy(() -> admin.createTopics(List.of(new NewTopic("refused", 1, (short) 1)))
                                .all()
                                .get(60, TimeUnit.SECONDS))
                        .isInstanceOf(ExecutionException.class);
                assertThat(broker.awaitEnd()).isEqualTo(1);
                assertThat(fault.calls().stream().filter(line -> line.contains("sync(")))
                        .as("syncs of the metadata log, the failed one and no other")
                        .hasSize(1);
            }
            assertThat(broker.log()).contains("The metadata log broke; the broker stops");
            broker.start();
            String after = clients.topic("after", 1);
            try (Admin admin = clients.admin()) {
                assertThat(Clients.await(admin.listTopics().names())).contains(before, after);
            }
        }
    }

    private void produceBefore(Clients clients, String topic) throws Exception {
        try (Producer<String, String> producer = clients.producer(Map.of("acks", "all"))) {
            for (int i = 0; i < BEFORE; i++) {
                String value = "before-" + i;
                producer.send(new ProducerRecord<>(topic, i % PARTITIONS, null, value))
                        .get(30, TimeUnit.SECONDS);
                acknowledged.add(value);
            }
        }
    }

    private void acknowledge(Clients clients, String topic, String value) throws Exception {
        try (Producer<String, String> producer = clients.producer(Map.of("acks", "all"))) {
            producer.send(new ProducerRecord<>(topic, 0, null, value)).get(30, TimeUnit.SECONDS);
            acknowledged.add(value);
        }
    }

    private static void refused(Clients clients, String topic, int partition, String value) {
        Map<String, String> once = Map.of("acks", "all", "enable.idempotence", "false", "retries", "0");
        try (Producer<String, String> producer = clients.producer(once)) {
            assertThatThrownBy(() -> producer.send(new ProducerRecord<>(topic, partition, null, value))
                            .get(30, TimeUnit.SECONDS))
                    .as(value)
                    .hasCauseInstanceOf(KafkaStorageException.class);
        }
    }

    /** Reads until everything acknowledged has come; what was refused may come, too, once its fate is known. */
    private void requireAllAcknowledged(Clients clients, String topic) {
        Set<String> missing = new HashSet<>(acknowledged);
        List<TopicPartition> partitions = Clients.partitionsOf(topic, PARTITIONS);
        try (Consumer<String, String> consumer = clients.consumer()) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Await.until(() -> "still to come: " + missing, Duration.ofSeconds(30), () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> missing.remove(record.value()));
                return missing.isEmpty();
            });
        }
    }

    private static int indexOfFailure(List<String> calls) {
        for (int i = 0; i < calls.size(); i++) {
            if (calls.get(i).contains("(INJECTED)")) {
                return i;
            }
        }
        throw new AssertionError("no call failed: " + calls);
    }

    /** The files below the data directory whose relative names begin so. */
    private static List<Path> files(Broker broker, String prefix) throws IOException {
        Path data = broker.dataDirectory();
        try (Stream<Path> files = Files.walk(data)) {
            return files.filter(Files::isRegularFile)
                    .filter(path -> data.relativize(path).toString().startsWith(prefix))
                    .filter(path -> !path.toString().endsWith("index"))
                    .toList();
        }
    }
}
