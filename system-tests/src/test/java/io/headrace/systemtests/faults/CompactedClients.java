package io.headrace.systemtests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Producers, one of them with transactions, that keep on writing values and tombstones of a few keys to a compacted topic of
 * small segments, whatever becomes of the broker, and passes over the topic that {@link CompactedHistory} judges.
 */
final class CompactedClients implements AutoCloseable {
    /** The one that is written to without transactions, and the one with. Each has keys of its own. */
    private static final int PLAIN = 0;

    private static final int TRANSACTIONAL = 1;
    private static final int PARTITIONS = 2;
    /** Most of them are written now and then only, so that compaction meets their last records again and again. */
    private static final int KEYS = 200;

    private static final int BUSY_KEYS = 20;
    private static final int ANY_KEY_ONE_IN = 4;
    /** Records, and transactions. */
    private static final int IN_FLIGHT_MAX = 4;

    private static final int TOMBSTONE_ONE_IN = 6;
    /** So long that tombstones of before a fault must still be there after it. */
    private static final long DELETE_RETENTION_MS = 4_000;

    private static final Map<String, String> CONFIG = Map.of(
            "cleanup.policy", "compact",
            "internal.segment.bytes", "8192",
            "min.cleanable.dirty.ratio", "0.1",
            "delete.retention.ms", String.valueOf(DELETE_RETENTION_MS));
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** A record that is about to be sent. */
    record Written(long number, ProducerRecord<byte[], byte[]> record) {}

    final String topic;
    final CompactedHistory history = new CompactedHistory(DELETE_RETENTION_MS);
    /** Fair, so that a pass gets all of it. */
    final Semaphore inFlight = new Semaphore(IN_FLIGHT_MAX, true);

    private final Broker broker;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final AtomicLong acknowledged = new AtomicLong();
    private final Random random;
    private final Thread writer;
    private final CompactedTransactions transactions;
    private final Consumer<byte[], byte[]> consumer;
    private CompletableFuture<Void> pass = CompletableFuture.completedFuture(null);
    private volatile boolean stopping;
    private int passes;

    CompactedClients(Broker broker, long seed) {
        this.broker = broker;
        this.random = new Random(seed);
        this.topic = new Clients(broker).topic("compacted", PARTITIONS, CONFIG);
        Map<String, Object> settings = common();
        settings.put("auto.offset.reset", "none");
        settings.put("enable.auto.commit", "false");
        settings.put("isolation.level", "read_committed");
        settings.put("fetch.max.wait.ms", "20");
        settings.put("default.api.timeout.ms", "60000");
        this.consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.assign(Clients.partitionsOf(topic, PARTITIONS));
        this.writer = new Thread(this::write, "compacted-writer");
        writer.setDaemon(true);
        writer.start();
        this.transactions = new CompactedTransactions(this, TRANSACTIONAL, seed + 1);
    }

    private Map<String, Object> common() {
        return new HashMap<>(Map.of(
                "bootstrap.servers", broker.bootstrap(),
                "request.timeout.ms", "5000",
                "reconnect.backoff.ms", "20",
                "reconnect.backoff.max.ms", "50",
                "retry.backoff.ms", "20",
                "retry.backoff.max.ms", "100"));
    }

    Map<String, Object> producerSettings() {
        Map<String, Object> settings = common();
        settings.put("acks", "all");
        // Some hundred records a second: enough for compaction, and the rest of the machine is left to the others.
        settings.put("linger.ms", "10");
        settings.put("max.block.ms", "90000");
        settings.put("delivery.timeout.ms", "100000");
        return settings;
    }

    /** Makes up a record for that partition. */
    Written next(Random choices, int partition) {
        int keys = choices.nextInt(ANY_KEY_ONE_IN) == 0 ? KEYS : BUSY_KEYS;
        int key = choices.nextInt(keys / PARTITIONS) * PARTITIONS + partition;
        boolean tombstone = choices.nextInt(TOMBSTONE_ONE_IN) == 0;
        long number = history.send(key, tombstone);
        byte[] value = tombstone ? null : RecordedProducer.payload(number, choices.nextInt(600));
        return new Written(number, new ProducerRecord<>(topic, partition, CompactedHistory.keyBytes(key), value));
    }

    private void write() {
        try (Producer<byte[], byte[]> producer =
                new KafkaProducer<>(producerSettings(), new ByteArraySerializer(), new ByteArraySerializer())) {
            while (!stopping) {
                if (inFlight.tryAcquire(100, TimeUnit.MILLISECONDS)) {
                    send(producer);
                }
            }
            producer.flush();
        } catch (RuntimeException | InterruptedException e) {
            failed(e);
        }
    }

    private void send(Producer<byte[], byte[]> producer) {
        Written next = next(random, PLAIN);
        // What the future would tell, the callback does.
        var unused = producer.send(next.record(), (metadata, error) -> {
            try {
                if (error != null) {
                    failed(error);
                } else {
                    acknowledge(next.number(), PLAIN, metadata.offset());
                }
            } catch (AssertionError e) {
                failed(e);
            } finally {
                inFlight.release();
            }
        });
    }

    void acknowledge(long number, int partition, long offset) {
        history.acknowledge(number, partition, offset);
        acknowledged.incrementAndGet();
    }

    void failed(Throwable e) {
        failure.compareAndSet(null, e);
    }

    /** The broker is up again: reads everything on another thread. */
    void beginPass() {
        pass = CompletableFuture.runAsync(this::readAll);
    }

    /** Waits until some more records are acknowledged. */
    void awaitAcknowledged() {
        long goal = acknowledged.get() + 20;
        Await.until("records after a pass", LIMIT, () -> acknowledged.get() >= goal || failure.get() != null);
    }

    /** Waits for the end of the pass that was begun last; fails if it, or anything before, was not as it should be. */
    void awaitPass() {
        try {
            pass.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("a pass over the compacted topic", e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("a pass over the compacted topic does not end; the log:\n" + broker.log(), e);
        }
        Throwable failed = failure.get();
        if (failed != null) {
            throw new AssertionError("writing to the compacted topic", failed);
        }
    }

    private void readAll() {
        // Nothing is on its way meanwhile: compaction could put what is read next behind the end that was asked for.
        inFlight.acquireUninterruptibly(IN_FLIGHT_MAX);
        try {
            List<TopicPartition> partitions = Clients.partitionsOf(topic, PARTITIONS);
            Map<Integer, Long> due = history.due();
            long startMs = HistoryFile.nowMs();
            Map<Integer, Long> ends = history.ends();
            consumer.beginningOffsets(partitions).forEach(consumer::seek);
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            while (partitions.stream()
                    .anyMatch(one -> consumer.position(one) < ends.getOrDefault(one.partition(), 0L))) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
            history.check(due, records, startMs, HistoryFile.nowMs());
            passes++;
        } finally {
            inFlight.release(IN_FLIGHT_MAX);
        }
    }

    /** Ends the producer, reads everything once more, and looks for what compaction may have left behind. */
    void finish() {
        awaitPass();
        stopWriters();
        beginPass();
        awaitPass();
        assertThat(history.removed()).as("records that compaction has removed").isPositive();
        assertThat(transactions.committed()).isPositive();
        assertThat(transactions.aborted()).isPositive();
        assertThat(broker.log())
                .contains("Compacted " + topic + "-" + PLAIN)
                .contains("Compacted " + topic + "-" + TRANSACTIONAL);
        Await.until(
                "compaction leaves no file behind", LIMIT, () -> unfinished().isEmpty());
        System.out.println(passes + " passes over a compacted topic, " + history.removed() + " records removed");
    }

    private List<Path> unfinished() throws IOException {
        List<Path> unfinished = new ArrayList<>();
        for (TopicPartition partition : Clients.partitionsOf(topic, PARTITIONS)) {
            try (Stream<Path> files = Files.list(broker.dataDirectory().resolve(partition.toString()))) {
                files.filter(file -> file.toString().endsWith(".cleaned")
                                || file.toString().endsWith(".swap"))
                        .forEach(unfinished::add);
            }
        }
        return unfinished;
    }

    private void stopWriters() {
        stopping = true;
        try {
            writer.join(LIMIT.toMillis() * 2);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        assertThat(writer.isAlive()).isFalse();
        assertThat(transactions.finish()).isTrue();
    }

    @Override
    public void close() {
        stopWriters();
        consumer.wakeup();
        pass.handle((done, error) -> error == null).join();
        consumer.close();
    }
}
