package io.headrace.systemtests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.simulation.history.Findings;
import io.headrace.simulation.history.Operation;
import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Kind;
import io.headrace.simulation.history.Operation.Outcome;
import io.headrace.simulation.history.Operation.Step;
import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Java clients that keep on writing and reading one topic whatever becomes of the broker, and write down what they saw.
 *
 * <p>Idempotent producers with acks=all, two with transactions that also poll, a reader of all committed records, and a member
 * of a group that commits. At the end every record must have been acknowledged, or its transaction ended, and read; and the checker must
 * find nothing.
 */
final class RecordedClients implements AutoCloseable {
    private static final int PRODUCERS = 2;
    private static final List<Integer> TRANSACTIONS = List.of(5, 6);
    private static final int READER = 10;
    private static final int MEMBER = 11;
    private static final int LAST_READER = 12;
    private static final Duration CATCH_UP_LIMIT = Duration.ofMinutes(2);

    final Broker broker;
    final String topic;
    final int partitions;
    final HistoryFile history;
    final AtomicLong acknowledged = new AtomicLong();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final AtomicReferenceArray<Long> lastOffsets;
    private final List<RecordedProducer> producers = new ArrayList<>();
    private final List<RecordedTransactions> transactions = new ArrayList<>();
    private final List<RecordedReader> readers = new ArrayList<>();
    private @Nullable LibrdkafkaClients others;

    RecordedClients(Broker broker, String topic, int partitions, HistoryFile history) {
        this.broker = broker;
        this.topic = topic;
        this.partitions = partitions;
        this.history = history;
        this.lastOffsets = new AtomicReferenceArray<>(partitions);
    }

    void start(long seed) {
        for (int i = 1; i <= PRODUCERS; i++) {
            producers.add(new RecordedProducer(this, i, seed + i));
        }
        TRANSACTIONS.forEach(process -> transactions.add(new RecordedTransactions(this, process, seed + process)));
        readers.add(new RecordedReader(this, READER, null));
        readers.add(new RecordedReader(this, MEMBER, "recorded-" + topic));
    }

    /** Lets clients of another kind, which write and read the same topic, be part of the end and of the check. */
    void join(LibrdkafkaClients clients) {
        others = clients;
    }

    /** Waits until that many more records than now were acknowledged. */
    void awaitAcknowledged(long more) {
        long goal = acknowledged.get() + more;
        Await.until(
                () -> "acknowledgements up to " + goal + "; there are " + acknowledged + " and failures " + failures,
                CATCH_UP_LIMIT,
                () -> acknowledged.get() >= goal || !failures.isEmpty());
        requireNoFailure();
    }

    /** Ends the producers, lets the readers come to the end, reads everything once more, and checks. */
    Findings finish() throws IOException {
        producers.forEach(RecordedProducer::finish);
        transactions.forEach(RecordedTransactions::finish);
        if (others != null) {
            others.finishWriters(this::acknowledged);
        }
        readers.add(new RecordedReader(this, LAST_READER, null));
        for (RecordedReader reader : readers) {
            Await.until(
                    () -> "reader " + reader.process() + " at the end: " + reader.positions() + " of " + lastOffsets
                            + ", failures " + failures,
                    CATCH_UP_LIMIT,
                    () -> reader.hasRead(lastOffsets) || !failures.isEmpty());
            reader.finish();
        }
        requireNoFailure();
        assertThat(transactions)
                .as("committed and aborted ones, and those that polled from where they sent to")
                .allSatisfy(each -> {
                    assertThat(each.committed()).isPositive();
                    assertThat(each.aborted()).isPositive();
                    assertThat(each.mixed()).isPositive();
                });
        if (others == null) {
            return history.load(List.of()).check();
        }
        others.finishReader();
        return history.load(others.histories()).check();
    }

    static void assertClean(Findings findings) {
        assertThat(findings.forbidden())
                .as("anomalies that Kafka does not allow")
                .isEmpty();
    }

    void acknowledged(int partition, long offset) {
        acknowledged.incrementAndGet();
        lastOffsets.accumulateAndGet(
                partition, offset, (before, now) -> before == null ? now : Long.valueOf(Math.max(before, now)));
    }

    void failed(Throwable failure) {
        failures.add(failure);
    }

    private void requireNoFailure() {
        Throwable first = failures.peek();
        if (first != null) {
            throw new AssertionError(failures.size() + " failures of clients, the first: " + first, first);
        }
    }

    String key(int partition) {
        return topic + "-" + partition;
    }

    List<TopicPartition> topicPartitions() {
        return IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
    }

    void record(int process, Kind kind, Outcome outcome, long startMs, List<Step> steps) {
        history.add(Operation.of(process, kind, outcome, startMs, HistoryFile.nowMs(), steps));
    }

    static Step send(String key, long value, long offset) {
        return new Step(Action.SEND, key, value, offset);
    }

    Step poll(ConsumerRecord<byte[], byte[]> record) {
        long value = RecordedProducer.value(record.value());
        return new Step(Action.POLL, key(record.partition()), value, record.offset());
    }

    /** Settings of a reader of committed records, which must fail, not begin anew, if its offset is gone. */
    Map<String, Object> readerSettings() {
        Map<String, Object> settings = new HashMap<>(commonSettings());
        settings.put("enable.auto.commit", "false");
        settings.put("isolation.level", "read_committed");
        settings.put("auto.offset.reset", "none");
        settings.put("default.api.timeout.ms", "60000");
        settings.put("request.timeout.ms", "5000");
        settings.put("fetch.max.wait.ms", "50");
        return settings;
    }

    /** Settings by which clients come back soon after a broker does. */
    Map<String, Object> commonSettings() {
        return Map.of(
                "bootstrap.servers", broker.bootstrap(),
                "reconnect.backoff.ms", "20",
                "reconnect.backoff.max.ms", "50",
                "retry.backoff.ms", "20",
                "retry.backoff.max.ms", "100");
    }

    @Override
    public void close() {
        producers.forEach(RecordedProducer::finish);
        transactions.forEach(RecordedTransactions::finish);
        readers.forEach(RecordedReader::finish);
    }
}
