package io.headrace.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.Command;
import io.headrace.systemtests.harness.Launcher;
import io.headrace.systemtests.harness.Names;
import io.headrace.systemtests.harness.RawConnection;
import io.headrace.systemtests.harness.ToolRun;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.InitProducerIdRequest;
import org.apache.kafka.common.requests.InitProducerIdResponse;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.tools.TransactionsCommand;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Kafka's own {@code kafka-transactions}, and {@code headrace transactions} on what only such a broker has. About 12 s. */
class TransactionsToolIT {
    private static final short ALL_REPLICAS = -1;
    private static final short BEFORE_VERIFICATION = 11;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** Without verification a transaction can hang: a partition has it, and its coordinator does not know. */
    private static final Broker BROKER = Broker.started(Map.of("transaction.partition.verification.enable", "false"));

    private final Clients clients = new Clients(BROKER);

    @AfterAll
    static void stop() {
        BROKER.close();
    }

    @Test
    void listsDescribesAndForciblyTerminatesATransaction() throws Exception {
        String topic = clients.topic("tool-open", 1);
        String id = Names.unique("tool-open");
        try (Producer<String, String> producer = clients.producer(Map.of("transactional.id", id))) {
            producer.initTransactions();
            assertThat(row(id, "list")).contains("Empty");
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, "open")).get(30, TimeUnit.SECONDS);

            List<String> listed = row(id, "list");
            assertThat(listed).hasSize(4).contains("1", "Ongoing");
            String producerId = listed.get(2);
            assertThat(row(id, "list", "--duration-filter", "3600000")).isEmpty();
            assertThat(row(id, "list", "--transactional-id-pattern", "tool-o.*"))
                    .isNotEmpty();
            assertThat(row(id, "describe", "--transactional-id", id))
                    .contains("1", producerId, "Ongoing", "60000", topic + "-0");
            List<String> described = row(producerId, "describe-producers", "--topic", topic, "--partition", "0");
            assertThat(described).startsWith(producerId).endsWith("0");
            assertThat(row(producerId, "find-hanging", "--topic", topic, "--max-transaction-timeout", "0"))
                    .as("its coordinator knows it")
                    .isEmpty();

            tool("forceTerminateTransaction", "--transactionalId", id);
            Await.until("the abort", LIMIT, () -> lastStableOffset(topic) == 2);
            assertThat(row(producerId, "describe-producers", "--topic", topic, "--partition", "0"))
                    .endsWith("None");
            assertThatThrownBy(producer::commitTransaction).isInstanceOf(KafkaException.class);
        }
        assertThat(run("describe", "--transactional-id", "nobody").exitStatus()).isEqualTo(1);
    }

    @Test
    void findsAHangingTransactionAndAbortsIt() throws Exception {
        String topic = clients.topic("tool-hanging", 1);
        String id = Names.unique("tool-hanging");
        try (Producer<String, String> producer = clients.producer(Map.of("transactional.id", id))) {
            // Looks for the coordinator, without which there is none yet.
            producer.initTransactions();
        }
        String producerId = String.valueOf(leaveHanging(id, topic));
        try (Producer<String, String> plain = clients.producer(Map.of())) {
            plain.send(new ProducerRecord<>(topic, "after")).get(30, TimeUnit.SECONDS);
        }
        assertThat(lastStableOffset(topic)).isZero();
        Await.until("found, once it lasts longer than no time at all", LIMIT, () -> !row(
                        producerId, "find-hanging", "--broker-id", "1", "--max-transaction-timeout", "0")
                .isEmpty());
        assertThat(row(producerId, "find-hanging", "--topic", topic, "--max-transaction-timeout", "0"))
                .startsWith(topic, "0", producerId)
                .contains("0");

        tool("abort", "--topic", topic, "--partition", "0", "--start-offset", "0");
        assertThat(lastStableOffset(topic)).isEqualTo(3);
        try (Consumer<String, String> reader = clients.consumer(Map.of("isolation.level", "read_committed"))) {
            reader.assign(List.of(new TopicPartition(topic, 0)));
            assertThat(Clients.values(Clients.poll(reader, 1))).containsExactly("after");
        }
        assertThat(run("abort", "--topic", topic, "--partition", "0", "--start-offset", "0")
                        .exitStatus())
                .as("there is no such transaction any more")
                .isEqualTo(1);
    }

    @Test
    void headraceFindsAHangingTransactionAndFreesItsReadersInOneCall() throws Exception {
        String topic = clients.topic("own-hanging", 1);
        String id = Names.unique("own-hanging");
        try (Producer<String, String> producer = clients.producer(Map.of("transactional.id", id))) {
            producer.initTransactions();
            String producerId = String.valueOf(leaveHanging(id, topic));
            assertThat(headrace("find-hanging", "--topic", topic).lines())
                    .as("it may take so long")
                    .hasSize(1);
            assertThat(headrace("find-hanging", "--topic", topic, "--silent-for", "0s", "--no-headers")
                            .output())
                    .containsSubsequence(topic, "0", "0", producerId);
            assertThat(headrace("list", "--state", "Ongoing", "-o", "name").lines())
                    .doesNotContain(id);
            assertThat(lastStableOffset(topic)).isZero();

            String ended = headrace("abort", "--topic", topic, "--partition", "0", "-y", "-o", "json")
                    .output();
            assertThat(lastStableOffset(topic)).isEqualTo(2);
            assertThat(ended)
                    .contains(
                            "\"transactionalId\" : \"" + id + '"',
                            "\"producerId\" : " + producerId,
                            "\"startOffset\" : 0",
                            "\"endedBy\" : \"marker\"");
            assertThat(headrace("find-hanging", "--topic", topic, "--silent-for", "0s", "-o", "name")
                            .output())
                    .isEmpty();
        }
    }

    private static Command headrace(String... arguments) {
        List<String> all = new ArrayList<>(List.of(Launcher.path().toString(), "transactions"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("-b", BROKER.bootstrap()));
        return Command.run(60_000, all).expectSuccess();
    }

    /** Writes a record of a transaction that the coordinator is told nothing of; the producer's id. */
    private static long leaveHanging(String id, String topic) throws IOException {
        try (RawConnection connection = new RawConnection(BROKER)) {
            InitProducerIdRequestData init = new InitProducerIdRequestData()
                    .setTransactionalId(id)
                    .setTransactionTimeoutMs(60_000)
                    .setProducerId(-1)
                    .setProducerEpoch((short) -1);
            InitProducerIdResponseData identity = connection
                    .ask(new InitProducerIdRequest.Builder(init).build((short) 4), InitProducerIdResponse.class)
                    .data();
            assertThat(Errors.forCode(identity.errorCode())).isEqualTo(Errors.NONE);
            MemoryRecords records = MemoryRecords.withTransactionalRecords(
                    Compression.NONE,
                    identity.producerId(),
                    identity.producerEpoch(),
                    0,
                    new SimpleRecord(System.currentTimeMillis(), "hanging".getBytes(StandardCharsets.UTF_8)));
            ProduceRequestData.TopicProduceData data = new ProduceRequestData.TopicProduceData()
                    .setName(topic)
                    .setPartitionData(List.of(new ProduceRequestData.PartitionProduceData()
                            .setIndex(0)
                            .setRecords(records)));
            ProduceRequestData produce = new ProduceRequestData()
                    .setTransactionalId(id)
                    .setAcks(ALL_REPLICAS)
                    .setTimeoutMs(30_000)
                    .setTopicData(new ProduceRequestData.TopicProduceDataCollection(
                            List.of(data).iterator()));
            ProduceResponse answer =
                    connection.ask(new ProduceRequest(produce, BEFORE_VERIFICATION), ProduceResponse.class);
            assertThat(answer.errorCounts()).containsOnlyKeys(Errors.NONE);
            return identity.producerId();
        }
    }

    private long lastStableOffset(String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Consumer<String, String> reader = clients.consumer(Map.of("isolation.level", "read_committed"))) {
            return Clients.at(reader.endOffsets(List.of(partition)), partition);
        }
    }

    /** The words of the line with that word; none if there is no such line. */
    private static List<String> row(String word, String... arguments) {
        return tool(arguments).lines().stream()
                .map(line -> List.of(line.trim().split("\\s+", -1)))
                .filter(words -> words.contains(word))
                .findFirst()
                .orElse(List.of());
    }

    private static ToolRun tool(String... arguments) {
        return run(arguments).expectSuccess();
    }

    private static ToolRun run(String... arguments) {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", BROKER.bootstrap()));
        all.addAll(List.of(arguments));
        return ToolRun.of(TransactionsCommand::main, all.toArray(String[]::new));
    }
}
