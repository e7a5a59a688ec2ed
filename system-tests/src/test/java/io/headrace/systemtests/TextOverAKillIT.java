package io.headrace.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.Command;
import io.headrace.systemtests.harness.Installed;
import io.headrace.systemtests.harness.Names;
import io.headrace.systemtests.harness.TextFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The main job: a real file goes through a topic of several partitions and comes back byte for byte, over kill -9. */
class TextOverAKillIT {
    private static final int PARTITIONS = 6;

    private static Broker broker = Broker.create(Map.of());
    private final TextFile text = TextFile.load();

    @BeforeAll
    static void start() {
        broker.start();
    }

    @AfterAll
    static void end() {
        broker.close();
    }

    @Test
    void javaClientWritesAndReadsOverKills() throws Exception {
        String topic = new Clients(broker).topic("words-java", PARTITIONS);
        produceOverAKill(topic);
        assertThat(consumeOverAKill(topic)).isEqualTo(text.bytes());
    }

    @Test
    void kcatWritesAndReadsOverKills() throws Exception {
        Installed.program("kcat", "kcat");
        String topic = new Clients(broker).topic("words-kcat", PARTITIONS);
        int half = text.lines().size() / 2;

        // kcat's exit says that every record was acknowledged; what was acknowledged survives.
        List<String> produce =
                List.of("kcat", "-b", broker.bootstrap(), "-P", "-t", topic, "-K", "\t", "-X", "acks=all");
        Command.run(60_000, text.keyedLines(0, half), produce).expectSuccess();
        broker.killAndRestart();
        assertThat(kcatReads(topic).keySet()).hasSize(half);

        kcatProducesOverAKill(topic, half);
        assertThat(TextFile.join(kcatReads(topic))).isEqualTo(text.bytes());
    }

    private void produceOverAKill(String topic) throws Exception {
        List<byte[]> lines = text.lines();
        int killAt = lines.size() / 3;
        List<Future<RecordMetadata>> acknowledgements = new ArrayList<>();
        CompletableFuture<Void> killed = CompletableFuture.completedFuture(null);
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", broker.bootstrap(),
                "acks", "all",
                "enable.idempotence", "true",
                "linger.ms", "1",
                "max.block.ms", "90000");
        try (Producer<String, byte[]> producer =
                new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < lines.size(); i++) {
                acknowledgements.add(producer.send(new ProducerRecord<>(topic, TextFile.key(i), lines.get(i))));
                if (i == killAt) {
                    acknowledgements.get(killAt / 2).get(60, TimeUnit.SECONDS);
                    killed = CompletableFuture.runAsync(broker::killAndRestart);
                }
            }
            killed.get(90, TimeUnit.SECONDS);
            for (Future<RecordMetadata> acknowledgement : acknowledgements) {
                acknowledgement.get(90, TimeUnit.SECONDS);
            }
        }
    }

    private byte[] consumeOverAKill(String topic) {
        int count = text.lines().size();
        Map<String, byte[]> linesByKey = new HashMap<>();
        Map<String, String> places = new HashMap<>();
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", broker.bootstrap(),
                "group.id", Names.unique("reader"),
                "auto.offset.reset", "earliest",
                "enable.auto.commit", "false",
                "max.poll.records", "5000");
        try (Consumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(topic));
            readUntil(consumer, linesByKey, places, count / 2);
            consumer.commitSync(Duration.ofSeconds(30));
            broker.killAndRestart();
            readUntil(consumer, linesByKey, places, count);
        }
        return TextFile.join(linesByKey);
    }

    private static void readUntil(
            Consumer<String, byte[]> consumer, Map<String, byte[]> linesByKey, Map<String, String> places, int count) {
        Await.until(() -> count + " lines; there are " + linesByKey.size(), Duration.ofSeconds(90), () -> {
            consumer.poll(Duration.ofMillis(100)).forEach(record -> {
                // A member that rejoins after the kill reads again what it had not committed; a line that was
                // written twice would turn up in a second place.
                String place = record.partition() + "-" + record.offset();
                assertThat(places.merge(record.key(), place, (first, second) -> first))
                        .as("where line %s is", record.key())
                        .isEqualTo(place);
                linesByKey.put(record.key(), record.value());
            });
            return linesByKey.size() >= count;
        });
    }

    private void kcatProducesOverAKill(String topic, int from) throws IOException, InterruptedException {
        int killAt = from + (text.lines().size() - from) / 2;
        Process kcat = new ProcessBuilder(
                        "kcat",
                        "-E",
                        "-b",
                        broker.bootstrap(),
                        "-P",
                        "-t",
                        topic,
                        "-K",
                        "\t",
                        "-X",
                        "acks=all",
                        "-X",
                        "enable.idempotence=true",
                        "-X",
                        "message.timeout.ms=90000")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (OutputStream input = kcat.getOutputStream()) {
            input.write(text.keyedLines(from, killAt));
            input.flush();
            broker.killAndRestart();
            input.write(text.keyedLines(killAt, text.lines().size()));
        }
        assertThat(kcat.waitFor(90, TimeUnit.SECONDS)).as("kcat ended").isTrue();
        assertThat(kcat.exitValue())
                .as("kcat's exit status: every record was acknowledged")
                .isZero();
    }

    private Map<String, byte[]> kcatReads(String topic) {
        Command consumed = Command.run(
                        60_000,
                        List.of(
                                "kcat",
                                "-b",
                                broker.bootstrap(),
                                "-C",
                                "-t",
                                topic,
                                "-o",
                                "beginning",
                                "-e",
                                "-q",
                                "-f",
                                "%k\t%s\n"))
                .expectSuccess();
        Map<String, byte[]> linesByKey = new HashMap<>();
        for (byte[] line : TextFile.split(consumed.outputBytes())) {
            String key = new String(line, 0, 8, StandardCharsets.US_ASCII);
            byte[] before = linesByKey.put(key, Arrays.copyOfRange(line, 9, line.length));
            assertThat(before).as("line %s arrived twice", key).isNull();
        }
        return linesByKey;
    }
}
