package io.headrace.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.Names;
import io.headrace.systemtests.harness.SharedBroker;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("FutureReturnValueIgnored") // A record that was refused is missed when the topic is read.
@ExtendWith(SharedBroker.class)
class JavaProducerIT {
    private final Clients clients;

    JavaProducerIT(Broker broker) {
        clients = new Clients(broker);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void everyCodecComesBackAsItWasSent(String codec) throws Exception {
        String topic = clients.topic("codec", 2);
        List<String> sent = IntStream.range(0, 1000)
                .mapToObj(i -> "value " + i + " " + "abc".repeat(i % 50))
                .toList();
        try (Producer<String, String> producer = clients.producer(
                Map.of("compression.type", codec, "linger.ms", "20", "batch.size", "65536", "acks", "all"))) {
            for (String value : sent) {
                producer.send(new ProducerRecord<>(topic, value.length() % 2, null, value));
            }
            producer.flush();
        }
        assertThat(Clients.values(clients.readAll(topic, 2, sent.size()))).containsExactlyInAnyOrderElementsOf(sent);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "snappy", "lz4", "zstd", "uncompressed"})
    void aTopicsOwnCodecKeepsTheRecords(String codec) throws Exception {
        String topic = clients.topic("topic-codec", 1, Map.of("compression.type", codec));
        try (Producer<String, String> producer =
                clients.producer(Map.of("linger.ms", "20", "compression.type", "gzip"))) {
            for (int i = 0; i < 100; i++) {
                producer.send(new ProducerRecord<>(topic, "k" + i, "v" + i));
            }
        }
        List<ConsumerRecord<String, String>> records = clients.readAll(topic, 1, 100);
        assertThat(Clients.values(records))
                .isEqualTo(IntStream.range(0, 100).mapToObj(i -> "v" + i).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "all"})
    void everyLevelOfAcknowledgementStoresTheRecords(String acks) throws Exception {
        String topic = clients.topic("acks", 1);
        try (Producer<String, String> producer =
                clients.producer(Map.of("acks", acks, "enable.idempotence", String.valueOf(acks.equals("all"))))) {
            List<Future<RecordMetadata>> answers = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                answers.add(producer.send(new ProducerRecord<>(topic, "v" + i)));
            }
            producer.flush();
            long last = answers.get(49).get(10, TimeUnit.SECONDS).offset();
            assertThat(last).isEqualTo(acks.equals("0") ? -1 : 49);
        }
        assertThat(Clients.values(clients.readAll(topic, 1, 50)))
                .isEqualTo(IntStream.range(0, 50).mapToObj(i -> "v" + i).toList());
    }

    @Test
    void offsetsCountUpInEachPartition() throws Exception {
        String topic = clients.topic("offsets", 3);
        try (Producer<String, String> producer = clients.producer(Map.of())) {
            assertThat(producer.partitionsFor(topic)).hasSize(3);
            for (int i = 0; i < 30; i++) {
                RecordMetadata metadata = producer.send(new ProducerRecord<>(topic, i % 3, "k", "v" + i))
                        .get(10, TimeUnit.SECONDS);
                assertThat(metadata.partition()).isEqualTo(i % 3);
                assertThat(metadata.offset()).isEqualTo(i / 3);
            }
        }
    }

    @Test
    void headersKeysNullsAndTimestampsArePreserved() throws Exception {
        String topic = clients.topic("fields", 1);
        try (Producer<String, String> producer = clients.producer(Map.of())) {
            ProducerRecord<String, String> record =
                    new ProducerRecord<>(topic, 0, 1_700_000_000_123L, "schlüssel", (String) null);
            record.headers().add("a", "1".getBytes(StandardCharsets.UTF_8));
            record.headers().add("a", "2".getBytes(StandardCharsets.UTF_8));
            record.headers().add(new RecordHeader("nothing", (byte[]) null));
            record.headers().add("empty", new byte[0]);
            producer.send(record).get(10, TimeUnit.SECONDS);
            producer.send(new ProducerRecord<>(topic, 0, (String) null, "")).get(10, TimeUnit.SECONDS);
        }
        List<ConsumerRecord<String, String>> records = clients.readAll(topic, 1, 2);
        ConsumerRecord<String, String> first = records.get(0);
        assertThat(first.key()).isEqualTo("schlüssel");
        assertThat(first.value()).isNull();
        assertThat(first.timestamp()).isEqualTo(1_700_000_000_123L);
        assertThat(first.timestampType()).isEqualTo(TimestampType.CREATE_TIME);
        assertThat(first.leaderEpoch()).isPresent();
        assertThat(first.headers().headers("a"))
                .extracting(header -> new String(header.value(), StandardCharsets.UTF_8))
                .containsExactly("1", "2");
        assertThat(first.headers().lastHeader("nothing").value()).isNull();
        assertThat(first.headers().lastHeader("empty").value()).isEmpty();
        assertThat(records.get(1).key()).isNull();
        assertThat(records.get(1).value()).isEmpty();
    }

    @Test
    void theBrokersClockStampsWhereTheTopicSaysSo() throws Exception {
        String topic = clients.topic("append-time", 1, Map.of("message.timestamp.type", "LogAppendTime"));
        long before = System.currentTimeMillis();
        long answered;
        try (Producer<String, String> producer = clients.producer(Map.of("compression.type", "lz4"))) {
            answered = producer.send(new ProducerRecord<>(topic, 0, 1L, "k", "v"))
                    .get(10, TimeUnit.SECONDS)
                    .timestamp();
        }
        ConsumerRecord<String, String> record = clients.readAll(topic, 1, 1).get(0);
        assertThat(record.timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
        assertThat(record.timestamp())
                .isBetween(before, System.currentTimeMillis())
                .isEqualTo(answered);
    }

    @Test
    void aTimestampFarInTheFutureIsRefused() {
        String topic = clients.topic("future", 1);
        long tomorrow = System.currentTimeMillis() + TimeUnit.DAYS.toMillis(1);
        try (Producer<String, String> producer = clients.producer(Map.of())) {
            assertThatThrownBy(() -> producer.send(new ProducerRecord<>(topic, 0, tomorrow, "k", "v"))
                            .get(10, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(InvalidTimestampException.class);
        }
    }

    @Test
    void aBatchLargerThanTheTopicAllowsIsRefusedAndTheNextIsTaken() throws Exception {
        String topic = clients.topic("small", 1, Map.of("max.message.bytes", "2000"));
        try (Producer<String, String> producer = clients.producer(Map.of())) {
            assertThatThrownBy(() -> producer.send(new ProducerRecord<>(topic, "x".repeat(3000)))
                            .get(10, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(RecordTooLargeException.class);
            producer.send(new ProducerRecord<>(topic, "fits")).get(10, TimeUnit.SECONDS);
        }
        assertThat(Clients.values(clients.readAll(topic, 1, 1))).containsExactly("fits");
    }

    @Test
    void aRecordOfNearlyAMegabyteTravels() throws Exception {
        String topic = clients.topic("large", 1);
        String value = "0123456789".repeat(100_000);
        try (Producer<String, String> producer = clients.producer(Map.of())) {
            producer.send(new ProducerRecord<>(topic, value)).get(10, TimeUnit.SECONDS);
        }
        assertThat(clients.readAll(topic, 1, 1).get(0).value()).isEqualTo(value);
    }

    @Test
    void aTopicIsCreatedByItsFirstRecord() throws Exception {
        String topic = Names.unique("auto");
        try (Producer<String, String> producer = clients.producer(Map.of())) {
            producer.send(new ProducerRecord<>(topic, "first")).get(20, TimeUnit.SECONDS);
            assertThat(producer.partitionsFor(topic)).hasSize(4);
        }
        assertThat(Clients.values(clients.readAll(topic, 4, 1))).containsExactly("first");
    }

    @Test
    void aTopicNameThatCannotBeIsRefused() {
        try (Producer<String, String> producer = clients.producer(Map.of())) {
            assertThatThrownBy(() ->
                            producer.send(new ProducerRecord<>("no/slash", "v")).get(20, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(InvalidTopicException.class);
        }
    }

    @Test
    void aCompactedTopicRefusesARecordWithoutAKey() {
        String topic = clients.topic("compacted", 1, Map.of("cleanup.policy", "compact"));
        try (Producer<String, String> producer = clients.producer(Map.of())) {
            assertThatThrownBy(() ->
                            producer.send(new ProducerRecord<>(topic, "v")).get(20, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(org.apache.kafka.common.InvalidRecordException.class);
        }
    }
}
