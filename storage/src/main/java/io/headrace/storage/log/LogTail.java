package io.headrace.storage.log;

import io.headrace.core.config.TopicConfig;
import io.headrace.core.partition.CompletedTransaction;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatches;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The writing end of a log: its segments and leader epochs, and which of their files are not yet synced. Owned by the log's
 * writer; readers get the segments through {@link LogView}.
 */
final class LogTail {
    private final OpenFiles files;
    private final Path dir;
    private final LogBoundaries boundaries = new LogBoundaries();
    private final RecentAppends recent;
    private final RecoveredBatches recovered;
    /** Files that were written and not yet synced, other than the active segment's. */
    private final List<FileRef> unsynced = new ArrayList<>(0);

    private LogSegment[] segments;
    private ActiveSegment active;
    private LeaderEpochs leaderEpochs;
    private boolean leaderEpochsChanged;
    private boolean directoryChanged;
    private long endOffset;
    /** The last checkpoint handed out. */
    private @Nullable PendingSync lastSync;

    LogTail(RecoveredLog recovered) {
        this.files = recovered.files();
        this.dir = recovered.dir();
        this.segments = recovered.segments().toArray(LogSegment[]::new);
        this.active = recovered.active();
        this.leaderEpochs = recovered.leaderEpochs();
        this.endOffset = recovered.logEndOffset();
        this.recent = new RecentAppends(endOffset);
        this.recovered = recovered.recovered();
        this.unsynced.addAll(recovered.unsynced());
        this.leaderEpochsChanged = recovered.leaderEpochsChanged();
        this.directoryChanged = recovered.directoryChanged();
    }

    /** All segments, the active one last. The array does not change. */
    LogSegment[] segments() {
        return segments;
    }

    ActiveSegment active() {
        return active;
    }

    long endOffset() {
        return endOffset;
    }

    LeaderEpochs leaderEpochs() {
        return leaderEpochs;
    }

    RecoveredBatches recovered() {
        return recovered;
    }

    /** The segment that a record with this offset would lie in, as an index. */
    int segmentFor(long offset) {
        int index = segments.length - 1;
        while (index > 0 && segments[index].baseOffset() > offset) {
            index--;
        }
        return index;
    }

    /** Where in the active segment an offset lies, if a batch was lately appended that ends there; -1 if not known. */
    long positionOf(long offset) {
        return offset == endOffset ? active.sizeBytes() : boundaries.find(offset);
    }

    /** From where on all was appended lately. */
    long recentOffset() {
        return recent.startOffset();
    }

    /** The log as it is now, to be shown to readers. */
    LogView view(
            long logStartOffset,
            long durableOffset,
            long highWatermark,
            long lastStableOffset,
            ReadHints hints,
            VerifiedRanges verified,
            ReportedDamage reported) {
        return new LogView(
                segments,
                logStartOffset,
                endOffset,
                durableOffset,
                highWatermark,
                lastStableOffset,
                active.sizeBytes(),
                positionOf(highWatermark),
                active.maxTimestampMs(),
                recentOffset(),
                leaderEpochs,
                hints,
                verified,
                reported);
    }

    /** Takes other leader epochs, which the next checkpoint stores. */
    void changeLeaderEpochs(LeaderEpochs changed) {
        leaderEpochsChanged |= !changed.equals(leaderEpochs);
        leaderEpochs = changed;
    }

    /** Takes other leader epochs and stores them. */
    void storeLeaderEpochs(LeaderEpochs changed) throws IOException {
        if (!changed.equals(leaderEpochs)) {
            leaderEpochs = changed;
            LogRecovery.storeLeaderEpochs(files.disk(), dir, changed);
        }
    }

    /** Appends a group of batches, as {@link PartitionLog#append} does. If this throws, {@link #restore} must follow. */
    void append(ByteBuffer[] batches, int from, int count, AppendPlan plan, TopicConfig config, long nowMs)
            throws IOException {
        if (mustRoll(plan.bytes(), plan.latestMs(), plan.lastOffset(), config, nowMs)) {
            appendRolling(batches, from, count, config, nowMs);
        } else {
            write(batches, from, count, config);
        }
    }

    /** @throws UnreadableLogException if the age of the active segment cannot be told */
    private boolean mustRoll(long bytes, long latestMs, long lastOffset, TopicConfig config, long nowMs)
            throws IOException {
        try {
            return active.mustRoll(bytes, latestMs, lastOffset, config, jitterMs(config), nowMs);
        } catch (CorruptLogException e) {
            throw e;
        } catch (IOException e) {
            throw new UnreadableLogException(e);
        }
    }

    /** The same for every try on one segment, different for segments and partitions. */
    private long jitterMs(TopicConfig config) {
        long jitterMsMax = Math.min(config.segmentJitterMs(), config.rollMs());
        if (jitterMsMax <= 0) {
            return 0;
        }
        long seed = 31L * dir.hashCode() + active.segment().baseOffset();
        return Math.floorMod((seed * 0x9E3779B97F4A7C15L) >>> 16, jitterMsMax);
    }

    private void write(ByteBuffer[] batches, int from, int count, TopicConfig config) throws IOException {
        long baseOffset = endOffset;
        long start = active.sizeBytes();
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
                note(walk.batch(), config);
            }
        }
        boundaries.note(endOffset, active.sizeBytes());
        recent.note(baseOffset, active.sizeBytes() - start);
    }

    private void note(RecordBatch batch, TopicConfig config) throws IOException {
        active.note(batch, config.indexIntervalBytes());
        if (batch.partitionLeaderEpoch() > leaderEpochs.latestEpoch()) {
            leaderEpochs = leaderEpochs.assign(batch.partitionLeaderEpoch(), batch.baseOffset());
            leaderEpochsChanged = true;
        }
        endOffset = batch.nextOffset();
    }

    /** Somewhere in this group a new segment begins, so it goes batch by batch. */
    private void appendRolling(ByteBuffer[] batches, int from, int count, TopicConfig config, long nowMs)
            throws IOException {
        ByteBuffer[] single = new ByteBuffer[1];
        for (int i = from; i < from + count; i++) {
            RecordBatches walk = RecordBatches.of(batches[i]);
            while (walk.next()) {
                RecordBatch batch = walk.batch();
                long last = batch.lastOffset();
                if (mustRoll(batch.sizeBytes(), batch.maxTimestamp(), last, config, nowMs)) {
                    // After a gap wider than an index can express, the new segment begins behind the gap.
                    boolean reachable = last - endOffset <= Integer.MAX_VALUE;
                    rollAt(reachable ? endOffset : batch.baseOffset(), nowMs);
                }
                single[0] = batch.bytes();
                write(single, 0, 1, config);
            }
        }
    }

    /** Begins a new segment. */
    void rollAt(long baseOffset, long nowMs) throws IOException {
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

    /** Notes the aborted ones of these transactions in the index of the segment that their marker lies in. */
    void indexAborted(List<CompletedTransaction> completed) throws IOException {
        for (CompletedTransaction transaction : completed) {
            if (transaction.aborted()) {
                TransactionIndex index = segments[segmentFor(transaction.markerOffset())].transactions();
                directoryChanged |= index.isEmpty();
                index.add(AbortedTransaction.of(transaction), unsynced);
            }
        }
    }

    /** A state to come back to with {@link #restore}. */
    Mark mark() throws IOException {
        return new Mark(this);
    }

    /** What an append may change before it fails. */
    static final class Mark {
        private final LogSegment[] segments;
        private final ActiveSegment active;
        private final ActiveSegment.Mark activeMark;
        private final LeaderEpochs leaderEpochs;
        private final long endOffset;

        private Mark(LogTail tail) throws IOException {
            this.segments = tail.segments;
            this.active = tail.active;
            this.activeMark = tail.active.mark();
            this.leaderEpochs = tail.leaderEpochs;
            this.endOffset = tail.endOffset;
        }

        ActiveSegment active() {
            return active;
        }
    }

    /** Takes back what was done since a mark. Needs no space on the disk. If this throws, the files are in no known state. */
    void restore(Mark mark) throws IOException {
        FileRef log = active == mark.active ? null : active.takeUnsynced();
        LogSegment[] begun = segments;
        segments = mark.segments;
        active = mark.active;
        leaderEpochs = mark.leaderEpochs;
        endOffset = mark.endOffset;
        boundaries.clear();
        if (log != null) {
            log.release();
        }
        for (int i = begun.length - 1; i >= mark.segments.length; i--) {
            begun[i].retire();
            SegmentFiles.delete(files.disk(), dir, begun[i].baseOffset());
        }
        active.restore(mark.activeMark, mark.endOffset);
    }

    /** Takes a file into the next checkpoint that was made or written. */
    void addUnsynced(FileRef file) {
        unsynced.add(file);
        directoryChanged = true;
    }

    boolean isDirty() {
        return leaderEpochsChanged || directoryChanged || !unsynced.isEmpty();
    }

    /**
     * Hands out all that is not synced.
     *
     * @param complete whether the indexes are to be completed, as nothing more will be written
     * @throws IOException also if an earlier checkpoint could not sync; nothing can be relied on then
     */
    PendingSync checkpoint(boolean complete, int generation) throws IOException {
        takeOverUnfinished();
        boolean indexMissing = active.segment().offsets().isFileMissing();
        unsynced.addAll(complete ? active.complete() : active.takeAllUnsynced());
        directoryChanged |= indexMissing != active.segment().offsets().isFileMissing();
        return handOut(endOffset, generation);
    }

    /**
     * Hands out the batches that are not synced when a {@link #checkpoint} finds no room for what goes with them.
     *
     * @param recoveryPoint stays where it is, as recovery has to look at them again
     */
    PendingSync batchesOnly(long recoveryPoint, int generation) {
        FileRef log = active.takeUnsynced();
        if (log != null) {
            unsynced.add(log);
        }
        return handOut(recoveryPoint, generation);
    }

    private PendingSync handOut(long reached, int generation) {
        PendingSync pending = new PendingSync(
                files.disk(),
                dir,
                unsynced,
                leaderEpochsChanged ? leaderEpochs : null,
                directoryChanged,
                reached,
                generation);
        unsynced.clear();
        leaderEpochsChanged = false;
        directoryChanged = false;
        lastSync = pending;
        return pending;
    }

    /** An earlier checkpoint was given up: what it had to sync is still to be synced. */
    private void takeOverUnfinished() throws IOException {
        PendingSync earlier = lastSync;
        if (earlier == null || earlier.isDone()) {
            return;
        }
        IOException syncFailure = earlier.syncFailure();
        if (syncFailure != null) {
            throw new IOException("An earlier sync of " + dir + " failed", syncFailure);
        }
        lastSync = null;
        unsynced.addAll(earlier.files());
        leaderEpochsChanged = true;
        directoryChanged = true;
    }

    /** Makes durable what was written, other than the leader epochs. */
    void syncNow() throws IOException {
        unsynced.addAll(active.takeAllUnsynced());
        for (FileRef ref : unsynced) {
            ref.file().sync();
        }
        releaseUnsynced();
    }

    /** If names in the directory were changed, makes that durable. */
    void syncDirectoryIfChanged() throws IOException {
        if (directoryChanged) {
            files.disk().syncDirectory(dir);
        }
    }

    void releaseUnsynced() {
        unsynced.forEach(FileRef::release);
        unsynced.clear();
        FileRef log = active.takeUnsynced();
        if (log != null) {
            log.release();
        }
    }

    /** Retires the segments from an index on, last first, and gives their files other names. */
    List<Path> dropFrom(int index) throws IOException {
        List<Path> renamed = new ArrayList<>();
        for (int i = segments.length - 1; i >= index; i--) {
            segments[i].retire();
            SegmentFiles.markDeleted(files.disk(), dir, segments[i].baseOffset(), renamed);
        }
        return renamed;
    }

    /** Another segment takes the place of those from an index on, and is the active one. */
    void replaceFrom(int index, ActiveSegment newActive, long newEndOffset) {
        recovered.forget();
        segments = Arrays.copyOf(segments, index + 1);
        segments[index] = newActive.segment();
        active = newActive;
        endOffset = newEndOffset;
        boundaries.clear();
    }

    /** Takes the first segments out. */
    void forgetFirst(int count) {
        segments = Arrays.copyOfRange(segments, count, segments.length);
    }

    /** Where these neighbours are among the segments, all of them before the active one; -1 if they are not any more. */
    int indexOf(List<LogSegment> neighbours) {
        int index = Arrays.asList(segments).indexOf(neighbours.get(0));
        int end = index + neighbours.size();
        boolean found = index >= 0
                && end < segments.length
                && Arrays.asList(segments).subList(index, end).equals(neighbours);
        return found ? index : -1;
    }

    /** Other objects take the place of some before the active one that were retired although their files stay. */
    void renew(int index, int count) throws IOException {
        LogSegment[] renewed = segments.clone();
        for (int i = index; i < index + count; i++) {
            segments[i].retire();
            renewed[i] = segments[i].successor();
        }
        segments = renewed;
    }

    /** One segment takes the place of some before the active one. */
    void replace(int index, int count, LogSegment successor) {
        LogSegment[] replaced = new LogSegment[segments.length - count + 1];
        System.arraycopy(segments, 0, replaced, 0, index);
        replaced[index] = successor;
        System.arraycopy(segments, index + count, replaced, index + 1, segments.length - index - count);
        segments = replaced;
    }
}
