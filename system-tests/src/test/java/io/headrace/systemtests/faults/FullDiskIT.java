package io.headrace.systemtests.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.LoopDisk;
import io.headrace.systemtests.harness.Names;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RetriableException;
import org.junit.jupiter.api.Test;

/** A disk that is full: what the broker does meanwhile, over a restart, and when there is room again. */
class FullDiskIT {
    private static final int DISK_MEBIBYTES = 64;
    private static final int RECORD_BYTES = 60_000;
    private static final int RECORDS_MAX = 2_000;

    private static final int KEYED_RECORDS = 400;
    private static final int KEYS_TWICE = 50;
    private static final int KEYED_BYTES = 10_000;
    /** Nothing is compacted at first, and then everything that is not in the last segment. */
    private static final Map<String, String> KEYED =
            Map.of("cleanup.policy", "compact", "min.compaction.lag.ms", "86400000");

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final List<String> acknowledged = new ArrayList<>();

    @Test
    void writesAreRefusedAndAllElseGoesOnUntilThereIsRoom() throws Exception {
        try (LoopDisk disk = LoopDisk.create(DISK_MEBIBYTES);
                Broker broker = Broker.create(settings(disk))) {
            broker.start();
            Clients clients = new Clients(broker);
            String kept = clients.topic("kept", 1);
            String deleted = clients.topic("deleted", 1);
            String keyed = clients.topic("keyed", 1, KEYED);
            writeKeys(clients, keyed);
            // Something to win back by a deletion, then all the room that is left but a little.
            fill(clients, deleted, 100);
            Path ballast = fillUp(disk.mountPoint());
            assertThat(fill(clients, kept, RECORDS_MAX))
                    .as("records until the disk was full")
                    .isLessThan(RECORDS_MAX);
            assertThat(broker.log()).contains("full");

            compactFromNowOn(clients, keyed);
            Await.until("a compaction without room", LIMIT, () -> broker.log().contains("No room to compact " + keyed));
            requireLastOfEachKey(clients, keyed);
            requireAllAcknowledged(clients, kept);
            assertThat(broker.isRunning()).isTrue();

            broker.killAndRestart();
            requireAllAcknowledged(clients, kept);
            requireLastOfEachKey(clients, keyed);
            refused(clients, kept);

            assertThat(broker.stop()).as("exit status after SIGTERM").isEqualTo(143);
            broker.start();
            requireAllAcknowledged(clients, kept);

            try (Admin admin = clients.admin()) {
                Clients.await(admin.deleteTopics(List.of(deleted)).all());
            }
            acceptedWithin(clients, kept, Duration.ofSeconds(30));
            assertThat(fill(clients, kept, RECORDS_MAX))
                    .as("records until it was full again")
                    .isLessThan(RECORDS_MAX);

            Files.delete(ballast);
            acceptedWithin(clients, kept, Duration.ofSeconds(30));
            fill(clients, kept, 20);
            Await.until("a compaction", LIMIT, () -> broker.log().contains("Compacted " + keyed));
            requireLastOfEachKey(clients, keyed);
            Path directory = disk.mountPoint().resolve("data").resolve(keyed + "-0");
            Await.until("nothing left over", LIMIT, () -> leftovers(directory).isEmpty());
            broker.killAndRestart();
            requireAllAcknowledged(clients, kept);
            requireLastOfEachKey(clients, keyed);
            assertThat(leftovers(directory)).isEmpty();
        }
    }

    private static Map<String, String> settings(LoopDisk disk) {
        Map<String, String> settings = new HashMap<>(FaultSettings.SMALL_FILES);
        settings.put("log.dirs", disk.mountPoint().resolve("data").toString());
        settings.put("log.segment.delete.delay.ms", "0");
        // What a disk does that is really full, not one that is kept from it.
        settings.put("headrace.disk.reserve.bytes", "0");
        settings.put("num.partitions", "1");
        settings.put("log.cleaner.backoff.ms", "200");
        return settings;
    }

    /** Several segments, the first of which stays as it is when it is compacted. */
    private static void writeKeys(Clients clients, String topic) throws Exception {
        try (Producer<String, String> producer = clients.producer(Map.of("acks", "all"))) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int offset = 0; offset < KEYED_RECORDS; offset++) {
                sent.add(producer.send(new ProducerRecord<>(topic, 0, keyAt(offset), valueAt(offset))));
            }
            for (Future<RecordMetadata> each : sent) {
                assertThat(each.get(30, TimeUnit.SECONDS).hasOffset()).isTrue();
            }
        }
    }

    /** Some are written twice. */
    private static String keyAt(long offset) {
        return "key " + (offset < KEYED_RECORDS / 2 ? offset : offset - KEYS_TWICE);
    }

    private static String valueAt(long offset) {
        return offset + " " + "y".repeat(KEYED_BYTES);
    }

    private static void compactFromNowOn(Clients clients, String topic) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        AlterConfigOp now = new AlterConfigOp(new ConfigEntry("min.compaction.lag.ms", "0"), AlterConfigOp.OpType.SET);
        try (Admin admin = clients.admin()) {
            Clients.await(admin.incrementalAlterConfigs(Map.of(resource, List.of(now)))
                    .all());
        }
    }

    /** Whatever was compacted, and how far. */
    private static void requireLastOfEachKey(Clients clients, String topic) {
        Map<String, Long> last = new HashMap<>();
        List<TopicPartition> partitions = Clients.partitionsOf(topic, 1);
        try (Consumer<String, String> consumer = clients.consumer()) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (consumer.position(partitions.get(0)) < KEYED_RECORDS) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    assertThat(record.key()).isEqualTo(keyAt(record.offset()));
                    assertThat(record.value()).isEqualTo(valueAt(record.offset()));
                    last.put(record.key(), record.offset());
                }
            }
        }
        Map<String, Long> expected = new HashMap<>();
        for (long offset = 0; offset < KEYED_RECORDS; offset++) {
            expected.put(keyAt(offset), offset);
        }
        assertThat(last).isEqualTo(expected);
    }

    private static List<Path> leftovers(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".cleaned")
                            || file.toString().endsWith(".swap"))
                    .toList();
        }
    }

    /** Leaves about two mebibytes. */
    private static Path fillUp(Path directory) throws IOException {
        Path ballast = directory.resolve("ballast");
        byte[] block = new byte[1 << 20];
        try (OutputStream out = Files.newOutputStream(ballast)) {
            while (Files.getFileStore(directory).getUsableSpace() > 3 << 20) {
                out.write(block);
                out.flush();
            }
        }
        return ballast;
    }

    /** Sends records, each after the one before, until one is refused, retriably; how many were acknowledged. */
    private int fill(Clients clients, String topic, int most) throws InterruptedException {
        try (Producer<String, String> producer = onceOnly(clients)) {
            for (int i = 0; i < most; i++) {
                String name = Names.unique("record");
                try {
                    producer.send(new ProducerRecord<>(topic, 0, name, "x".repeat(RECORD_BYTES)))
                            .get(30, TimeUnit.SECONDS);
                } catch (ExecutionException e) {
                    assertThat(e.getCause()).isInstanceOf(RetriableException.class);
                    return i;
                } catch (java.util.concurrent.TimeoutException e) {
                    throw new AssertionError("no answer to " + name, e);
                }
                acknowledged.add(topic + "/" + name);
            }
            return most;
        }
    }

    private void refused(Clients clients, String topic) {
        try (Producer<String, String> producer = onceOnly(clients)) {
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 100; i++) {
                            String name = Names.unique("perhaps");
                            producer.send(new ProducerRecord<>(topic, 0, name, "x".repeat(RECORD_BYTES)))
                                    .get(30, TimeUnit.SECONDS);
                            acknowledged.add(topic + "/" + name);
                        }
                    })
                    .hasCauseInstanceOf(RetriableException.class);
        }
    }

    private void acceptedWithin(Clients clients, String topic, Duration limit) {
        try (Producer<String, String> producer = onceOnly(clients)) {
            String name = Names.unique("accepted");
            Await.until("a record accepted after there was room", limit, () -> {
                try {
                    producer.send(new ProducerRecord<>(topic, 0, name, "x")).get(30, TimeUnit.SECONDS);
                    acknowledged.add(topic + "/" + name);
                    return true;
                } catch (ExecutionException e) {
                    assertThat(e.getCause()).isInstanceOf(RetriableException.class);
                    return false;
                }
            });
        }
    }

    /** Tells what the broker answers, in place of trying again. */
    private static Producer<String, String> onceOnly(Clients clients) {
        return clients.producer(Map.of("acks", "all", "enable.idempotence", "false", "retries", "0"));
    }

    private void requireAllAcknowledged(Clients clients, String topic) {
        Set<String> missing = new HashSet<>(acknowledged);
        missing.removeIf(name -> !name.startsWith(topic + "/"));
        Collection<TopicPartition> partitions = Clients.partitionsOf(topic, 1);
        try (Consumer<String, String> consumer = clients.consumer()) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Await.until(() -> "still to come: " + missing, Duration.ofSeconds(30), () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> missing.remove(topic + "/" + record.key()));
                return missing.isEmpty();
            });
        }
    }
}
