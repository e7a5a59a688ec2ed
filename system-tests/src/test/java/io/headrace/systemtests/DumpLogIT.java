package io.headrace.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.ToolRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.tools.DumpLogSegments;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Kafka's own DumpLogSegments reads every file that a broker leaves behind, after all kinds of writing and a crash. */
@SuppressWarnings("FutureReturnValueIgnored") // A record that was refused is missed when the topic is read.
class DumpLogIT {
    private static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");
    private static final int RECORDS_EACH = 2000;
    /** Half of them are aborted. Twice: before and after a crash. */
    private static final int TRANSACTIONS = 10;

    private static final Broker BROKER = Broker.create(Map.of("log.index.interval.bytes", "1000"));

    /** What DumpLogSegments prints when something is wrong with a file. */
    private static final List<String> COMPLAINTS = List.of(
            "isvalid: false",
            "ismatch",
            "orrupt",
            "out of order",
            "Non-consecutive",
            "on-consecutive",
            "not a valid",
            "Found ");

    @BeforeAll
    static void work() {
        BROKER.start();
        Clients clients = new Clients(BROKER);
        List<String> topics = new ArrayList<>();
        for (String codec : CODECS) {
            String topic = clients.topic("dump-" + codec, 2, Map.of("segment.bytes", "1048576"));
            topics.add(topic);
            produce(clients, topic, codec, 0, RECORDS_EACH / 2);
        }
        topics.add(clients.topic("dump-append-time", 1, Map.of("message.timestamp.type", "LogAppendTime")));
        produce(clients, topics.get(topics.size() - 1), "lz4", 0, 500);
        commit(clients, topics);
        String transactional = clients.topic("dump-transactions", 1, Map.of("segment.bytes", "1048576"));
        topics.add(transactional);
        produceInTransactions(clients, transactional);
        BROKER.killAndRestart();
        produceInTransactions(clients, transactional);
        for (int i = 0; i < CODECS.size(); i++) {
            produce(clients, topics.get(i), CODECS.get(i), RECORDS_EACH / 2, RECORDS_EACH);
        }
        try (Admin admin = clients.admin()) {
            Clients.await(
                    admin.deleteRecords(Map.of(new TopicPartition(topics.get(0), 0), RecordsToDelete.beforeOffset(123)))
                            .all());
        }
        commit(clients, topics);
        BROKER.stop();
    }

    @AfterAll
    static void end() {
        BROKER.close();
    }

    @Test
    void everyLogSegment() throws IOException {
        String dump = dump(files(".log"), "--deep-iteration");
        long records = dump.lines()
                .filter(line -> line.startsWith("| offset:") && line.contains("payload: value "))
                .count();
        assertThat(records).isZero();
        String withData = dump(files(".log"), "--print-data-log");
        assertThat(withData.lines()
                        .filter(line -> line.contains("payload: value "))
                        .count())
                .isEqualTo(CODECS.size() * RECORDS_EACH + 500);
        assertThat(withData).contains("isvalid: true");
    }

    @Test
    void everyOffsetIndex() throws IOException {
        List<Path> indexes = files(".index");
        assertThat(indexes).isNotEmpty();
        dump(indexes);
        assertThat(dump(indexes, "--index-sanity-check")).contains("passed sanity check");
    }

    @Test
    void everyTimeIndex() throws IOException {
        List<Path> indexes = files(".timeindex");
        assertThat(indexes).isNotEmpty();
        dump(indexes);
        assertThat(dump(indexes, "--index-sanity-check")).contains("passed sanity check");
    }

    @Test
    void everyProducerSnapshot() throws IOException {
        List<Path> snapshots = files(".snapshot");
        assertThat(snapshots).isNotEmpty();
        assertThat(dump(snapshots)).contains("producerId: ");
    }

    @Test
    void everyTransactionIndex() throws IOException {
        List<Path> indexes = files(".txnindex");
        assertThat(indexes).isNotEmpty();
        assertThat(dump(indexes).lines().filter(line -> line.contains("producerId: ")))
                .hasSize(TRANSACTIONS);
    }

    @Test
    void markersAreControlRecords() throws IOException {
        List<Path> logs = files(".log").stream()
                .filter(file -> file.toString().contains("dump-transactions"))
                .toList();
        String dump = dump(logs, "--print-data-log");
        // A coordinator that was killed before it noted a transaction's end writes its marker once more.
        assertThat(dump.lines().filter(line -> line.contains("endTxnMarker: COMMIT")))
                .hasSizeBetween(TRANSACTIONS, TRANSACTIONS + 1);
        assertThat(dump.lines().filter(line -> line.contains("endTxnMarker: ABORT")))
                .hasSizeBetween(TRANSACTIONS, TRANSACTIONS + 1);
    }

    @Test
    void groupOffsetsAreInKafkasRecordFormat() throws IOException {
        List<Path> offsets = files(".log").stream()
                .filter(file -> file.toString().contains("__consumer_offsets"))
                .toList();
        assertThat(dump(offsets, "--offsets-decoder")).contains("dump-group", "dump-zstd");
    }

    @Test
    void checkpointsAreKafkas() throws IOException {
        for (Path directory : partitionDirectories()) {
            assertThat(Files.readAllLines(directory.resolve("partition.metadata")))
                    .as(directory.toString())
                    .first()
                    .isEqualTo("version: 0");
            if (Files.exists(directory.resolve("leader-epoch-checkpoint"))) {
                List<String> lines = Files.readAllLines(directory.resolve("leader-epoch-checkpoint"));
                assertThat(lines.get(0)).isEqualTo("0");
                assertThat(lines).hasSize(2 + Integer.parseInt(lines.get(1)));
            }
        }
    }

    private static void produceInTransactions(Clients clients, String topic) {
        try (Producer<String, String> producer = clients.producer(Map.of("transactional.id", topic))) {
            producer.initTransactions();
            for (int transaction = 0; transaction < TRANSACTIONS; transaction++) {
                producer.beginTransaction();
                for (int i = 0; i < 10; i++) {
                    producer.send(new ProducerRecord<>(topic, "key", "in transaction " + transaction));
                }
                producer.flush();
                if (transaction % 2 == 0) {
                    producer.abortTransaction();
                } else {
                    producer.commitTransaction();
                }
            }
        }
    }

    private static void produce(Clients clients, String topic, String codec, int start, int end) {
        Map<String, String> settings = Map.of("compression.type", codec, "batch.size", "4000", "linger.ms", "2");
        int partitions = topic.startsWith("dump-append-time") ? 1 : 2;
        try (Producer<String, String> producer = clients.producer(settings)) {
            for (int i = start; i < end; i++) {
                ProducerRecord<String, String> record =
                        new ProducerRecord<>(topic, i % partitions, "key " + i, "value " + i + " " + "pad".repeat(200));
                record.headers().add("number", new byte[] {(byte) i});
                producer.send(record);
            }
        }
    }

    private static void commit(Clients clients, List<String> topics) {
        try (Consumer<String, String> consumer = clients.consumer(Map.of("group.id", "dump-group"))) {
            consumer.subscribe(topics);
            Await.until("records", Duration.ofSeconds(30), () -> !consumer.poll(Duration.ofMillis(100))
                    .isEmpty());
            consumer.commitSync();
        }
    }

    private static String dump(List<Path> files, String... options) {
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.add("--files");
        arguments.add(files.stream().map(Path::toString).collect(Collectors.joining(",")));
        ToolRun run = ToolRun.of(DumpLogSegments::main, arguments.toArray(String[]::new))
                .expectSuccess();
        assertThat(run.errors().lines().filter(line -> !line.startsWith("SLF4J")))
                .isEmpty();
        assertThat(run.lines()).noneMatch(line -> COMPLAINTS.stream().anyMatch(line::contains));
        return run.output();
    }

    private static List<Path> files(String ending) throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path directory : partitionDirectories()) {
            try (Stream<Path> files = Files.list(directory)) {
                files.filter(file -> file.toString().endsWith(ending)).sorted().forEach(found::add);
            }
        }
        return found;
    }

    /** The directories named topic-partition; Kafka's own metadata log is not what is tested. */
    private static List<Path> partitionDirectories() throws IOException {
        try (Stream<Path> all = Files.list(BROKER.dataDirectory())) {
            return all.filter(Files::isDirectory)
                    .filter(directory -> directory.getFileName().toString().matches(".+-\\d+"))
                    .filter(directory -> !directory.getFileName().toString().startsWith("__cluster_metadata"))
                    .sorted()
                    .toList();
        }
    }
}
