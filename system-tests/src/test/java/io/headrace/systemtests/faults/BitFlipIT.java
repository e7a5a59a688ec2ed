package io.headrace.systemtests.faults;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.systemtests.faults.FlippedTopics.Outcome;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * One flipped bit in each kind of file that a partition has: what a client then gets is what was sent, or nothing. Each kind is
 * damaged in a partition of its own, so that one broker has them all at once. docs/faults.md has the table.
 */
class BitFlipIT {
    private static final List<DataFile> FILES = List.of(
            DataFile.OLD_SEGMENT_RECORD,
            DataFile.OLD_SEGMENT_LENGTH,
            DataFile.ACTIVE_SEGMENT_RECORD,
            DataFile.ACTIVE_SEGMENT_LENGTH,
            DataFile.ACTIVE_SEGMENT_LAST_RECORD,
            DataFile.OLD_SEGMENT_BASE_OFFSET,
            DataFile.ACTIVE_SEGMENT_BASE_OFFSET,
            DataFile.PARTITION_METADATA,
            DataFile.OFFSET_INDEX,
            DataFile.ACTIVE_OFFSET_INDEX,
            DataFile.TIME_INDEX,
            DataFile.ACTIVE_TIME_INDEX,
            DataFile.PRODUCER_SNAPSHOT,
            DataFile.LEADER_EPOCHS);

    /** The transaction index has no checksum in Kafka's format; a reader of committed records depends on it. */
    private static final List<DataFile> TRANSACTION_FILES =
            List.of(DataFile.TRANSACTION_INDEX, DataFile.ACTIVE_TRANSACTION_INDEX, DataFile.TRANSACTION_CHECKS);

    /** A partition that nothing happens to. */
    private static final int SOUND = FILES.size();

    /** Every other transaction of it was aborted, the last one too. */
    private static final String TRANSACTIONAL_TOPIC = "transactions";

    private static final int TRANSACTIONS = 24;
    private static final int TRANSACTION_RECORDS = 100;

    /** How the broker ended before the damage, or that it runs meanwhile. */
    enum State {
        KILLED,
        STOPPED,
        UP
    }

    private static final Map<State, Broker> BROKERS = new EnumMap<>(State.class);

    @BeforeAll
    static void prepare() throws Exception {
        Broker killed = filled();
        killed.kill();
        Broker stopped = filled();
        assertThat(stopped.stop()).as("exit status after SIGTERM").isEqualTo(143);
        BROKERS.put(State.KILLED, killed);
        BROKERS.put(State.STOPPED, stopped);
        Broker up = FlippedTopics.copyOf(killed);
        BROKERS.put(State.UP, up);
        up.start();
        assertThat(FlippedTopics.read(up, SOUND, FlippedTopics.RECORDS)).isEqualTo(Outcome.WHOLE);
        for (DataFile file : TRANSACTION_FILES) {
            readCommitted(up, partition(file));
        }
        for (Broker broker : List.of(killed, stopped)) {
            for (DataFile file : FILES) {
                System.out.println(file.damage(FlippedTopics.directory(broker, partition(file))));
            }
            for (DataFile file : TRANSACTION_FILES) {
                System.out.println(file.damage(FlippedTopics.directory(broker, partition(file))));
            }
            broker.start();
        }
    }

    private static Broker filled() throws Exception {
        Broker broker = Broker.started(FaultSettings.SMALL_FILES);
        BROKERS.put(State.UP, broker); // so that it ends whatever happens
        try (var admin = new Clients(broker).admin()) {
            Clients.await(
                    admin.createTopics(List.of(new NewTopic(TRANSACTIONAL_TOPIC, TRANSACTION_FILES.size(), (short) 1)))
                            .all());
        }
        produceInTransactions(broker);
        new FlippedTopics(FILES.size() + 1).fill(broker);
        return broker;
    }

    @AfterAll
    static void end() {
        BROKERS.values().forEach(Broker::close);
    }

    private static Broker broker(State state) {
        return requireNonNull(BROKERS.get(state));
    }

    /** The partition in which this kind is damaged. */
    private static TopicPartition partition(DataFile file) {
        int transactional = TRANSACTION_FILES.indexOf(file);
        return transactional >= 0
                ? new TopicPartition(TRANSACTIONAL_TOPIC, transactional)
                : FlippedTopics.of(FILES.indexOf(file));
    }

    @ParameterizedTest
    @CsvSource({
        "KILLED, OLD_SEGMENT_RECORD, REFUSED",
        "STOPPED, OLD_SEGMENT_RECORD, REFUSED",
        "UP, OLD_SEGMENT_RECORD, REFUSED",
        "KILLED, OLD_SEGMENT_LENGTH, REFUSED",
        "STOPPED, OLD_SEGMENT_LENGTH, REFUSED",
        "UP, OLD_SEGMENT_LENGTH, REFUSED",
        "KILLED, ACTIVE_SEGMENT_RECORD, REFUSED",
        "STOPPED, ACTIVE_SEGMENT_RECORD, REFUSED",
        "UP, ACTIVE_SEGMENT_RECORD, REFUSED",
        "KILLED, ACTIVE_SEGMENT_LENGTH, OFFLINE",
        "STOPPED, ACTIVE_SEGMENT_LENGTH, REFUSED",
        "UP, ACTIVE_SEGMENT_LENGTH, OFFLINE",
        "KILLED, ACTIVE_SEGMENT_LAST_RECORD, REFUSED",
        "STOPPED, ACTIVE_SEGMENT_LAST_RECORD, REFUSED",
        "UP, ACTIVE_SEGMENT_LAST_RECORD, REFUSED",
        "KILLED, OLD_SEGMENT_BASE_OFFSET, REFUSED",
        "STOPPED, OLD_SEGMENT_BASE_OFFSET, REFUSED",
        "UP, OLD_SEGMENT_BASE_OFFSET, REFUSED",
        "KILLED, ACTIVE_SEGMENT_BASE_OFFSET, REFUSED",
        "STOPPED, ACTIVE_SEGMENT_BASE_OFFSET, REFUSED",
        "UP, ACTIVE_SEGMENT_BASE_OFFSET, REFUSED",
        "KILLED, PARTITION_METADATA, OFFLINE",
        "STOPPED, PARTITION_METADATA, OFFLINE",
        "KILLED, OFFSET_INDEX, WHOLE",
        "STOPPED, OFFSET_INDEX, WHOLE",
        "UP, OFFSET_INDEX, WHOLE",
        "KILLED, ACTIVE_OFFSET_INDEX, WHOLE",
        "STOPPED, ACTIVE_OFFSET_INDEX, WHOLE",
        "UP, ACTIVE_OFFSET_INDEX, WHOLE",
        "KILLED, TIME_INDEX, WHOLE",
        "STOPPED, TIME_INDEX, WHOLE",
        "UP, TIME_INDEX, WHOLE",
        "KILLED, ACTIVE_TIME_INDEX, WHOLE",
        "STOPPED, ACTIVE_TIME_INDEX, WHOLE",
        "UP, ACTIVE_TIME_INDEX, WHOLE",
        "KILLED, PRODUCER_SNAPSHOT, WHOLE",
        "STOPPED, PRODUCER_SNAPSHOT, WHOLE",
        "KILLED, LEADER_EPOCHS, WHOLE",
        "STOPPED, LEADER_EPOCHS, WHOLE",
    })
    void aClientGetsWhatWasSentOrNothing(State state, DataFile file, Outcome expected) throws Exception {
        Broker broker = broker(state);
        int partition = partition(file).partition();
        Path directory = FlippedTopics.directory(broker, partition(file));
        String what = damageNow(state, file, directory);
        assertThat(FlippedTopics.read(broker, partition, FlippedTopics.RECORDS))
                .as(what)
                .isEqualTo(expected);
        if (expected == Outcome.WHOLE) {
            FlippedTopics.requireFound(broker, partition);
        } else {
            assertThat(file.find(directory))
                    .as("what cannot be made again is not taken away")
                    .exists();
        }
        if (expected != Outcome.OFFLINE) {
            FlippedTopics.produceOne(broker, partition, FlippedTopics.RECORDS);
        }
    }

    private static String damageNow(State state, DataFile file, Path directory) throws IOException {
        return state == State.UP ? file.damage(directory) : "a bit of " + directory;
    }

    @ParameterizedTest
    @EnumSource
    void theOtherPartitionsGoOn(State state) throws Exception {
        Broker broker = broker(state);
        assertThat(FlippedTopics.read(broker, SOUND, FlippedTopics.RECORDS)).isEqualTo(Outcome.WHOLE);
        FlippedTopics.requireTrimmed(broker);
        FlippedTopics.produceOne(broker, SOUND, FlippedTopics.RECORDS);
    }

    @ParameterizedTest
    @CsvSource({
        "KILLED, TRANSACTION_INDEX",
        "STOPPED, TRANSACTION_INDEX",
        "UP, TRANSACTION_INDEX",
        "KILLED, ACTIVE_TRANSACTION_INDEX",
        "STOPPED, ACTIVE_TRANSACTION_INDEX",
        "UP, ACTIVE_TRANSACTION_INDEX",
        "KILLED, TRANSACTION_CHECKS",
        "STOPPED, TRANSACTION_CHECKS",
        "UP, TRANSACTION_CHECKS",
    })
    void aReaderOfCommittedRecordsNeverSeesAborted(State state, DataFile file) throws Exception {
        Broker broker = broker(state);
        TopicPartition partition = partition(file);
        String what = damageNow(state, file, FlippedTopics.directory(broker, partition));
        readCommitted(broker, partition);
        // What was past the last checkpoint when the broker was killed is made anew in any case.
        if (!(state == State.KILLED && file == DataFile.ACTIVE_TRANSACTION_INDEX)) {
            assertThat(broker.log())
                    .as(what)
                    .containsPattern(partition + "/\\d+\\.txnindex did not hold what was written; made it anew");
        }
        readCommitted(broker, partition);
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
                    for (DataFile file : TRANSACTION_FILES) {
                        var unused = producer.send(new ProducerRecord<>(
                                TRANSACTIONAL_TOPIC,
                                partition(file).partition(),
                                null,
                                RecordedProducer.payload(value, FlippedTopics.RECORD_BYTES)));
                    }
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
    private static void readCommitted(Broker broker, TopicPartition one) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", broker.bootstrap(),
                "auto.offset.reset", "none",
                "enable.auto.commit", "false",
                "isolation.level", "read_committed");
        try (Consumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(one));
            consumer.seek(one, 0);
            long end = TRANSACTIONS * (TRANSACTION_RECORDS + 1L);
            long next = 0;
            long deadline = System.nanoTime() + FlippedTopics.OUTCOME_WITHIN_NANOS;
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
}
