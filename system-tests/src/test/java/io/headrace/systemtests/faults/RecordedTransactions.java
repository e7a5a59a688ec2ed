package io.headrace.systemtests.faults;

import io.headrace.simulation.history.Operation;
import io.headrace.simulation.history.Operation.Kind;
import io.headrace.simulation.history.Operation.Outcome;
import io.headrace.simulation.history.Operation.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A producer with transactions on a thread of its own: one after the other, every fourth of them aborted. */
final class RecordedTransactions {
    private static final long VALUES_OF_ONE = 1_000_000_000L;
    private static final int RECORDS_MAX = 4;
    private static final long PATIENCE_MS = 100_000;

    private final RecordedClients clients;
    private final int process;
    private final Random random;
    private final Thread thread;
    private final AtomicLong committed = new AtomicLong();
    private final AtomicLong aborted = new AtomicLong();
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
        Map<String, Object> settings = new HashMap<>(clients.commonSettings());
        settings.put("transactional.id", "recorded-" + clients.topic + "-" + process);
        settings.put("max.block.ms", "90000");
        settings.put("delivery.timeout.ms", "100000");
        settings.put("request.timeout.ms", "5000");
        return settings;
    }

    /** Returns whether the producer can go on. */
    private boolean oneTransaction(Producer<byte[], byte[]> producer) throws InterruptedException {
        boolean commit = random.nextInt(4) != 0;
        long startMs = HistoryFile.nowMs();
        List<Integer> places = new ArrayList<>();
        List<Long> values = new ArrayList<>();
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try {
            producer.beginTransaction();
            int records = 1 + random.nextInt(RECORDS_MAX);
            for (int i = 0; i < records; i++) {
                int partition = random.nextInt(clients.partitions);
                long value = nextValue++;
                places.add(partition);
                values.add(value);
                byte[] payload = RecordedProducer.payload(value, random.nextInt(200));
                sent.add(producer.send(new ProducerRecord<>(clients.topic, partition, null, payload)));
            }
            producer.flush();
            end(producer, commit);
        } catch (KafkaException e) {
            return giveUp(producer, startMs, places, values);
        }
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < places.size(); i++) {
            int partition = places.get(i);
            long offset = commit ? offset(sent.get(i)) : Operation.NO_OFFSET;
            steps.add(RecordedClients.send(clients.key(partition), values.get(i), offset));
            if (commit) {
                clients.acknowledged(partition, offset);
            }
        }
        (commit ? committed : aborted).incrementAndGet();
        clients.record(process, Kind.TRANSACTION, commit ? Outcome.OK : Outcome.FAIL, startMs, steps);
        return true;
    }

    /** Tries again when time runs out, as only then an end may be tried again. */
    private static void end(Producer<byte[], byte[]> producer, boolean commit) {
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
    private boolean giveUp(Producer<byte[], byte[]> producer, long startMs, List<Integer> places, List<Long> values) {
        boolean isAborted = false;
        try {
            end(producer, false);
            isAborted = true;
            aborted.incrementAndGet();
        } catch (KafkaException e) {
            // Another producer takes over.
        }
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < places.size(); i++) {
            steps.add(RecordedClients.send(clients.key(places.get(i)), values.get(i), Operation.NO_OFFSET));
        }
        clients.record(process, Kind.TRANSACTION, isAborted ? Outcome.FAIL : Outcome.INFO, startMs, steps);
        return isAborted;
    }

    private static long offset(Future<RecordMetadata> sent) throws InterruptedException {
        try {
            return sent.get().offset();
        } catch (ExecutionException e) {
            throw new AssertionError("A record of a committed transaction failed", e);
        }
    }
}
