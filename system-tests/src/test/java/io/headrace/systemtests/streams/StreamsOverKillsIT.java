package io.headrace.systemtests.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.RestartedProgram;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;

/**
 * Kafka Streams with {@code exactly_once_v2}, while it and the broker are killed in turns: what comes out, and the state, are
 * what they would be without the kills. About 25 s.
 */
class StreamsOverKillsIT {
    private static final int PARTITIONS = 2;
    private static final int KILLS = 4;
    private static final Duration LIMIT = Duration.ofMinutes(2);

    @Test
    void wordCountAndWindowedJoinAreExact() {
        // A killed program's transaction ends by its time-out, as the next one's transactional id is another.
        try (Broker broker =
                Broker.started(Map.of("transaction.abort.timed.out.transaction.cleanup.interval.ms", "200"))) {
            createTopics(broker);
            StreamsInput input = new StreamsInput();
            try (RestartedProgram program = new RestartedProgram(broker, "streams", WordsAndPairs.command(broker));
                    StreamsRun run = new StreamsRun(new Clients(broker), program, input, PARTITIONS)) {
                for (int kill = 1; kill <= KILLS; kill++) {
                    run.continueUntilCounts(kill * input.wordCount() / (KILLS + 2), LIMIT);
                    if (kill % 2 == 1) {
                        program.kill();
                    } else {
                        broker.killAndRestart();
                    }
                }
                run.continueUntilComplete(LIMIT);
                // What it knows now was restored.
                program.kill();
                input.addOneOfEach();
                run.continueUntilComplete(LIMIT);
                run.requireNothingMore();

                assertThat(run.countsByWord()).isEqualTo(input.expectedCounts());
                assertThat(run.pairs()).containsExactlyInAnyOrderElementsOf(input.expectedPairs());
            }
            assertThat(lastValues(broker, WordsAndPairs.COUNTS_CHANGELOG)).isEqualTo(input.expectedState());
        }
    }

    private static void createTopics(Broker broker) {
        List<String> names = List.of(
                WordsAndPairs.LINES,
                WordsAndPairs.COUNTS,
                WordsAndPairs.LEFT,
                WordsAndPairs.RIGHT,
                WordsAndPairs.PAIRS);
        try (Admin admin = new Clients(broker).admin()) {
            Clients.await(admin.createTopics(names.stream()
                            .map(name -> new NewTopic(name, PARTITIONS, (short) 1))
                            .toList())
                    .all());
        }
    }

    /** The committed value of each key. */
    private static Map<String, Long> lastValues(Broker broker, String topic) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers",
                broker.bootstrap(),
                "isolation.level",
                "read_committed",
                "auto.offset.reset",
                "earliest");
        Map<String, Long> values = new TreeMap<>();
        List<TopicPartition> partitions = Clients.partitionsOf(topic, PARTITIONS);
        try (Consumer<String, Long> reader =
                new KafkaConsumer<>(settings, new StringDeserializer(), new LongDeserializer())) {
            reader.assign(partitions);
            // The program's last transaction may still be open, with nothing in it that counts.
            Map<TopicPartition, Long> ends = reader.endOffsets(partitions);
            Await.until("the end of " + ends, LIMIT, () -> {
                reader.poll(Duration.ofMillis(50)).forEach(record -> values.put(record.key(), record.value()));
                return partitions.stream().allMatch(one -> reader.position(one) >= Clients.at(ends, one));
            });
        }
        return values;
    }
}
