package io.headrace.systemtests.faults;

import io.headrace.simulation.history.Operation.Outcome;
import io.headrace.systemtests.faults.CompactedClients.Written;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.RecordMetadata;

/** A producer that writes to one partition of a compacted topic in transactions, a third of which it aborts. */
final class CompactedTransactions {
    private static final int RECORDS_MAX = 4;

    private final CompactedClients clients;
    private final int partition;
    private final Random random;
    private final TransactionLoop loop;

    CompactedTransactions(CompactedClients clients, int partition, long seed) {
        this.clients = clients;
        this.partition = partition;
        this.random = new Random(seed);
        Map<String, Object> settings = new HashMap<>(clients.producerSettings());
        settings.put("transactional.id", clients.topic + "-writer");
        this.loop = new TransactionLoop("compacted-transactions", settings, this::oneTransaction, clients::failed);
        loop.start();
    }

    long committed() {
        return loop.committed();
    }

    long aborted() {
        return loop.aborted();
    }

    /** Begins no other transaction; whether the last one has ended. */
    boolean finish() {
        return loop.finish();
    }

    private boolean oneTransaction(Producer<byte[], byte[]> producer) throws InterruptedException {
        if (!clients.inFlight.tryAcquire(100, TimeUnit.MILLISECONDS)) {
            return true;
        }
        try {
            Map<Long, Future<RecordMetadata>> sent = new LinkedHashMap<>();
            boolean commit = random.nextInt(3) != 0;
            Outcome outcome = loop.transaction(producer, commit, () -> {
                for (int left = 1 + random.nextInt(RECORDS_MAX); left > 0; left--) {
                    Written next = clients.next(random, partition);
                    sent.put(next.number(), producer.send(next.record()));
                }
            });
            if (outcome != Outcome.INFO) {
                settle(sent, outcome == Outcome.OK);
            }
            return outcome != Outcome.INFO;
        } finally {
            clients.inFlight.release();
        }
    }

    private void settle(Map<Long, Future<RecordMetadata>> sent, boolean committed) throws InterruptedException {
        for (Map.Entry<Long, Future<RecordMetadata>> each : sent.entrySet()) {
            try {
                long offset = each.getValue().get().offset();
                if (committed) {
                    clients.acknowledge(each.getKey(), partition, offset);
                } else {
                    clients.history.abort(each.getKey(), partition, offset);
                }
            } catch (ExecutionException e) {
                if (committed) {
                    throw new AssertionError("A record of a committed transaction failed", e);
                }
                clients.history.abort(each.getKey());
            }
        }
    }
}
