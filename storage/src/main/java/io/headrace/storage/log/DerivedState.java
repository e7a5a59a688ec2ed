package io.headrace.storage.log;

import io.headrace.core.partition.CompletedTransaction;
import io.headrace.core.partition.ProducerStates;
import io.headrace.protocol.records.InvalidBatchException;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.storage.disk.AtomicFile;
import io.headrace.storage.disk.Disk;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is derived from the batches of a log while it is opened: leader epochs, producer states and, past the recovery point,
 * the index of aborted transactions. Begins with what is stored of them and can be trusted, then takes one batch after the
 * other, in log order.
 */
final class DerivedState {
    private static final Logger LOGGER = System.getLogger(DerivedState.class.getName());
    private static final int LEADER_EPOCHS_BYTES_MAX = 64 << 20;

    private final Disk disk;
    private final Path dir;
    private final ProducerSnapshots snapshots;
    private final ProducerStates producers;
    private final long nowMs;
    /** Transactions whose marker lies there or later are to be put into the index. */
    private final long indexFrom;

    private @Nullable LeaderEpochs storedEpochs;
    private LeaderEpochs trustedEpochs = LeaderEpochs.NONE;
    private LeaderEpochs epochs = LeaderEpochs.NONE;
    private long epochsFrom;
    private long producersFrom;
    /** How much of the log was looked at for the producers' sake. */
    private long replayedBytes;

    /** The index files that were written. */
    private final List<FileRef> unsyncedIndexes = new ArrayList<>(0);

    /** @param indexFrom where the trusted part of the transaction indexes ends */
    DerivedState(Disk disk, Path dir, ProducerSnapshots snapshots, ProducerLimits limits, long indexFrom, long nowMs) {
        this.disk = disk;
        this.dir = dir;
        this.snapshots = snapshots;
        this.producers = new ProducerStates(limits.producersMax(), limits.expirationMs());
        this.indexFrom = indexFrom;
        this.nowMs = nowMs;
    }

    /**
     * Takes what is stored, and the batches from there up to the end of the active segment as far as it is known.
     *
     * @param segments the active one last
     * @param trustedEnd what is stored of batches at or past this offset does not count; -1 if nothing does
     */
    void begin(List<LogSegment> segments, ActiveSegment active, long logStartOffset, long trustedEnd)
            throws IOException {
        long firstOffset = segments.get(0).baseOffset();
        loadLeaderEpochs(Math.max(logStartOffset, firstOffset), Math.max(0, trustedEnd));
        // A snapshot past that may be of records that are lost.
        producersFrom = snapshots.loadNewest(producers, firstOffset, trustedEnd, nowMs);
        LogWalk.walk(segments, active, Math.min(epochsFrom, producersFrom), this::note);
    }

    private void loadLeaderEpochs(long startOffset, long trustedEnd) throws IOException {
        ByteBuffer contents = AtomicFile.read(disk, dir.resolve(LogFiles.LEADER_EPOCHS), LEADER_EPOCHS_BYTES_MAX);
        storedEpochs = contents == null
                ? null
                : LeaderEpochs.decode(StandardCharsets.UTF_8.decode(contents).toString());
        if (contents != null && storedEpochs == null) {
            LOGGER.log(
                    Level.WARNING,
                    "{0} does not hold what was written; making it anew from the log",
                    dir.resolve(LogFiles.LEADER_EPOCHS));
        }
        // Without the file all batches are looked at: too costly to do each time, but a gap in the epochs would make a
        // follower truncate far too much.
        epochsFrom = storedEpochs == null ? startOffset : trustedEnd;
        trustedEpochs = storedEpochs == null ? LeaderEpochs.NONE : storedEpochs.truncateFromEnd(trustedEnd);
        epochs = trustedEpochs;
    }

    /** Takes the batch that a scan is at. */
    void note(LogSegment segment, BatchScan scan) throws IOException {
        RecordBatch header = scan.header();
        long lastOffset = header.lastOffset();
        if (lastOffset >= epochsFrom) {
            epochs = epochs.assign(header.partitionLeaderEpoch(), header.baseOffset());
        }
        if (lastOffset >= producersFrom) {
            replayedBytes += header.sizeBytes();
            CompletedTransaction completed = replay(producers, segment, scan, nowMs);
            if (completed != null && completed.aborted() && completed.markerOffset() >= indexFrom) {
                segment.transactions().add(AbortedTransaction.of(completed), unsyncedIndexes);
            }
        }
    }

    /** All batches that were taken are gone. */
    void startAnew() {
        letGo();
        producers.clear();
        replayedBytes = 0;
        epochs = trustedEpochs;
    }

    /** Lets go of files: what was found is of no use. */
    void letGo() {
        unsyncedIndexes.forEach(FileRef::release);
        unsyncedIndexes.clear();
    }

    /** There are no more batches. */
    void end(long logStartOffset, long logEndOffset) {
        epochs = epochs.truncateFromEnd(logEndOffset).truncateFromStart(logStartOffset);
        producers.removeExpired(nowMs);
    }

    /** The size of the batches that follow the newest snapshot. */
    long bytesSinceSnapshot() {
        return replayedBytes;
    }

    ProducerSnapshots snapshots() {
        return snapshots;
    }

    ProducerStates producers() {
        return producers;
    }

    LeaderEpochs leaderEpochs() {
        return epochs;
    }

    /** Whether {@link #leaderEpochs} differ from what is stored. */
    boolean areLeaderEpochsChanged() {
        return !epochs.equals(storedEpochs) && !(storedEpochs == null && epochs.equals(LeaderEpochs.NONE));
    }

    /** The index files that have to be synced; their names may be new. */
    List<FileRef> unsyncedIndexes() {
        return unsyncedIndexes;
    }

    /**
     * Makes {@code producers} what they are at the log end, from the newest snapshot on, or else from the first batch that
     * there is: what lies below the log start still tells where a producer goes on, and when a transaction began.
     */
    static void loadProducers(
            ProducerStates producers,
            ProducerSnapshots snapshots,
            List<LogSegment> segments,
            ActiveSegment active,
            long logEndOffset,
            long nowMs)
            throws IOException {
        long from = snapshots.loadNewest(producers, segments.get(0).baseOffset(), logEndOffset, nowMs);
        if (from < logEndOffset) {
            LogWalk.walk(segments, active, from, (segment, scan) -> replay(producers, segment, scan, nowMs));
        }
        producers.removeExpired(nowMs);
    }

    private static @Nullable CompletedTransaction replay(
            ProducerStates producers, LogSegment segment, BatchScan scan, long nowMs) throws IOException {
        RecordBatch header = scan.header();
        try {
            return ProducerReplay.apply(producers, ProducerReplay.needsRecords(header) ? scan.batch() : header, nowMs);
        } catch (InvalidBatchException e) {
            throw new CorruptLogException(
                    segment.log().path(), scan.position(), header.baseOffset(), String.valueOf(e.getMessage()));
        }
    }
}
