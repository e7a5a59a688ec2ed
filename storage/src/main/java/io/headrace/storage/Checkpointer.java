package io.headrace.storage;

import io.headrace.storage.checkpoint.CleanerCheckpoint;
import io.headrace.storage.checkpoint.CorruptCheckpointException;
import io.headrace.storage.checkpoint.MirroredCheckpoint;
import io.headrace.storage.checkpoint.OffsetCheckpoint;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFullException;
import io.headrace.storage.log.PartitionLog;
import io.headrace.storage.log.PendingSync;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Brings to disk, in the partitions' own files, what is so far safe in the journal only, and writes down how far it got.
 *
 * <p>A checkpoint has three steps: the log writer {@linkplain #begin collects} what is to be synced; any thread
 * {@linkplain Job#run syncs} it and then writes the checkpoint files; the log writer {@linkplain #complete takes note}, after
 * which the journal may forget. Power may fail between any two of them: what is not yet noted is done again from the journal.
 *
 * <p>Owned by the log writer, except where {@link Job} says otherwise.
 */
final class Checkpointer {
    private static final Logger LOG = System.getLogger(Checkpointer.class.getName());
    /** All of the log is checked, and may have gaps that compaction left. */
    private static final long UNKNOWN = -1;

    static final String RECOVERY_POINTS = "recovery-point-offset-checkpoint";
    static final String LOG_STARTS = "log-start-offset-checkpoint";
    static final String HIGH_WATERMARKS = "replication-offset-checkpoint";

    private final OffsetCheckpoint recoveryPointFile;
    private final MirroredCheckpoint logStartFile;
    private final OffsetCheckpoint highWatermarkFile;
    private final CleanerCheckpoint cleaned;
    private final Map<String, Long> recoveryPoints = new TreeMap<>();
    private final Map<String, Long> logStarts = new TreeMap<>();
    private final Set<PartitionReplica> dirty = new LinkedHashSet<>();
    /** Directories that are gone and of which the checkpoint files may still speak. */
    private final Set<String> forgotten = new HashSet<>();

    private final JournalHold hold = new JournalHold();

    private final Disk disk;
    private final Path dir;
    private boolean offsetsChanged;

    private final Executor io;

    /** @param io helps with the syncs of a checkpoint */
    Checkpointer(Disk disk, Path dir, Executor io) {
        this.disk = disk;
        this.dir = dir;
        this.io = io;
        recoveryPointFile = new OffsetCheckpoint(disk, dir.resolve(RECOVERY_POINTS));
        logStartFile = new MirroredCheckpoint(disk, dir.resolve(LOG_STARTS));
        highWatermarkFile = new OffsetCheckpoint(disk, dir.resolve(HIGH_WATERMARKS));
        cleaned = new CleanerCheckpoint(disk, dir);
    }

    /** How far compacted logs are clean; kept by the cleaner. */
    CleanerCheckpoint cleaned() {
        return cleaned;
    }

    /** Reads what the last checkpoint wrote. Where that is damaged, logs are checked from their beginning. */
    void load() throws IOException {
        try {
            recoveryPoints.putAll(recoveryPointFile.read());
        } catch (CorruptCheckpointException e) {
            LOG.log(Level.ERROR, "All logs in " + dir + " will be checked, for their recovery points are lost", e);
            for (String name : disk.list(dir)) {
                if (PartitionDirectories.PARTITION.matcher(name).matches()) {
                    recoveryPoints.put(name, UNKNOWN);
                }
            }
        }
        try {
            logStarts.putAll(logStartFile.read());
        } catch (CorruptCheckpointException e) {
            LOG.log(Level.ERROR, "Logs in " + dir + " will start where their files do, for log starts are lost", e);
        }
        // What is known of a deleted topic's directories must not be taken for a later topic's.
        Set<String> names = new HashSet<>(recoveryPoints.keySet());
        names.addAll(logStarts.keySet());
        for (String name : names) {
            if (!disk.isDirectory(dir.resolve(name))) {
                forget(name);
            }
        }
    }

    /** Up to where a partition's files need no check. */
    long recoveryPoint(String directoryName) {
        return recoveryPoints.getOrDefault(directoryName, 0L);
    }

    /** Where a partition's log starts at the least. */
    long logStart(String directoryName) {
        return logStarts.getOrDefault(directoryName, 0L);
    }

    /** Where partitions' logs start, by directory, as far as it is not where their files do. */
    Map<String, Long> logStarts() {
        return logStarts;
    }

    void markDirty(PartitionReplica replica) {
        if (!replica.dirty) {
            replica.dirty = true;
            dirty.add(replica);
        }
    }

    void logStartMoved(PartitionReplica replica, long offset) {
        logStarts.put(replica.id().directoryName(), offset);
        offsetsChanged = true;
    }

    /** What the journal has to keep in spite of checkpoints. */
    JournalHold hold() {
        return hold;
    }

    /** A partition is deleted. */
    void forget(PartitionReplica replica) {
        markClean(replica);
        hold.letGo(replica);
    }

    /** A partition has nothing to sync: its log was let go of. */
    void markClean(PartitionReplica replica) {
        dirty.remove(replica);
        replica.dirty = false;
    }

    /** A directory is deleted. */
    void forget(String directoryName) {
        recoveryPoints.remove(directoryName);
        logStarts.remove(directoryName);
        forgotten.add(directoryName);
        offsetsChanged = true;
    }

    /** Whether the files may speak of an earlier directory of this name: then {@link #writeNow} before there is another. */
    boolean isForgotten(String directoryName) {
        return forgotten.contains(directoryName);
    }

    /** Writes down what is known, while no job runs. */
    void writeNow() throws IOException {
        logStartFile.write(logStarts);
        recoveryPointFile.write(recoveryPoints);
        cleaned.forget(forgotten);
        forgotten.clear();
    }

    /** Before a log starts anew, which a crash might interrupt: its files are not to be relied on. */
    void resetRecoveryPoint(PartitionReplica replica) throws IOException {
        recoveryPoints.put(replica.id().directoryName(), 0L);
        writeNow();
    }

    /**
     * Every open log has been closed, so that all of it is on disk: the next checkpoint has only to say so. What is offline
     * is left to that.
     */
    void markAllClosed(Iterable<PartitionReplica> replicas) {
        for (PartitionReplica replica : replicas) {
            if (replica.status() == PartitionReplica.Status.OPEN) {
                markClean(replica);
                recoveryPoints.put(replica.id().directoryName(), replica.log().recoveryPoint());
            }
        }
        offsetsChanged = true;
    }

    /** How many partitions hold files open that are not synced, other than those of a running job. */
    int dirtyCount() {
        return dirty.size();
    }

    boolean hasWork() {
        return offsetsChanged || !dirty.isEmpty();
    }

    /**
     * Step 1.
     *
     * @param journalSequence the last group of the journal that this checkpoint makes superfluous
     */
    Job begin(long journalSequence) throws IOException {
        List<Sync> syncs = new ArrayList<>(dirty.size());
        Map<String, Long> reached = new TreeMap<>();
        for (PartitionReplica replica : dirty) {
            replica.dirty = false;
            PendingSync sync = replica.hasLog() ? flush(replica) : null;
            if (sync != null) {
                syncs.add(new Sync(replica, sync));
                reached.put(replica.id().directoryName(), sync.recoveryPoint());
            }
        }
        List<PartitionReplica> covered = List.copyOf(dirty);
        dirty.clear();
        offsetsChanged = false;
        return new Job(
                journalSequence,
                covered,
                syncs,
                new TreeMap<>(recoveryPoints),
                reached,
                new TreeMap<>(logStarts),
                Set.copyOf(forgotten));
    }

    /** Null if an offline log cannot even do this: the journal keeps what it has for it. */
    private @Nullable PendingSync flush(PartitionReplica replica) throws IOException {
        PartitionLog log = replica.log();
        try {
            PendingSync sync = replica.completeWithCheckpoint ? log.flushCompletely() : log.flush();
            replica.completeWithCheckpoint = false;
            return sync;
        } catch (IOException e) {
            if (replica.status() == PartitionReplica.Status.OPEN) {
                throw e;
            }
            keepInJournal(replica, e);
            return null;
        }
    }

    private void keepInJournal(PartitionReplica replica, IOException cause) {
        hold.keepAll(replica);
        LOG.log(
                Level.WARNING,
                "What {0} has not brought to disk stays in the journal: {1}",
                replica.id(),
                cause.getMessage());
    }

    /** Step 3, when the job has succeeded. */
    void complete(Job job) throws IOException {
        forgotten.removeAll(job.forgotten);
        for (Sync done : job.syncs) {
            PartitionReplica replica = done.replica();
            IOException unsynced = job.unsynced.get(replica);
            if (replica.isDeleted()) {
                continue;
            }
            if (unsynced != null) {
                keepInJournal(replica, unsynced);
                continue;
            }
            if (replica.status() == PartitionReplica.Status.OPEN) {
                replica.log().onSynced(done.sync());
            }
            recoveryPoints.put(replica.id().directoryName(), done.sync().recoveryPoint());
        }
    }

    private record Sync(PartitionReplica replica, PendingSync sync) {}

    /** The job could not be done: its partitions are to be synced by the next one. */
    void abandon(Job job) {
        for (PartitionReplica replica : job.covered) {
            if (!replica.isDeleted()) {
                markDirty(replica);
            }
        }
        offsetsChanged = true;
    }

    /** Step 2 of a checkpoint: only files, no state. Any one thread. */
    final class Job {
        private final long journalSequence;
        private final List<PartitionReplica> covered;
        private final List<Sync> syncs;
        private final Map<String, Long> recoveryPoints;
        private final Map<String, Long> reached;
        private final Map<String, Long> logStarts;
        private final Set<String> forgotten;
        /** Offline ones that could not be synced. */
        private final Map<PartitionReplica, IOException> unsynced = new ConcurrentHashMap<>();

        private final AtomicBoolean begun = new AtomicBoolean();
        private volatile boolean finished;
        private volatile boolean allSynced;
        private volatile @Nullable IOException failure;
        private volatile @Nullable DiskFullException full;

        private Job(
                long journalSequence,
                List<PartitionReplica> covered,
                List<Sync> syncs,
                Map<String, Long> recoveryPoints,
                Map<String, Long> reached,
                Map<String, Long> logStarts,
                Set<String> forgotten) {
            this.journalSequence = journalSequence;
            this.covered = covered;
            this.syncs = syncs;
            this.recoveryPoints = recoveryPoints;
            this.reached = reached;
            this.logStarts = logStarts;
            this.forgotten = forgotten;
        }

        /** Does it, unless another thread has begun to. */
        void run() {
            if (!begun.compareAndSet(false, true)) {
                return;
            }
            try {
                List<ParallelTasks.Task> tasks = new ArrayList<>(syncs.size());
                syncs.forEach(sync -> tasks.add(() -> run(sync)));
                ParallelTasks.run(io, tasks);
                unsynced.keySet().forEach(replica -> reached.remove(replica.id().directoryName()));
                recoveryPoints.putAll(reached);
                allSynced = true;
                DiskFullException noRoom = full;
                if (noRoom != null) {
                    throw noRoom;
                }
                // Log starts first: a log must not be taken to begin before what its recovery point vouches for.
                logStartFile.write(logStarts);
                recoveryPointFile.write(recoveryPoints);
                highWatermarkFile.write(recoveryPoints);
                cleaned.forget(forgotten);
            } catch (IOException e) {
                failure = e;
            } catch (RuntimeException | Error e) {
                failure = new IOException("A checkpoint broke", e); // whoever waits for it must hear of it
            }
            synchronized (this) {
                finished = true;
                notifyAll();
            }
        }

        private void run(Sync sync) throws IOException {
            try {
                sync.sync().run();
            } catch (DiskFullException e) {
                full = e; // the batches are on the disk, what goes with them is not
            } catch (IOException e) {
                // The directory is renamed when its topic is deleted, at any moment.
                if (sync.replica().status() == PartitionReplica.Status.OFFLINE) {
                    unsynced.put(sync.replica(), e);
                } else if (!sync.replica().isDeleted()) {
                    throw e;
                }
            }
        }

        long journalSequence() {
            return journalSequence;
        }

        @Nullable
        IOException failure() {
            return failure;
        }

        /** Whether the partitions' data is on disk, even if that could not be written down. */
        boolean allSynced() {
            return allSynced;
        }

        /** Waits for {@link #run} on another thread to end; if none has begun, this thread does it. */
        void await() {
            run();
            boolean interrupted = false;
            synchronized (this) {
                while (!finished) {
                    try {
                        wait();
                    } catch (InterruptedException e) {
                        interrupted = true;
                    }
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
