package io.headrace.cli.produce;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.CommandFailure;
import io.headrace.network.client.ClientException;
import io.headrace.network.client.ClusterClient;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ProduceRequest;
import io.headrace.protocol.message.ProduceResponse;
import io.headrace.protocol.records.Compression;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.protocol.records.RecordHeader;
import io.headrace.protocol.wire.BufferPayload;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Collects records into batches by partition and sends them, one request at a time for a partition so that their order
 * holds when one has to be sent again, for all partitions at once.
 *
 * <p>With acks=all each batch has a producer id and a sequence number, by which brokers know it again when it is sent a second
 * time because the answer got lost. With fewer acks a broker may itself have lost what came before, so it goes without.
 *
 * <p>One thread adds; answers arrive on the client's loop.
 */
final class BatchSender {
    private static final int BATCH_BYTES_MAX = 512 << 10;
    private static final int WAITING_BYTES_MAX = 32 << 20;
    private static final int BROKER_TIMEOUT_MS = 30_000;
    /** Later versions name topics by id. */
    private static final short PRODUCE_VERSION = 12;

    private record Batch(ByteBuffer bytes, int recordCount) {}

    /** What waits for one partition. Guarded by the sender, but for the builder, which belongs to the adding thread. */
    private static final class Lane {
        final int partition;
        final ArrayDeque<Batch> ready = new ArrayDeque<>();
        RecordBatchBuilder open = new RecordBatchBuilder();
        /** The number of the next record, which belongs to the adding thread, too. */
        int nextSequence;

        boolean inFlight;

        Lane(int partition) {
            this.partition = partition;
        }
    }

    private final ClusterClient client;
    private final String topic;
    private final short acks;
    private final Compression compression;
    private final CompletableFuture<ProducerIdentity> identity;
    private final Lane[] lanes;
    private int waitingBytes;
    private int batchesUnfinished;
    private long recordsDone;
    private @Nullable RuntimeException failure;

    BatchSender(ClusterClient client, String topic, int partitionCount, short acks, Compression compression) {
        this.client = client;
        this.topic = topic;
        this.acks = acks;
        this.compression = compression;
        identity = acks == -1 ? ProducerIdentity.ask(client) : CompletableFuture.completedFuture(ProducerIdentity.NONE);
        lanes = new Lane[partitionCount];
        for (int i = 0; i < partitionCount; i++) {
            lanes[i] = new Lane(i);
            lanes[i].open = newBuilder();
        }
    }

    private RecordBatchBuilder newBuilder() {
        return new RecordBatchBuilder().compression(compression);
    }

    /**
     * Adds a record. Waits when much is on its way already.
     *
     * @return whether this completed a batch
     */
    boolean add(
            int partition,
            long timestampMs,
            byte @Nullable [] key,
            byte @Nullable [] value,
            List<RecordHeader> headers) {
        Lane lane = lanes[partition];
        int size = (key == null ? 0 : key.length) + (value == null ? 0 : value.length);
        boolean full = lane.open.recordCount() > 0 && lane.open.uncompressedSizeBytes() + size > BATCH_BYTES_MAX;
        if (full) {
            close(lane);
        }
        lane.open.append(
                timestampMs,
                key == null ? null : ByteBuffer.wrap(key),
                value == null ? null : ByteBuffer.wrap(value),
                headers);
        return full;
    }

    /** Sends what has been added, without waiting for answers. */
    void flush() {
        for (Lane lane : lanes) {
            if (lane.open.recordCount() > 0) {
                close(lane);
            }
        }
    }

    /** Sends what has been added and waits for all answers. */
    void finish() {
        flush();
        synchronized (this) {
            waitWhile(() -> batchesUnfinished > 0 && failure == null);
            throwFailure();
        }
    }

    /** Records that the broker has taken. */
    synchronized long recordsDone() {
        return recordsDone;
    }

    private void close(Lane lane) {
        Batch batch = build(lane);
        lane.open = newBuilder();
        boolean idle;
        synchronized (this) {
            waitWhile(() -> waitingBytes > WAITING_BYTES_MAX && failure == null);
            throwFailure();
            lane.ready.add(batch);
            waitingBytes += batch.bytes.remaining();
            batchesUnfinished++;
            idle = !lane.inFlight;
            lane.inFlight = true;
        }
        if (idle) {
            sendNext(lane);
        }
    }

    private Batch build(Lane lane) {
        int count = lane.open.recordCount();
        ProducerIdentity producer = Cluster.await(identity);
        if (producer.isKnown()) {
            lane.open.producer(producer.id(), producer.epoch(), lane.nextSequence);
            // After the highest number comes 0.
            lane.nextSequence = (lane.nextSequence + count) & Integer.MAX_VALUE;
        }
        return new Batch(lane.open.build(), count);
    }

    private synchronized void waitWhile(BooleanSupplier condition) {
        try {
            while (condition.getAsBoolean()) {
                wait();
            }
        } catch (InterruptedException e) {
            throw new CommandFailure(CommandFailure.FAILED, "Interrupted");
        }
    }

    private void throwFailure() {
        if (failure instanceof ClientException known) {
            throw CommandFailure.of(known);
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void sendNext(Lane lane) {
        Batch batch;
        synchronized (this) {
            batch = lane.ready.peek();
            if (batch == null || failure != null) {
                lane.inFlight = false;
                return;
            }
        }
        CompletableFuture<?> unused = send(lane.partition, batch).whenComplete((answer, problem) -> {
            onAnswer(lane, batch, problem);
            sendNext(lane);
        });
    }

    private synchronized void onAnswer(Lane lane, Batch batch, @Nullable Throwable problem) {
        if (problem != null) {
            Throwable cause =
                    problem instanceof CompletionException && problem.getCause() != null ? problem.getCause() : problem;
            failure = cause instanceof RuntimeException known ? known : new IllegalStateException(cause);
        } else {
            lane.ready.remove();
            waitingBytes -= batch.bytes.remaining();
            batchesUnfinished--;
            recordsDone += batch.recordCount;
        }
        notifyAll();
    }

    private CompletableFuture<?> send(int partition, Batch batch) {
        ProduceRequest request = new ProduceRequest()
                .setTransactionalId(null)
                .setAcks(acks)
                .setTimeoutMs(BROKER_TIMEOUT_MS)
                .setTopicData(List.of(new ProduceRequest.TopicProduceData()
                        .setName(topic)
                        .setPartitionData(List.of(new ProduceRequest.PartitionProduceData()
                                .setIndex(partition)
                                .setRecords(new BufferPayload(batch.bytes))))));
        if (acks == 0) {
            return client.leaderOf(topic, partition)
                    .thenCompose(client::connectionTo)
                    .thenCompose(connection -> connection.sendUnanswered(request, PRODUCE_VERSION));
        }
        return client.sendToLeader(
                        topic,
                        partition,
                        request,
                        ProduceResponse.class,
                        PRODUCE_VERSION,
                        answer -> ErrorCode.forCode(answerOf(answer).errorCode()))
                .thenApply(answer -> {
                    ErrorCode error = ErrorCode.forCode(answerOf(answer).errorCode());
                    // A duplicate is in the log; the broker has forgotten where.
                    if (error != ErrorCode.NONE && error != ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
                        String detail = answerOf(answer).errorMessage();
                        throw ClientException.refused(
                                error, topic + "-" + partition + ": " + (detail == null ? error.message() : detail));
                    }
                    return answer;
                });
    }

    private static ProduceResponse.PartitionProduceResponse answerOf(ProduceResponse answer) {
        return answer.responses().get(0).partitionResponses().get(0);
    }
}
