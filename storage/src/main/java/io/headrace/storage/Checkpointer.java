package io.headrace.storage;

import io.headrace.storage.checkpoint.OffsetCheckpoint;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.log.PartitionLog;
import io.headrace.storage.log.PendingSync;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
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
    static final String RECOVERY_POINTS = "recovery-point-offset-checkpoint";
    static final String LOG_STARTS = "log-start-offset-checkpoint";
    static final String HIGH_WATERMARKS = "replication-offset-checkpoint";

    private final OffsetCheckpoint recoveryPointFile;
    private final OffsetCheckpoint logStartFile;
    private final OffsetCheckpoint highWatermarkFile;
    private final Map<String, Long> recoveryPoints = new TreeMap<>();
    private final Map<String, Long> logStarts = new TreeMap<>();
    private final Set<PartitionReplica> dirty = new LinkedHashSet<>();
    private boolean offsetsChanged;

    Checkpointer(Disk disk, Path dir) {
        recoveryPointFile = new OffsetCheckpoint(disk, dir.resolve(RECOVERY_POINTS));
        logStartFile = new OffsetCheckpoint(disk, dir.resolve(LOG_STARTS));
        highWatermarkFile = new OffsetCheckpoint(disk, dir.resolve(HIGH_WATERMARKS));
    }

    /** Reads what the last checkpoint wrote. */
    void load() throws IOException {
        recoveryPoints.putAll(recoveryPointFile.read());
        logStarts.putAll(logStartFile.read());
    }

    /** Up to where a partition's files need no check. */
    long recoveryPoint(String directoryName) {
        return recoveryPoints.getOrDefault(directoryName, 0L);
    }

    /** Where a partition's log starts at the least. */
    long logStart(String directoryName) {
        return logStarts.getOrDefault(directoryName, 0L);
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

    void forget(PartitionReplica replica) {
        dirty.remove(replica);
        offsetsChanged |= recoveryPoints.remove(replica.id().directoryName()) != null;
        offsetsChanged |= logStarts.remove(replica.id().directoryName()) != null;
    }

    /** Every open log has been closed, so that all of it is on disk: the next checkpoint has only to say so. */
    void markAllClosed(Iterable<PartitionReplica> replicas) {
        dirty.clear();
        for (PartitionReplica replica : replicas) {
            replica.dirty = false;
            if (replica.status() == PartitionReplica.Status.OPEN) {
                recoveryPoints.put(replica.id().directoryName(), replica.log().recoveryPoint());
            }
        }
        offsetsChanged = true;
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
            if (replica.status() == PartitionReplica.Status.OPEN) {
                PartitionLog log = replica.log();
                if (log.producers().producerCount() > 0) {
                    log.takeProducerSnapshot();
                }
                PendingSync sync = log.flush();
                syncs.add(new Sync(replica, sync));
                reached.put(replica.id().directoryName(), sync.recoveryPoint());
            }
        }
        List<PartitionReplica> covered = List.copyOf(dirty);
        dirty.clear();
        offsetsChanged = false;
        Map<String, Long> newRecoveryPoints = new TreeMap<>(recoveryPoints);
        newRecoveryPoints.putAll(reached);
        return new Job(journalSequence, covered, syncs, newRecoveryPoints, new TreeMap<>(logStarts));
    }

    /** Step 3, when the job has succeeded. */
    void complete(Job job) throws IOException {
        for (Sync done : job.syncs) {
            if (done.replica().status() == PartitionReplica.Status.OPEN) {
                done.replica().log().onSynced(done.sync());
                recoveryPoints.put(
                        done.replica().id().directoryName(), done.sync().recoveryPoint());
            }
        }
    }

    private record Sync(PartitionReplica replica, PendingSync sync) {}

    /** The job could not be done: its partitions are to be synced by the next one. */
    void abandon(Job job) {
        job.covered.forEach(this::markDirty);
        offsetsChanged = true;
    }

    /** Step 2 of a checkpoint: only files, no state. Any one thread. */
    final class Job {
        private final long journalSequence;
        private final List<PartitionReplica> covered;
        private final List<Sync> syncs;
        private final Map<String, Long> recoveryPoints;
        private final Map<String, Long> logStarts;
        private volatile boolean finished;
        private volatile boolean allSynced;
        private volatile @Nullable IOException failure;

        private Job(
                long journalSequence,
                List<PartitionReplica> covered,
                List<Sync> syncs,
                Map<String, Long> recoveryPoints,
                Map<String, Long> logStarts) {
            this.journalSequence = journalSequence;
            this.covered = covered;
            this.syncs = syncs;
            this.recoveryPoints = recoveryPoints;
            this.logStarts = logStarts;
        }

        void run() {
            try {
                for (Sync sync : syncs) {
                    sync.sync().run();
                }
                allSynced = true;
                // Log starts first: a log must not be taken to begin before what its recovery point vouches for.
                logStartFile.write(logStarts);
                recoveryPointFile.write(recoveryPoints);
                highWatermarkFile.write(recoveryPoints);
            } catch (IOException e) {
                failure = e;
            }
            synchronized (this) {
                finished = true;
                notifyAll();
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

        /** Waits for {@link #run} on another thread to end. */
        void await() {
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
