package io.headrace.cli.consume;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.CommandFailure;
import io.headrace.cli.client.TopicPartition;
import io.headrace.network.client.ClientException;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.FetchRequest;
import io.headrace.protocol.message.FetchResponse;
import io.headrace.protocol.records.DecompressionLimit;
import io.headrace.protocol.records.Record;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatches;
import io.headrace.protocol.wire.BufferPayload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Fetches some partitions, with one request under way at each broker that leads any of them, and hands out their records
 * in order. Used by one thread.
 */
final class FetchLoop {
    /** What to do with each record. */
    interface Sink {
        /** Returns false to stop, after this record. */
        boolean accept(TopicPartition partition, Record record) throws IOException;
    }

    private static final int WAIT_MS = 500;
    private static final int FETCH_BYTES_MAX = 32 << 20;
    private static final int PARTITION_BYTES_MAX = 4 << 20;
    private static final int BACKOFF_MS = 200;
    /** Later versions name topics by id. */
    private static final short FETCH_VERSION = 12;

    /** @param assignment the number of the assignment for which it was asked */
    private record Answer(
            int node,
            long assignment,
            @Nullable FetchResponse response,
            @Nullable Throwable failure) {}

    private final Cluster cluster;
    private final boolean committedOnly;
    private final Map<TopicPartition, Long> positions = new TreeMap<>();
    private final Set<TopicPartition> atEnd = new HashSet<>();
    private final Set<Integer> busyNodes = new HashSet<>();
    private final Map<Integer, Long> notBeforeNanos = new HashMap<>();
    private final BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();
    private long assignment;
    private boolean stopped;

    FetchLoop(Cluster cluster, boolean committedOnly) {
        this.cluster = cluster;
        this.committedOnly = committedOnly;
    }

    /**
     * Replaces what is fetched. Answers to what was asked before are dropped, even those for partitions that stay: they may
     * begin beyond where the new assignment does.
     */
    void assign(Map<TopicPartition, Long> offsets) {
        assignment++;
        positions.clear();
        positions.putAll(offsets);
        atEnd.clear();
    }

    /** The offset after the last record handed out, by partition. */
    Map<TopicPartition, Long> positions() {
        return new TreeMap<>(positions);
    }

    boolean isStopped() {
        return stopped;
    }

    /** Whether every partition has been read to its end as it was when last asked. */
    boolean isAtEnd() {
        return atEnd.containsAll(positions.keySet());
    }

    /** Asks where nothing is under way, waits up to a second for one answer, and hands out what is in it. */
    void poll(Sink sink) throws IOException {
        sendFetches();
        try {
            Answer answer = answers.poll(WAIT_MS * 2, TimeUnit.MILLISECONDS);
            if (answer != null) {
                busyNodes.remove(answer.node);
                handle(answer, sink);
            }
        } catch (InterruptedException e) {
            stopped = true;
        }
    }

    private void sendFetches() {
        Map<Integer, List<TopicPartition>> byNode = new TreeMap<>();
        for (TopicPartition partition : positions.keySet()) {
            int leader = Cluster.await(cluster.client().leaderOf(partition.topic(), partition.partition()));
            byNode.computeIfAbsent(leader, key -> new ArrayList<>()).add(partition);
        }
        byNode.forEach((node, partitions) -> {
            Long notBefore = notBeforeNanos.get(node);
            if ((notBefore == null || System.nanoTime() - notBefore >= 0) && busyNodes.add(node)) {
                long askedFor = assignment;
                CompletableFuture<?> unused = cluster.client()
                        .sendToNode(node, request(partitions), FetchResponse.class, FETCH_VERSION)
                        .whenComplete(
                                (response, failure) -> answers.add(new Answer(node, askedFor, response, failure)));
            }
        });
    }

    private FetchRequest request(List<TopicPartition> partitions) {
        Map<String, List<FetchRequest.FetchPartition>> byTopic = new TreeMap<>();
        for (TopicPartition partition : partitions) {
            byTopic.computeIfAbsent(partition.topic(), key -> new ArrayList<>())
                    .add(new FetchRequest.FetchPartition()
                            .setPartition(partition.partition())
                            .setFetchOffset(positions.getOrDefault(partition, 0L))
                            .setCurrentLeaderEpoch(-1)
                            .setLogStartOffset(-1)
                            .setPartitionMaxBytes(PARTITION_BYTES_MAX));
        }
        List<FetchRequest.FetchTopic> topics = new ArrayList<>();
        byTopic.forEach((topic, list) ->
                topics.add(new FetchRequest.FetchTopic().setTopic(topic).setPartitions(list)));
        return new FetchRequest()
                .setMaxWaitMs(WAIT_MS)
                .setMinBytes(1)
                .setMaxBytes(FETCH_BYTES_MAX)
                .setIsolationLevel((byte) (committedOnly ? 1 : 0))
                .setSessionId(0)
                .setSessionEpoch(-1)
                .setTopics(topics);
    }

    private void handle(Answer answer, Sink sink) throws IOException {
        FetchResponse response = answer.response;
        if (response == null) {
            Throwable cause = answer.failure == null ? null : answer.failure.getCause();
            Throwable failure = cause instanceof ClientException ? cause : answer.failure;
            if (failure instanceof ClientException known && known.retriable()) {
                lookAgain(answer.node);
                return;
            }
            throw failure instanceof ClientException known
                    ? CommandFailure.of(known)
                    : new IllegalStateException(failure);
        }
        if (answer.assignment != assignment) {
            return;
        }
        for (FetchResponse.FetchableTopicResponse topic : response.responses()) {
            for (FetchResponse.PartitionData data : topic.partitions()) {
                TopicPartition partition = new TopicPartition(topic.topic(), data.partitionIndex());
                if (!stopped && positions.containsKey(partition)) {
                    handle(answer.node, partition, data, sink);
                }
            }
        }
    }

    private void lookAgain(int node) {
        cluster.client().forgetLeaders();
        notBeforeNanos.put(node, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BACKOFF_MS));
    }

    private void handle(int node, TopicPartition partition, FetchResponse.PartitionData data, Sink sink)
            throws IOException {
        ErrorCode error = ErrorCode.forCode(data.errorCode());
        if (error == ErrorCode.OFFSET_OUT_OF_RANGE) {
            throw new CommandFailure(
                    CommandFailure.FAILED, partition + " does not hold offset " + positions.get(partition));
        } else if (error != ErrorCode.NONE) {
            if (!error.retriable() && error != ErrorCode.FENCED_LEADER_EPOCH) {
                throw CommandFailure.of(error, partition + ": " + error.message());
            }
            lookAgain(node);
            return;
        }
        if (data.records() instanceof BufferPayload records) {
            handOut(partition, records.buffer(), data, sink);
        }
        long end = committedOnly ? data.lastStableOffset() : data.highWatermark();
        if (positions.getOrDefault(partition, 0L) >= end) {
            atEnd.add(partition);
        } else {
            atEnd.remove(partition);
        }
    }

    private void handOut(TopicPartition partition, ByteBuffer records, FetchResponse.PartitionData data, Sink sink)
            throws IOException {
        long position = positions.getOrDefault(partition, 0L);
        AbortedTransactions aborted = new AbortedTransactions(data.abortedTransactions());
        RecordBatches batches = RecordBatches.of(records);
        while (!stopped && batches.next()) {
            RecordBatch batch = batches.batch();
            if (!batch.hasValidCrc()) {
                throw new CommandFailure(
                        CommandFailure.FAILED, partition + ": the batch at " + batch.baseOffset() + " is damaged");
            }
            List<Record> content = batch.readRecords(DecompressionLimit.NONE);
            Record control = batch.isControl() && !content.isEmpty() ? content.get(0) : null;
            boolean skipped = (committedOnly && aborted.covers(batch, control)) || batch.isControl();
            for (int i = 0; !skipped && !stopped && i < content.size(); i++) {
                Record record = content.get(i);
                if (record.offset() >= position) {
                    stopped = !sink.accept(partition, record);
                    position = record.offset() + 1;
                }
            }
            position = stopped ? position : Math.max(position, batch.nextOffset());
            positions.put(partition, position);
        }
    }
}
