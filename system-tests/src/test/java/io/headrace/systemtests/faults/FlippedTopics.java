package io.headrace.systemtests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Two topics whose files are damaged: one with so many records in each of its partitions that it has more than one segment, and
 * one from which records were deleted.
 */
final class FlippedTopics {
    static final int RECORDS = 1600;
    static final int RECORD_BYTES = 1000;
    static final long OUTCOME_WITHIN_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final String TOPIC = "flipped";
    /** The first record's timestamp; the others follow a millisecond apart. */
    private static final long FIRST_MS = System.currentTimeMillis() - RECORDS;
    /** How far apart the records are that are looked up one by one. */
    private static final int LOOKED_UP_STEP = 37;

    private static final TopicPartition TRIMMED = new TopicPartition("a-trimmed", 0);
    private static final int TRIMMED_RECORDS = 30;
    private static final int TRIMMED_START = 17;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** What became of damage to a partition. */
    enum Outcome {
        /** Everything is there, as it was. */
        WHOLE,
        /** The partition is offline, and the log says so. */
        OFFLINE,
        /** What is damaged is refused, and the log says which file; what precedes it was read. */
        REFUSED
    }

    private final int partitions;

    FlippedTopics(int partitions) {
        this.partitions = partitions;
    }

    /** Makes the topics, and waits until a checkpoint knows of them. */
    void fill(Broker broker) throws Exception {
        try (var admin = new Clients(broker).admin()) {
            Clients.await(admin.createTopics(List.of(
                            new NewTopic(TOPIC, partitions, (short) 1), new NewTopic(TRIMMED.topic(), 1, (short) 1)))
                    .all());
            try (Producer<byte[], byte[]> producer = producer(broker)) {
                for (int partition = 0; partition < partitions; partition++) {
                    produce(producer, of(partition), 0, RECORDS);
                }
                produce(producer, TRIMMED, 0, TRIMMED_RECORDS);
            }
            Clients.await(admin.deleteRecords(Map.of(TRIMMED, RecordsToDelete.beforeOffset(TRIMMED_START)))
                    .all());
        }
        Path logStarts = broker.dataDirectory().resolve("log-start-offset-checkpoint");
        Await.until(
                "a checkpoint",
                LIMIT,
                () -> Files.exists(logStarts) && Files.readString(logStarts).contains(TRIMMED.topic()));
    }

    static TopicPartition of(int partition) {
        return new TopicPartition(TOPIC, partition);
    }

    static Path directory(Broker broker, TopicPartition partition) {
        return broker.dataDirectory().resolve(partition.toString());
    }

    /** Appends a record to a partition of so many. */
    static void produceOne(Broker broker, int partition, int count) throws Exception {
        try (Producer<byte[], byte[]> producer = producer(broker)) {
            produce(producer, of(partition), count, count + 1);
        }
    }

    private static Producer<byte[], byte[]> producer(Broker broker) {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", broker.bootstrap(), "batch.size", "4000", "acks", "all");
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static void produce(Producer<byte[], byte[]> producer, TopicPartition partition, int from, int to)
            throws Exception {
        for (int i = from; i < to; i++) {
            var answer = producer.send(new ProducerRecord<>(
                    partition.topic(),
                    partition.partition(),
                    FIRST_MS + i,
                    null,
                    RecordedProducer.payload(i, RECORD_BYTES)));
            if (i == to - 1) {
                assertThat(answer.get(30, TimeUnit.SECONDS).offset()).isEqualTo(i);
            }
        }
    }

    /** Requires that all is there, with so many records in each partition. */
    void requireAll(Broker broker, int count) {
        for (int partition = 0; partition < partitions; partition++) {
            assertThat(read(broker, partition, count)).isEqualTo(Outcome.WHOLE);
        }
        requireTrimmed(broker);
    }

    /** Requires that what was deleted stays so, and nothing else. */
    static void requireTrimmed(Broker broker) {
        try (var admin = new Clients(broker).admin()) {
            long start = Clients.await(admin.listOffsets(Map.of(TRIMMED, OffsetSpec.earliest()))
                            .partitionResult(TRIMMED))
                    .offset();
            assertThat(start).isEqualTo(TRIMMED_START);
        }
    }

    /** Reads a partition: every record that comes is compared with what was sent. */
    static Outcome read(Broker broker, int partition, int count) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", broker.bootstrap(), "auto.offset.reset", "none", "enable.auto.commit", "false");
        TopicPartition one = of(partition);
        try (Consumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(one));
            consumer.seek(one, 0);
            long next = 0;
            long deadline = System.nanoTime() + OUTCOME_WITHIN_NANOS;
            while (next < count) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    assertThat(record.offset()).isEqualTo(next);
                    assertThat(RecordedProducer.value(record.value())).isEqualTo(next);
                    next++;
                }
                if (broker.log().contains(one + " is offline")) {
                    return Outcome.OFFLINE;
                }
                assertThat(System.nanoTime())
                        .as(() -> "no outcome; the log:\n" + broker.log())
                        .isLessThan(deadline);
            }
            return Outcome.WHOLE;
        } catch (KafkaException e) {
            assertThat(e).hasStackTraceContaining("Encountered corrupt message");
            assertThat(broker.log()).containsPattern("Found when it was read, and not served: \\S*/" + one + "/");
            return Outcome.REFUSED;
        }
    }

    /** Requires that records are found by their offset, and by their time, which the indexes are for. */
    static void requireFound(Broker broker, int partition) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", broker.bootstrap(),
                "auto.offset.reset", "none",
                "enable.auto.commit", "false",
                "max.partition.fetch.bytes", "1");
        TopicPartition one = of(partition);
        try (Consumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(one));
            for (long offset = RECORDS - 1; offset >= 0; offset -= LOOKED_UP_STEP) {
                consumer.seek(one, offset);
                ConsumerRecord<byte[], byte[]> found =
                        consumer.poll(LIMIT).iterator().next();
                assertThat(found.offset()).isEqualTo(offset);
                assertThat(RecordedProducer.value(found.value())).isEqualTo(offset);
                assertThat(Clients.at(consumer.offsetsForTimes(Map.of(one, FIRST_MS + offset)), one)
                                .offset())
                        .isEqualTo(offset);
            }
        }
    }

    /** A broker on files of its own, which are those of another. */
    static Broker copyOf(Broker other) throws IOException {
        Broker broker = Broker.create(FaultSettings.SMALL_FILES);
        Path from = other.dataDirectory();
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path to = broker.dataDirectory().resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(to);
                } else {
                    Files.copy(file, to);
                }
            }
        }
        return broker;
    }
}
