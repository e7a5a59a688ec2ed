package io.headrace.storage;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TopicConfig;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFullException;
import io.headrace.storage.log.DeletedFiles;
import io.headrace.storage.log.LogFootprint;
import io.headrace.storage.log.PartitionLog;
import io.headrace.storage.log.UnreadableLogException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Removes segments that retention has no use for, and in open partitions producers that were silent too long.
 *
 * <p>In an order that survives a power cut at any moment:
 *
 * <ol>
 *   <li>it is decided which segments go, and the log start moves past them;
 *   <li>a checkpoint stores the log starts. From here on a file that comes back is known to be no part of the log;
 *   <li>the files get other names, which are made durable;
 *   <li>they are deleted after {@code file.delete.delay.ms}.
 * </ol>
 *
 * <p>When a full disk has no room for the checkpoint, the names are changed one segment at a time, so that what is left is
 * always an end of the log, which speaks for itself. When it has no room even for other names, the next look tries again.
 *
 * <p>Partitions that are not open are looked at from outside, by an executor for slow work, and opened only if something would
 * go. Owned by the log writer but for that look.
 */
final class StoreRetention {
    private static final Logger LOG = System.getLogger(StoreRetention.class.getName());

    /** How many directories one task of the executor looks at, and how many logs the writer opens between appends for it. */
    private static final int DIRECTORIES_AT_ONCE = 256;

    private static final int OPENED_AT_ONCE = 8;

    private final LogStore store;
    private final TopicCatalog catalog;
    private final PartitionDirectories directories;
    private final Executor io;
    private volatile Consumer<DeletedFiles> deleteLater;

    /** Logs whose start has moved since the last checkpoint began. */
    private final Set<PartitionReplica> decided = new HashSet<>();

    /** Those that a running checkpoint covers. */
    private Set<PartitionReplica> covered = new HashSet<>();

    /** Those whose checkpoint has ended. */
    private final Set<PartitionReplica> due = new HashSet<>();

    private boolean lookingAtDirectories;

    StoreRetention(LogStore store, TopicCatalog catalog, PartitionDirectories directories, Executor io) {
        this.store = store;
        this.catalog = catalog;
        this.directories = directories;
        this.io = io;
        this.deleteLater = files -> io.execute(() -> directories.deleteFiles(files));
    }

    void onDeletedFiles(Consumer<DeletedFiles> action) {
        deleteLater = action;
    }

    /** Whether a log has segments that are about to be deleted. */
    boolean isBusyWith(PartitionReplica replica) {
        return decided.contains(replica) || covered.contains(replica) || due.contains(replica);
    }

    void deleteLater(DeletedFiles files) {
        deleteLater.accept(files);
    }

    /** Looks at every partition. */
    void run(long nowMs) {
        if (!store.isWritable()) {
            return;
        }
        for (PartitionReplica replica : store.replicas()) {
            if (replica.status() == PartitionReplica.Status.OPEN) {
                replica.log().producers().removeExpired(store.steadyMs(nowMs));
                decide(replica, nowMs);
            }
        }
        if (!lookingAtDirectories) {
            lookingAtDirectories = true;
            Map<String, Long> logStarts = Map.copyOf(store.checkpointer().logStarts());
            io.execute(() -> lookAt(directories.partitions().iterator(), logStarts, nowMs));
        }
    }

    private void decide(PartitionReplica replica, long nowMs) {
        PartitionLog log = replica.log();
        try {
            if (log.applyRetention(nowMs) || log.hasSegmentsToDelete()) {
                decided.add(replica);
                store.markDirty(replica);
                store.checkpointer().logStartMoved(replica, log.logStartOffset());
                store.wantCheckpoint();
                replica.publish();
            }
        } catch (DiskFullException e) {
            store.reportDiskFull(e, nowMs);
        } catch (UnreadableLogException e) {
            LOG.log(Level.WARNING, "Retention cannot look at " + log.dir(), e);
        } catch (IOException e) {
            replica.onFailure(e);
        }
    }

    private record Dormant(TopicIdPartition id, TopicConfig config) {}

    /** Looks at some directories, has the logs opened that have something to delete, and goes on. On the executor. */
    private void lookAt(Iterator<String> names, Map<String, Long> logStarts, long nowMs) {
        List<Dormant> found = new ArrayList<>();
        for (int i = 0; i < DIRECTORIES_AT_ONCE && found.size() < OPENED_AT_ONCE && names.hasNext(); i++) {
            String name = names.next();
            Dormant dormant = expiring(name, logStarts.getOrDefault(name, 0L), nowMs);
            if (dormant != null) {
                found.add(dormant);
            }
        }
        store.writer().enqueueInternal(WriterTask.of(now -> {
            found.forEach(dormant -> openAndDecide(dormant, now));
            if (names.hasNext() && store.isWritable()) {
                io.execute(() -> lookAt(names, logStarts, nowMs));
            } else {
                lookingAtDirectories = false;
            }
        }));
    }

    private @Nullable Dormant expiring(String name, long logStartOffset, long nowMs) {
        try {
            Disk disk = store.disk();
            LogFootprint footprint = LogFootprint.of(disk, store.directory().resolve(name));
            TopicCatalog.Topic topic = footprint == null ? null : catalog.find(footprint.topicId());
            if (footprint == null || topic == null) {
                return null;
            }
            int partition = Integer.parseInt(name, name.lastIndexOf('-') + 1, name.length(), 10);
            TopicIdPartition id = new TopicIdPartition(footprint.topicId(), topic.name(), partition);
            PartitionReplica known = store.replicaIfPresent(id);
            boolean dormant = known == null || known.status() == PartitionReplica.Status.UNOPENED;
            return dormant
                            && id.directoryName().equals(name)
                            && footprint.mayExpire(topic.config(), logStartOffset, nowMs)
                    ? new Dormant(id, topic.config())
                    : null;
        } catch (IOException | NumberFormatException e) {
            LOG.log(
                    Level.WARNING,
                    "Retention cannot look at " + store.directory().resolve(name),
                    e);
            return null;
        }
    }

    private void openAndDecide(Dormant dormant, long nowMs) {
        // The topic may be gone by now; opening would make its directory anew.
        if (!store.isWritable() || catalog.find(dormant.id().topicId()) == null || !store.hasFiles(dormant.id())) {
            return;
        }
        PartitionReplica replica = store.replica(dormant.id(), dormant.config());
        if (replica.status() == PartitionReplica.Status.UNOPENED && replica.ensureOpen(nowMs)) {
            decide(replica, nowMs);
        }
    }

    /** A checkpoint begins: it stores the log starts that have been decided so far. */
    void checkpointBegun() {
        covered.addAll(decided);
        decided.clear();
    }

    /**
     * The checkpoint has ended.
     *
     * @param stored whether it could be written; if not, for lack of room
     */
    void checkpointEnded(boolean stored) {
        if (covered.isEmpty()) {
            return;
        }
        Set<PartitionReplica> now = covered;
        covered = new HashSet<>();
        due.addAll(now);
        // Later: the writer may be in the middle of a group of appends. And by then the next checkpoint may have begun.
        store.writer().enqueueInternal(WriterTask.of(nowMs -> {
            due.removeAll(now);
            for (PartitionReplica replica : now) {
                if (replica.status() == PartitionReplica.Status.OPEN && store.isWritable()) {
                    delete(replica, stored);
                }
            }
        }));
    }

    /** The logs are about to be closed. Their starts will be stored: the next opening deletes what is below. */
    void stop() {
        decided.clear();
        covered.clear();
        due.clear();
    }

    private void delete(PartitionReplica replica, boolean startIsStored) {
        try {
            DeletedFiles removed = replica.log().deleteOldSegments(startIsStored);
            replica.publish();
            if (!removed.isEmpty()) {
                io.execute(() -> deleteForGood(replica, removed));
            }
        } catch (IOException e) {
            replica.onFailure(e);
        }
    }

    private void deleteForGood(PartitionReplica replica, DeletedFiles removed) {
        try {
            removed.syncRename(store.disk());
            deleteLater.accept(removed);
        } catch (IOException e) {
            if (!replica.isDeleted()) { // then the directory has another name, and goes as a whole
                store.fail(e);
            }
        }
    }
}
