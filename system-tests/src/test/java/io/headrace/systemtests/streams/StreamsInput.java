package io.headrace.systemtests.streams;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.ProducerRecord;

/** The records that a {@link WordsAndPairs} gets, and what it is expected to make of them. */
final class StreamsInput {
    private static final int ROUNDS = 300;
    private static final int WORDS = 17;
    private static final int KEYS = 5;
    private static final Duration AGE = Duration.ofMinutes(10);
    private static final long STEP_MS = 7;

    private record Side(String key, long timestampMs, String value) {}

    private final long startMs = System.currentTimeMillis() - AGE.toMillis();
    private final List<ProducerRecord<String, String>> records = new ArrayList<>();
    private final List<Side> left = new ArrayList<>();
    private final List<Side> right = new ArrayList<>();
    private final Map<String, Long> words = new TreeMap<>();

    /** In each round a line of three words, and a record for one or both sides of the join, somewhat out of order. */
    StreamsInput() {
        for (int round = 0; round < ROUNDS; round++) {
            addLine(word(round) + " " + word(round * 7) + " " + word(round * round));
            long timestampMs = startMs + (round ^ 3) * STEP_MS;
            if (round % 3 != 0) {
                addSide(WordsAndPairs.LEFT, left, new Side("k" + round % KEYS, timestampMs, "l" + round));
            }
            if (round % 3 != 1) {
                addSide(WordsAndPairs.RIGHT, right, new Side("k" + round * 3 % KEYS, timestampMs, "r" + round));
            }
        }
    }

    private static String word(int number) {
        return "word" + number % WORDS;
    }

    /** One of each word, and a record that meets some of the oldest records of the other side. */
    void addOneOfEach() {
        List.copyOf(words.keySet()).forEach(this::addLine);
        addSide(WordsAndPairs.RIGHT, right, new Side("k1", startMs, "late"));
    }

    private void addLine(String line) {
        records.add(new ProducerRecord<>(WordsAndPairs.LINES, line));
        for (String word : line.split(" ", -1)) {
            words.merge(word, 1L, Long::sum);
        }
    }

    private void addSide(String topic, List<Side> side, Side record) {
        records.add(new ProducerRecord<>(topic, null, record.timestampMs, record.key, record.value));
        side.add(record);
    }

    /** In the order in which they are to be sent. */
    List<ProducerRecord<String, String>> records() {
        return records;
    }

    int wordCount() {
        return Math.toIntExact(
                words.values().stream().mapToLong(Long::longValue).sum());
    }

    /** For each word the counts from one to the last. */
    Map<String, List<Long>> expectedCounts() {
        Map<String, List<Long>> counts = new TreeMap<>();
        words.forEach((word, last) -> {
            List<Long> all = new ArrayList<>();
            for (long count = 1; count <= last; count++) {
                all.add(count);
            }
            counts.put(word, all);
        });
        return counts;
    }

    Map<String, Long> expectedState() {
        return words;
    }

    /** Every record of one side with every record of the other that has the same key and is near enough. */
    List<String> expectedPairs() {
        List<String> pairs = new ArrayList<>();
        for (Side one : left) {
            for (Side other : right) {
                boolean isNear = Math.abs(one.timestampMs - other.timestampMs) <= WordsAndPairs.WINDOW.toMillis();
                if (isNear && one.key.equals(other.key)) {
                    pairs.add(one.value + "+" + other.value);
                }
            }
        }
        return pairs;
    }
}
