package io.headrace.storage;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Partitions that found no room on the disk for what the journal has for them. They are offline, as without it they would end
 * too early, and come back when there is room; the journal keeps their entries until then. Owned by the log writer.
 */
final class PendingReplay {
    private static final Logger LOG = System.getLogger(PendingReplay.class.getName());
    /** The journal is read from its beginning for a try. */
    static final long RETRY_INTERVAL_MS = 5_000;

    private final LogStore store;
    private final TopicCatalog catalog;
    private final Set<PartitionReplica> waiting = new LinkedHashSet<>();
    private long lastTryMs;

    PendingReplay(LogStore store, TopicCatalog catalog, long steadyMs) {
        this.store = store;
        this.catalog = catalog;
        this.lastTryMs = steadyMs;
    }

    /** There was no room for this one, and it takes no more of the current replay. */
    void add(PartitionReplica replica, IOException cause) {
        waiting.add(replica);
        store.checkpointer().hold().keepAll(replica);
        store.checkpointer().markClean(replica);
        replica.awaitReplay(cause);
    }

    boolean contains(PartitionReplica replica) {
        return waiting.contains(replica);
    }

    void remove(PartitionReplica replica) {
        waiting.remove(replica);
    }

    /** Says once how many there are. */
    void report() {
        if (!waiting.isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    "The disk of {0} is full: {1} partitions wait for room to be recovered from the journal",
                    store.directory(),
                    waiting.size());
        }
    }

    /** Tries again, if it is time to. Not while a checkpoint runs, as that would release what it does not cover. */
    void retry(long nowMs) {
        long steadyMs = store.steadyMs(nowMs);
        if (waiting.isEmpty()
                || steadyMs - lastTryMs < RETRY_INTERVAL_MS
                || store.isCheckpointing()
                || !store.isWritable()
                || store.isBelowReserve(nowMs)) {
            return;
        }
        lastTryMs = steadyMs;
        Set<PartitionReplica> tried = new LinkedHashSet<>(waiting);
        waiting.clear();
        tried.forEach(PartitionReplica::beginReplay);
        JournalReplay replay = new JournalReplay(store, catalog, tried, nowMs);
        try {
            store.journal().replay(replay::apply);
            replay.end();
        } catch (IOException e) {
            store.fail(e);
            return;
        }
        for (PartitionReplica replica : tried) {
            if (replica.status() == PartitionReplica.Status.OPEN) {
                store.checkpointer().hold().letGo(replica);
            }
        }
        if (waiting.isEmpty()) {
            LOG.log(Level.INFO, "All partitions of {0} are recovered from the journal", store.directory());
        }
    }
}
