package io.headrace.systemtests.faults;

import io.headrace.simulation.history.Operation.Outcome;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Transactions of one id on a thread of its own, one after the other, whatever becomes of the broker: a producer that can go
 * on no longer is followed by another.
 */
final class TransactionLoop {
    private static final long END_PATIENCE_MS = 100_000;
    private static final long STOPPED_WITHIN_MS = 120_000;

    /** What is done again and again, on the loop's thread. */
    interface Turn {
        /**
         * Runs a transaction by {@link #transaction}, or lets a turn pass.
         *
         * @return whether the producer can go on
         */
        boolean take(Producer<byte[], byte[]> producer) throws InterruptedException;
    }

    private final Map<String, Object> settings;
    private final Turn turn;
    private final Consumer<Throwable> failed;
    private final Thread thread;
    private final AtomicLong committed = new AtomicLong();
    private final AtomicLong aborted = new AtomicLong();
    private volatile boolean stopping;

    /**
     * @param settings of the producers, with their transactional id
     * @param failed told what ended the loop before its time
     */
    TransactionLoop(String name, Map<String, Object> settings, Turn turn, Consumer<Throwable> failed) {
        this.settings = Map.copyOf(settings);
        this.turn = turn;
        this.failed = failed;
        thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    long committed() {
        return committed.get();
    }

    long aborted() {
        return aborted.get();
    }

    /** Begins no other transaction; returns whether the last one has ended. */
    boolean finish() {
        stopping = true;
        try {
            thread.join(STOPPED_WITHIN_MS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return !thread.isAlive();
    }

    private void run() {
        try {
            while (!stopping) {
                try (Producer<byte[], byte[]> producer =
                        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
                    producer.initTransactions();
                    boolean usable = true;
                    while (usable && !stopping) {
                        usable = turn.take(producer);
                    }
                }
            }
        } catch (RuntimeException | AssertionError | InterruptedException e) {
            failed.accept(e);
        }
    }

    /**
     * Begins a transaction, does these steps and ends it. What could not be committed is aborted if the producer still can;
     * if not, the producer is of no more use.
     *
     * @return OK if it was committed, FAIL if it was aborted, INFO if nobody knows
     */
    Outcome transaction(Producer<byte[], byte[]> producer, boolean commit, Runnable steps) {
        try {
            producer.beginTransaction();
            steps.run();
            producer.flush();
            return end(producer, commit);
        } catch (KafkaException e) {
            return giveUp(producer);
        }
    }

    private Outcome giveUp(Producer<byte[], byte[]> producer) {
        try {
            return end(producer, false);
        } catch (KafkaException e) {
            return Outcome.INFO;
        }
    }

    /** Tries again when time runs out, as only then an end may be tried again. */
    private Outcome end(Producer<byte[], byte[]> producer, boolean commit) {
        long untilMs = System.currentTimeMillis() + END_PATIENCE_MS;
        while (true) {
            try {
                if (commit) {
                    producer.commitTransaction();
                    committed.incrementAndGet();
                    return Outcome.OK;
                }
                producer.abortTransaction();
                aborted.incrementAndGet();
                return Outcome.FAIL;
            } catch (TimeoutException e) {
                if (System.currentTimeMillis() > untilMs) {
                    throw e;
                }
            }
        }
    }
}
