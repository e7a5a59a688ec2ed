package io.headrace.systemtests.faults;

import io.headrace.systemtests.faults.CompactedClients.Written;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A producer that writes to one partition of a compacted topic in transactions, a third of which it aborts. */
final class CompactedTransactions {
    private static final int RECORDS_MAX = 4;
    private static final long STOPPED_WITHIN_MS = 120_000;

    private final CompactedClients clients;
    private final int partition;
    private final Random random;
    private final Thread thread;
    private final AtomicLong committed = new AtomicLong();
    private final AtomicLong aborted = new AtomicLong();
    private volatile boolean stopping;

    CompactedTransactions(CompactedClients clients, int partition, long seed) {
        this.clients = clients;
        this.partition = partition;
        this.random = new Random(seed);
        thread = new Thread(this::run, "compacted-transactions");
        thread.setDaemon(true);
        thread.start();
    }

    long committed() {
        return committed.get();
    }

    long aborted() {
        return aborted.get();
    }

    /** Begins no other transaction; whether the last one has ended. */
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
                        new KafkaProducer<>(settings(), new ByteArraySerializer(), new ByteArraySerializer())) {
                    producer.initTransactions();
                    boolean usable = true;
                    while (usable && !stopping) {
                        usable = oneTransaction(producer);
                    }
                }
            }
        } catch (RuntimeException | AssertionError | InterruptedException e) {
            clients.failed(e);
        }
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>(clients.producerSettings());
        settings.put("transactional.id", clients.topic + "-writer");
        return settings;
    }

    /** Returns whether the producer can go on. */
    private boolean oneTransaction(Producer<byte[], byte[]> producer) throws InterruptedException {
        if (!clients.inFlight.tryAcquire(100, TimeUnit.MILLISECONDS)) {
            return true;
        }
        Map<Long, Future<RecordMetadata>> sent = new LinkedHashMap<>();
        boolean commit = random.nextInt(3) != 0;
        try {
            producer.beginTransaction();
            for (int left = 1 + random.nextInt(RECORDS_MAX); left > 0; left--) {
                Written next = clients.next(random, partition);
                sent.put(next.number(), producer.send(next.record()));
            }
            producer.flush();
            RecordedTransactions.end(producer, commit);
            settle(sent, commit);
            return true;
        } catch (KafkaException e) {
            return giveUp(producer, sent);
        } finally {
            clients.inFlight.release();
        }
    }

    /** What could not be committed is aborted if the producer still can; if not, nobody knows how it ended. */
    private boolean giveUp(Producer<byte[], byte[]> producer, Map<Long, Future<RecordMetadata>> sent)
            throws InterruptedException {
        try {
            RecordedTransactions.end(producer, false);
        } catch (KafkaException e) {
            return false; // another producer takes over
        }
        settle(sent, false);
        return true;
    }

    private void settle(Map<Long, Future<RecordMetadata>> sent, boolean commit) throws InterruptedException {
        for (Map.Entry<Long, Future<RecordMetadata>> each : sent.entrySet()) {
            try {
                long offset = each.getValue().get().offset();
                if (commit) {
                    clients.acknowledge(each.getKey(), partition, offset);
                } else {
                    clients.history.abort(each.getKey(), partition, offset);
                }
            } catch (ExecutionException e) {
                if (commit) {
                    throw new AssertionError("A record of a committed transaction failed", e);
                }
                clients.history.abort(each.getKey());
            }
        }
        (commit ? committed : aborted).incrementAndGet();
    }
}
