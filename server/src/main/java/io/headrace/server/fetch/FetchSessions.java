package io.headrace.server.fetch;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.FetchRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The fetch sessions of all clients, up to a limit. A client that finds no room fetches without a session, which works as
 * well but costs more.
 */
public final class FetchSessions {
    /** A session that was not used for so long gives way to a new one. Kafka's value. */
    private static final long EVICTABLE_AFTER_MS = 120_000;

    /** The first fetch request version that names topics by id (KIP-516). */
    private static final int TOPIC_ID_VERSION = 13;

    private final int sessionsMax;
    private final RandomGenerator random;
    // Guarded by this. The one used least recently comes first.
    private final Map<Integer, FetchSession> sessions = new LinkedHashMap<>(16, 0.75f, true);

    /** @param sessionsMax {@code max.incremental.fetch.session.cache.slots} */
    public FetchSessions(int sessionsMax, RandomGenerator random) {
        this.sessionsMax = sessionsMax;
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
        if (session.usesTopicIds() != (version >= TOPIC_ID_VERSION)) {
            return Selection.failed(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR);
        }
        if (!session.tryAdvance(epoch, nowMs)) {
            return Selection.failed(ErrorCode.INVALID_FETCH_SESSION_EPOCH);
        }
        session.update(request);
        return new Selection(ErrorCode.NONE, session, true, session.partitions());
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
        if (request.topics().isEmpty() || !hasRoom(nowMs)) {
            return null;
        }
        int id;
        do {
            id = random.nextInt(1, Integer.MAX_VALUE);
        } while (sessions.containsKey(id));
        FetchSession session = new FetchSession(id, version >= TOPIC_ID_VERSION, nowMs);
        session.update(request);
        sessions.put(id, session);
        return session;
    }

    private boolean hasRoom(long nowMs) {
        if (sessions.size() < sessionsMax) {
            return true;
        }
        var eldest = sessions.values().iterator();
        if (eldest.hasNext() && nowMs - eldest.next().lastUsedMs() > EVICTABLE_AFTER_MS) {
            eldest.remove();
            return true;
        }
        return false;
    }

    private synchronized @Nullable FetchSession find(int id) {
        return sessions.get(id);
    }

    private synchronized void close(int id) {
        sessions.remove(id);
    }

    /** Sessions open now. */
    public synchronized int count() {
        return sessions.size();
    }
}
