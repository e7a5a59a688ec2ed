package io.headrace.simulation.broker;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.EndTxnResponse;
import io.headrace.protocol.message.FetchRequest;
import io.headrace.protocol.message.FetchResponse;
import io.headrace.protocol.message.InitProducerIdResponse;
import io.headrace.protocol.message.JoinGroupResponse;
import io.headrace.protocol.message.OffsetCommitRequest;
import io.headrace.protocol.message.OffsetCommitResponse;
import io.headrace.protocol.message.ProduceRequest;
import io.headrace.protocol.message.ProduceResponse;
import io.headrace.protocol.message.SyncGroupRequest;
import io.headrace.protocol.message.SyncGroupResponse;
import io.headrace.protocol.message.TxnOffsetCommitRequest;
import io.headrace.protocol.message.TxnOffsetCommitResponse;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatches;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.simulation.world.Trace;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Listens at the broker's end, over all its lives, for what no client could notice alone: watermarks that go back, batches
 * that change, commits of generations and producers that are over.
 */
public final class Probe {
    private record Marks(long highWatermark, long lastStableOffset, long logStartOffset) {}

    private record Batch(long lastOffset, long crc, int sizeBytes) {}

    private final Trace trace;
    private final Map<String, Marks> marks = new HashMap<>();
    private final Map<String, Map<Long, Batch>> batches = new HashMap<>();
    private final Map<String, Integer> generations = new HashMap<>();
    /** The generation of its group when a commit arrived. */
    private final IdentityHashMap<ApiMessage, Integer> commitsUnderWay = new IdentityHashMap<>();

    /** What had left in answers when a fetch arrived: its own answer must not be older, though another's may overtake it. */
    private final IdentityHashMap<ApiMessage, Map<String, Marks>> fetchesUnderWay = new IdentityHashMap<>();

    /** The last identity that was given out, by producer id. */
    private final Map<Long, Short> epochs = new HashMap<>();

    /** Partitions for which a request arrived of a producer that was fenced already. */
    private final IdentityHashMap<ApiMessage, Set<String>> fenced = new IdentityHashMap<>();

    /** The ids of topics whose batches lose records in time. */
    private final Set<UUID> compacted = new HashSet<>();

    public Probe(Trace trace) {
        this.trace = trace;
    }

    /** The batches of this topic may lose records, but not their place. */
    public void isCompacted(UUID topicId) {
        compacted.add(topicId);
    }

    void onRequest(ApiKey key, ApiMessage request) {
        if (request instanceof OffsetCommitRequest commit) {
            commitsUnderWay.put(commit, generations.getOrDefault(commit.groupId(), 0));
        } else if (request instanceof TxnOffsetCommitRequest commit) {
            commitsUnderWay.put(commit, generations.getOrDefault(commit.groupId(), 0));
            if (isFenced(commit.producerId(), commit.producerEpoch())) {
                fenced.put(commit, Set.of());
            }
        } else if (request instanceof ProduceRequest produce) {
            noteFenced(produce);
        } else if (key == ApiKey.FETCH) {
            fetchesUnderWay.put(request, new HashMap<>(marks));
        }
    }

    private boolean isFenced(long producerId, short epoch) {
        return epoch < epochs.getOrDefault(producerId, epoch);
    }

    private void noteFenced(ProduceRequest request) {
        Set<String> partitions = new HashSet<>();
        for (ProduceRequest.TopicProduceData topic : request.topicData()) {
            for (ProduceRequest.PartitionProduceData data : topic.partitionData()) {
                if (data.records() instanceof BufferPayload bytes) {
                    RecordBatch batch =
                            RecordBatch.at(bytes.buffer(), bytes.buffer().position());
                    if (batch.isTransactional() && isFenced(batch.producerId(), batch.producerEpoch())) {
                        partitions.add(name(topic.name(), topic.topicId(), data.index()));
                    }
                }
            }
        }
        if (!partitions.isEmpty()) {
            fenced.put(request, partitions);
        }
    }

    private static String name(String topic, UUID id, int partition) {
        return topic + "/" + id + "-" + partition;
    }

    /** A life of the broker is over, with all that it had begun. */
    void onEnd() {
        commitsUnderWay.clear();
        fetchesUnderWay.clear();
        fenced.clear();
    }

    void onResponse(ApiKey key, ApiMessage request, ApiMessage response) {
        switch (key) {
            case FETCH -> onFetched((FetchRequest) request, (FetchResponse) response);
            case JOIN_GROUP -> onJoined((JoinGroupResponse) response);
            case SYNC_GROUP -> onSynced((SyncGroupRequest) request, (SyncGroupResponse) response);
            case OFFSET_COMMIT -> onCommitted((OffsetCommitRequest) request, (OffsetCommitResponse) response);
            case TXN_OFFSET_COMMIT -> onCommitted((TxnOffsetCommitRequest) request, (TxnOffsetCommitResponse) response);
            case PRODUCE -> onProduced((ProduceRequest) request, (ProduceResponse) response);
            case INIT_PRODUCER_ID -> {
                InitProducerIdResponse given = (InitProducerIdResponse) response;
                onIdentity(given.errorCode(), given.producerId(), given.producerEpoch());
            }
            case END_TXN -> {
                EndTxnResponse ended = (EndTxnResponse) response;
                onIdentity(ended.errorCode(), ended.producerId(), ended.producerEpoch());
            }
            default -> {
                // Nothing to compare with.
            }
        }
    }

    private void onFetched(FetchRequest request, FetchResponse response) {
        Map<String, Marks> known = fetchesUnderWay.remove(request);
        for (FetchResponse.FetchableTopicResponse topic : response.responses()) {
            for (FetchResponse.PartitionData data : topic.partitions()) {
                if (data.errorCode() == ErrorCode.NONE.code()) {
                    String name = topic.topicId() + "-" + data.partitionIndex();
                    compareMarks(name, data, known == null ? null : known.get(name));
                    if (data.records() instanceof BufferPayload records) {
                        compareBatches(
                                name,
                                compacted.contains(topic.topicId()),
                                records,
                                request.isolationLevel() == 0 ? data.highWatermark() : data.lastStableOffset());
                    }
                }
            }
        }
    }

    private void compareMarks(String name, FetchResponse.PartitionData data, @Nullable Marks before) {
        Marks now = new Marks(data.highWatermark(), data.lastStableOffset(), data.logStartOffset());
        marks.merge(name, now, (one, other) -> one.highWatermark > other.highWatermark ? one : other);
        boolean back = before != null
                && (now.highWatermark < before.highWatermark
                        || now.lastStableOffset < before.lastStableOffset
                        || now.logStartOffset < before.logStartOffset);
        if (back || now.lastStableOffset > now.highWatermark || now.logStartOffset > now.highWatermark) {
            trace.violation("B8: watermarks of " + name + " went from " + before + " to " + now);
        }
    }

    private void compareBatches(String name, boolean mayShrink, BufferPayload records, long bound) {
        Map<Long, Batch> known = batches.computeIfAbsent(name, key -> new HashMap<>());
        RecordBatches walk = RecordBatches.of(records.buffer().duplicate());
        while (walk.next()) {
            RecordBatch batch = walk.batch();
            Batch seen = mayShrink
                    ? new Batch(batch.lastOffset(), 0, 0)
                    : new Batch(batch.lastOffset(), batch.crc(), batch.sizeBytes());
            Batch before = known.put(batch.baseOffset(), seen);
            if (before != null && !before.equals(seen)) {
                trace.violation("B4: the batch at " + batch.baseOffset() + " of " + name + " changed from " + before
                        + " to " + seen);
            }
            if (batch.lastOffset() >= bound) {
                trace.violation("B8: the batch at " + batch.baseOffset() + " of " + name + " left before its time: "
                        + bound + " is the bound");
            }
        }
    }

    private void onJoined(JoinGroupResponse response) {
        if (response.errorCode() == ErrorCode.NONE.code() && response.generationId() <= 0) {
            trace.violation("B12: a member joined generation " + response.generationId());
        }
    }

    private void onSynced(SyncGroupRequest request, SyncGroupResponse response) {
        if (response.errorCode() == ErrorCode.NONE.code()) {
            int before = generations.getOrDefault(request.groupId(), 0);
            if (request.generationId() < before) {
                trace.violation("B12: " + request.groupId() + " synchronised generation " + request.generationId()
                        + " after " + before);
            }
            generations.put(request.groupId(), Math.max(before, request.generationId()));
        }
    }

    private void onIdentity(short errorCode, long producerId, short epoch) {
        if (errorCode == ErrorCode.NONE.code() && producerId >= 0) {
            epochs.merge(producerId, epoch, (one, other) -> one > other ? one : other);
        }
    }

    private void onProduced(ProduceRequest request, ProduceResponse response) {
        Set<String> partitions = fenced.remove(request);
        if (partitions != null) {
            for (ProduceResponse.TopicProduceResponse topic : response.responses()) {
                for (ProduceResponse.PartitionProduceResponse result : topic.partitionResponses()) {
                    String name = name(topic.name(), topic.topicId(), result.index());
                    if (result.errorCode() == ErrorCode.NONE.code() && partitions.contains(name)) {
                        trace.violation("B10: " + request.transactionalId() + " wrote to " + name
                                + " with an epoch that was over");
                    }
                }
            }
        }
    }

    private void onCommitted(TxnOffsetCommitRequest request, TxnOffsetCommitResponse response) {
        Integer current = commitsUnderWay.remove(request);
        boolean isFenced = fenced.remove(request) != null;
        boolean isOld = current != null && request.generationId() >= 0 && request.generationId() < current;
        for (TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic topic : response.topics()) {
            for (TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition partition : topic.partitions()) {
                if (partition.errorCode() == ErrorCode.NONE.code() && isFenced) {
                    trace.violation(
                            "B10: " + request.transactionalId() + " stored offsets with an epoch that was over");
                } else if (partition.errorCode() == ErrorCode.NONE.code() && isOld) {
                    trace.violation("B12: " + request.groupId() + " took an offset of generation "
                            + request.generationId() + " in generation " + current + " into a transaction");
                }
            }
        }
    }

    private void onCommitted(OffsetCommitRequest request, OffsetCommitResponse response) {
        Integer current = commitsUnderWay.remove(request);
        int generation = request.generationIdOrMemberEpoch();
        if (current == null || generation < 0 || generation >= current) {
            return;
        }
        for (OffsetCommitResponse.OffsetCommitResponseTopic topic : response.topics()) {
            for (OffsetCommitResponse.OffsetCommitResponsePartition partition : topic.partitions()) {
                if (partition.errorCode() == ErrorCode.NONE.code()) {
                    trace.violation("B12: " + request.groupId() + " took an offset of generation " + generation
                            + " in generation " + current);
                }
            }
        }
    }
}
