package io.headrace.server.fetch;

import io.headrace.protocol.message.FetchRequest;
import java.util.UUID;

/**
 * What a client wants of one partition, and, in a session, what it was last told of it. Guarded by its session; outside of a
 * session owned by one request.
 */
public final class FetchPartition {
    private static final long NOTHING_TOLD = -1;

    private final Key key;
    private long fetchOffset;
    private int maxBytes;
    private int currentLeaderEpoch;
    private int lastFetchedEpoch;
    private long toldHighWatermark = NOTHING_TOLD;
    private long toldLogStartOffset = NOTHING_TOLD;
    private boolean changed = true;

    /** How a session knows a partition: by topic id if the client uses ids, else by name. */
    public record Key(UUID topicId, String topic, int partition) {}

    FetchPartition(Key key, FetchRequest.FetchPartition wanted) {
        this.key = key;
        update(wanted);
    }

    void update(FetchRequest.FetchPartition wanted) {
        fetchOffset = wanted.fetchOffset();
        maxBytes = wanted.partitionMaxBytes();
        currentLeaderEpoch = wanted.currentLeaderEpoch();
        lastFetchedEpoch = wanted.lastFetchedEpoch();
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

    /**
     * Whether an incremental answer must mention the partition, and notes that it does (KIP-227).
     *
     * @param worthTelling whether there are records, an error or a divergence
     */
    boolean noteTold(long highWatermark, long logStartOffset, boolean worthTelling, boolean error) {
        boolean tell =
                worthTelling || changed || highWatermark != toldHighWatermark || logStartOffset != toldLogStartOffset;
        toldHighWatermark = highWatermark;
        toldLogStartOffset = logStartOffset;
        // After an error the client is told of the recovery even if nothing else has changed.
        changed = error;
        return tell;
    }
}
