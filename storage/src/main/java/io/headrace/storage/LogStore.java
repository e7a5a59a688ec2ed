package io.headrace.storage;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TopicConfig;
import io.headrace.core.partition.ActiveProducer;
import io.headrace.protocol.ErrorCode;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFullException;
import io.headrace.storage.journal.Journal;
import io.headrace.storage.journal.JournalFullException;
import io.headrace.storage.log.DeletedFiles;
import io.headrace.storage.log.LogView;
import io.headrace.storage.log.OpenFiles;
import io.headrace.storage.log.PartitionLog;
import io.headrace.storage.log.ProducerLimits;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All partitions in one data directory, their journal and their checkpoints.
 *
 * <p>Handles to partitions cost next to nothing until they are used; logs open on first use. Whatever changes a log goes
 * through the {@link #writer()}. The store makes no threads: the caller runs the writer and gives an executor for slow work.
 */
public final class LogStore {
    private static final Logger LOG = System.getLogger(LogStore.class.getName());

    static final String JOURNAL = "journal";

    private final Disk disk;
    private final Path dir;
    private final Executor io;
    private final SteadyTime steadyTime;
    private final LogWriter writer;
    private final Checkpointer checkpointer;
    private final StoreCheckpoints checkpoints;
    private final PartitionDirectories directories;
    private final StoreRetention retention;
    private final IdlePartitions idle;
    private final LogOpener opener;
    private final PendingReplay pendingReplay;
    private final DiskRoom room;
    private final StrayDirectories strays;
    private final Journal journal;
    private final CleanShutdownMark lastStop;
    private final Map<TopicIdPartition, PartitionReplica> replicas = new ConcurrentHashMap<>();

    private volatile @Nullable IOException failure;
    private volatile boolean preparing;

    private LogStore(
            Disk disk,
            Path dir,
            StoreOptions options,
            TopicCatalog catalog,
            Executor io,
            long journalIdIfNew,
            long nowMs)
            throws IOException {
        this.disk = disk;
        this.dir = dir;
        this.io = io;
        this.steadyTime = SteadyTime.open(disk, dir, nowMs);
        this.checkpointer = new Checkpointer(disk, dir, io);
        this.directories = new PartitionDirectories(disk, dir, io);
        OpenFiles openFiles = new OpenFiles(disk, options.openFilesMax());
        this.opener = new LogOpener(this, catalog, openFiles, options, directories, io);
        this.retention = new StoreRetention(this, catalog, directories, io);
        this.checkpoints = new StoreCheckpoints(this, checkpointer, retention, options, io, steadyMs(nowMs));
        this.idle = new IdlePartitions(this, retention);
        this.lastStop = CleanShutdownMark.take(disk, dir);
        checkpointer.load();
        this.writer = new LogWriter(this, options.queuedTasksMax());
        this.room = new DiskRoom(disk, dir, options.diskReserveBytes());
        this.pendingReplay = new PendingReplay(this, catalog, steadyMs(nowMs));
        JournalReplay replay = new JournalReplay(this, catalog, null, nowMs);
        this.journal = Journal.open(disk, dir.resolve(JOURNAL), options.journal(), journalIdIfNew, replay::apply);
        checkpoints.journalOpened(journal, steadyMs(nowMs));
        replay.end();
        pendingReplay.report();
        directories.deleteLeftovers();
        this.strays = new StrayDirectories(this, catalog, directories, io);
    }

    /**
     * Opens a data directory that exists and that the caller has locked, and brings back what the journal holds beyond the partitions' own
     * files.
     *
     * @param catalog the topics there are; the journal's entries for others are passed over
     * @param io runs what may take long: syncs, deletions
     * @param journalIdIfNew a random number, for a directory without a journal
     * @throws io.headrace.storage.journal.CorruptJournalException if the journal is damaged where it was durable
     */
    public static LogStore open(
            Disk disk,
            Path dir,
            StoreOptions options,
            TopicCatalog catalog,
            Executor io,
            long journalIdIfNew,
            long nowMs)
            throws IOException {
        return new LogStore(disk, dir, options, catalog, io, journalIdIfNew, nowMs);
    }

    public Path directory() {
        return dir;
    }

    /** Whether the last use of the directory ended in order, even if there are logs that nobody has opened since a crash. */
    public boolean endedInOrder() {
        return lastStop.isFound();
    }

    /** Whether the log in a directory is as it was closed, if it has not been opened since the start. */
    boolean wasClosedInOrder(String directoryName) {
        return lastStop.vouchesFor(directoryName);
    }

    public LogWriter writer() {
        return writer;
    }

    /** False for good once a write or a sync has failed: then nothing is acknowledged any more. */
    public boolean isWritable() {
        return failure == null;
    }

    /** The handle of a partition, made if there is none. Touches no file. Any thread. */
    public PartitionReplica replica(TopicIdPartition id, TopicConfig config) {
        PartitionReplica known = replicas.get(id);
        return known != null ? known : replicas.computeIfAbsent(id, key -> new PartitionReplica(this, key, config));
    }

    /** The handle of a partition if it was used before, else null. Any thread. */
    public @Nullable PartitionReplica replicaIfPresent(TopicIdPartition id) {
        return replicas.get(id);
    }

    /** Every partition that was used since the start. Any thread; a snapshot that may miss the newest. */
    public Iterable<PartitionReplica> replicas() {
        return replicas.values();
    }

    /**
     * Opens a partition's log to be read, without making one where nothing was ever written; {@code whenDone} runs on the log
     * writer's thread, whether or not it worked.
     */
    public void open(PartitionReplica replica, Runnable whenDone) {
        writer.enqueueInternal(WriterTask.of(nowMs -> {
            replica.openToRead(nowMs);
            whenDone.run();
        }));
    }

    /**
     * Lists what a partition remembers of its producers.
     *
     * @param whenDone told on the log writer's thread; null if the partition cannot be opened
     */
    public void listProducers(PartitionReplica replica, Consumer<@Nullable List<ActiveProducer>> whenDone) {
        writer.enqueueInternal(WriterTask.of(nowMs -> whenDone.accept(
                replica.ensureOpen(nowMs) ? replica.log().producers().active(nowMs - steadyMs(nowMs)) : null)));
    }

    /** Puts other limits in force on how long silent producers are remembered. Any thread. */
    public void limitProducers(ProducerLimits limits) {
        writer.enqueueInternal(WriterTask.of(nowMs -> opener.limitProducers(limits)));
    }

    /** Puts a new configuration in force for a partition. */
    public void updateConfig(PartitionReplica replica, TopicConfig config) {
        writer.enqueueInternal(WriterTask.of(nowMs -> {
            try {
                replica.updateConfig(config);
            } catch (IOException e) {
                fail(e);
            }
        }));
    }

    /** What came of moving a log's start. */
    public record TrimOutcome(ErrorCode error, long logStartOffset) {}

    /**
     * Forgets the records before an offset (DeleteRecords), durably.
     *
     * @param offset the new start; -1 for the high watermark
     * @param whenDone told the outcome on the log writer's thread
     */
    public void trim(PartitionReplica replica, long offset, Consumer<TrimOutcome> whenDone) {
        writer.enqueueInternal(WriterTask.of(nowMs -> whenDone.accept(trimNow(replica, offset, nowMs))));
    }

    private TrimOutcome trimNow(PartitionReplica replica, long offset, long nowMs) {
        if (!isWritable() || !replica.ensureOpen(nowMs)) {
            return new TrimOutcome(ErrorCode.KAFKA_STORAGE_ERROR, -1);
        }
        PartitionLog log = replica.log();
        long target = offset == -1 ? log.logEndOffset() : offset;
        if (target < 0 || target > log.logEndOffset()) {
            return new TrimOutcome(ErrorCode.OFFSET_OUT_OF_RANGE, -1);
        }
        if (target > log.logStartOffset()) {
            long before = log.logStartOffset();
            // First, so that a checkpoint that has to stand in for a full journal says so.
            checkpointer.logStartMoved(replica, target);
            try {
                journal.stage(
                        JournalEntryType.LOG_START,
                        replica.id().topicId(),
                        replica.id().partition(),
                        target);
                Checkpointer.Job instead = commitJournal();
                if (instead != null && instead.failure() != null) {
                    checkpointer.logStartMoved(replica, before);
                    return new TrimOutcome(ErrorCode.KAFKA_STORAGE_ERROR, -1);
                }
            } catch (IOException e) {
                fail(e);
                return new TrimOutcome(ErrorCode.KAFKA_STORAGE_ERROR, -1);
            }
            log.advanceLogStartTo(target);
            replica.publish();
        }
        return new TrimOutcome(ErrorCode.NONE, log.logStartOffset());
    }

    /** Removes a partition whose topic was deleted: readers lose it at once, its files go in the background. */
    public void delete(TopicIdPartition id) {
        writer.enqueueInternal(WriterTask.of(nowMs -> deleteNow(id)));
    }

    private void deleteNow(TopicIdPartition id) {
        PartitionReplica replica = replicas.remove(id);
        try {
            if (replica != null) {
                checkpointer.forget(replica);
                pendingReplay.remove(replica);
                if (replica.hasLog()) {
                    replica.log().abandon();
                }
                replica.deleted();
            }
            // A deletion can come late, from one who did not know that the topic was gone: there may be another of its
            // name.
            if (!directories.isAnothers(id)) {
                checkpointer.forget(id.directoryName());
                if (directories.exists(id.directoryName())) {
                    directories.moveAway(id.directoryName(), id.topicId());
                }
            }
            // The deletion was on its way when a look for stray directories came upon this one.
            String stray = PartitionDirectories.strayName(id.directoryName(), id.topicId());
            if (directories.exists(stray)) {
                directories.moveAway(stray, id.topicId());
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, "Deleting the files of " + id + " failed; the next start tries again", e);
        }
    }

    /**
     * Gives directories of topics that the catalog does not know another name, in the background. To be called once, when the
     * catalog is complete. Any thread.
     */
    public void setStrayDirectoriesAside() {
        strays.look();
    }

    /** Looks for what retention has no use for; see {@link StoreRetention}. Any thread. */
    public void applyRetention() {
        writer.enqueueInternal(WriterTask.of(retention::run));
    }

    /** How files are deleted that retention has renamed: by default at once, on the executor for slow work. */
    public void onDeletedFiles(Consumer<DeletedFiles> action) {
        retention.onDeletedFiles(action);
    }

    /** Has files deleted in that way. Any thread. */
    void deleteLater(DeletedFiles files) {
        retention.deleteLater(files);
    }

    /** Gives the space of such files back. Any thread. */
    public void deleteFiles(DeletedFiles files) {
        directories.deleteFiles(files);
    }

    /** Whether a partition has files here: if not, nothing was ever written to it. Any thread; asks the disk. */
    public boolean hasFiles(TopicIdPartition id) {
        return directories.exists(id.directoryName());
    }

    /** The size of the file system; 0 if it cannot be told. Any thread. */
    public long totalBytes() {
        return directories.totalBytes();
    }

    /** What the file system has left; 0 if it cannot be told. Any thread. */
    public long usableBytes() {
        return directories.usableBytes();
    }

    /** The size of a partition's segments, opened or not; 0 for one that was never written. Any thread; asks the disk. */
    public long sizeBytes(TopicIdPartition id) {
        PartitionReplica replica = replicas.get(id);
        LogView view = replica == null ? null : replica.peek();
        try {
            return view == null ? directories.sizeBytes(id.directoryName()) : view.sizeBytes();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "Files of {0} went while they were counted: {1}", id, e.getMessage());
            return 0;
        }
    }

    Journal journal() {
        return journal;
    }

    Disk disk() {
        return disk;
    }

    PendingReplay pendingReplay() {
        return pendingReplay;
    }

    /** Whether the disk has no more room than what is reserved for other than appends. */
    boolean isBelowReserve(long nowMs) {
        return room.isReserveReached(steadyMs(nowMs));
    }

    /** So much is about to be appended. */
    void useRoom(long bytes) {
        room.use(bytes);
    }

    void markDirty(PartitionReplica replica) {
        checkpointer.markDirty(replica);
    }

    boolean isCheckpointing() {
        return checkpoints.isRunning();
    }

    /** Asks for a checkpoint soon. */
    void wantCheckpoint() {
        checkpoints.want();
    }

    Checkpointer checkpointer() {
        return checkpointer;
    }

    /** The time that everything here goes by that must not follow the wall clock where somebody sets it. */
    long steadyMs(long nowMs) {
        return steadyTime.at(nowMs);
    }

    PartitionLog openLog(PartitionReplica replica, long nowMs) throws IOException {
        return opener.open(replica, nowMs, steadyMs(nowMs));
    }

    /** A replica has the log that {@link #openLog} gave it. */
    void noteOpened(PartitionReplica replica) {
        opener.noteOpened(replica);
    }

    /** Runs independent tasks side by side and waits for them. */
    void runAll(List<ParallelTasks.Task> tasks) throws IOException {
        ParallelTasks.run(io, tasks);
    }

    LogOpener opener() {
        return opener;
    }

    /** Opens those of the replicas that were not opened yet, side by side. What cannot be opened stays as it is. */
    void openAll(Collection<PartitionReplica> unopened, long nowMs) throws IOException {
        opener.openAll(unopened, nowMs, steadyMs(nowMs));
    }

    /**
     * Makes durable what is staged in the journal. Where the journal has no room, a checkpoint does: it syncs the segments
     * themselves.
     *
     * @return the checkpoint that stands in for the journal, of which at least the syncs have worked; null as a rule
     */
    Checkpointer.@Nullable Job commitJournal() throws IOException {
        try {
            journal.commit();
            return null;
        } catch (JournalFullException | DiskFullException e) {
            journal.discard();
            Checkpointer.Job job = checkpoints.runNow();
            if (!job.allSynced()) {
                throw e;
            }
            return job;
        }
    }

    /** Looks after the journal's room: prepares files ahead, and starts a checkpoint when it fills up or data waits long. */
    void afterGroup(long nowMs) {
        if (!preparing && journal.wantsPreparing()) {
            preparing = true;
            io.execute(this::prepareJournal);
        }
        checkpoints.beginIfDue(steadyMs(nowMs));
        if (isWritable()) {
            try {
                steadyTime.saveJump();
            } catch (IOException e) {
                fail(e);
            }
        }
    }

    /** To be called now and then, so that what was appended before a quiet time gets its checkpoint. Any thread. */
    public void tick() {
        writer.enqueueInternal(WriterTask.of(nowMs -> {
            idle.check(nowMs);
            pendingReplay.retry(nowMs);
            afterGroup(nowMs);
        }));
    }

    private void prepareJournal() {
        try {
            journal.prepareNext();
        } catch (JournalFullException | DiskFullException e) {
            LOG.log(Level.DEBUG, "No room to grow the journal: {0}", e.getMessage());
        } catch (IOException e) {
            fail(e);
        } finally {
            preparing = false;
        }
    }

    /** Sees a checkpoint to its end that was begun. */
    void awaitCheckpoint() {
        checkpoints.await();
    }

    void throwIfFailed() throws IOException {
        IOException cause = failure;
        if (cause != null) {
            throw new IOException("The data directory " + dir + " has failed", cause);
        }
    }

    /** A write or sync failed. Final: what a failed sync has dropped cannot be known, so nothing is acknowledged any more. */
    void fail(IOException cause) {
        if (failure == null) {
            failure = cause;
            LOG.log(
                    Level.ERROR,
                    "Data directory " + dir + " has failed; it takes no more writes until a restart",
                    cause);
        }
    }

    void reportOffline(PartitionReplica replica, IOException cause) {
        LOG.log(Level.ERROR, "Partition " + replica.id() + " is offline", cause);
    }

    void reportReserveReached(long nowMs) {
        room.reportReserveReached(steadyMs(nowMs));
    }

    void reportDiskFull(DiskFullException cause, long nowMs) {
        room.reportFull(cause, steadyMs(nowMs));
    }

    /**
     * Ends the use of the directory in order: everything is synced and noted, so that the next start has nothing to recover.
     * Call it on the log writer's thread, or when there is none any more.
     */
    public void close(long nowMs) throws IOException {
        while (writer.runOnce(nowMs) > 0) {
            // What was queued before still counts.
        }
        awaitCheckpoint();
        retention.stop();
        if (isWritable()) {
            List<ParallelTasks.Task> closings = new ArrayList<>();
            for (PartitionReplica replica : replicas.values()) {
                if (replica.status() == PartitionReplica.Status.OPEN) {
                    closings.add(replica.log()::close);
                }
            }
            ParallelTasks.run(io, closings);
            checkpointer.markAllClosed(replicas.values());
            boolean noted = checkpoints.runNow().failure() == null;
            journal.close();
            // What is offline was not closed in order.
            boolean allOnline =
                    replicas.values().stream().noneMatch(r -> r.status() == PartitionReplica.Status.OFFLINE);
            if (noted && checkpointer.hold().isEmpty() && allOnline) {
                lastStop.leaveNext(disk, dir, directories, checkpointer, replicas.values());
            }
        }
    }
}
