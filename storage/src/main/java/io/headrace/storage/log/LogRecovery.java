package io.headrace.storage.log;

import io.headrace.core.config.TopicConfig;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.storage.disk.AtomicFile;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.log.SparseIndex.Pair;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Opens a partition's files, and makes a consistent log of what a crash left.
 *
 * <p>What is below the recovery point was synced, with the indexes of all segments that end there. It is trusted: where it is
 * found to be wrong that is corruption, and nothing is changed. What follows was only on its way to the disk: it is kept as
 * far as it is whole, and indexes, epochs, transaction index and producer states are derived from it anew. It is written to
 * its files again and left to the next checkpoint to sync, like what is appended: until then a crash finds the same recovery
 * point and does the same again. Only what changes what is below that point, or takes records away, is synced here.
 */
final class LogRecovery {
    private static final Logger LOGGER = System.getLogger(LogRecovery.class.getName());
    /** More files than those of one segment are synced rather than kept open. */
    private static final int UNSYNCED_FILES_MAX = 5;

    private final LogOpening opening;
    private final OpenFiles files;
    private final Disk disk;
    private final Path dir;
    private final TopicConfig config;
    private final RecoveryMemory memory;
    private final long recoveryPoint;
    private final long logStartOffset;
    private final boolean cleanShutdown;

    private final List<LogSegment> segments = new ArrayList<>();
    private final RecoveredBatches recovered;
    private @Nullable DerivedState derived;
    private long logEndOffset;

    // What is left to the next checkpoint.
    private final List<FileRef> unsynced = new ArrayList<>(0);
    /** The segment that was checked last, which has its own part in that. */
    private @Nullable ActiveSegment checked;

    private boolean directoryChanged;

    LogRecovery(LogOpening opening) {
        this.opening = opening;
        this.files = opening.files();
        this.disk = files.disk();
        this.dir = opening.dir();
        this.config = opening.config();
        this.memory = opening.memory();
        this.recovered = new RecoveredBatches(memory);
        this.recoveryPoint = opening.recoveryPoint();
        this.logStartOffset = opening.logStartOffset();
        this.cleanShutdown = opening.cleanShutdown();
    }

    RecoveredLog run() throws IOException {
        boolean done = false;
        try {
            RecoveredLog log = recover();
            done = true;
            return log;
        } finally {
            if (!done) {
                letGo();
            }
        }
    }

    /** What was found is of no use. */
    private void letGo() {
        FileRef log = checked == null ? null : checked.takeUnsynced();
        if (log != null) {
            log.release();
        }
        unsynced.forEach(FileRef::release);
        unsynced.clear();
        if (derived != null) {
            derived.letGo();
        }
    }

    private RecoveredLog recover() throws IOException {
        LogDirectory directory = LogDirectory.open(disk, dir);
        boolean known = directory.checkTopicId(opening.topicId());
        directory.tidy();
        deleteBelowLogStart(directory);
        DerivedState state = new DerivedState(
                disk,
                dir,
                new ProducerSnapshots(disk, dir, directory.names()),
                opening.producerLimits(),
                cleanShutdown ? Long.MAX_VALUE : recoveryPoint,
                opening.steadyMs());
        derived = state;
        ActiveSegment active;
        if (directory.baseOffsets().isEmpty()) {
            requireNothingLost(logStartOffset, LogFiles.path(dir, logStartOffset, LogFiles.LOG), 0);
            active = createFirst();
            if (!cleanShutdown) {
                state.begin(segments, active, logStartOffset, recoveryPoint);
            }
        } else {
            active = openSegments(directory, state);
        }
        if (!known) {
            directory.storeTopicId(opening.topicId());
        } else if (directory.baseOffsets().isEmpty()) {
            disk.syncDirectory(dir);
        }
        long startOffset = Math.max(logStartOffset, segments.get(0).baseOffset());
        if (cleanShutdown) {
            state.begin(segments, active, logStartOffset, logEndOffset);
        }
        state.end(startOffset, logEndOffset);
        directoryChanged |= !state.unsyncedIndexes().isEmpty();
        unsynced.addAll(state.unsyncedIndexes());
        return new RecoveredLog(
                files,
                dir,
                segments,
                active,
                state.leaderEpochs(),
                state.producers(),
                state.snapshots(),
                state.bytesSinceSnapshot(),
                recovered,
                startOffset,
                logEndOffset,
                cleanShutdown ? logEndOffset : Math.min(recoveryPoint, logEndOffset),
                unsynced,
                state.areLeaderEpochsChanged(),
                directoryChanged);
    }

    private void deleteBelowLogStart(LogDirectory directory) throws IOException {
        List<Long> bases = List.copyOf(directory.baseOffsets());
        for (int i = 0; i + 1 < bases.size() && bases.get(i + 1) <= logStartOffset; i++) {
            directory.deleteSegment(bases.get(i));
        }
    }

    private ActiveSegment createFirst() throws IOException {
        LogSegment first = LogSegment.create(files, dir, logStartOffset);
        segments.add(first);
        logEndOffset = logStartOffset;
        return new ActiveSegment(first, opening.nowMs());
    }

    /** Fails if the log ends before what was synced. */
    private void requireNothingLost(long endOffset, Path file, long position) throws CorruptLogException {
        if (endOffset < recoveryPoint) {
            throw new CorruptLogException(
                    file, position, endOffset, "the log ends here, but was synced up to offset " + recoveryPoint);
        }
    }

    private ActiveSegment openSegments(LogDirectory directory, DerivedState state) throws IOException {
        List<Long> bases = List.copyOf(directory.baseOffsets());
        int firstToCheck = firstToCheck(bases);
        for (int i = 0; i < firstToCheck; i++) {
            segments.add(openTrusted(directory, bases.get(i)));
        }
        ActiveSegment active = null;
        for (int i = firstToCheck; i < bases.size(); i++) {
            if (active != null) {
                long base = bases.get(i);
                // Compaction leaves gaps, but works only below the recovery point; in another program's log maybe
                // anywhere.
                boolean gapsAllowed = recoveryPoint < 0 || base <= recoveryPoint;
                if (gapsAllowed ? base < logEndOffset : base != logEndOffset) {
                    requireNothingLost(logEndOffset, active.segment().log().path(), active.sizeBytes());
                    dropFrom(directory, bases, i, "it does not follow what precedes");
                    break;
                }
                leaveToCheckpoint(active.complete());
                active.segment().seal(active.sizeBytes(), active.maxTimestampMs());
            }
            active = check(directory, bases, i, state);
            segments.add(active.segment());
            if (directory.baseOffsets().last() == active.segment().baseOffset()) {
                break;
            }
        }
        if (active == null) {
            throw new IllegalStateException("no segment to check in " + dir);
        }
        requireNothingLost(logEndOffset, active.segment().log().path(), active.sizeBytes());
        return logEndOffset < logStartOffset ? startAnew(directory, state) : active;
    }

    /**
     * The segment that the recovery point lies in; the last one if all of the log is known to be good. A segment that ends at
     * the recovery point may have been active when that was set, with indexes that were not synced.
     */
    private int firstToCheck(List<Long> bases) {
        int index = bases.size() - 1;
        while (!cleanShutdown && index > 0 && bases.get(index) >= recoveryPoint) {
            index--;
        }
        return index;
    }

    private void leaveToCheckpoint(List<FileRef> files) throws IOException {
        unsynced.addAll(files);
        if (unsynced.size() > UNSYNCED_FILES_MAX) {
            List<FileRef> many = List.copyOf(unsynced);
            unsynced.clear();
            syncAll(many);
        }
    }

    /** Everything past the recovery point was lost, and the log start had already moved further. */
    private ActiveSegment startAnew(LogDirectory directory, DerivedState state) throws IOException {
        letGo();
        state.startAnew();
        recovered.forget();
        for (LogSegment segment : segments) {
            segment.retire();
            directory.deleteSegment(segment.baseOffset());
        }
        segments.clear();
        return createFirst();
    }

    /** A segment that is not the last one and is below the recovery point. Only its indexes may have to be made anew. */
    private LogSegment openTrusted(LogDirectory directory, long baseOffset) throws IOException {
        if (hasIndexes(directory, baseOffset)) {
            return LogSegment.existing(files, dir, baseOffset, transactionCount(directory, baseOffset));
        }
        LOGGER.log(Level.WARNING, "Rebuilding the missing indexes of segment {0} in {1}", baseOffset, dir);
        // They are trusted as soon as they are there, so they must be complete by then.
        LogSegment aside = LogSegment.withIndexesAside(files, dir, baseOffset);
        ActiveSegment rebuilt = new ActiveSegment(aside, opening.nowMs());
        noteRest(rebuilt, aside.log().sizeBytes(), config);
        syncAll(rebuilt.complete());
        boolean unused = aside.retire();
        SegmentFiles.adoptIndexes(disk, dir, baseOffset);
        LogSegment segment = LogSegment.existing(files, dir, baseOffset, transactionCount(directory, baseOffset));
        segment.seal(rebuilt.sizeBytes(), rebuilt.maxTimestampMs());
        return segment;
    }

    private static boolean hasIndexes(LogDirectory directory, long baseOffset) {
        return directory.contains(LogFiles.name(baseOffset, LogFiles.OFFSET_INDEX))
                && directory.contains(LogFiles.name(baseOffset, LogFiles.TIME_INDEX));
    }

    private int transactionCount(LogDirectory directory, long baseOffset) throws IOException {
        return TransactionIndex.countIn(
                sizeBytes(directory, LogFiles.name(baseOffset, LogFiles.TRANSACTION_INDEX)),
                sizeBytes(directory, LogFiles.name(baseOffset, LogFiles.TRANSACTION_CHECKS)));
    }

    private long sizeBytes(LogDirectory directory, String name) throws IOException {
        return directory.contains(name) ? disk.sizeBytes(dir.resolve(name)) : 0;
    }

    /** Goes through what is not trusted of a segment, cuts off what is torn, and with it the segments that follow. */
    private ActiveSegment check(LogDirectory directory, List<Long> bases, int index, DerivedState state)
            throws IOException {
        long baseOffset = bases.get(index);
        boolean isLast = index == bases.size() - 1;
        LogSegment segment = withUsableIndexes(directory, baseOffset);
        leaveToCheckpoint(segment.transactions().recover(cleanShutdown ? Long.MAX_VALUE : recoveryPoint));
        ActiveSegment active = ActiveSegment.resume(segment, opening.nowMs());
        logEndOffset = Math.max(logEndOffset, baseOffset);
        if (!cleanShutdown && checked == null) {
            List<LogSegment> known = new ArrayList<>(segments);
            known.add(segment);
            state.begin(known, active, logStartOffset, recoveryPoint);
        }
        long size = segment.log().sizeBytes();
        ByteBuffer buffer = memory.take(cleanShutdown ? 0 : Math.max(0, size - active.sizeBytes()));
        FileRef ref = segment.log().acquire();
        try {
            BatchScan scan = cleanShutdown
                    ? segment.scan(ref, active.sizeBytes(), size, BatchScan.SMALL_WINDOW_BYTES)
                    : BatchScan.rewriting(ref.file(), active.sizeBytes(), size, buffer);
            String problem = noteWhole(active, scan, isLast, state);
            scan.rewritePassed();
            if (problem != null) {
                if (logEndOffset < recoveryPoint || cleanShutdown) {
                    throw new CorruptLogException(segment.log().path(), scan.position(), logEndOffset, problem);
                }
                LOGGER.log(
                        Level.WARNING,
                        "Cutting {0} at position {1}, offset {2}: {3}",
                        segment.log().path(),
                        scan.position(),
                        logEndOffset,
                        problem);
                ref.file().truncate(active.sizeBytes());
                ref.file().sync();
                dropFrom(directory, bases, index + 1, "what precedes was cut");
            }
            if (!cleanShutdown && !(isLast && problem == null && endsAtRecoveryPoint(active))) {
                leaveToCheckpoint(active);
            }
        } finally {
            ref.release();
            memory.give(buffer);
        }
        return active;
    }

    /** Whether all there is of a segment, and its name, was synced by the checkpoint that set the recovery point. */
    private boolean endsAtRecoveryPoint(ActiveSegment active) throws IOException {
        LogSegment segment = active.segment();
        return logEndOffset == recoveryPoint
                && segment.baseOffset() < recoveryPoint
                && (!segment.offsets().isFileMissing() || segment.offsets().count() == 0);
    }

    private void leaveToCheckpoint(ActiveSegment active) throws IOException {
        LogSegment segment = active.segment();
        checked = active;
        active.markUnsynced();
        // Its name may be as new as what is in it.
        directoryChanged = true;
        if (segment.baseOffset() < recoveryPoint
                && segment.offsets().isFileMissing()
                && segment.offsets().count() > 0) {
            // The next recovery would rely on indexes that were made anew as far as they are there: of two that are
            // incomplete, the time index must not be behind the other, from whose end it goes on.
            syncAll(active.completeTimes());
            syncAll(active.complete());
            disk.syncDirectory(dir);
        }
    }

    /** Notes batches as far as they are whole and continue the log. Returns what is wrong with the next one, or null. */
    private @Nullable String noteWhole(ActiveSegment active, BatchScan scan, boolean isLast, DerivedState state)
            throws IOException {
        long baseOffset = active.segment().baseOffset();
        boolean precedingKnown = active.sizeBytes() == 0;
        while (scan.next()) {
            RecordBatch batch = scan.header();
            if (batch.baseOffset() < logEndOffset) {
                return "a batch at offset " + batch.baseOffset() + " where " + logEndOffset + " is due";
            }
            // In the segment that compaction has not come to, a batch ended where the log did when it was last synced.
            if (isLast
                    && precedingKnown
                    && baseOffset < recoveryPoint
                    && logEndOffset < recoveryPoint
                    && batch.nextOffset() > recoveryPoint) {
                return "a batch at offset " + batch.baseOffset() + " where " + logEndOffset
                        + " is due, and the log was synced up to offset " + recoveryPoint;
            }
            if (batch.lastOffset() - baseOffset > Integer.MAX_VALUE) {
                return "offset " + batch.lastOffset() + " is too far from the segment's base";
            }
            if (!cleanShutdown && batch.lastOffset() >= recoveryPoint && !scan.hasValidCrc()) {
                return "the checksum of the batch at offset " + batch.baseOffset() + " is wrong";
            }
            if (!cleanShutdown) {
                if (batch.lastOffset() >= recoveryPoint) {
                    scan.beginRewriting();
                    recovered.add(batch);
                }
                state.note(active.segment(), scan);
            }
            active.note(scan.header(), config.indexIntervalBytes());
            logEndOffset = scan.header().nextOffset();
            precedingKnown = true;
        }
        return scan.problem();
    }

    /** The segment with its indexes as far as they can be relied on, or without any. */
    private LogSegment withUsableIndexes(LogDirectory directory, long baseOffset) throws IOException {
        int transactionCount = transactionCount(directory, baseOffset);
        if (hasIndexes(directory, baseOffset) && (cleanShutdown || baseOffset < recoveryPoint)) {
            LogSegment segment = LogSegment.existing(files, dir, baseOffset, transactionCount);
            if (areSane(segment)) {
                if (!cleanShutdown) {
                    forgetPastRecoveryPoint(segment);
                }
                if (endsWithTrueTime(segment)) {
                    return segment;
                }
            }
            LOGGER.log(Level.WARNING, "Rebuilding the indexes of segment {0} in {1}", baseOffset, dir);
            segment.retire();
        }
        directory.delete(LogFiles.name(baseOffset, LogFiles.OFFSET_INDEX));
        if ((cleanShutdown || baseOffset < recoveryPoint) && !neverHadIndexes(directory, baseOffset)) {
            // A power cut must not leave an offset index that goes further than the time index.
            disk.syncDirectory(dir);
        }
        return LogSegment.withIndexesToBuild(files, dir, baseOffset, transactionCount);
    }

    /** Whether a segment is so small that there was nothing to put into an index, and nobody made one. */
    private boolean neverHadIndexes(LogDirectory directory, long baseOffset) throws IOException {
        return !directory.contains(LogFiles.name(baseOffset, LogFiles.TIME_INDEX))
                && disk.sizeBytes(LogFiles.path(dir, baseOffset, LogFiles.LOG)) <= config.indexIntervalBytes();
    }

    private boolean areSane(LogSegment segment) throws IOException {
        long size = segment.log().sizeBytes();
        Pair last = segment.offsets().last();
        if (!cleanShutdown
                && !(segment.offsets().isSane(1L << 31, size) && segment.times().isSane(Long.MAX_VALUE, 1L << 31))) {
            return false;
        }
        if (segment.offsets().file().sizeBytes() % SparseIndex.Kind.OFFSET.pairBytes != 0
                || segment.times().file().sizeBytes() % SparseIndex.Kind.TIME.pairBytes != 0) {
            return false;
        }
        return last == null || isBatchOf(segment, last, size);
    }

    private static boolean isBatchOf(LogSegment segment, Pair pair, long size) throws IOException {
        FileRef ref = segment.log().acquire();
        try {
            BatchScan scan = segment.scan(ref, pair.value(), size, RecordBatch.HEADER_SIZE_BYTES);
            return pair.value() >= 0 && scan.next() && scan.header().lastOffset() - segment.baseOffset() == pair.key();
        } finally {
            ref.release();
        }
    }

    private boolean endsWithTrueTime(LogSegment segment) throws IOException {
        try {
            return segment.endsWithTrueTime(segment.log().sizeBytes());
        } catch (CorruptLogException e) {
            if (cleanShutdown) {
                return true; // It is the log that is damaged; whoever reads there is told.
            }
            throw e;
        }
    }

    private void forgetPastRecoveryPoint(LogSegment segment) throws IOException {
        long relative = recoveryPoint - segment.baseOffset();
        segment.offsets().cut(relative, false).release();
        segment.times().cut(relative, true).release();
    }

    private void dropFrom(LogDirectory directory, List<Long> bases, int index, String why) throws IOException {
        for (int i = bases.size() - 1; i >= index; i--) {
            LOGGER.log(Level.WARNING, "Dropping segment {0} of {1}: {2}", bases.get(i), dir, why);
            directory.deleteSegment(bases.get(i));
        }
        disk.syncDirectory(dir);
    }

    private static void syncAll(List<FileRef> refs) throws IOException {
        try {
            for (FileRef ref : refs) {
                ref.file().sync();
            }
        } finally {
            refs.forEach(FileRef::release);
        }
    }

    static void storeLeaderEpochs(Disk disk, Path dir, LeaderEpochs leaderEpochs) throws IOException {
        AtomicFile.replace(disk, dir.resolve(LogFiles.LEADER_EPOCHS), ByteBuffer.wrap(leaderEpochs.encode()));
    }

    /** Notes the batches that follow the last index entry, all of them known to be whole. */
    static void noteRest(ActiveSegment active, long end, TopicConfig config) throws IOException {
        LogSegment segment = active.segment();
        FileRef ref = segment.log().acquire();
        try {
            BatchScan scan = segment.scan(ref, active.sizeBytes(), end, BatchScan.LARGE_WINDOW_BYTES);
            while (scan.next()) {
                active.note(scan.header(), config.indexIntervalBytes());
            }
            segment.check(scan);
        } finally {
            ref.release();
        }
    }
}
