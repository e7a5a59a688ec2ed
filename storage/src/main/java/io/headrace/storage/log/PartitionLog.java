package io.headrace.storage.log;

import io.headrace.core.config.TopicConfig;
import io.headrace.core.partition.CompletedTransaction;
import io.headrace.core.partition.ProducerStates;
import io.headrace.storage.disk.DiskFullException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One partition's log: batches in segment files, their indexes, leader epochs and producer snapshots, in Kafka's formats.
 *
 * <p>Owned by one thread, the partition's log writer; only {@link #view} is for everybody. Appending writes to the page
 * cache. What makes it durable is the journal, and later {@link #flush} and {@link PendingSync#run} on another thread.
 *
 * <p>For each group of batches of a partition, the writer: checks each against {@link #producers} and updates them as it
 * assigns offsets, {@link #append}s them all at once, makes them durable, then {@link #advance}s the watermarks. If the
 * append throws, nothing of the group is in the log, and the writer undoes its producer updates.
 */
public final class PartitionLog implements AutoCloseable {
    private static final Logger LOGGER = System.getLogger(PartitionLog.class.getName());

    /** How much log may have to be replayed, at most, beyond what follows the recovery point. */
    private static final long SNAPSHOT_INTERVAL_BYTES = 2 << 20;

    private final OpenFiles files;
    private final Path dir;
    private final LogOpening opening;
    private final ProducerStates producers;
    private final ProducerSnapshots snapshots;
    private final LogTail tail;
    private final RemovedSegments removed;
    private final ReadHints hints = new ReadHints();
    private final VerifiedRanges verified = new VerifiedRanges();
    private final ReportedDamage reported = new ReportedDamage();

    private TopicConfig config;
    private long logStartOffset;
    private long durableOffset;
    private long highWatermark;
    private long recoveryPoint;
    private long bytesSinceSnapshot;
    /** Counts truncations, so that a sync that was begun before one does not move the recovery point after it. */
    private int generation;

    private boolean closed;
    private @Nullable IOException failure;
    private volatile LogView view;

    PartitionLog(RecoveredLog recovered, LogOpening opening) {
        this.files = recovered.files();
        this.dir = recovered.dir();
        this.opening = opening;
        this.producers = recovered.producers();
        this.snapshots = recovered.snapshots();
        this.bytesSinceSnapshot = recovered.bytesSinceSnapshot();
        this.config = opening.config();
        this.tail = new LogTail(recovered);
        this.removed = new RemovedSegments(files.disk(), dir);
        this.logStartOffset = recovered.logStartOffset();
        this.durableOffset = recovered.logEndOffset();
        this.highWatermark = logStartOffset;
        this.recoveryPoint = recovered.recoveryPoint();
        producers.onHighWatermark(highWatermark);
        this.view = newView();
    }

    /** Opens a log as {@link LogOpening#open} does, with the wall clock alone to go by. */
    public static PartitionLog open(
            OpenFiles files,
            Path dir,
            UUID topicId,
            TopicConfig config,
            ProducerLimits producerLimits,
            long recoveryPoint,
            long logStartOffset,
            boolean cleanShutdown,
            long nowMs)
            throws IOException {
        return new LogOpening(
                        files,
                        dir,
                        topicId,
                        config,
                        producerLimits,
                        new RecoveryMemory(),
                        recoveryPoint,
                        logStartOffset,
                        cleanShutdown,
                        nowMs,
                        nowMs)
                .open();
    }

    /** Makes durable what {@link LogOpening#openUnsynced} has left, with the calling thread. */
    public void syncRecovered() throws IOException {
        if (isDirty()) {
            PendingSync sync = flush();
            sync.run();
            onSynced(sync);
        }
    }

    /** The log as it is now; any thread may ask. */
    public LogView view() {
        return view;
    }

    public Path dir() {
        return dir;
    }

    /** The producers' states at the log end, or at the end of what is about to be appended. */
    public ProducerStates producers() {
        return producers;
    }

    public TopicConfig config() {
        return config;
    }

    /** Takes another configuration, from the next append on. */
    public void configure(TopicConfig newConfig) {
        config = newConfig;
    }

    public long logStartOffset() {
        return logStartOffset;
    }

    public long logEndOffset() {
        return tail.endOffset();
    }

    public LeaderEpochs leaderEpochs() {
        return tail.leaderEpochs();
    }

    /** The batches that the recovery of this log has checked, until it is told to forget them. */
    public RecoveredBatches recovered() {
        return tail.recovered();
    }

    /** Everything below is durable in the segments and is not looked at again after a crash. */
    public long recoveryPoint() {
        return recoveryPoint;
    }

    /** Whether there is anything for {@link #flush} to do. */
    public boolean isDirty() {
        return recoveryPoint < tail.endOffset() || tail.isDirty();
    }

    /** A leader's reign begins at this offset, which is the log end or, on a follower, where its first batch lies. */
    public void assignLeaderEpoch(int epoch, long startOffset) {
        tail.changeLeaderEpochs(tail.leaderEpochs().assign(epoch, startOffset));
        publish();
    }

    /**
     * Appends batches that have their final offsets, leader epochs and timestamps. As a rule that is one write.
     *
     * @param batches each buffer holds one or more whole batches from position to limit, which stay as they are
     * @param from the first buffer to append
     * @param count how many buffers to append
     * @param completed transactions that markers among the batches ended, in log order
     * @throws io.headrace.storage.disk.DiskFullException if there is no room; the log is as it was
     * @throws IOException if the write fails otherwise; the log is as it was or, if even that cannot be had, takes no more
     * @throws IllegalArgumentException if the batches do not continue the log; nothing was written
     */
    public void append(ByteBuffer[] batches, int from, int count, List<CompletedTransaction> completed, long nowMs)
            throws IOException {
        requireUsable();
        AppendPlan plan = AppendPlan.of(batches, from, count, tail.endOffset());
        if (plan.bytes() == 0) {
            return;
        }
        LogTail.Mark mark = tail.mark();
        try {
            tail.append(batches, from, count, plan, config, nowMs);
            tail.indexAborted(completed);
            if (tail.active() != mark.active()) {
                takeProducerSnapshot();
            }
            tail.active().flushLargeIndexes();
        } catch (IOException e) {
            takeBack(mark, e);
            throw e;
        }
        bytesSinceSnapshot += plan.bytes();
        publish();
    }

    /** Appends batches among which there are no markers; see the other {@code append}. */
    public void append(ByteBuffer[] batches, int from, int count, long nowMs) throws IOException {
        append(batches, from, count, List.of(), nowMs);
    }

    /** Whether it takes more: it is open, and no operation has failed halfway. */
    public boolean isUsable() {
        return !closed && failure == null;
    }

    private void takeBack(LogTail.Mark mark, IOException cause) {
        try {
            tail.restore(mark);
            snapshots.deleteAfter(tail.endOffset());
        } catch (IOException e) {
            cause.addSuppressed(e);
            failure = cause;
        }
    }

    private void requireUsable() throws IOException {
        if (closed) {
            throw new IllegalStateException(dir + " is closed");
        }
        if (failure != null) {
            throw new IOException(dir + " takes no more since an operation failed", failure);
        }
    }

    /**
     * Moves the watermarks; neither moves back.
     *
     * @param newDurableOffset everything below is on this replica's disk
     * @param newHighWatermark everything below is on the disks of all in-sync replicas
     */
    public void advance(long newDurableOffset, long newHighWatermark) {
        if (newDurableOffset > tail.endOffset() || newHighWatermark > tail.endOffset()) {
            throw new IllegalArgumentException("durable offset " + newDurableOffset + " or high watermark "
                    + newHighWatermark + " is beyond the end " + tail.endOffset() + " of " + dir);
        }
        durableOffset = Math.max(durableOffset, newDurableOffset);
        highWatermark = Math.max(highWatermark, newHighWatermark);
        producers.onHighWatermark(highWatermark);
        publish();
    }

    private void publish() {
        view = newView();
    }

    private LogView newView() {
        return tail.view(logStartOffset, durableOffset, highWatermark, lastStableOffset(), hints, verified, reported);
    }

    /** What a transaction wrote below the log start is gone, and holds nobody back. */
    private long lastStableOffset() {
        long stable = producers.lastStableOffset(highWatermark);
        return stable >= logStartOffset ? stable : Math.min(logStartOffset, highWatermark);
    }

    /** Begins a new segment, unless the active one is empty. */
    public void roll(long nowMs) throws IOException {
        requireUsable();
        if (tail.active().sizeBytes() > 0) {
            tail.rollAt(tail.endOffset(), nowMs);
            publish();
            takeProducerSnapshot();
        }
    }

    /** Writes the producers' states at the log end, so that recovery has less to replay. Durable with the next flush. */
    public void takeProducerSnapshot() throws IOException {
        requireUsable();
        if (!snapshots.contains(tail.endOffset())) {
            tail.addUnsynced(snapshots.write(producers, tail.endOffset()));
            bytesSinceSnapshot = 0;
        }
    }

    /** Begins a checkpoint: hands out what must be synced for everything appended so far to be durable in the segments. */
    public PendingSync flush() throws IOException {
        requireUsable();
        try {
            if (bytesSinceSnapshot >= SNAPSHOT_INTERVAL_BYTES) {
                takeProducerSnapshot();
            }
            return checkpoint(false);
        } catch (DiskFullException e) {
            // The batches have their room, and can be made durable.
            return tail.batchesOnly(recoveryPoint, generation);
        }
    }

    /**
     * As {@link #flush}, together with all that lets the next opening read as little as after a clean shutdown: then, unless
     * something is appended meanwhile, the log {@link #isComplete}.
     */
    public PendingSync flushCompletely() throws IOException {
        requireUsable();
        try {
            takeProducerSnapshot();
            return checkpoint(true);
        } catch (DiskFullException e) {
            return tail.batchesOnly(recoveryPoint, generation);
        }
    }

    /** Whether {@link #close} has nothing to write. */
    public boolean isComplete() {
        return !isDirty() && !tail.active().isIncomplete() && snapshots.contains(tail.endOffset());
    }

    private PendingSync checkpoint(boolean complete) throws IOException {
        try {
            return tail.checkpoint(complete, generation);
        } catch (DiskFullException e) {
            throw e;
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    /** A sync has run without failing: moves the recovery point, and deletes snapshots that are not needed any more. */
    public void onSynced(PendingSync done) throws IOException {
        if (done.generation() == generation && !closed) {
            recoveryPoint = Math.max(recoveryPoint, done.recoveryPoint());
            snapshots.prune(recoveryPoint);
        }
    }

    /**
     * Cuts the log back, as a follower does whose leader has something else there. A batch that contains {@code offset} goes
     * as a whole. What is left is durable when this returns.
     *
     * <p>If the offset is below the log start, everything goes and the log starts anew there.
     *
     * <p>Before calling this, store a recovery point no greater than {@code offset} (0 when the log will start anew), or a
     * crash in the middle is taken for lost data.
     *
     * @param offset nothing at or after it remains
     * @return files to be deleted some time later
     */
    public DeletedFiles truncateTo(long offset) throws IOException {
        requireUsable();
        if (offset < logStartOffset) {
            return startAnewAt(offset);
        }
        LOGGER.log(Level.INFO, "Truncating {0} from offset {1} to {2}", dir, tail.endOffset(), offset);
        List<Path> deleted = List.of();
        if (offset < tail.endOffset()) {
            try {
                deleted = cutTo(offset);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }
        // Also when no record goes: an epoch in which this replica wrote nothing must not be vouched for.
        tail.storeLeaderEpochs(tail.leaderEpochs().truncateFromEnd(Math.min(offset, tail.endOffset())));
        publish();
        return new DeletedFiles(dir, deleted, config.fileDeleteDelayMs());
    }

    private List<Path> cutTo(long offset) throws IOException {
        generation++;
        LogSegment[] segments = tail.segments();
        int index = tail.segmentFor(offset);
        long oldEnd = index == segments.length - 1 ? tail.active().sizeBytes() : segments[index].sealedSizeBytes();
        // What stays is durable afterwards, so that the recovery point needs no thought.
        tail.syncNow();
        List<Path> deleted = tail.dropFrom(index + 1);
        if (!deleted.isEmpty()) {
            files.disk().syncDirectory(dir);
        }
        SegmentCut cut = SegmentCut.cut(files, dir, segments[index], offset, oldEnd, config, opening.nowMs());
        tail.replaceFrom(index, cut.active(), cut.endOffset());
        // A batch that the log start lay in is gone as a whole and will come again as a whole.
        logStartOffset = Math.min(logStartOffset, tail.endOffset());
        recoveryPoint = Math.min(recoveryPoint, tail.endOffset());
        durableOffset = Math.min(durableOffset, tail.endOffset());
        highWatermark = Math.min(highWatermark, tail.endOffset());
        DerivedState.loadProducers(
                producers, snapshots, List.of(tail.segments()), tail.active(), tail.endOffset(), opening.steadyMs());
        producers.onHighWatermark(highWatermark);
        return deleted;
    }

    /**
     * Drops everything and starts the log anew at an offset, as a follower does whose leader has nothing so old any more.
     * See {@link #truncateTo} for what to do before.
     */
    public DeletedFiles startAnewAt(long offset) throws IOException {
        requireUsable();
        LOGGER.log(Level.INFO, "Starting {0} anew at offset {1}; it ended at {2}", dir, offset, tail.endOffset());
        List<Path> deleted;
        try {
            generation++;
            tail.releaseUnsynced();
            deleted = tail.dropFrom(0);
            snapshots.deleteAll();
            tail.storeLeaderEpochs(LeaderEpochs.NONE);
            tail.replaceFrom(0, new ActiveSegment(LogSegment.create(files, dir, offset), opening.nowMs()), offset);
            files.disk().syncDirectory(dir);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
        producers.clear();
        logStartOffset = offset;
        highWatermark = offset;
        durableOffset = offset;
        recoveryPoint = offset;
        publish();
        return new DeletedFiles(dir, deleted, config.fileDeleteDelayMs());
    }

    /**
     * Makes everything below {@code offset} unreadable; it may lie inside a batch. The files go with the next
     * {@link #deleteOldSegments}. Does nothing if the log starts there or later already.
     *
     * @throws IllegalArgumentException if the offset is beyond the log end
     */
    public void advanceLogStartTo(long offset) {
        if (offset > tail.endOffset()) {
            throw new IllegalArgumentException(
                    "log start " + offset + " is beyond the end " + tail.endOffset() + " of " + dir);
        }
        if (offset > logStartOffset) {
            logStartOffset = offset;
            highWatermark = Math.max(highWatermark, offset);
            tail.changeLeaderEpochs(tail.leaderEpochs().truncateFromStart(offset));
            publish();
        }
    }

    /**
     * Moves the log start past the segments that are too old or too much; only what is below the high watermark is. Their
     * files go with {@link #deleteOldSegments}, when the new start has been stored. If the last segment is among them, a new
     * one begins.
     *
     * @return whether there is something for that to delete
     * @throws UnreadableLogException if the age or size of the segments cannot be told
     */
    public boolean applyRetention(long nowMs) throws IOException {
        requireUsable();
        Retention.Decision decision;
        try {
            decision = Retention.decide(view, config, nowMs);
        } catch (CorruptLogException e) {
            throw e;
        } catch (IOException e) {
            throw new UnreadableLogException(e);
        }
        if (decision.segmentCount() == 0) {
            return false;
        }
        if (decision.segmentCount() == tail.segments().length) {
            roll(nowMs);
        }
        long newStart = tail.segments()[decision.segmentCount()].baseOffset();
        if (newStart > logStartOffset) {
            LOGGER.log(Level.INFO, "{0} now starts at offset {1}: {2}", dir, newStart, decision.reason());
            advanceLogStartTo(newStart);
        }
        return true;
    }

    /**
     * Takes the segments out of the log that are below its start, and gives their files other names. If there is no room for
     * a name, some files are left for the next call: see {@link #hasSegmentsToDelete}.
     *
     * @param startIsStored whether the next opening will be told the log start, so that it matters little which of the new
     *     names a power cut takes back. Otherwise they are made durable one segment after the other, oldest first: what is
     *     left is an end of the log at any moment
     * @return files to be deleted after {@code file.delete.delay.ms}
     */
    public DeletedFiles deleteOldSegments(boolean startIsStored) throws IOException {
        requireUsable();
        LogSegment[] below = Arrays.copyOf(tail.segments(), tail.segmentFor(logStartOffset));
        if (below.length > 0) {
            // The names of newer segments must not be lost when those of older ones are.
            tail.syncDirectoryIfChanged();
            tail.forgetFirst(below.length);
            publish();
            removed.add(below);
        }
        return new DeletedFiles(dir, removed.rename(!startIsStored), config.fileDeleteDelayMs());
    }

    /** Whether {@link #deleteOldSegments} has left something for another try. */
    public boolean hasSegmentsToDelete() {
        return !removed.isEmpty();
    }

    /**
     * Puts what compaction made of some segments in their place. See {@link SegmentSwap} for the steps.
     *
     * <p>Only for segments whose records are all below the recovery point that is stored elsewhere: recovery takes what
     * follows that for a log without gaps.
     *
     * @param replaced neighbours, oldest first, as a view of this log gave them
     * @param cleaned complete, and made from all of them
     * @return files to be deleted after {@code file.delete.delay.ms}, whose absence is to be made durable before the next
     *     compaction; null if the segments have changed meanwhile: nothing was done then
     * @throws DiskFullException if there was no room for the new names; the log is as it was, and so is the compacted segment
     *     but for its names, so that it has to be made anew
     * @throws IOException if it failed otherwise; the log takes no more
     */
    public @Nullable DeletedFiles replaceSegments(List<SealedSegment> replaced, CleanedSegment cleaned)
            throws IOException {
        requireUsable();
        List<LogSegment> old = replaced.stream().map(SealedSegment::segment).toList();
        int index = tail.indexOf(old);
        if (index < 0 || replaced.get(old.size() - 1).endOffset() > recoveryPoint) {
            return null;
        }
        List<Path> deleted;
        try {
            deleted = SegmentSwap.run(files.disk(), dir, cleaned, old.toArray(LogSegment[]::new));
            LogSegment successor = cleaned.segment().inPlace(files);
            successor.seal(cleaned.sizeBytes(), cleaned.maxTimestampMs());
            tail.replace(index, old.size(), successor);
        } catch (DiskFullException e) {
            tail.renew(index, old.size());
            publish();
            throw e;
        } catch (IOException e) {
            failure = e;
            throw e;
        }
        publish();
        return new DeletedFiles(dir, deleted, config.fileDeleteDelayMs());
    }

    /**
     * Makes everything durable and lets go of all files. After this the log can be opened as cleanly shut down, once the
     * recovery point is stored.
     *
     * @throws IOException if that fails; the log must then be opened as after a crash
     */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        try {
            requireUsable();
            // Without a snapshot at its end, the next opening would have to read more.
            if (!isComplete()) {
                takeProducerSnapshot();
                PendingSync pending = checkpoint(true);
                pending.run();
                onSynced(pending);
            }
        } finally {
            abandon();
        }
    }

    /** Lets go of all files and syncs nothing, as if the process had died. */
    public void abandon() {
        closed = true;
        tail.releaseUnsynced();
        for (LogSegment segment : tail.segments()) {
            segment.retire();
        }
        removed.retire();
    }
}
