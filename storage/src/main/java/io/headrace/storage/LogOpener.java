package io.headrace.storage;

import io.headrace.storage.disk.DiskFullException;
import io.headrace.storage.log.InconsistentTopicIdException;
import io.headrace.storage.log.LogOpening;
import io.headrace.storage.log.OpenFiles;
import io.headrace.storage.log.PartitionLog;
import io.headrace.storage.log.ProducerLimits;
import io.headrace.storage.log.RecoveryMemory;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Opens partitions' logs: one when it is needed, many at a time when a request or the journal names many, as opening one for
 * the first time, or after a crash, takes several syncs. Called on the log writer's thread.
 */
final class LogOpener {
    private static final Logger LOG = System.getLogger(LogOpener.class.getName());

    private final LogStore store;
    private final TopicCatalog catalog;
    private final OpenFiles files;
    private final StoreOptions options;
    private final PartitionDirectories directories;
    private final Executor io;
    private final RecoveryMemory recoveryMemory = new RecoveryMemory();
    private volatile ProducerLimits producerLimits;
    /** How many more logs may be opened whose records are left to the next checkpoint to sync. */
    private int unsyncedLeft;

    LogOpener(
            LogStore store,
            TopicCatalog catalog,
            OpenFiles files,
            StoreOptions options,
            PartitionDirectories directories,
            Executor io) {
        this.store = store;
        this.catalog = catalog;
        this.files = files;
        this.options = options;
        this.directories = directories;
        this.io = io;
        this.producerLimits = options.producerLimits();
    }

    /** Other limits for logs that are open and for those to come. */
    void limitProducers(ProducerLimits limits) {
        if (limits.equals(producerLimits)) {
            return;
        }
        producerLimits = limits;
        for (PartitionReplica replica : store.replicas()) {
            if (replica.status() == PartitionReplica.Status.OPEN) {
                replica.log().producers().expireAfter(limits.expirationMs());
            }
        }
    }

    /**
     * The journal is being replayed, and has most of what is found in the logs: until {@link #endReplay} they are opened
     * without syncing them, as far as open files allow.
     */
    void beginReplay() {
        unsyncedLeft = 2 * options.dirtyPartitionsMax();
        recoveryMemory.begin();
    }

    /** Logs are synced again as they are opened, as far as they are to be durable. */
    void endReplay() {
        unsyncedLeft = 0;
        recoveryMemory.end();
    }

    TopicCatalog catalog() {
        return catalog;
    }

    /**
     * Opens one.
     *
     * @param nowMs what the wall clock shows
     * @param steadyMs the time that producers are remembered by
     */
    PartitionLog open(PartitionReplica replica, long nowMs, long steadyMs) throws IOException {
        String name = replica.id().directoryName();
        Checkpointer checkpointer = store.checkpointer();
        if (checkpointer.isForgotten(name)) {
            store.awaitCheckpoint();
            checkpointer.writeNow();
        }
        try {
            return tryOpen(replica, nowMs, steadyMs);
        } catch (InconsistentTopicIdException e) {
            if (catalog.find(e.found()) != null) {
                throw e;
            }
            // Power failed before the directory of a deleted topic was renamed for good.
            Path dir = store.directory().resolve(name);
            LOG.log(Level.INFO, "{0} is left over from the deleted topic {1}", dir, e.found());
            store.awaitCheckpoint();
            checkpointer.forget(name);
            checkpointer.writeNow();
            directories.moveAway(name, e.found());
            return tryOpen(replica, nowMs, steadyMs);
        }
    }

    private PartitionLog tryOpen(PartitionReplica replica, long nowMs, long steadyMs) throws IOException {
        PartitionLog log = openUnsynced(replica, nowMs, steadyMs);
        sync(replica, log);
        return log;
    }

    /** What counts as durable in the page cache does so now, too. */
    private void sync(PartitionReplica replica, PartitionLog log) throws IOException {
        boolean replaying = unsyncedLeft > 0;
        if (replaying || !replica.config().fsync()) {
            return;
        }
        try {
            log.syncRecovered();
        } catch (IOException e) {
            log.abandon();
            throw e;
        }
    }

    private PartitionLog openUnsynced(PartitionReplica replica, long nowMs, long steadyMs) throws IOException {
        String name = replica.id().directoryName();
        return new LogOpening(
                        files,
                        store.directory().resolve(name),
                        replica.id().topicId(),
                        replica.config(),
                        producerLimits,
                        recoveryMemory,
                        store.checkpointer().recoveryPoint(name),
                        store.checkpointer().logStart(name),
                        replica.isInOrder(store.wasClosedInOrder(name)),
                        nowMs,
                        steadyMs)
                .openUnsynced();
    }

    /** A replica's log was opened here. */
    void noteOpened(PartitionReplica replica) {
        if (replica.log().isDirty()) {
            store.markDirty(replica);
            unsyncedLeft = Math.max(0, unsyncedLeft - 1);
        }
    }

    /**
     * Opens those of some replicas that were not opened before and can be. The others are left to {@link
     * PartitionReplica#ensureOpen}.
     *
     * @throws IOException if it is not known whether directories that were made will stay, which is final for the store
     */
    void openAll(Collection<PartitionReplica> replicas, long nowMs, long steadyMs) throws IOException {
        List<Attempt> attempts = new ArrayList<>();
        for (PartitionReplica replica : replicas) {
            boolean forgotten = store.checkpointer().isForgotten(replica.id().directoryName());
            if (replica.status() == PartitionReplica.Status.UNOPENED && !forgotten) {
                attempts.add(new Attempt(replica, nowMs, steadyMs));
            }
        }
        if (attempts.size() > 1) {
            createDirectories(attempts);
            runAll(attempts);
            attempts.forEach(Attempt::finish);
        }
    }

    /** With one sync for all of them. Where one cannot be made, its own attempt says why. */
    private void createDirectories(List<Attempt> attempts) throws IOException {
        boolean created = false;
        for (Attempt attempt : attempts) {
            try {
                created |= directories.create(attempt.replica.id().directoryName());
            } catch (IOException e) {
                LOG.log(Level.DEBUG, "No directory for {0} yet: {1}", attempt.replica.id(), e.getMessage());
            }
        }
        if (created) {
            directories.syncNames();
        }
    }

    private void runAll(List<Attempt> attempts) {
        try {
            ParallelTasks.run(io, attempts);
        } catch (IOException e) {
            throw new IllegalStateException("An attempt keeps its failure to itself", e);
        }
    }

    /** The opening of one log among many. What it needs of the store does not change meanwhile. */
    private final class Attempt implements ParallelTasks.Task {
        private final PartitionReplica replica;
        private final long nowMs;
        private final long steadyMs;
        private @Nullable PartitionLog log;
        private @Nullable IOException failure;

        Attempt(PartitionReplica replica, long nowMs, long steadyMs) {
            this.replica = replica;
            this.nowMs = nowMs;
            this.steadyMs = steadyMs;
        }

        @Override
        public void run() {
            try {
                log = tryOpen(replica, nowMs, steadyMs);
            } catch (IOException e) {
                failure = e;
            }
        }

        void finish() {
            PartitionLog opened = log;
            IOException cause = failure;
            boolean triedAgain = cause instanceof DiskFullException || cause instanceof InconsistentTopicIdException;
            if (opened != null) {
                replica.opened(opened);
                noteOpened(replica);
            } else if (cause != null && !triedAgain) {
                replica.takeOffline(cause);
            }
        }
    }
}
