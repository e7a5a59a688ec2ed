package io.headrace.server.fetch;

import io.headrace.protocol.message.FetchRequest;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a client wants of one partition, as it was when its request began: a later request of the same session makes a new one
 * of these and leaves this one as it is. Any thread, but for what the client was last told, which its session guards.
 */
public final class FetchPartition {
    private static final long NOTHING_TOLD = -1;

    private final Key key;
    private final long fetchOffset;
    private final int maxBytes;
    private final int currentLeaderEpoch;
    private final int lastFetchedEpoch;
    private final Told told;

    /** How a session knows a partition: by topic id if the client uses ids, else by name. */
    public record Key(UUID topicId, String topic, int partition) {}

    /** What a client was last told of a partition. Guarded by its session, but for the topic's name. */
    private static final class Told {
        private long highWatermark = NOTHING_TOLD;
        private long logStartOffset = NOTHING_TOLD;
        private boolean changed = true;
        /** What the topic of the key's id is called. Not guarded: an id has one name for ever, whoever notes it first. */
        private @Nullable String topicName;
    }

    FetchPartition(Key key, FetchRequest.FetchPartition wanted) {
        this(key, wanted, new Told());
    }

    private FetchPartition(Key key, FetchRequest.FetchPartition wanted, Told told) {
        this.key = key;
        this.fetchOffset = wanted.fetchOffset();
        this.maxBytes = wanted.partitionMaxBytes();
        this.currentLeaderEpoch = wanted.currentLeaderEpoch();
        this.lastFetchedEpoch = wanted.lastFetchedEpoch();
        this.told = told;
    }

    /** The same partition with what a client now wants of it. */
    FetchPartition updated(FetchRequest.FetchPartition wanted) {
        return new FetchPartition(key, wanted, told);
    }

    public Key key() {
        return key;
    }

    public long fetchOffset() {
        return fetchOffset;
    }

    public int maxBytes() {
        return maxBytes;
    }

    public int currentLeaderEpoch() {
        return currentLeaderEpoch;
    }

    public int lastFetchedEpoch() {
        return lastFetchedEpoch;
    }

    /** Notes what the topic is called whose id the key has, for later requests of the session. */
    void noteTopicName(String name) {
        if (told.topicName == null) {
            told.topicName = name;
        }
    }

    /** What the topic was called when an earlier request of the session found it; null if none did. */
    @Nullable
    String topicName() {
        return told.topicName;
    }

    /**
     * Whether an incremental answer must mention the partition, and notes that it does (KIP-227). Under the session's lock.
     *
     * @param worthTelling whether there are records, an error or a divergence
     */
    boolean noteTold(long highWatermark, long logStartOffset, boolean worthTelling, boolean error) {
        boolean tell = worthTelling
                || told.changed
                || highWatermark != told.highWatermark
                || logStartOffset != told.logStartOffset;
        told.highWatermark = highWatermark;
        told.logStartOffset = logStartOffset;
        // After an error the client is told of the recovery even if nothing else has changed.
        told.changed = error;
        return tell;
    }
}
