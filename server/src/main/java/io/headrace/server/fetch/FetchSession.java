package io.headrace.server.fetch;

import io.headrace.protocol.message.FetchRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The partitions that a client fetches again and again, so that it need not name them each time (KIP-227).
 *
 * <p>Guarded by itself: a client may come back on another connection, whose network loop is another thread.
 */
final class FetchSession {
    static final int FINAL_EPOCH = -1;
    static final int INITIAL_EPOCH = 0;

    private final int id;
    private final boolean usesTopicIds;
    private final Map<FetchPartition.Key, FetchPartition> partitions = new LinkedHashMap<>();
    private int nextEpoch = 1;
    private long lastUsedMs;

    FetchSession(int id, boolean usesTopicIds, long nowMs) {
        this.id = id;
        this.usesTopicIds = usesTopicIds;
        this.lastUsedMs = nowMs;
    }

    int id() {
        return id;
    }

    boolean usesTopicIds() {
        return usesTopicIds;
    }

    synchronized long lastUsedMs() {
        return lastUsedMs;
    }

    synchronized int partitionCount() {
        return partitions.size();
    }

    /** Whether {@code epoch} is the one that comes next; if so the session moves on. */
    synchronized boolean tryAdvance(int epoch, long nowMs) {
        if (epoch != nextEpoch) {
            return false;
        }
        nextEpoch = nextEpoch == Integer.MAX_VALUE ? 1 : nextEpoch + 1;
        lastUsedMs = nowMs;
        return true;
    }

    /** Takes over what a request adds, changes and forgets. */
    synchronized void update(FetchRequest request) {
        for (FetchRequest.ForgottenTopic forgotten : request.forgottenTopicsData()) {
            for (Integer partition : forgotten.partitions()) {
                partitions.remove(new FetchPartition.Key(forgotten.topicId(), forgotten.topic(), partition));
            }
        }
        for (FetchRequest.FetchTopic topic : request.topics()) {
            for (FetchRequest.FetchPartition wanted : topic.partitions()) {
                FetchPartition.Key key = new FetchPartition.Key(topic.topicId(), topic.topic(), wanted.partition());
                FetchPartition known = partitions.get(key);
                if (known == null) {
                    partitions.put(key, new FetchPartition(key, wanted));
                } else {
                    known.update(wanted);
                }
            }
        }
    }

    /** The partitions to look at, those that were served longest ago first. */
    synchronized List<FetchPartition> partitions() {
        return new ArrayList<>(partitions.values());
    }

    /** Whether an incremental answer must mention the partition; one that got records goes to the end of the line. */
    synchronized boolean noteTold(
            FetchPartition partition, long highWatermark, long logStartOffset, boolean records, boolean error) {
        if (records && partitions.remove(partition.key()) != null) {
            partitions.put(partition.key(), partition);
        }
        return partition.noteTold(highWatermark, logStartOffset, records || error, error);
    }
}
