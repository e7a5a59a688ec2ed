package io.headrace.systemtests.faults;

import io.headrace.simulation.history.Operation.Kind;
import io.headrace.simulation.history.Operation.Outcome;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A producer with transactions on a thread of its own: one after the other, every fourth of them aborted. In each it sends to
 * some partitions, and polls what was committed to the same ones, in any order.
 */
final class RecordedTransactions {
    private static final long VALUES_OF_ONE = 1_000_000_000L;
    private static final int STEPS_MAX = 4;
    private static final int MORE_BYTES_MAX = 200;
    private static final Duration POLL_LIMIT = Duration.ofMillis(20);
    private static final long PATIENCE_MS = 100_000;

    private final RecordedClients clients;
    private final int process;
    private final Random random;
    private final Thread thread;
    private final AtomicLong committed = new AtomicLong();
    private final AtomicLong aborted = new AtomicLong();
    private final AtomicLong mixed = new AtomicLong();
    private volatile boolean stopping;
    private long nextValue;

    RecordedTransactions(RecordedClients clients, int process, long seed) {
        this.clients = clients;
        this.process = process;
        this.random = new Random(seed);
        this.nextValue = process * VALUES_OF_ONE;
        thread = new Thread(this::run, "transactions-" + process);
        thread.setDaemon(true);
        thread.start();
    }

    long committed() {
        return committed.get();
    }

    long aborted() {
        return aborted.get();
    }

    /** How many of the committed ones polled from a partition that they also sent to. */
    long mixed() {
        return mixed.get();
    }

    /** Begins no other transaction and waits until the last one has ended. */
    void finish() {
        stopping = true;
        try {
            thread.join(TimeUnit.SECONDS.toMillis(120));
            if (thread.isAlive()) {
                clients.failed(new AssertionError("transactions " + process + " did not end"));
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void run() {
        try (Consumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                clients.readerSettings(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(clients.topicPartitions());
            clients.topicPartitions().forEach(partition -> consumer.seek(partition, 0));
            while (!stopping) {
                try (Producer<byte[], byte[]> producer =
                        new KafkaProducer<>(settings(), new ByteArraySerializer(), new ByteArraySerializer())) {
                    producer.initTransactions();
                    boolean usable = true;
                    while (usable && !stopping) {
                        usable = oneTransaction(producer, consumer);
                    }
                }
            }
        } catch (RuntimeException | AssertionError | InterruptedException e) {
            clients.failed(e);
        }
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>(clients.commonSettings());
        settings.put("transactional.id", "recorded-" + clients.topic + "-" + process);
        settings.put("max.block.ms", "90000");
        settings.put("delivery.timeout.ms", "100000");
        settings.put("request.timeout.ms", "5000");
        return settings;
    }

    /** Returns whether the producer can go on. */
    private boolean oneTransaction(Producer<byte[], byte[]> producer, Consumer<byte[], byte[]> consumer)
            throws InterruptedException {
        boolean commit = random.nextInt(4) != 0;
        long startMs = HistoryFile.nowMs();
        Map<TopicPartition, Long> positions = new HashMap<>();
        clients.topicPartitions().forEach(partition -> positions.put(partition, consumer.position(partition)));
        RecordedTransaction transaction = new RecordedTransaction(clients);
        try {
            producer.beginTransaction();
            for (int left = 1 + random.nextInt(STEPS_MAX); left > 0; left--) {
                if (random.nextBoolean()) {
                    // What it sent is in the log then, and must not be polled.
                    producer.flush();
                    transaction.polled(poll(consumer));
                } else {
                    transaction.send(
                            producer, random.nextInt(clients.partitions), nextValue++, random.nextInt(MORE_BYTES_MAX));
                }
            }
            producer.flush();
            end(producer, commit);
        } catch (KafkaException e) {
            positions.forEach(consumer::seek);
            return giveUp(producer, startMs, transaction);
        }
        if (commit) {
            clients.record(process, Kind.TRANSACTION, Outcome.OK, startMs, transaction.acknowledgedSteps());
            committed.incrementAndGet();
            if (transaction.polledWhereItSent()) {
                mixed.incrementAndGet();
            }
        } else {
            // What was polled in vain is polled once more.
            positions.forEach(consumer::seek);
            clients.record(process, Kind.TRANSACTION, Outcome.FAIL, startMs, transaction.steps());
            aborted.incrementAndGet();
        }
        return true;
    }

    private static Iterable<ConsumerRecord<byte[], byte[]>> poll(Consumer<byte[], byte[]> consumer) {
        try {
            return consumer.poll(POLL_LIMIT);
        } catch (KafkaException e) {
            throw new AssertionError("A poll within a transaction failed", e);
        }
    }

    /** Tries again when time runs out, as only then an end may be tried again. */
    static void end(Producer<byte[], byte[]> producer, boolean commit) {
        long untilMs = System.currentTimeMillis() + PATIENCE_MS;
        while (true) {
            try {
                if (commit) {
                    producer.commitTransaction();
                } else {
                    producer.abortTransaction();
                }
                return;
            } catch (TimeoutException e) {
                if (System.currentTimeMillis() > untilMs) {
                    throw e;
                }
            }
        }
    }

    /** What could not be committed is aborted if the producer still can; if not, nobody knows how it ended. */
    private boolean giveUp(Producer<byte[], byte[]> producer, long startMs, RecordedTransaction transaction) {
        boolean isAborted = false;
        try {
            end(producer, false);
            isAborted = true;
            aborted.incrementAndGet();
        } catch (KafkaException e) {
            // Another producer takes over.
        }
        clients.record(
                process, Kind.TRANSACTION, isAborted ? Outcome.FAIL : Outcome.INFO, startMs, transaction.steps());
        return isAborted;
    }
}
