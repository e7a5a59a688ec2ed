package io.headrace.storage.log;

import io.headrace.storage.log.LeaderEpochs.EpochEnd;
import io.headrace.storage.log.LogSegment.Place;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A partition's log as it was at one moment, for any thread to read from without locks. The numbers never change. Files can
 * be truncated or deleted later: then a read fails with {@link StaleLogViewException}, and a newer view tells what is left.
 *
 * <p>{@code logStartOffset <= lastStableOffset <= highWatermark <= durableOffset or logEndOffset}, except that the high
 * watermark of a replica that has just started may still be behind the log start.
 */
public final class LogView {
    private final LogSegment[] segments;
    private final long logStartOffset;
    private final long logEndOffset;
    private final long durableOffset;
    private final long highWatermark;
    private final long lastStableOffset;
    /** Where the last segment ended. */
    private final long endPosition;
    /** Where the high watermark lies in the last segment; -1 if it lies elsewhere, or where is not known. */
    private final long highWatermarkPosition;

    private final long activeMaxTimestampMs;
    private final long recentOffset;
    private final LeaderEpochs leaderEpochs;
    private final ReadHints hints;
    private final VerifiedRanges verified;
    private final ReportedDamage reported;

    /** Of a log that nothing was ever written to, and that has no files. */
    public static final LogView EMPTY = new LogView(
            new LogSegment[0],
            0,
            0,
            0,
            0,
            0,
            0,
            -1,
            -1,
            0,
            LeaderEpochs.NONE,
            new ReadHints(),
            new VerifiedRanges(),
            new ReportedDamage());

    LogView(
            LogSegment[] segments,
            long logStartOffset,
            long logEndOffset,
            long durableOffset,
            long highWatermark,
            long lastStableOffset,
            long endPosition,
            long highWatermarkPosition,
            long activeMaxTimestampMs,
            long recentOffset,
            LeaderEpochs leaderEpochs,
            ReadHints hints,
            VerifiedRanges verified,
            ReportedDamage reported) {
        this.segments = segments;
        this.logStartOffset = logStartOffset;
        this.logEndOffset = logEndOffset;
        this.durableOffset = durableOffset;
        this.highWatermark = highWatermark;
        this.lastStableOffset = lastStableOffset;
        this.endPosition = endPosition;
        this.highWatermarkPosition = highWatermarkPosition;
        this.activeMaxTimestampMs = activeMaxTimestampMs;
        this.recentOffset = recentOffset;
        this.leaderEpochs = leaderEpochs;
        this.hints = hints;
        this.verified = verified;
        this.reported = reported;
    }

    /** The first offset that may be read: the answer to "earliest", and to "earliest local". */
    public long logStartOffset() {
        return logStartOffset;
    }

    /** The offset the next record gets. */
    public long logEndOffset() {
        return logEndOffset;
    }

    /** Everything below is on this replica's disk. */
    public long durableOffset() {
        return durableOffset;
    }

    /** Everything below is committed and visible: the answer to "latest". */
    public long highWatermark() {
        return highWatermark;
    }

    /** Everything below is committed and in no undecided transaction: "latest" to readers of committed data. */
    public long lastStableOffset() {
        return lastStableOffset;
    }

    public LeaderEpochs leaderEpochs() {
        return leaderEpochs;
    }

    /**
     * Where {@code epoch} ended in this log; see {@link LeaderEpochs#endOffsetFor}.
     *
     * @param currentEpoch the epoch that the partition is in now, which began at the log's end if nothing was written in it
     */
    public EpochEnd endOffsetFor(int epoch, int currentEpoch) {
        return leaderEpochs.assign(currentEpoch, logEndOffset).endOffsetFor(epoch, logEndOffset);
    }

    /**
     * Up to which offset the batches from {@code offset} on were appended, or read and verified, so lately that the page cache
     * has them: reading them and what indexes them does not wait for the disk, and they are sound. There is a batch's end.
     *
     * @param nowMs milliseconds since some moment, the same for all callers, never set back
     * @return {@code offset} if there are none; {@link Long#MAX_VALUE} for all there are
     */
    public long recentUpTo(long offset, long nowMs) {
        return offset >= recentOffset ? Long.MAX_VALUE : verified.endFrom(offset, nowMs);
    }

    /** Tells that the batches from {@code offset} to before {@code nextOffset} were just verified. */
    public void noteVerified(long offset, long nextOffset, long nowMs) {
        verified.note(offset, nextOffset, nowMs);
    }

    public int segmentCount() {
        return segments.length;
    }

    /** Bytes of all segments. Asks the disk for the sizes that were not needed before. */
    public long sizeBytes() throws IOException {
        long size = 0;
        for (int i = 0; i < segments.length; i++) {
            size += segmentEnd(i);
        }
        return size;
    }

    /** Every segment but the last, which is still written. */
    public List<SealedSegment> sealedSegments() {
        List<SealedSegment> sealed = new ArrayList<>(segments.length);
        for (int i = 0; i + 1 < segments.length; i++) {
            sealed.add(new SealedSegment(segments[i], segments[i + 1].baseOffset()));
        }
        return sealed;
    }

    LogSegment segment(int index) {
        return segments[index];
    }

    /** Where the batches of a segment end. */
    long segmentEnd(int index) throws IOException {
        return index == segments.length - 1 ? endPosition : segments[index].sealedSizeBytes();
    }

    /** The offset just past a segment. */
    long segmentEndOffset(int index) {
        return index == segments.length - 1 ? logEndOffset : segments[index + 1].baseOffset();
    }

    long segmentMaxTimestampMs(int index) throws IOException {
        return index == segments.length - 1 ? activeMaxTimestampMs : segments[index].sealedMaxTimestampMs();
    }

    /** The segment that {@code offset} belongs to, if there is a batch for it. */
    int segmentFor(long offset) {
        int low = 0;
        int high = segments.length;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (segments[middle].baseOffset() <= offset) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /**
     * Finds the batches to send to a reader, where they are {@link #recentUpTo recent}. The first one contains {@code offset}, or is the next one after it where
     * compaction left a gap; it may begin before {@code offset}, also before the log start.
     *
     * @param offset where to read, {@code logStartOffset <= offset}; nothing is found at the upper bound and beyond
     * @param maxBytes how much to send. The answer may be somewhat less even when more is there
     * @param minOneBatch whether to give the first batch when even that is larger, so that the reader gets on
     * @param upperBoundOffset no batch that ends beyond it is given: high watermark, last stable offset, or log end
     * @throws StaleLogViewException if the log was truncated or deleted meanwhile
     * @throws CorruptLogException if there are no proper batches where they should be
     */
    public FetchSlice read(long offset, int maxBytes, boolean minOneBatch, long upperBoundOffset) throws IOException {
        if (offset < logStartOffset) {
            throw new IllegalArgumentException("offset " + offset + " is below the log start " + logStartOffset);
        }
        long bound = Math.min(upperBoundOffset, logEndOffset);
        if (offset >= bound) {
            return new FetchSlice(null, offset);
        }
        for (int i = segmentFor(offset); i < segments.length && segments[i].baseOffset() < bound; i++) {
            long end = boundPosition(i, bound);
            long start = startPosition(i, offset, end);
            if (start >= 0 && start < end) {
                return slice(i, offset, start, end, bound, maxBytes, minOneBatch);
            }
        }
        return new FetchSlice(null, offset);
    }

    /**
     * As {@link #read}, for batches that may have to come from the disk: reads all of them, and gives only those that are as
     * they were written. What is damaged is told to the operator once.
     *
     * @throws CorruptLogException if the first of the batches is damaged
     */
    public FetchSlice readVerified(long offset, int maxBytes, boolean minOneBatch, long upperBoundOffset)
            throws IOException {
        if (offset < logStartOffset) {
            throw new IllegalArgumentException("offset " + offset + " is below the log start " + logStartOffset);
        }
        long bound = Math.min(upperBoundOffset, logEndOffset);
        try {
            for (int i = segmentFor(offset); offset < bound && i < segments.length; i++) {
                FetchSlice slice = verifiedSlice(i, offset, maxBytes, minOneBatch, bound);
                if (slice != null) {
                    return slice;
                }
            }
            return new FetchSlice(null, offset);
        } catch (CorruptLogException e) {
            reported.report(e);
            throw e;
        }
    }

    private @Nullable FetchSlice verifiedSlice(int index, long offset, int maxBytes, boolean minOneBatch, long bound)
            throws IOException {
        LogSegment segment = segments[index];
        if (segment.baseOffset() >= bound) {
            return null;
        }
        FileRef ref = segment.log().acquire();
        try {
            VerifiedRead read =
                    new VerifiedRead(segment, ref, segmentEnd(index), segmentEndOffset(index), leaderEpochs);
            VerifiedRead.Found found = read.find(offset, maxBytes, minOneBatch, bound);
            if (found == null) {
                return null;
            }
            if (found.damage() != null) {
                reported.report(found.damage());
            }
            if (found.end() == found.start()) {
                return new FetchSlice(null, offset);
            }
            hints.put(segment, found.nextOffset(), found.end());
            FileSlice slice = new FileSlice(ref.retain(), found.start(), (int) (found.end() - found.start()));
            return new FetchSlice(slice, found.nextOffset());
        } finally {
            ref.release();
        }
    }

    /** Where the batches of a segment that lie below an offset end. */
    private long boundPosition(int index, long bound) throws IOException {
        if (bound >= segmentEndOffset(index)) {
            return segmentEnd(index);
        }
        if (bound == highWatermark && highWatermarkPosition >= 0 && index == segments.length - 1) {
            return highWatermarkPosition;
        }
        long position = startPosition(index, bound, segmentEnd(index));
        return position < 0 ? segmentEnd(index) : position;
    }

    /** Where the first batch of a segment that ends after {@code offset} begins; -1 if there is none. */
    private long startPosition(int index, long offset, long end) throws IOException {
        LogSegment segment = segments[index];
        if (offset <= segment.baseOffset()) {
            return 0;
        }
        long hinted = hints.find(segment, offset);
        if (hinted >= 0) {
            return hinted;
        }
        Place place = segment.find(offset, end);
        if (place == null) {
            return -1;
        }
        hints.put(segment, offset, place.position());
        return place.position();
    }

    private FetchSlice slice(
            int index, long offset, long start, long end, long bound, int maxBytes, boolean minOneBatch)
            throws IOException {
        LogSegment segment = segments[index];
        long sliceEnd = end;
        long nextOffset = Math.min(bound, segmentEndOffset(index));
        if (end - start > maxBytes) {
            Place boundary = segment.boundary(start, start + Math.max(0, maxBytes), end);
            sliceEnd = boundary.position();
            nextOffset = boundary.baseOffset();
            if (sliceEnd == start) {
                if (boundary.sizeBytes() > maxBytes && !minOneBatch) {
                    return new FetchSlice(null, offset);
                }
                sliceEnd = start + boundary.sizeBytes();
                nextOffset = boundary.nextOffset();
            }
        }
        if (sliceEnd < segmentEnd(index)) {
            hints.put(segment, nextOffset, sliceEnd);
        }
        return new FetchSlice(new FileSlice(segment.log().acquire(), start, (int) (sliceEnd - start)), nextOffset);
    }

    /**
     * The first record at or after the log start whose timestamp is {@code timestampMs} or later.
     *
     * @return null if there is none below {@code upperBoundOffset}
     */
    public @Nullable TimestampedOffset offsetForTimestamp(long timestampMs, long upperBoundOffset) throws IOException {
        return TimeSearch.firstAtOrAfter(this, timestampMs, Math.min(upperBoundOffset, logEndOffset));
    }

    /** The first of the records with the largest timestamp; null if no record has one. */
    public @Nullable TimestampedOffset maxTimestampOffset() throws IOException {
        return TimeSearch.largest(this);
    }

    /**
     * The aborted transactions that hide records in {@code [fetchOffset, upperBoundOffset)}, ascending by their first
     * offset.
     *
     * @throws CorruptLogException if a transaction index does not hold what was written; {@link
     *     #abortedTransactionsOrRebuild} makes it anew
     */
    public List<AbortedTransaction> abortedTransactions(long fetchOffset, long upperBoundOffset) throws IOException {
        return abortedTransactions(fetchOffset, upperBoundOffset, false);
    }

    /**
     * As {@link #abortedTransactions}, for who may wait for the disk: a transaction index that does not hold what was written
     * is made anew from the log, which may mean to read all of the log.
     *
     * @throws StaleLogViewException also if an index is being made anew by somebody else
     * @throws CorruptLogException if the log is damaged as well
     */
    public List<AbortedTransaction> abortedTransactionsOrRebuild(long fetchOffset, long upperBoundOffset)
            throws IOException {
        return abortedTransactions(fetchOffset, upperBoundOffset, true);
    }

    private List<AbortedTransaction> abortedTransactions(long fetchOffset, long upperBoundOffset, boolean rebuild)
            throws IOException {
        List<AbortedTransaction> found = new ArrayList<>(0);
        boolean all = false;
        for (int i = segmentFor(fetchOffset); i < segments.length && !all; i++) {
            int before = found.size();
            try {
                all = segments[i].transactions().collect(fetchOffset, upperBoundOffset, found);
            } catch (CorruptLogException e) {
                if (!rebuild) {
                    throw e;
                }
                found.subList(before, found.size()).clear();
                rebuildTransactionIndex(i);
                all = segments[i].transactions().collect(fetchOffset, upperBoundOffset, found);
            }
        }
        found.sort(Comparator.comparingLong(AbortedTransaction::firstOffset));
        return found;
    }

    private void rebuildTransactionIndex(int index) throws IOException {
        try {
            new TransactionIndexRebuild(this, index).run();
        } catch (CorruptLogException e) {
            reported.report(e);
            throw e;
        }
    }
}
