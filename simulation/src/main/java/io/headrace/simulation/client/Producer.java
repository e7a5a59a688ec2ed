package io.headrace.simulation.client;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.InitProducerIdRequest;
import io.headrace.protocol.message.InitProducerIdResponse;
import io.headrace.protocol.message.ProduceRequest;
import io.headrace.protocol.message.ProduceResponse;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.simulation.client.Topics.Partition;
import io.headrace.simulation.history.Operation;
import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Kind;
import io.headrace.simulation.history.Operation.Outcome;
import io.headrace.simulation.history.Operation.Step;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Sends batches to the partitions of one topic, up to five at a time to each.
 *
 * <p>An idempotent one sends a batch again, with the same sequence, until it knows the end. One that is not sends everything
 * once. What it records with less than {@code acks=all} counts as unknown, whatever the broker said.
 */
public final class Producer extends SimulatedClient {
    private static final int UNDER_WAY_MAX = 5;
    private static final int REFUSALS_MAX = 60;
    private static final short ACKS_ALL = -1;

    private static final class Batch {
        final Partition partition;
        final int firstSequence;
        final List<Long> values;
        final long startMs;
        int refusals;

        Batch(Partition partition, int firstSequence, List<Long> values, long startMs) {
            this.partition = partition;
            this.firstSequence = firstSequence;
            this.values = values;
            this.startMs = startMs;
        }
    }

    private final String topic;
    private final boolean idempotent;
    private final short acks;
    private final long pauseUs;
    private final Map<Partition, Deque<Batch>> underWay = new LinkedHashMap<>();
    private final Map<Partition, Integer> sequences = new LinkedHashMap<>();
    private long producerId = -1;
    private short epoch = -1;
    private int process;
    private boolean draining;
    private int retries;

    /** @param pauseUs how long it waits between two requests, about */
    public Producer(
            World world,
            SplittableRandom random,
            String name,
            String topic,
            boolean idempotent,
            short acks,
            long pauseUs) {
        super(world, random, name);
        this.topic = topic;
        this.idempotent = idempotent;
        this.acks = acks;
        this.pauseUs = pauseUs;
        this.process = world.newProcess();
    }

    @Override
    void onConnected() {
        if (idempotent && producerId < 0) {
            InitProducerIdRequest request =
                    new InitProducerIdRequest().setTransactionalId(null).setTransactionTimeoutMs(60_000);
            call(ApiKey.INIT_PRODUCER_ID, request, InitProducerIdResponse.class, response -> {
                if (error(response.errorCode()) == ErrorCode.NONE) {
                    producerId = response.producerId();
                    epoch = response.producerEpoch();
                    sendOn();
                } else {
                    later(random.nextLong(10_000, 100_000), this::onConnected);
                }
            });
        } else {
            for (Deque<Batch> batches : underWay.values()) {
                for (Batch batch : batches) {
                    world.count("batches sent again");
                    send(List.of(batch));
                }
            }
            sendOn();
        }
    }

    private void sendOn() {
        if (!draining && isConnected()) {
            sendNew();
            later(random.nextLong(pauseUs / 2, pauseUs * 3 / 2), this::sendOn);
        }
    }

    private void sendNew() {
        List<Partition> partitions = world.topics.of(topic);
        List<Batch> batches = new ArrayList<>();
        for (Partition partition : partitions) {
            Deque<Batch> sent = underWay.computeIfAbsent(partition, key -> new ArrayDeque<>());
            if (random.nextInt(partitions.size()) == 0 && sent.size() < UNDER_WAY_MAX) {
                Batch batch = newBatch(partition);
                if (acks != 0) {
                    sent.add(batch);
                }
                batches.add(batch);
            }
        }
        if (!batches.isEmpty()) {
            send(batches);
        }
    }

    private Batch newBatch(Partition partition) {
        List<Long> values = new ArrayList<>();
        int count = random.nextInt(1, 5);
        for (int i = 0; i < count; i++) {
            values.add(world.topics.nextValue(partition));
        }
        int sequence = sequences.getOrDefault(partition, 0);
        sequences.put(partition, RecordBatch.incrementSequence(sequence, count));
        return new Batch(partition, sequence, values, world.schedule.nowMs());
    }

    private void send(List<Batch> batches) {
        ProduceRequest request = new ProduceRequest().setAcks(acks).setTimeoutMs(10_000);
        ProduceRequest.TopicProduceData data = new ProduceRequest.TopicProduceData()
                .setTopicId(batches.get(0).partition.topicId());
        for (Batch batch : batches) {
            data.partitionData()
                    .add(new ProduceRequest.PartitionProduceData()
                            .setIndex(batch.partition.index())
                            .setRecords(new BufferPayload(Records.batch(
                                    batch.partition,
                                    batch.values,
                                    producerId,
                                    epoch,
                                    idempotent ? batch.firstSequence : -1,
                                    false))));
        }
        request.topicData().add(data);
        if (acks == 0) {
            tell(ApiKey.PRODUCE, request);
            batches.forEach(batch -> record(batch, Outcome.INFO, Operation.NO_OFFSET));
            return;
        }
        call(ApiKey.PRODUCE, request, ProduceResponse.class, response -> onAnswer(batches, response));
    }

    private void onAnswer(List<Batch> batches, ProduceResponse response) {
        List<ProduceResponse.PartitionProduceResponse> results =
                response.responses().get(0).partitionResponses();
        boolean again = false;
        for (int i = 0; i < batches.size(); i++) {
            Batch batch = batches.get(i);
            ProduceResponse.PartitionProduceResponse result = results.get(i);
            ErrorCode error = error(result.errorCode());
            if (error == ErrorCode.NONE) {
                succeeded(batch, result.baseOffset());
            } else if (idempotent) {
                again = true;
                refused(batch, error);
            } else {
                world.count("refused " + error);
                finish(batch);
                record(batch, Outcome.INFO, Operation.NO_OFFSET);
            }
        }
        if (again) {
            // Everything from the refused batch on goes once more, in order, over a new link.
            retries++;
            disconnect();
        }
    }

    private void succeeded(Batch batch, long baseOffset) {
        finish(batch);
        if (acks == ACKS_ALL) {
            if (baseOffset >= 0) {
                world.topics.acknowledged(batch.partition, baseOffset + batch.values.size());
            }
            record(batch, Outcome.OK, baseOffset);
            world.count("batches acknowledged");
        } else {
            record(batch, Outcome.INFO, baseOffset);
        }
    }

    private void finish(Batch batch) {
        Deque<Batch> sent = underWay.get(batch.partition);
        if (sent != null) {
            sent.remove(batch);
        }
    }

    private void refused(Batch batch, ErrorCode error) {
        world.count("refused " + error);
        Deque<Batch> sent = underWay.get(batch.partition);
        boolean first = sent != null && sent.peek() == batch;
        boolean storage = error == ErrorCode.KAFKA_STORAGE_ERROR || error == ErrorCode.REQUEST_TIMED_OUT;
        if (first && !storage && ++batch.refusals > REFUSALS_MAX) {
            world.trace.violation("B5: " + name + " cannot get its batch " + batch.firstSequence + " to "
                    + batch.partition.key() + " accepted: " + error);
            stop();
        }
    }

    private void record(Batch batch, Outcome outcome, long baseOffset) {
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < batch.values.size(); i++) {
            long offset = baseOffset < 0 ? Operation.NO_OFFSET : baseOffset + i;
            steps.add(new Step(Action.SEND, batch.partition.key(), batch.values.get(i), offset));
        }
        world.record(process, Kind.SEND, outcome, batch.startMs, steps);
    }

    @Override
    void onDisconnected() {
        if (!idempotent) {
            giveUp();
        }
    }

    /** What is under way has an unknown end from now on; the producer goes on as another one. */
    private void giveUp() {
        underWay.values()
                .forEach(batches -> batches.forEach(batch -> record(batch, Outcome.INFO, Operation.NO_OFFSET)));
        underWay.clear();
        process = world.newProcess();
    }

    /** The client crashes and begins anew, with another producer id. */
    public void restart() {
        if (isStopped()) {
            return;
        }
        giveUp();
        sequences.clear();
        producerId = -1;
        disconnect();
    }

    /** Breaks its link in the middle of whatever it does. */
    public void breakLink() {
        disconnect();
    }

    /** Sends nothing new any more. */
    public void drain() {
        draining = true;
        if (!idempotent) {
            giveUp();
            stop();
        }
    }

    /** Whatever is still under way has an unknown end. */
    public void end() {
        giveUp();
        stop();
    }

    /** Whether everything it sent has an end. */
    public boolean isDone() {
        return isStopped() || (draining && underWay.values().stream().allMatch(Deque::isEmpty));
    }

    @Override
    public String toString() {
        return name + " with " + underWay + " under way after " + retries + " retries";
    }
}
