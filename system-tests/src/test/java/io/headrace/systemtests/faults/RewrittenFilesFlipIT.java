package io.headrace.systemtests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/**
 * One flipped bit in files that are written anew as a whole now and then: the snapshot of the metadata, which nothing can
 * stand in for, and how far logs are compacted, which costs only time to find out again.
 */
class RewrittenFilesFlipIT {
    /** Enough of them, with long names, for a snapshot when the broker stops. */
    private static final int TOPICS = 400;

    private static final int KEYS = 20;
    private static final int ROUND = 200;
    private static final int VALUE_BYTES = 200;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Map<String, String> COMPACTED =
            Map.of("cleanup.policy", "compact", "internal.segment.bytes", "8192", "min.cleanable.dirty.ratio", "0.1");

    private long written;

    @Test
    void theSnapshotIsRefusedAndTheCleanerBeginsAnew() throws Exception {
        try (Broker broker = Broker.started(FaultSettings.compacting())) {
            List<String> topics = createTopics(broker);
            String compacted = new Clients(broker).topic("compacted", 1, COMPACTED);
            Path partition = broker.dataDirectory().resolve(compacted + "-0");
            write(broker, compacted);
            awaitCompaction(broker, compacted);
            awaitCheckpoint(partition, compacted);
            assertThat(broker.stop()).as("exit status after SIGTERM").isEqualTo(143);

            String what = DataFile.CLEANER_OFFSETS.damage(partition);
            refusesDamagedSnapshot(broker, partition);
            Await.until(what, LIMIT, () -> broker.log().contains("All logs will be compacted anew"));
            requireLastOfEachKey(broker, compacted);
            awaitCheckpoint(partition, compacted);

            String upWhat = DataFile.CLEANER_OFFSETS.damage(partition);
            String snapshot = DataFile.METADATA_SNAPSHOT.damage(partition);
            write(broker, compacted);
            awaitCompaction(broker, compacted);
            requireLastOfEachKey(broker, compacted);
            broker.kill();
            assertThat(broker.starts()).as(upWhat + ", " + snapshot).isFalse();
            DataFile.METADATA_SNAPSHOT.repair(partition);
            broker.start();
            requireLastOfEachKey(broker, compacted);
            try (Admin admin = new Clients(broker).admin()) {
                assertThat(Clients.await(admin.listTopics().names())).containsAll(topics);
            }
        }
    }

    private static void refusesDamagedSnapshot(Broker broker, Path partition) throws IOException {
        String what = DataFile.METADATA_SNAPSHOT.damage(partition);
        assertThat(broker.starts()).as(what).isFalse();
        assertThat(broker.log())
                .contains(String.valueOf(
                        DataFile.METADATA_SNAPSHOT.find(partition).getFileName()));
        DataFile.METADATA_SNAPSHOT.repair(partition);
        broker.start();
    }

    private static List<String> createTopics(Broker broker) {
        List<String> names = IntStream.range(0, TOPICS)
                .mapToObj(number -> "t".repeat(200) + number)
                .toList();
        try (Admin admin = new Clients(broker).admin()) {
            Clients.await(admin.createTopics(names.stream()
                            .map(name -> new NewTopic(name, 1, (short) 1))
                            .toList())
                    .all());
        }
        return names;
    }

    private void write(Broker broker, String topic) throws Exception {
        try (Producer<String, String> producer =
                new Clients(broker).producer(Map.of("acks", "all", "batch.size", "2000"))) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (long end = written + ROUND; written < end; written++) {
                sent.add(producer.send(new ProducerRecord<>(topic, 0, keyAt(written), valueAt(written))));
            }
            for (Future<RecordMetadata> each : sent) {
                assertThat(each.get(30, TimeUnit.SECONDS).hasOffset()).isTrue();
            }
        }
    }

    private static String keyAt(long offset) {
        return "key " + offset % KEYS;
    }

    private static String valueAt(long offset) {
        return offset + " " + "z".repeat(VALUE_BYTES);
    }

    private void awaitCompaction(Broker broker, String topic) {
        Pattern compacted = Pattern.compile("Compacted " + topic + "-0 up to offset ([\\d,]+)");
        Await.until("a compaction of what was written last", LIMIT, () -> compacted
                .matcher(broker.log())
                .results()
                .anyMatch(run -> Long.parseLong(run.group(1).replace(",", "")) > written - ROUND));
    }

    private static void awaitCheckpoint(Path partition, String topic) {
        Path checkpoint = partition.resolveSibling("cleaner-offset-checkpoint");
        Await.until(
                "a checkpoint of the cleaner",
                LIMIT,
                () -> Files.exists(checkpoint) && Files.readString(checkpoint).contains(topic + " 0 "));
    }

    private void requireLastOfEachKey(Broker broker, String topic) {
        List<TopicPartition> partitions = Clients.partitionsOf(topic, 1);
        Map<String, Long> last = new HashMap<>();
        try (Consumer<String, String> consumer = new Clients(broker).consumer()) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (consumer.position(partitions.get(0)) < written) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    assertThat(record.key()).isEqualTo(keyAt(record.offset()));
                    assertThat(record.value()).isEqualTo(valueAt(record.offset()));
                    last.put(record.key(), record.offset());
                }
            }
        }
        assertThat(last).hasSize(KEYS);
        assertThat(last.values()).allMatch(offset -> offset >= written - KEYS);
    }
}
