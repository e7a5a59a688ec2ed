package io.headrace.storage.log;

import io.headrace.core.config.TopicConfig;
import io.headrace.core.partition.CompletedTransaction;
import io.headrace.core.partition.ProducerStates;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatches;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
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
    private static final long SNAPSHOT_INTERVAL_BYTES = 16 << 20;

    private final OpenFiles files;
    private final Path dir;
    private final long openedMs;
    private final ProducerStates producers;
    private final ProducerSnapshots snapshots;
    private final LogBoundaries boundaries = new LogBoundaries();
    private final ReadHints hints = new ReadHints();
    /** Files that were written and not yet synced, other than the active segment's. */
    private final List<FileRef> unsynced = new ArrayList<>(0);

    private TopicConfig config;
    private LogSegment[] segments;
    private ActiveSegment active;
    private LeaderEpochs leaderEpochs;
    private boolean leaderEpochsChanged;
    private boolean directoryChanged;
    private long logStartOffset;
    private long logEndOffset;
    private long durableOffset;
    private long highWatermark;
    private long recoveryPoint;
    /** The last checkpoint handed out. */
    private @Nullable PendingSync lastSync;

    private long bytesSinceSnapshot;
    /** Counts truncations, so that a sync that was begun before one does not move the recovery point after it. */
    private int generation;

    private boolean closed;
    private @Nullable IOException failure;
    private volatile LogView view;

    PartitionLog(RecoveredLog recovered, TopicConfig config, long nowMs) {
        this.files = recovered.files();
        this.dir = recovered.dir();
        this.openedMs = nowMs;
        this.producers = recovered.producers();
        this.snapshots = recovered.snapshots();
        this.config = config;
        this.segments = recovered.segments().toArray(LogSegment[]::new);
        this.active = recovered.active();
        this.leaderEpochs = recovered.leaderEpochs();
        this.logStartOffset = recovered.logStartOffset();
        this.logEndOffset = recovered.logEndOffset();
        this.durableOffset = logEndOffset;
        this.highWatermark = logStartOffset;
        this.recoveryPoint = logEndOffset;
        producers.onHighWatermark(highWatermark);
        this.view = newView();
    }

    /**
     * Opens a partition's log, creating it if the directory is empty or missing. Afterwards all of it is durable.
     *
     * <p>After a clean shutdown this reads the end of the last segment and a snapshot. Otherwise it also checks everything
     * past the recovery point, and cuts the log where the first batch is torn.
     *
     * @param dir the partition's directory, whose parent exists
     * @param topicId written to, or compared with, {@code partition.metadata}
     * @param recoveryPoint everything below was synced, as last returned by {@link #recoveryPoint} and stored elsewhere; -1
     *     if another program wrote the log and that is not known
     * @param logStartOffset as last stored elsewhere; 0 if unknown
     * @param cleanShutdown whether the log was {@link #close}d
     * @throws CorruptLogException if what was synced is not there as it was
     * @throws InconsistentTopicIdException if the directory belongs to another topic
     */
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
        LogRecovery recovery = new LogRecovery(
                files, dir, topicId, config, producerLimits, recoveryPoint, logStartOffset, cleanShutdown, nowMs);
        return new PartitionLog(recovery.run(), config, nowMs);
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
        return logEndOffset;
    }

    public LeaderEpochs leaderEpochs() {
        return leaderEpochs;
    }

    /** Everything below is durable in the segments and is not looked at again after a crash. */
    public long recoveryPoint() {
        return recoveryPoint;
    }

    /** Whether there is anything for {@link #flush} to do. */
    public boolean isDirty() {
        return recoveryPoint < logEndOffset || leaderEpochsChanged || directoryChanged || !unsynced.isEmpty();
    }

    /** A leader's reign begins at this offset, which is the log end or, on a follower, where its first batch lies. */
    public void assignLeaderEpoch(int epoch, long startOffset) {
        LeaderEpochs next = leaderEpochs.assign(epoch, startOffset);
        if (!next.equals(leaderEpochs)) {
            leaderEpochs = next;
            leaderEpochsChanged = true;
            publish();
        }
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
        AppendPlan plan = AppendPlan.of(batches, from, count, logEndOffset);
        if (plan.bytes() == 0) {
            return;
        }
        Savepoint savepoint = new Savepoint();
        try {
            if (active.mustRoll(plan.bytes(), plan.latestMs(), plan.lastOffset(), config, jitterMs(), nowMs)) {
                appendRolling(batches, from, count, nowMs);
            } else {
                write(batches, from, count);
            }
            indexAborted(completed);
            if (active != savepoint.active && !snapshots.contains(logEndOffset)) {
                takeProducerSnapshot();
            }
            active.flushLargeIndexes();
        } catch (IOException e) {
            takeBack(savepoint, e);
            throw e;
        }
        bytesSinceSnapshot += plan.bytes();
        publish();
    }

    /** Appends batches among which there are no markers; see the other {@code append}. */
    public void append(ByteBuffer[] batches, int from, int count, long nowMs) throws IOException {
        append(batches, from, count, List.of(), nowMs);
    }

    /** The same for every try on one segment, different for segments and partitions. */
    private long jitterMs() {
        long jitterMsMax = Math.min(config.segmentJitterMs(), config.segmentMs());
        if (jitterMsMax <= 0) {
            return 0;
        }
        long seed = 31L * dir.hashCode() + active.segment().baseOffset();
        return Math.floorMod((seed * 0x9E3779B97F4A7C15L) >>> 16, jitterMsMax);
    }

    private void write(ByteBuffer[] batches, int from, int count) throws IOException {
        int[] positions = new int[count];
        for (int i = 0; i < count; i++) {
            positions[i] = batches[from + i].position();
        }
        try {
            active.write(batches, from, count);
        } finally {
            for (int i = 0; i < count; i++) {
                batches[from + i].position(positions[i]);
            }
        }
        for (int i = from; i < from + count; i++) {
            RecordBatches walk = RecordBatches.of(batches[i]);
            while (walk.next()) {
                note(walk.batch());
            }
        }
        boundaries.note(logEndOffset, active.sizeBytes());
    }

    private void note(RecordBatch batch) throws IOException {
        active.note(batch, config.indexIntervalBytes());
        if (batch.partitionLeaderEpoch() > leaderEpochs.latestEpoch()) {
            leaderEpochs = leaderEpochs.assign(batch.partitionLeaderEpoch(), batch.baseOffset());
            leaderEpochsChanged = true;
        }
        logEndOffset = batch.nextOffset();
    }

    /** Somewhere in this group a new segment begins, so it goes batch by batch. */
    private void appendRolling(ByteBuffer[] batches, int from, int count, long nowMs) throws IOException {
        ByteBuffer[] single = new ByteBuffer[1];
        for (int i = from; i < from + count; i++) {
            RecordBatches walk = RecordBatches.of(batches[i]);
            while (walk.next()) {
                RecordBatch batch = walk.batch();
                long lastOffset = batch.lastOffset();
                if (active.mustRoll(batch.sizeBytes(), batch.maxTimestamp(), lastOffset, config, jitterMs(), nowMs)) {
                    // After a gap wider than an index can express, the new segment begins behind the gap.
                    boolean reachable = lastOffset - logEndOffset <= Integer.MAX_VALUE;
                    rollAt(reachable ? logEndOffset : batch.baseOffset(), nowMs);
                }
                single[0] = batch.bytes();
                write(single, 0, 1);
            }
        }
    }

    private void rollAt(long baseOffset, long nowMs) throws IOException {
        LogSegment next = LogSegment.create(files, dir, baseOffset);
        directoryChanged = true;
        try {
            unsynced.addAll(active.complete());
        } catch (IOException e) {
            next.retire();
            files.disk().delete(next.log().path());
            throw e;
        }
        active.segment().seal(active.sizeBytes(), active.maxTimestampMs());
        LogSegment[] more = Arrays.copyOf(segments, segments.length + 1);
        more[segments.length] = next;
        segments = more;
        active = new ActiveSegment(next, nowMs);
        boundaries.clear();
    }

    private void indexAborted(List<CompletedTransaction> completed) throws IOException {
        for (CompletedTransaction transaction : completed) {
            if (transaction.aborted()) {
                LogSegment segment = segmentFor(transaction.markerOffset());
                if (segment.transactions().isEmpty()) {
                    directoryChanged = true;
                }
                unsynced.add(segment.transactions().add(AbortedTransaction.of(transaction)));
            }
        }
    }

    private LogSegment segmentFor(long offset) {
        int index = segments.length - 1;
        while (index > 0 && segments[index].baseOffset() > offset) {
            index--;
        }
        return segments[index];
    }

    /** What an append may change before it fails. */
    private final class Savepoint {
        private final LogSegment[] segments = PartitionLog.this.segments;
        private final ActiveSegment active = PartitionLog.this.active;
        private final ActiveSegment.Mark mark = active.mark();
        private final LeaderEpochs leaderEpochs = PartitionLog.this.leaderEpochs;
        private final long logEndOffset = PartitionLog.this.logEndOffset;

        private Savepoint() throws IOException {}
    }

    private void takeBack(Savepoint savepoint, IOException cause) {
        try {
            FileRef log = active == savepoint.active ? null : active.takeUnsynced();
            if (log != null) {
                log.release();
            }
            for (int i = segments.length - 1; i >= savepoint.segments.length; i--) {
                segments[i].retire();
                SegmentFiles.delete(files.disk(), dir, segments[i].baseOffset());
            }
            savepoint.active.restore(savepoint.mark);
            snapshots.deleteAfter(savepoint.logEndOffset);
        } catch (IOException e) {
            cause.addSuppressed(e);
            failure = cause;
        }
        segments = savepoint.segments;
        active = savepoint.active;
        leaderEpochs = savepoint.leaderEpochs;
        logEndOffset = savepoint.logEndOffset;
        boundaries.clear();
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
        if (newDurableOffset > logEndOffset || newHighWatermark > logEndOffset) {
            throw new IllegalArgumentException("durable offset " + newDurableOffset + " or high watermark "
                    + newHighWatermark + " is beyond the end " + logEndOffset + " of " + dir);
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
        long highWatermarkPosition =
                highWatermark == logEndOffset ? active.sizeBytes() : boundaries.find(highWatermark);
        return new LogView(
                segments,
                logStartOffset,
                logEndOffset,
                durableOffset,
                highWatermark,
                producers.lastStableOffset(highWatermark),
                active.sizeBytes(),
                highWatermarkPosition,
                active.maxTimestampMs(),
                leaderEpochs,
                hints);
    }

    /** Begins a new segment, unless the active one is empty. */
    public void roll(long nowMs) throws IOException {
        requireUsable();
        if (active.sizeBytes() > 0) {
            rollAt(logEndOffset, nowMs);
            takeProducerSnapshot();
            publish();
        }
    }

    /** Writes the producers' states at the log end, so that recovery has less to replay. Durable with the next flush. */
    public void takeProducerSnapshot() throws IOException {
        requireUsable();
        if (!snapshots.contains(logEndOffset)) {
            unsynced.add(snapshots.write(producers, logEndOffset));
            directoryChanged = true;
            bytesSinceSnapshot = 0;
        }
    }

    /** Begins a checkpoint: hands out what must be synced for everything appended so far to be durable in the segments. */
    public PendingSync flush() throws IOException {
        requireUsable();
        takeOverUnfinished();
        if (bytesSinceSnapshot >= SNAPSHOT_INTERVAL_BYTES) {
            takeProducerSnapshot();
        }
        boolean indexMissing = active.segment().offsets().isFileMissing();
        unsynced.addAll(active.takeAllUnsynced());
        directoryChanged |= indexMissing != active.segment().offsets().isFileMissing();
        return pendingSync();
    }

    /** An earlier checkpoint was given up: what it had to sync is still to be synced. */
    private void takeOverUnfinished() throws IOException {
        PendingSync earlier = lastSync;
        lastSync = null;
        if (earlier == null || earlier.isDone()) {
            return;
        }
        if (earlier.syncFailure() != null) {
            failure = earlier.syncFailure();
            requireUsable();
        }
        unsynced.addAll(earlier.files());
        leaderEpochsChanged = true;
        directoryChanged = true;
    }

    private PendingSync pendingSync() {
        PendingSync pending = new PendingSync(
                files.disk(),
                dir,
                unsynced,
                leaderEpochsChanged ? leaderEpochs : null,
                directoryChanged,
                logEndOffset,
                generation);
        unsynced.clear();
        leaderEpochsChanged = false;
        directoryChanged = false;
        lastSync = pending;
        return pending;
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
        LOGGER.log(Level.INFO, "Truncating {0} from offset {1} to {2}", dir, logEndOffset, offset);
        List<Path> deleted = List.of();
        if (offset < logEndOffset) {
            try {
                deleted = cutTo(offset);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }
        // Also when no record goes: an epoch in which this replica wrote nothing must not be vouched for.
        LeaderEpochs fewer = leaderEpochs.truncateFromEnd(Math.min(offset, logEndOffset));
        if (!fewer.equals(leaderEpochs)) {
            leaderEpochs = fewer;
            LogRecovery.storeLeaderEpochs(files.disk(), dir, leaderEpochs);
        }
        publish();
        return new DeletedFiles(dir, deleted);
    }

    private List<Path> cutTo(long offset) throws IOException {
        generation++;
        int index = segments.length - 1;
        while (index > 0 && segments[index].baseOffset() > offset) {
            index--;
        }
        long oldEnd = index == segments.length - 1 ? active.sizeBytes() : segments[index].sealedSizeBytes();
        // What stays is durable afterwards, so that the recovery point needs no thought.
        unsynced.addAll(active.takeAllUnsynced());
        for (FileRef ref : unsynced) {
            ref.file().sync();
        }
        releaseUnsynced();
        List<Path> deleted = new ArrayList<>();
        for (int i = segments.length - 1; i > index; i--) {
            segments[i].retire();
            deleted.addAll(SegmentFiles.markDeleted(files.disk(), dir, segments[i].baseOffset()));
        }
        if (!deleted.isEmpty()) {
            files.disk().syncDirectory(dir);
        }
        SegmentCut cut = SegmentCut.cut(files, dir, segments[index], offset, oldEnd, config, openedMs);
        segments = Arrays.copyOf(segments, index + 1);
        segments[index] = cut.active().segment();
        active = cut.active();
        logEndOffset = cut.endOffset();
        // A batch that the log start lay in is gone as a whole and will come again as a whole.
        logStartOffset = Math.min(logStartOffset, logEndOffset);
        afterTruncation();
        LogRecovery.loadProducers(
                producers, snapshots, List.of(segments), active, logStartOffset, logEndOffset, openedMs);
        producers.onHighWatermark(highWatermark);
        return deleted;
    }

    private void afterTruncation() {
        recoveryPoint = Math.min(recoveryPoint, logEndOffset);
        durableOffset = Math.min(durableOffset, logEndOffset);
        highWatermark = Math.min(highWatermark, logEndOffset);
        boundaries.clear();
    }

    /**
     * Drops everything and starts the log anew at an offset, as a follower does whose leader has nothing so old any more.
     * See {@link #truncateTo} for what to do before.
     */
    public DeletedFiles startAnewAt(long offset) throws IOException {
        requireUsable();
        LOGGER.log(Level.INFO, "Starting {0} anew at offset {1}; it ended at {2}", dir, offset, logEndOffset);
        List<Path> deleted = new ArrayList<>();
        try {
            generation++;
            releaseUnsynced();
            for (int i = segments.length - 1; i >= 0; i--) {
                segments[i].retire();
                deleted.addAll(SegmentFiles.markDeleted(files.disk(), dir, segments[i].baseOffset()));
            }
            snapshots.deleteAll();
            leaderEpochs = LeaderEpochs.NONE;
            LogRecovery.storeLeaderEpochs(files.disk(), dir, leaderEpochs);
            active = new ActiveSegment(LogSegment.create(files, dir, offset), openedMs);
            files.disk().syncDirectory(dir);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
        segments = new LogSegment[] {active.segment()};
        producers.clear();
        logStartOffset = offset;
        logEndOffset = offset;
        afterTruncation();
        highWatermark = offset;
        durableOffset = offset;
        recoveryPoint = offset;
        publish();
        return new DeletedFiles(dir, deleted);
    }

    private void releaseUnsynced() {
        unsynced.forEach(FileRef::release);
        unsynced.clear();
        FileRef log = active.takeUnsynced();
        if (log != null) {
            log.release();
        }
    }

    /**
     * Makes everything below {@code offset} unreadable; it may lie inside a batch. The files go with the next
     * {@link #deleteOldSegments}. Does nothing if the log starts there or later already.
     *
     * @throws IllegalArgumentException if the offset is beyond the log end
     */
    public void advanceLogStartTo(long offset) {
        if (offset > logEndOffset) {
            throw new IllegalArgumentException(
                    "log start " + offset + " is beyond the end " + logEndOffset + " of " + dir);
        }
        if (offset > logStartOffset) {
            logStartOffset = offset;
            highWatermark = Math.max(highWatermark, offset);
            LeaderEpochs fewer = leaderEpochs.truncateFromStart(offset);
            leaderEpochsChanged |= !fewer.equals(leaderEpochs);
            leaderEpochs = fewer;
            publish();
        }
    }

    /**
     * Moves the log start past the segments that are too old or too much; only what is below the high watermark is. Their
     * files go with {@link #deleteOldSegments}.
     *
     * @return whether there is something for that to delete
     */
    public boolean applyRetention(long nowMs) throws IOException {
        requireUsable();
        Retention.Decision decision = Retention.decide(view, config, openedMs, nowMs);
        if (decision.segmentCount() == 0) {
            return false;
        }
        if (decision.segmentCount() == segments.length) {
            roll(nowMs);
        }
        long newStart = segments[decision.segmentCount()].baseOffset();
        if (newStart > logStartOffset) {
            LOGGER.log(Level.INFO, "{0} now starts at offset {1}: {2}", dir, newStart, decision.reason());
            advanceLogStartTo(newStart);
        }
        return true;
    }

    /**
     * Applies retention, then takes the segments out of the log that are below its start.
     *
     * <p>Best is to call {@link #applyRetention} first and store the log start: if a power cut lets some of the files come
     * back and not others, those are then known to be no part of the log.
     *
     * @return files to be deleted after {@code file.delete.delay.ms}
     */
    public DeletedFiles deleteOldSegments(long nowMs) throws IOException {
        if (!applyRetention(nowMs)) {
            return new DeletedFiles(dir, List.of());
        }
        int count = 0;
        while (count < segments.length - 1 && segments[count + 1].baseOffset() <= logStartOffset) {
            count++;
        }
        if (directoryChanged) {
            // The names of newer segments must not be lost when those of older ones are.
            files.disk().syncDirectory(dir);
        }
        LogSegment[] gone = Arrays.copyOf(segments, count);
        segments = Arrays.copyOfRange(segments, count, segments.length);
        publish();
        List<Path> deleted = new ArrayList<>();
        for (LogSegment segment : gone) {
            segment.retire();
            deleted.addAll(SegmentFiles.markDeleted(files.disk(), dir, segment.baseOffset()));
        }
        return new DeletedFiles(dir, deleted);
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
            takeOverUnfinished();
            // Without a snapshot at its end, the next opening would have to read more.
            if (isDirty() || active.isIncomplete() || !snapshots.contains(logEndOffset)) {
                takeProducerSnapshot();
                unsynced.addAll(active.complete());
                directoryChanged = true;
                PendingSync pending = pendingSync();
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
        releaseUnsynced();
        for (LogSegment segment : segments) {
            segment.retire();
        }
    }
}
