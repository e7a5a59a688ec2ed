package io.headrace.simulation.client;

import io.headrace.protocol.ApiKey;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.FetchRequest;
import io.headrace.protocol.message.FetchResponse;
import io.headrace.simulation.client.Topics.Partition;
import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads partitions from given positions on, one fetch at a time, with a session (KIP-227) or without. */
final class FetchLoop {
    /** What a fetch brought. */
    interface Listener {
        /**
         * The fetch is answered, and the positions have moved.
         *
         * @param startMs when it was sent
         */
        void onFetched(long startMs, List<Polled> records);
    }

    /**
     * A record as a reader got it.
     *
     * @param value the number that it carries
     */
    record Polled(Partition partition, long offset, long value) {
        Step step() {
            return new Step(Action.POLL, partition.key(), value, offset);
        }
    }

    private final SimulatedClient client;
    private final boolean usesSessions;
    private final boolean committedOnly;
    private final Listener listener;
    private final Map<Partition, Long> positions = new LinkedHashMap<>();
    private final Map<Partition, Long> highWatermarks = new LinkedHashMap<>();
    private final Map<Partition, Long> stableOffsets = new LinkedHashMap<>();
    /** What the broker's session has; positions that are not like this have to be told. */
    private final Map<Partition, Long> told = new LinkedHashMap<>();

    private int sessionId;
    private int sessionEpoch;

    FetchLoop(SimulatedClient client, boolean usesSessions, boolean committedOnly, Listener listener) {
        this.client = client;
        this.usesSessions = usesSessions;
        this.committedOnly = committedOnly;
        this.listener = listener;
    }

    /** Reads these partitions from now on. */
    void assign(Map<Partition, Long> from) {
        positions.clear();
        positions.putAll(from);
        highWatermarks.clear();
        stableOffsets.clear();
        endSession();
    }

    /** The link is new: so are sessions. */
    void endSession() {
        sessionEpoch = 0;
        told.clear();
    }

    Map<Partition, Long> positions() {
        return positions;
    }

    /** Whether everything was read that was acknowledged, and everything that the broker said there is. */
    boolean isAtEnd() {
        for (Map.Entry<Partition, Long> position : positions.entrySet()) {
            Long end = highWatermarks.get(position.getKey());
            long acknowledged = client.world.topics.acknowledged(position.getKey());
            if (end == null || position.getValue() < Math.max(end, acknowledged)) {
                return false;
            }
        }
        return true;
    }

    /** Whether everything was read that was decided when it was asked for. */
    boolean isAtStableEnd() {
        return positions.entrySet().stream()
                .allMatch(position ->
                        position.getValue() >= stableOffsets.getOrDefault(position.getKey(), Long.MAX_VALUE));
    }

    /** Sends one fetch and tells the listener when it is answered. */
    void fetch() {
        Map<Partition, Long> expected = new LinkedHashMap<>();
        positions.keySet().forEach(partition -> expected.put(partition, client.world.topics.acknowledged(partition)));
        int maxBytes = client.random.nextInt(200, 20_000);
        FetchRequest request = new FetchRequest()
                .setMaxWaitMs(client.random.nextInt(0, 300))
                .setMinBytes(client.random.nextInt(0, 3) * 300)
                .setMaxBytes(maxBytes)
                .setIsolationLevel((byte) (committedOnly ? 1 : 0))
                .setSessionId(sessionEpoch == 0 ? 0 : sessionId)
                .setSessionEpoch(usesSessions ? sessionEpoch : -1);
        addPartitions(request, maxBytes);
        long startMs = client.world.schedule.nowMs();
        client.call(ApiKey.FETCH, request, FetchResponse.class, response -> {
            listener.onFetched(startMs, onAnswer(response, expected));
        });
    }

    private void addPartitions(FetchRequest request, int maxBytes) {
        FetchRequest.FetchTopic topic = null;
        for (Map.Entry<Partition, Long> entry : positions.entrySet()) {
            Partition partition = entry.getKey();
            if (usesSessions && sessionEpoch > 0 && entry.getValue().equals(told.get(partition))) {
                continue;
            }
            if (topic == null || !topic.topicId().equals(partition.topicId())) {
                topic = new FetchRequest.FetchTopic().setTopicId(partition.topicId());
                request.topics().add(topic);
            }
            topic.partitions()
                    .add(new FetchRequest.FetchPartition()
                            .setPartition(partition.index())
                            .setCurrentLeaderEpoch(-1)
                            .setFetchOffset(entry.getValue())
                            .setPartitionMaxBytes(maxBytes));
        }
        told.putAll(positions);
    }

    private List<Polled> onAnswer(FetchResponse response, Map<Partition, Long> expected) {
        if (response.errorCode() != ErrorCode.NONE.code()) {
            client.world.count("fetches refused " + client.error(response.errorCode()));
            endSession();
            return List.of();
        }
        if (usesSessions) {
            sessionId = response.sessionId();
            sessionEpoch = sessionId == 0 ? 0 : sessionEpoch + 1;
            client.world.count("fetches in sessions");
        }
        List<Polled> records = new ArrayList<>();
        for (FetchResponse.FetchableTopicResponse topic : response.responses()) {
            for (FetchResponse.PartitionData data : topic.partitions()) {
                Partition partition = client.world.topics.find(topic.topicId(), data.partitionIndex());
                if (partition == null || !positions.containsKey(partition)) {
                    client.world.trace.violation("B2: " + client.name + " got " + topic.topicId() + "-"
                            + data.partitionIndex() + ", which it did not ask for");
                } else {
                    take(partition, data, expected.getOrDefault(partition, 0L), records);
                }
            }
        }
        return records;
    }

    private void take(Partition partition, FetchResponse.PartitionData data, long expectedEnd, List<Polled> records) {
        ErrorCode error = client.error(data.errorCode());
        long position = positions.getOrDefault(partition, 0L);
        if (error != ErrorCode.NONE) {
            onError(partition, error, position);
            return;
        }
        highWatermarks.put(partition, data.highWatermark());
        stableOffsets.put(partition, data.lastStableOffset());
        if (data.highWatermark() < expectedEnd) {
            client.world.trace.violation("B8: " + client.name + " was told that " + partition.key() + " ends at "
                    + data.highWatermark() + " after " + expectedEnd + " was acknowledged");
        }
        AbortedRanges aborted = new AbortedRanges(committedOnly ? data.abortedTransactions() : null);
        long next = Records.read(client.world, partition, data.records(), position, aborted, records::add);
        if (next >= 0) {
            positions.put(partition, next);
        }
    }

    private void onError(Partition partition, ErrorCode error, long position) {
        client.world.count("fetched " + error);
        if (error != ErrorCode.KAFKA_STORAGE_ERROR) {
            client.world.trace.violation("B8: " + client.name + " got " + error + " for " + partition.key()
                    + " at offset " + position + ", of which " + client.world.topics.acknowledged(partition)
                    + " was acknowledged");
        }
    }
}
