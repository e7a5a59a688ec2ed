package io.headrace.systemtests.streams;

import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Launcher;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers;

/**
 * A Kafka Streams program, exactly once: it counts the words of {@code lines} into {@code counts}, and joins {@code left} and
 * {@code right} within a window into {@code pairs}.
 *
 * <p>Its state is in memory, so that each start restores it from the broker. It ends with an error once Streams does.
 */
final class WordsAndPairs {
    static final String LINES = "lines";
    static final String COUNTS = "counts";
    static final String LEFT = "left";
    static final String RIGHT = "right";
    static final String PAIRS = "pairs";
    static final String COUNTS_CHANGELOG = "words-and-pairs-counted-changelog";

    /** Records of both sides are a pair when their times are no further apart. */
    static final Duration WINDOW = Duration.ofMillis(50);

    private WordsAndPairs() {}

    static List<String> command(Broker broker) {
        return Launcher.javaCommand(
                WordsAndPairs.class.getName(),
                broker.bootstrap(),
                broker.logFile().resolveSibling("streams").toString());
    }

    /** Runs until it is killed. Arguments: bootstrap address, directory for state. */
    public static void main(String[] arguments) throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        try (KafkaStreams streams = new KafkaStreams(topology(), settings(arguments[0], arguments[1]))) {
            streams.setStateListener((now, before) -> {
                if (now.hasCompletedShutdown()) {
                    ended.countDown();
                }
            });
            streams.start();
            ended.await();
        }
        Runtime.getRuntime().halt(1);
    }

    private static Topology topology() {
        StreamsBuilder builder = new StreamsBuilder();
        builder.<String, String>stream(LINES)
                .flatMapValues(line -> List.of(line.split(" ", -1)))
                .groupBy((key, word) -> word)
                .count(Materialized.as("counted"))
                .toStream()
                .mapValues(String::valueOf)
                .to(COUNTS);
        KStream<String, String> left = builder.stream(LEFT);
        KStream<String, String> right = builder.stream(RIGHT);
        left.join(
                        right,
                        (one, other) -> one + "+" + other,
                        JoinWindows.ofTimeDifferenceAndGrace(WINDOW, Duration.ofHours(1)))
                .to(PAIRS);
        return builder.build();
    }

    private static Properties settings(String bootstrap, String directory) {
        Properties all = new Properties();
        all.put(StreamsConfig.APPLICATION_ID_CONFIG, "words-and-pairs");
        all.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        all.put(StreamsConfig.STATE_DIR_CONFIG, directory);
        all.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        all.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, "50");
        // Without a cache each change of a count is written.
        all.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, "0");
        all.put(
                StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG,
                BuiltInDslStoreSuppliers.InMemoryDslStoreSuppliers.class);
        all.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        all.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        all.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), "2000");
        all.put(StreamsConfig.consumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), "300");
        all.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), "10");
        all.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), "3000");
        return all;
    }
}
