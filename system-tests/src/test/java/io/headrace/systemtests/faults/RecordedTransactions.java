package io.headrace.systemtests.faults;

import io.headrace.simulation.history.Operation.Kind;
import io.headrace.simulation.history.Operation.Outcome;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A producer with transactions on a thread of its own: one after the other, every fourth of them aborted. In each it sends to
 * some partitions, and polls what was committed to the same ones, in any order.
 */
final class RecordedTransactions {
    private static final long VALUES_OF_ONE = 1_000_000_000L;
    private static final int STEPS_MAX = 4;
    private static final int MORE_BYTES_MAX = 200;
    private static final Duration POLL_LIMIT = Duration.ofMillis(20);

    private final RecordedClients clients;
    private final int process;
    private final Random random;
    /** The loop's, until it has ended. */
    private final Consumer<byte[], byte[]> consumer;

    private final TransactionLoop loop;
    private final AtomicLong mixed = new AtomicLong();
    private long nextValue;

    RecordedTransactions(RecordedClients clients, int process, long seed) {
        this.clients = clients;
        this.process = process;
        this.random = new Random(seed);
        this.nextValue = process * VALUES_OF_ONE;
        this.consumer =
                new KafkaConsumer<>(clients.readerSettings(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.assign(clients.topicPartitions());
        clients.topicPartitions().forEach(partition -> consumer.seek(partition, 0));
        this.loop = new TransactionLoop("transactions-" + process, settings(), this::oneTransaction, clients::failed);
        loop.start();
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>(clients.commonSettings());
        settings.put("transactional.id", "recorded-" + clients.topic + "-" + process);
        settings.put("max.block.ms", "90000");
        settings.put("delivery.timeout.ms", "100000");
        settings.put("request.timeout.ms", "5000");
        return settings;
    }

    long committed() {
        return loop.committed();
    }

    long aborted() {
        return loop.aborted();
    }

    /** How many of the committed ones polled from a partition that they also sent to. */
    long mixed() {
        return mixed.get();
    }

    /** Begins no other transaction and waits until the last one has ended. */
    void finish() {
        if (loop.finish()) {
            consumer.close();
        } else {
            clients.failed(new AssertionError("transactions " + process + " did not end"));
        }
    }

    private boolean oneTransaction(Producer<byte[], byte[]> producer) throws InterruptedException {
        boolean commit = random.nextInt(4) != 0;
        long startMs = HistoryFile.nowMs();
        Map<TopicPartition, Long> positions = new HashMap<>();
        clients.topicPartitions().forEach(partition -> positions.put(partition, consumer.position(partition)));
        RecordedTransaction transaction = new RecordedTransaction(clients);
        Outcome outcome = loop.transaction(producer, commit, () -> steps(producer, transaction));
        boolean committed = outcome == Outcome.OK;
        if (!committed) {
            // What was polled in vain is polled once more.
            positions.forEach(consumer::seek);
        }
        clients.record(
                process,
                Kind.TRANSACTION,
                outcome,
                startMs,
                committed ? transaction.acknowledgedSteps() : transaction.steps());
        if (committed && transaction.polledWhereItSent()) {
            mixed.incrementAndGet();
        }
        return outcome != Outcome.INFO;
    }

    private void steps(Producer<byte[], byte[]> producer, RecordedTransaction transaction) {
        for (int left = 1 + random.nextInt(STEPS_MAX); left > 0; left--) {
            if (random.nextBoolean()) {
                // What it sent is in the log then, and must not be polled.
                producer.flush();
                transaction.polled(poll());
            } else {
                transaction.send(
                        producer, random.nextInt(clients.partitions), nextValue++, random.nextInt(MORE_BYTES_MAX));
            }
        }
    }

    private Iterable<ConsumerRecord<byte[], byte[]>> poll() {
        try {
            return consumer.poll(POLL_LIMIT);
        } catch (KafkaException e) {
            throw new AssertionError("A poll within a transaction failed", e);
        }
    }
}
