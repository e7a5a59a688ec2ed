package io.headrace.systemtests.faults;

import io.headrace.simulation.history.Operation;
import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Step;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

/** What one transaction of a client did so far, in order. For its thread alone. */
final class RecordedTransaction {
    private final RecordedClients clients;
    private final List<Step> steps = new ArrayList<>();
    /** By place among the steps. */
    private final Map<Integer, Future<RecordMetadata>> sends = new LinkedHashMap<>();

    private final Set<String> polledKeys = new HashSet<>();
    private final Set<String> sentKeys = new HashSet<>();

    RecordedTransaction(RecordedClients clients) {
        this.clients = clients;
    }

    void send(Producer<byte[], byte[]> producer, int partition, long value, int moreBytes) {
        String key = clients.key(partition);
        // It counts as sent even if the call fails.
        steps.add(RecordedClients.send(key, value, Operation.NO_OFFSET));
        sentKeys.add(key);
        byte[] payload = RecordedProducer.payload(value, moreBytes);
        sends.put(steps.size() - 1, producer.send(new ProducerRecord<>(clients.topic, partition, null, payload)));
    }

    void polled(Iterable<ConsumerRecord<byte[], byte[]>> records) {
        for (ConsumerRecord<byte[], byte[]> record : records) {
            Step step = clients.poll(record);
            steps.add(step);
            polledKeys.add(step.key());
        }
    }

    /** Whether it polled from a partition that it also sent to. */
    boolean polledWhereItSent() {
        return polledKeys.stream().anyMatch(sentKeys::contains);
    }

    /** What it did, without the offsets of what it sent. */
    List<Step> steps() {
        return steps;
    }

    /** What it did, for one that was committed. */
    List<Step> acknowledgedSteps() throws InterruptedException {
        List<Step> acknowledged = new ArrayList<>(steps);
        for (Map.Entry<Integer, Future<RecordMetadata>> send : sends.entrySet()) {
            Step step = acknowledged.get(send.getKey());
            RecordMetadata answer = answer(send.getValue());
            acknowledged.set(send.getKey(), new Step(Action.SEND, step.key(), step.value(), answer.offset()));
            clients.acknowledged(answer.partition(), answer.offset());
        }
        return acknowledged;
    }

    private static RecordMetadata answer(Future<RecordMetadata> sent) throws InterruptedException {
        try {
            return sent.get();
        } catch (ExecutionException e) {
            throw new AssertionError("A record of a committed transaction failed", e);
        }
    }
}
