package io.headrace.server.fetch;

import io.headrace.core.metadata.TopicNames;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.FetchRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;

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
    private final int partitionsMax;
    private final Semaphore roomInAll;
    private final Map<FetchPartition.Key, FetchPartition> partitions = new LinkedHashMap<>();
    private int nextEpoch = 1;
    private long lastUsedMs;
    private boolean closed;

    /**
     * @param partitionsMax the most partitions that it may remember
     * @param roomInAll what all sessions together may remember yet: this one takes from it, and gives back
     */
    FetchSession(int id, boolean usesTopicIds, int partitionsMax, Semaphore roomInAll, long nowMs) {
        this.id = id;
        this.usesTopicIds = usesTopicIds;
        this.partitionsMax = partitionsMax;
        this.roomInAll = roomInAll;
        this.lastUsedMs = nowMs;
    }

    int id() {
        return id;
    }

    synchronized long lastUsedMs() {
        return lastUsedMs;
    }

    /**
     * Takes over what an incremental request adds, changes and forgets, if it is the one that comes next. As in Kafka the
     * epoch is looked at before anything else.
     *
     * @return FETCH_SESSION_ID_NOT_FOUND if the session is closed, or has to be as there is no room for what the request adds
     */
    synchronized ErrorCode use(FetchRequest request, boolean byTopicId, long nowMs) {
        if (closed) {
            return ErrorCode.FETCH_SESSION_ID_NOT_FOUND;
        }
        if (request.sessionEpoch() != nextEpoch) {
            return ErrorCode.INVALID_FETCH_SESSION_EPOCH;
        }
        if (usesTopicIds != byTopicId) {
            return ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR;
        }
        if (!tryAdd(request)) {
            return ErrorCode.FETCH_SESSION_ID_NOT_FOUND;
        }
        forget(request);
        nextEpoch = nextEpoch == Integer.MAX_VALUE ? 1 : nextEpoch + 1;
        lastUsedMs = nowMs;
        return ErrorCode.NONE;
    }

    /** Takes over what a request adds and changes; false if that is too much, and then the session must be closed. */
    synchronized boolean tryAdd(FetchRequest request) {
        for (FetchRequest.FetchTopic topic : request.topics()) {
            for (FetchRequest.FetchPartition wanted : topic.partitions()) {
                FetchPartition.Key key = new FetchPartition.Key(topic.topicId(), topic.topic(), wanted.partition());
                FetchPartition known = partitions.get(key);
                if (known != null) {
                    partitions.put(key, known.updated(wanted));
                } else if (hasRoomFor(topic)) {
                    partitions.put(key, new FetchPartition(key, wanted));
                } else {
                    return false;
                }
            }
        }
        return true;
    }

    private void forget(FetchRequest request) {
        for (FetchRequest.ForgottenTopic forgotten : request.forgottenTopicsData()) {
            for (Integer partition : forgotten.partitions()) {
                FetchPartition.Key key = new FetchPartition.Key(forgotten.topicId(), forgotten.topic(), partition);
                if (partitions.remove(key) != null) {
                    roomInAll.release();
                }
            }
        }
    }

    /** A name that is longer than any topic's is not worth the memory. */
    private boolean hasRoomFor(FetchRequest.FetchTopic topic) {
        return partitions.size() < partitionsMax
                && topic.topic().length() <= TopicNames.LENGTH_MAX
                && roomInAll.tryAcquire();
    }

    /** Gives its room back; nothing uses it any more. */
    synchronized void close() {
        roomInAll.release(partitions.size());
        partitions.clear();
        closed = true;
    }

    /** The partitions to look at, those that were served longest ago first. */
    synchronized List<FetchPartition> partitions() {
        return new ArrayList<>(partitions.values());
    }

    /** Whether an incremental answer must mention the partition; one that got records goes to the end of the line. */
    synchronized boolean noteTold(
            FetchPartition partition, long highWatermark, long logStartOffset, boolean records, boolean error) {
        FetchPartition served = records ? partitions.remove(partition.key()) : null;
        if (served != null) {
            partitions.put(served.key(), served);
        }
        return partition.noteTold(highWatermark, logStartOffset, records || error, error);
    }
}
