package io.headrace.systemtests.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.RestartedProgram;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

/** Feeds a {@link WordsAndPairs}, a little ahead of what comes out of it so that a kill finds it at work, and collects. */
final class StreamsRun implements AutoCloseable {
    private static final int RECORDS_AHEAD_MAX = 150;

    private final RestartedProgram program;
    private final StreamsInput input;
    private final Producer<String, String> producer;
    private final Consumer<String, String> reader;
    private final List<Future<RecordMetadata>> sent = new ArrayList<>();
    private final Map<String, List<Long>> counts = new TreeMap<>();
    private final List<String> pairs = new ArrayList<>();
    private int countsSeen;

    StreamsRun(Clients clients, RestartedProgram program, StreamsInput input, int partitions) {
        this.program = program;
        this.input = input;
        this.producer = clients.producer(Map.of("linger.ms", "0"));
        this.reader = clients.consumer(Map.of("isolation.level", "read_committed"));
        List<TopicPartition> all = new ArrayList<>(Clients.partitionsOf(WordsAndPairs.COUNTS, partitions));
        all.addAll(Clients.partitionsOf(WordsAndPairs.PAIRS, partitions));
        reader.assign(all);
    }

    /** Goes on until so many committed counts were read. */
    void continueUntilCounts(int count, Duration limit) {
        Await.until(() -> count + " counts; there are " + countsSeen, limit, () -> {
            step();
            return countsSeen >= count;
        });
    }

    /** Goes on until there is at least as much as is expected. */
    void continueUntilComplete(Duration limit) {
        int pairsExpected = input.expectedPairs().size();
        Await.until(
                () -> input.wordCount() + " counts and " + pairsExpected + " pairs; there are " + countsSeen + " and "
                        + pairs.size(),
                limit,
                () -> {
                    step();
                    return countsSeen >= input.wordCount() && pairs.size() >= pairsExpected;
                });
    }

    private void step() throws ExecutionException, InterruptedException {
        program.startIfEnded();
        // Of the records a little less than half are lines, with three words each.
        while (sent.size() < input.records().size() && sent.size() < countsSeen * 2 / 3 + RECORDS_AHEAD_MAX) {
            sent.add(producer.send(input.records().get(sent.size())));
        }
        reader.poll(Duration.ofMillis(20)).forEach(this::collect);
        if (!sent.isEmpty() && sent.get(sent.size() - 1).isDone()) {
            sent.get(sent.size() - 1).get();
        }
    }

    private void collect(ConsumerRecord<String, String> record) {
        if (record.topic().equals(WordsAndPairs.COUNTS)) {
            countsSeen++;
            counts.computeIfAbsent(record.key(), word -> new ArrayList<>()).add(Long.valueOf(record.value()));
        } else {
            pairs.add(record.value());
        }
    }

    /** All input was acknowledged, and nothing comes after what was there at the time of the call. */
    void requireNothingMore() {
        sent.forEach(future -> assertThat(future).isDone());
        assertThat(reader.poll(Duration.ofMillis(500))).isEmpty();
    }

    /** The counts of each word in the order in which they came. */
    Map<String, List<Long>> countsByWord() {
        return counts;
    }

    List<String> pairs() {
        return pairs;
    }

    @Override
    public void close() {
        producer.close(Duration.ZERO);
        reader.close();
    }
}
