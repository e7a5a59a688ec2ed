package io.headrace.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.Command;
import io.headrace.systemtests.harness.Kcat;
import io.headrace.systemtests.harness.Names;
import io.headrace.systemtests.harness.SharedBroker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Debian's kcat, which stands for every client on librdkafka. */
@SuppressWarnings("FutureReturnValueIgnored") // A record that was refused is missed when the topic is read.
@ExtendWith(SharedBroker.class)
class KcatIT {
    private final Clients clients;
    private final Kcat kcat;

    KcatIT(Broker broker) {
        clients = new Clients(broker);
        kcat = new Kcat(broker);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void everyCodecComesBackAsItWasSent(String codec) {
        String topic = clients.topic("kcat-codec", 3);
        List<String> sent = IntStream.range(0, 2000)
                .mapToObj(i -> "line " + i + " " + "xyz".repeat(i % 40))
                .toList();
        kcat.produce(topic, String.join("\n", sent) + "\n", "-z", codec, "-X", "linger.ms=20");
        assertThat(kcat.consume(topic, "-o", "beginning", "-c", "2000")).containsExactlyInAnyOrderElementsOf(sent);
        assertThat(Clients.values(clients.readAll(topic, 3, 2000))).containsExactlyInAnyOrderElementsOf(sent);
    }

    @Test
    void recordsOfTheJavaClientAreReadInEveryCodec() {
        String topic = clients.topic("kcat-java", 1);
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            try (Producer<String, String> producer =
                    clients.producer(Map.of("compression.type", codec, "linger.ms", "20"))) {
                for (int i = 0; i < 20; i++) {
                    producer.send(new ProducerRecord<>(topic, codec + "-" + i));
                }
            }
        }
        assertThat(kcat.consume(topic, "-o", "beginning")).hasSize(100).contains("snappy-0", "lz4-19", "zstd-19");
    }

    @Test
    void keysHeadersAndNullsTravel() {
        String topic = clients.topic("kcat-fields", 1);
        kcat.produce(topic, "key:value\n", "-K", ":", "-H", "a=1", "-H", "b=zwei");
        kcat.produce(topic, "gone:\n", "-K", ":", "-Z");
        assertThat(kcat.consume(topic, "-o", "beginning", "-f", "%k|%s|%S|%h|%o|%p\n"))
                .containsExactly("key|value|5|a=1,b=zwei|0|0", "gone||-1||1|0");
    }

    @Test
    void theIdempotentProducerWorks() {
        String topic = clients.topic("kcat-idempotent", 2);
        String lines = IntStream.range(0, 5000).mapToObj(i -> "n" + i + "\n").collect(Collectors.joining());
        kcat.produce(topic, lines, "-X", "enable.idempotence=true");
        assertThat(kcat.consume(topic, "-o", "beginning")).hasSize(5000).doesNotHaveDuplicates();
    }

    @Test
    void offsetsAreFoundByTimeAndReadFromThere() {
        String topic = clients.topic("kcat-times", 1);
        try (Producer<String, String> producer =
                clients.producer(Map.of("linger.ms", "500", "compression.type", "lz4"))) {
            for (int i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<>(topic, 0, 1_600_000_000_000L + i * 1000L, null, "t" + i));
            }
        }
        assertThat(kcat.run("-Q", "-t", topic + ":0:1600000004500").output()).contains("[0] offset 5");
        assertThat(kcat.run("-Q", "-t", topic + ":0:-1").output()).contains("[0] offset 10");
        assertThat(kcat.run("-Q", "-t", topic + ":0:-2").output()).contains("[0] offset 0");
        assertThat(kcat.consume(topic, "-p", "0", "-o", "s@1600000007000")).containsExactly("t7", "t8", "t9");
        assertThat(kcat.consume(topic, "-p", "0", "-o", "s@1600000002000", "-o", "e@1600000005000"))
                .containsExactly("t2", "t3", "t4");
        assertThat(kcat.consume(topic, "-p", "0", "-o", "-2")).containsExactly("t8", "t9");
        assertThat(kcat.consume(topic, "-p", "0", "-o", "6", "-c", "2")).containsExactly("t6", "t7");
    }

    @Test
    void metadataIsListedAsJson() throws IOException {
        String topic = clients.topic("kcat-metadata", 3);
        JsonNode metadata =
                new ObjectMapper().readTree(kcat.run("-L", "-J", "-t", topic).outputBytes());
        assertThat(metadata.get("brokers")).hasSize(1);
        assertThat(metadata.get("topics")).hasSize(1);
        JsonNode listed = metadata.get("topics").get(0);
        assertThat(listed.get("topic").asText()).isEqualTo(topic);
        assertThat(listed.get("partitions")).hasSize(3);
        int broker = metadata.get("brokers").get(0).get("id").asInt();
        assertThat(listed.get("partitions")).allMatch(p -> p.get("leader").asInt() == broker);
        assertThat(kcat.run("-L").output()).contains("topic \"" + topic + "\" with 3 partitions");
    }

    @Test
    void aTopicIsCreatedByProducingToIt() {
        String topic = Names.unique("kcat-auto");
        kcat.produce(topic, "one\ntwo\n");
        assertThat(kcat.consume(topic, "-o", "beginning")).containsExactlyInAnyOrder("one", "two");
    }

    @Test
    void aGroupContinuesWhereItEnded() {
        String topic = clients.topic("kcat-group", 2);
        String group = Names.unique("kcat-group");
        kcat.produce(topic, "a\nb\nc\n");
        String[] read = {"-G", group, "-X", "auto.offset.reset=earliest", "-e", "-q", topic};
        assertThat(kcat.run(read).lines()).containsExactlyInAnyOrder("a", "b", "c");
        kcat.produce(topic, "d\ne\n");
        assertThat(kcat.run(read).lines()).containsExactlyInAnyOrder("d", "e");
    }

    @Test
    void twoMembersOfAGroupShareThePartitions() throws Exception {
        String topic = clients.topic("kcat-share", 4);
        String group = Names.unique("kcat-share");
        Set<String> first = ConcurrentHashMap.newKeySet();
        Set<String> second = ConcurrentHashMap.newKeySet();
        Process one = member(group, topic, first);
        Process two = member(group, topic, second);
        try {
            // Records go to all four partitions until both members have seen some: then both have partitions.
            Await.until("both members read", Duration.ofSeconds(40), () -> {
                for (int partition = 0; partition < 4; partition++) {
                    kcat.produce(topic, Names.unique("r") + "\n", "-p", String.valueOf(partition));
                }
                return !first.isEmpty() && !second.isEmpty();
            });
        } finally {
            one.destroy();
            two.destroy();
            one.waitFor();
            two.waitFor();
        }
    }

    @Test
    void anUnknownTopicIsReportedToAConsumer() {
        Command command = Command.run(
                30_000, kcat.command("-C", "-t", "no-such-topic", "-X", "allow.auto.create.topics=false", "-e"));
        assertThat(command.exitStatus()).isNotZero();
        assertThat(command.errors()).contains("Unknown topic or partition");
    }

    private Process member(String group, String topic, Set<String> read) throws IOException {
        Process process = new ProcessBuilder(kcat.command(
                        "-u",
                        "-q",
                        "-X",
                        "session.timeout.ms=6000",
                        "-X",
                        "heartbeat.interval.ms=200",
                        "-X",
                        "auto.offset.reset=earliest",
                        "-G",
                        group,
                        topic))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Thread reader = new Thread(() -> {
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                lines.lines().forEach(read::add);
            } catch (IOException e) {
                // The process was ended; what it read until then stands.
                return;
            }
        });
        reader.setDaemon(true);
        reader.start();
        return process;
    }
}
