package io.headrace.systemtests.faults;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One flipped bit in each kind of file: what a client then gets is what was sent, or nothing. docs/faults.md has the table. */
class BitFlipIT {
    private static final String TOPIC = "flipped";
    /** Every other transaction of it was aborted, the last one too. */
    private static final String TRANSACTIONAL_TOPIC = "transactions";

    /** Records were deleted from it. */
    private static final String TRIMMED_TOPIC = "a-trimmed";

    private static final int TRIMMED_RECORDS = 30;
    private static final int TRIMMED_START = 17;
    private static final int TRANSACTIONS = 24;
    private static final int TRANSACTION_RECORDS = 100;
    private static final int PARTITIONS = 2;
    private static final int RECORDS = 1600;
    private static final int RECORD_BYTES = 1000;
    private static final long OUTCOME_WITHIN_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** What can be had from a log, or is there twice. */
    private static final List<DataFile> DERIVED = List.of(
            DataFile.PRODUCER_SNAPSHOT,
            DataFile.LEADER_EPOCHS,
            DataFile.RECOVERY_POINTS,
            DataFile.LOG_STARTS,
            DataFile.HIGH_WATERMARKS);

    /** The files of a broker that was killed, and those of one that was stopped. */
    private static final Broker KILLED = Broker.create(FaultSettings.SMALL_FILES);

    private static final Broker STOPPED = Broker.create(FaultSettings.SMALL_FILES);

    /** What became of the damage. */
    enum Outcome {
        /** Everything is there, as it was. */
        WHOLE,
        /** The broker does not start, and says which file. */
        NO_START,
        /** The partition is offline, and the log says which file. */
        OFFLINE,
        /** What is damaged is refused, and the log says which file; what precedes it was read. */
        REFUSED
    }

    @BeforeAll
    static void prepare() throws Exception {
        for (Broker broker : List.of(KILLED, STOPPED)) {
            broker.start();
            Clients clients = new Clients(broker);
            try (var admin = clients.admin()) {
                Clients.await(admin.createTopics(List.of(
                                new NewTopic(TOPIC, PARTITIONS, (short) 1),
                                new NewTopic(TRANSACTIONAL_TOPIC, 1, (short) 1),
                                new NewTopic(TRIMMED_TOPIC, 1, (short) 1)))
                        .all());
                produceInTransactions(broker);
                produce(broker, 0, RECORDS);
                TopicPartition trimmed = new TopicPartition(TRIMMED_TOPIC, 0);
                produce(broker, 0, TRIMMED_RECORDS, trimmed);
                Clients.await(admin.deleteRecords(Map.of(trimmed, RecordsToDelete.beforeOffset(TRIMMED_START)))
                        .all());
                Path logStarts = broker.dataDirectory().resolve("log-start-offset-checkpoint");
                Await.until(
                        "a checkpoint",
                        LIMIT,
                        () -> Files.exists(logStarts)
                                && Files.readString(logStarts).contains(TRIMMED_TOPIC));
            }
        }
        KILLED.kill();
        STOPPED.stop();
    }

    @AfterAll
    static void end() {
        KILLED.close();
        STOPPED.close();
    }

    /** How the broker ended before the damage, or that it runs meanwhile, and what must come of it. */
    @ParameterizedTest
    @CsvSource({
        "killed, OLD_SEGMENT_RECORD, REFUSED",
        "stopped, OLD_SEGMENT_RECORD, REFUSED",
        "up, OLD_SEGMENT_RECORD, REFUSED",
        "killed, OLD_SEGMENT_LENGTH, REFUSED",
        "stopped, OLD_SEGMENT_LENGTH, REFUSED",
        "up, OLD_SEGMENT_LENGTH, REFUSED",
        "killed, ACTIVE_SEGMENT_RECORD, REFUSED",
        "stopped, ACTIVE_SEGMENT_RECORD, REFUSED",
        "up, ACTIVE_SEGMENT_RECORD, REFUSED",
        "killed, ACTIVE_SEGMENT_LENGTH, OFFLINE",
        "stopped, ACTIVE_SEGMENT_LENGTH, REFUSED",
        "up, ACTIVE_SEGMENT_LENGTH, OFFLINE",
        "killed, ACTIVE_SEGMENT_LAST_RECORD, REFUSED",
        "stopped, ACTIVE_SEGMENT_LAST_RECORD, REFUSED",
        "up, ACTIVE_SEGMENT_LAST_RECORD, REFUSED",
        "killed, OLD_SEGMENT_BASE_OFFSET, REFUSED",
        "stopped, OLD_SEGMENT_BASE_OFFSET, REFUSED",
        "up, OLD_SEGMENT_BASE_OFFSET, REFUSED",
        "killed, ACTIVE_SEGMENT_BASE_OFFSET, REFUSED",
        "stopped, ACTIVE_SEGMENT_BASE_OFFSET, REFUSED",
        "up, ACTIVE_SEGMENT_BASE_OFFSET, REFUSED",
        "killed, PARTITION_METADATA, OFFLINE",
        "stopped, PARTITION_METADATA, OFFLINE",
        "killed, OFFSET_INDEX, WHOLE",
        "stopped, OFFSET_INDEX, WHOLE",
        "up, OFFSET_INDEX, WHOLE",
        "killed, ACTIVE_OFFSET_INDEX, WHOLE",
        "stopped, ACTIVE_OFFSET_INDEX, WHOLE",
        "up, ACTIVE_OFFSET_INDEX, WHOLE",
        "killed, TIME_INDEX, WHOLE",
        "stopped, TIME_INDEX, WHOLE",
        "up, TIME_INDEX, WHOLE",
        "killed, ACTIVE_TIME_INDEX, WHOLE",
        "stopped, ACTIVE_TIME_INDEX, WHOLE",
        "up, ACTIVE_TIME_INDEX, WHOLE",
        "killed, PRODUCER_SNAPSHOT, WHOLE",
        "stopped, PRODUCER_SNAPSHOT, WHOLE",
        "killed, LEADER_EPOCHS, WHOLE",
        "stopped, LEADER_EPOCHS, WHOLE",
        "killed, RECOVERY_POINTS, WHOLE",
        "stopped, RECOVERY_POINTS, WHOLE",
        "killed, LOG_STARTS, WHOLE",
        "stopped, LOG_STARTS, WHOLE",
        "killed, HIGH_WATERMARKS, WHOLE",
        "stopped, HIGH_WATERMARKS, WHOLE",
        "killed, JOURNAL, NO_START",
        "stopped, JOURNAL, NO_START",
        "killed, METADATA_LOG, NO_START",
        "stopped, METADATA_LOG, NO_START",
        "killed, META_PROPERTIES, NO_START",
        "stopped, META_PROPERTIES, NO_START",
    })
    void aClientGetsWhatWasSentOrNothing(String state, DataFile file, Outcome expected) throws Exception {
        boolean up = state.equals("up");
        try (Broker broker = copyOf(state.equals("stopped") ? STOPPED : KILLED)) {
            Path damaged = broker.dataDirectory().resolve(TOPIC + "-0");
            if (up) {
                broker.start();
                assertThat(read(broker, 1, RECORDS)).isEqualTo(Outcome.WHOLE);
            }
            String what = file.damage(damaged);
            assertThat(outcome(broker, file.find(damaged), up)).as(what).isEqualTo(expected);
            if (expected != Outcome.WHOLE) {
                assertThat(file.find(damaged))
                        .as("what cannot be made again is not taken away")
                        .exists();
            }
            if (expected != Outcome.NO_START) {
                assertThat(read(broker, 1, RECORDS)).as("the other partition").isEqualTo(Outcome.WHOLE);
                assertThat(trimmedStart(broker)).isEqualTo(TRIMMED_START);
                produce(broker, RECORDS, RECORDS + 1, expected == Outcome.OFFLINE ? 1 : 0);
            }
        }
    }

    /** What a broker reads only when it starts: it goes on as before, and the next start makes it anew. */
    @ParameterizedTest
    @ValueSource(strings = {"killed", "stopped"})
    void whatIsDerivedMayGoWrongWhileTheBrokerRuns(String end) throws Exception {
        try (Broker broker = copyOf(KILLED)) {
            broker.start();
            Path partition = broker.dataDirectory().resolve(TOPIC + "-0");
            assertAllThere(broker, RECORDS);
            String producers = producers(broker);
            StringBuilder damage = new StringBuilder();
            for (DataFile file : DERIVED) {
                damage.append(file.damage(partition)).append('\n');
            }
            assertAllThere(broker, RECORDS);
            end(broker, end);
            broker.start();
            assertAllThere(broker, RECORDS);
            assertThat(producers(broker)).as(damage.toString()).isEqualTo(producers);
            produce(broker, RECORDS, RECORDS + 1);
            broker.killAndRestart();
            assertAllThere(broker, RECORDS + 1);
        }
    }

    /** The same of what cannot be made anew: no start touches it, and when it is right again nothing is missing. */
    @ParameterizedTest
    @ValueSource(strings = {"killed", "stopped"})
    void whatIsNotDerivedIsRefusedByTheNextStart(String end) throws Exception {
        try (Broker broker = copyOf(KILLED)) {
            broker.start();
            assertAllThere(broker, RECORDS);
            Path partition = broker.dataDirectory().resolve(TOPIC + "-0");
            Map<String, DataFile> damaged = new HashMap<>();
            for (DataFile file : List.of(DataFile.JOURNAL, DataFile.METADATA_LOG, DataFile.META_PROPERTIES)) {
                damaged.put(String.valueOf(file.find(partition).getFileName()), file);
                assertThat(file.damage(partition)).isNotEmpty();
            }
            String offline =
                    DataFile.PARTITION_METADATA.damage(broker.dataDirectory().resolve(TOPIC + "-1"));
            assertAllThere(broker, RECORDS);
            produce(broker, RECORDS, RECORDS + 1);
            end(broker, end);
            while (!damaged.isEmpty()) {
                int before = broker.log().length();
                assertThat(starts(broker)).as(damaged.toString()).isFalse();
                String told = broker.log().substring(before);
                List<String> named =
                        damaged.keySet().stream().filter(told::contains).toList();
                assertThat(named).as(told).hasSize(1);
                assertThat(requireNonNull(damaged.remove(named.get(0))).damage(partition))
                        .as("it is as it was")
                        .isNotEmpty();
            }
            broker.start();
            assertThat(read(broker, 0, RECORDS + 1)).isEqualTo(Outcome.WHOLE);
            assertThat(read(broker, 1, RECORDS + 1)).as(offline).isEqualTo(Outcome.OFFLINE);
        }
    }

    private static void end(Broker broker, String how) {
        if (how.equals("killed")) {
            broker.kill();
        } else {
            broker.stop();
        }
    }

    private static void assertAllThere(Broker broker, int count) {
        assertThat(read(broker, 0, count)).isEqualTo(Outcome.WHOLE);
        assertThat(read(broker, 1, count)).isEqualTo(Outcome.WHOLE);
        assertThat(trimmedStart(broker)).isEqualTo(TRIMMED_START);
    }

    private static long trimmedStart(Broker broker) {
        TopicPartition trimmed = new TopicPartition(TRIMMED_TOPIC, 0);
        try (var admin = new Clients(broker).admin()) {
            return Clients.await(admin.listOffsets(Map.of(trimmed, OffsetSpec.earliest()))
                            .partitionResult(trimmed))
                    .offset();
        }
    }

    /** What the broker remembers of those who have written to the partition. */
    private static String producers(Broker broker) {
        TopicPartition partition = new TopicPartition(TOPIC, 0);
        try (var admin = new Clients(broker).admin()) {
            return Clients.await(admin.describeProducers(List.of(partition)).partitionResult(partition))
                    .activeProducers()
                    .stream()
                    .map(producer -> producer.producerId() + " epoch " + producer.producerEpoch() + " sequence "
                            + producer.lastSequence())
                    .sorted()
                    .toList()
                    .toString();
        }
    }

    /** The transaction index has no checksum in Kafka's format; a reader of committed records depends on it. */
    @ParameterizedTest
    @CsvSource({
        "killed, TRANSACTION_INDEX",
        "stopped, TRANSACTION_INDEX",
        "up, TRANSACTION_INDEX",
        "killed, ACTIVE_TRANSACTION_INDEX",
        "stopped, ACTIVE_TRANSACTION_INDEX",
        "up, ACTIVE_TRANSACTION_INDEX",
        "stopped, TRANSACTION_CHECKS",
    })
    void aReaderOfCommittedRecordsNeverSeesAborted(String state, DataFile file) throws Exception {
        try (Broker broker = copyOf(state.equals("stopped") ? STOPPED : KILLED)) {
            boolean up = state.equals("up");
            if (up) {
                broker.start();
                readCommitted(broker);
            }
            Path partition = broker.dataDirectory().resolve(TRANSACTIONAL_TOPIC + "-0");
            String what = file.damage(partition);
            if (!up) {
                broker.start();
            }
            readCommitted(broker);
            // What was past the last checkpoint when the broker was killed is made anew in any case.
            if (!(state.equals("killed") && file == DataFile.ACTIVE_TRANSACTION_INDEX)) {
                assertThat(broker.log()).as(what).contains(".txnindex did not hold what was written; made it anew");
            }
            readCommitted(broker);
        }
    }

    private static void produceInTransactions(Broker broker) {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", broker.bootstrap(), "batch.size", "4000", "transactional.id", "flipping");
        try (Producer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            for (int transaction = 0; transaction < TRANSACTIONS; transaction++) {
                producer.beginTransaction();
                for (int i = 0; i < TRANSACTION_RECORDS; i++) {
                    int value = transaction * TRANSACTION_RECORDS + i;
                    var unused = producer.send(new ProducerRecord<>(
                            TRANSACTIONAL_TOPIC, 0, null, RecordedProducer.payload(value, RECORD_BYTES)));
                }
                if (transaction % 2 == 0) {
                    producer.commitTransaction();
                } else {
                    producer.flush();
                    producer.abortTransaction();
                }
            }
        }
    }

    /** Every record of a committed transaction comes, and no other. */
    private static void readCommitted(Broker broker) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", broker.bootstrap(),
                "auto.offset.reset", "none",
                "enable.auto.commit", "false",
                "isolation.level", "read_committed");
        try (Consumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition one = new TopicPartition(TRANSACTIONAL_TOPIC, 0);
            consumer.assign(List.of(one));
            consumer.seek(one, 0);
            long end = TRANSACTIONS * (TRANSACTION_RECORDS + 1L);
            long next = 0;
            long deadline = System.nanoTime() + OUTCOME_WITHIN_NANOS;
            while (consumer.position(one) < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    assertThat(RecordedProducer.value(record.value())).isEqualTo(next);
                    next++;
                    next += next % TRANSACTION_RECORDS == 0 ? TRANSACTION_RECORDS : 0;
                }
                assertThat(System.nanoTime())
                        .as(() -> "not all came; the log:\n" + broker.log())
                        .isLessThan(deadline);
            }
            assertThat(next).isEqualTo((long) TRANSACTIONS * TRANSACTION_RECORDS);
        }
    }

    private static Outcome outcome(Broker broker, Path file, boolean up) throws Exception {
        if (!up && !starts(broker)) {
            assertThat(broker.log()).contains(file.getFileName().toString());
            return Outcome.NO_START;
        }
        return read(broker, 0, RECORDS);
    }

    private static boolean starts(Broker broker) {
        try {
            broker.start();
            return true;
        } catch (AssertionError e) {
            assertThat(broker.isRunning()).isFalse();
            return false;
        }
    }

    /** Reads a partition: every record that comes is compared with what was sent. */
    private static Outcome read(Broker broker, int partition, int count) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", broker.bootstrap(), "auto.offset.reset", "none", "enable.auto.commit", "false");
        try (Consumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition one = new TopicPartition(TOPIC, partition);
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
                if (broker.log().contains(TOPIC + "-" + partition + " is offline")) {
                    return Outcome.OFFLINE;
                }
                assertThat(System.nanoTime())
                        .as(() -> "no outcome; the log:\n" + broker.log())
                        .isLessThan(deadline);
            }
            return Outcome.WHOLE;
        } catch (KafkaException e) {
            assertThat(e).hasStackTraceContaining("Encountered corrupt message");
            assertThat(broker.log()).contains("Found when it was read, and not served");
            return Outcome.REFUSED;
        }
    }

    private static void produce(Broker broker, int from, int to) throws Exception {
        for (int partition = 0; partition < PARTITIONS; partition++) {
            produce(broker, from, to, partition);
        }
    }

    private static void produce(Broker broker, int from, int to, int partition) throws Exception {
        produce(broker, from, to, new TopicPartition(TOPIC, partition));
    }

    private static void produce(Broker broker, int from, int to, TopicPartition partition) throws Exception {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", broker.bootstrap(), "batch.size", "4000", "acks", "all");
        try (Producer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = from; i < to; i++) {
                var answer = producer.send(new ProducerRecord<>(
                        partition.topic(), partition.partition(), null, RecordedProducer.payload(i, RECORD_BYTES)));
                if (i == to - 1) {
                    assertThat(answer.get(30, TimeUnit.SECONDS).offset()).isEqualTo(i);
                }
            }
        }
    }

    /** A broker on files of its own, which are those of another. */
    private static Broker copyOf(Broker other) throws IOException {
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
