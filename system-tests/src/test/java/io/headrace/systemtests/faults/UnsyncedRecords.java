package io.headrace.systemtests.faults;

import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Records that the broker need not sync before it acknowledges them, so that a power cut should take some: whether it does tells
 * whether the cut is one.
 */
final class UnsyncedRecords implements AutoCloseable {
    private static final long ANSWER_WITHIN_SECONDS = 30;

    private final TopicPartition partition;
    private final Producer<String, String> producer;
    private final Admin admin;

    /** How many of the cuts so far took records. */
    int lossyCuts = 0;

    UnsyncedRecords(Broker broker) {
        Clients clients = new Clients(broker);
        partition = new TopicPartition(clients.topic("unsynced", 1, Map.of("durability", "os")), 0);
        producer = clients.producer(Map.of("acks", "1", "enable.idempotence", "false"));
        admin = clients.admin();
    }

    /** Writes one; where the log ends then. */
    long write() throws ExecutionException, InterruptedException, TimeoutException {
        return producer.send(new ProducerRecord<>(partition.topic(), "unsynced"))
                        .get(ANSWER_WITHIN_SECONDS, TimeUnit.SECONDS)
                        .offset()
                + 1;
    }

    /** Compares where the log ends, now that the broker is back, with where it ended right before the cut. */
    void compare(long endBefore) {
        long end = Clients.at(
                        Clients.await(admin.listOffsets(Map.of(partition, OffsetSpec.latest()))
                                .all()),
                        partition)
                .offset();
        if (end < endBefore) {
            lossyCuts++;
        }
    }

    @Override
    public void close() {
        producer.close();
        admin.close();
    }
}
