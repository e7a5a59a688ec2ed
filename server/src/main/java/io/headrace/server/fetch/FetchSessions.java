package io.headrace.server.fetch;

import io.headrace.core.metadata.PartitionLimits;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.FetchRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The fetch sessions of all clients, up to limits of their number and of the partitions that they remember. A client that
 * finds no room fetches without a session, which works as well but costs more.
 */
public final class FetchSessions {
    /** A session that was not used for so long gives way to a new one. Kafka's value. */
    private static final long EVICTABLE_AFTER_MS = 120_000;

    /** As many partitions as a broker holds. */
    private static final int SESSION_PARTITIONS_MAX = PartitionLimits.REPLICAS_PER_BROKER_MAX;

    /** Each takes some 200 bytes, and up to 300 more where topics go by name. */
    private static final int ALL_PARTITIONS_MAX = 300_000;

    /** The first fetch request version that names topics by id (KIP-516). */
    static final int TOPIC_ID_VERSION = 13;

    private final int sessionsMax;
    private final int sessionPartitionsMax;
    private final Semaphore partitionsLeft;
    private final RandomGenerator random;
    // Guarded by this. The one used least recently comes first.
    private final Map<Integer, FetchSession> sessions = new LinkedHashMap<>(16, 0.75f, true);

    /** @param sessionsMax {@code max.incremental.fetch.session.cache.slots} */
    public FetchSessions(int sessionsMax, RandomGenerator random) {
        this(sessionsMax, SESSION_PARTITIONS_MAX, ALL_PARTITIONS_MAX, random);
    }

    /**
     * @param sessionPartitionsMax the most partitions that one session remembers
     * @param allPartitionsMax the most that all of them do
     */
    FetchSessions(int sessionsMax, int sessionPartitionsMax, int allPartitionsMax, RandomGenerator random) {
        this.sessionsMax = sessionsMax;
        this.sessionPartitionsMax = sessionPartitionsMax;
        this.partitionsLeft = new Semaphore(allPartitionsMax);
        this.random = random;
    }

    /**
     * What one request is to look at.
     *
     * @param error an error for the request as a whole; nothing is to be looked at then
     * @param session the session it belongs to; null for none
     * @param incremental whether the answer leaves out what has not changed
     */
    record Selection(
            ErrorCode error, @Nullable FetchSession session, boolean incremental, List<FetchPartition> partitions) {
        int sessionId() {
            return session == null ? 0 : session.id();
        }

        private static Selection failed(ErrorCode error) {
            return new Selection(error, null, false, List.of());
        }
    }

    /** Finds or makes the session of a request. */
    Selection select(FetchRequest request, short version, long nowMs) {
        int id = request.sessionId();
        int epoch = request.sessionEpoch();
        if (epoch == FetchSession.FINAL_EPOCH || epoch == FetchSession.INITIAL_EPOCH) {
            if (id != 0) {
                close(id);
            }
            FetchSession created = epoch == FetchSession.INITIAL_EPOCH ? create(request, version, nowMs) : null;
            List<FetchPartition> wanted = created != null ? created.partitions() : named(request);
            return new Selection(ErrorCode.NONE, created, false, wanted);
        }
        FetchSession session = find(id);
        if (session == null) {
            return Selection.failed(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
        }
        ErrorCode error = session.use(request, version >= TOPIC_ID_VERSION, nowMs);
        if (error == ErrorCode.FETCH_SESSION_ID_NOT_FOUND) {
            close(id);
        }
        if (error != ErrorCode.NONE) {
            return Selection.failed(error);
        }
        List<FetchPartition> wanted = session.partitions();
        if (wanted.isEmpty()) {
            // Nothing is left to remember; the client is told by the id of no session.
            close(id);
            return new Selection(ErrorCode.NONE, null, false, wanted);
        }
        return new Selection(ErrorCode.NONE, session, true, wanted);
    }

    private static List<FetchPartition> named(FetchRequest request) {
        List<FetchPartition> named = new ArrayList<>();
        for (FetchRequest.FetchTopic topic : request.topics()) {
            for (FetchRequest.FetchPartition wanted : topic.partitions()) {
                named.add(new FetchPartition(
                        new FetchPartition.Key(topic.topicId(), topic.topic(), wanted.partition()), wanted));
            }
        }
        return named;
    }

    private synchronized @Nullable FetchSession create(FetchRequest request, short version, long nowMs) {
        if (!hasRoom(nowMs)) {
            return null;
        }
        int id;
        do {
            id = random.nextInt(1, Integer.MAX_VALUE);
        } while (sessions.containsKey(id));
        boolean byTopicId = version >= TOPIC_ID_VERSION;
        FetchSession session = new FetchSession(id, byTopicId, sessionPartitionsMax, partitionsLeft, nowMs);
        boolean complete = session.tryAdd(request);
        if (!complete && evictUnused(nowMs)) {
            complete = session.tryAdd(request);
        }
        if (!complete) {
            session.close();
            return null;
        }
        sessions.put(id, session);
        return session;
    }

    private boolean hasRoom(long nowMs) {
        return sessions.size() < sessionsMax || evictUnused(nowMs);
    }

    /** Whether any session gave way. */
    private boolean evictUnused(long nowMs) {
        return sessions.values().removeIf(session -> {
            boolean unused = nowMs - session.lastUsedMs() > EVICTABLE_AFTER_MS;
            if (unused) {
                session.close();
            }
            return unused;
        });
    }

    private synchronized @Nullable FetchSession find(int id) {
        return sessions.get(id);
    }

    private synchronized void close(int id) {
        FetchSession session = sessions.remove(id);
        if (session != null) {
            session.close();
        }
    }

    /** Sessions open now. */
    public synchronized int count() {
        return sessions.size();
    }
}
