package io.headrace.storage.log;

import io.headrace.core.config.TopicConfig;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.storage.log.SparseIndex.Pair;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The segment at the end of a log together with what only its writer needs to know of it: when to add an index entry, when to
 * begin another segment. Owned by the log's writer.
 */
final class ActiveSegment {
    private static final long UNKNOWN = Long.MIN_VALUE;

    private final LogSegment segment;
    /** When this object was made; stands in for the age of batches without timestamps. */
    private final long createdMs;

    private long sizeBytes;
    private long bytesSinceIndexEntry;
    private long maxTimestampMs = -1;
    private long maxTimestampOffset;
    /** The largest timestamp in the time index. */
    private long indexedTimestampMs = -1;

    private long firstTimestampMs = UNKNOWN;
    /** Keeps the log file open from the first write until it is synced: an error of the disk is told to open files only. */
    private @Nullable FileRef unsynced;

    /** A segment that is empty. */
    ActiveSegment(LogSegment segment, long createdMs) {
        this.segment = segment;
        this.createdMs = createdMs;
    }

    /** A segment with indexes, as if it ended at its last index entry: {@link #note} the batches from there on. */
    static ActiveSegment resume(LogSegment segment, long createdMs) throws IOException {
        ActiveSegment active = new ActiveSegment(segment, createdMs);
        Pair offset = segment.offsets().last();
        active.sizeBytes = offset == null ? 0 : offset.value();
        Pair time = segment.times().last();
        if (time != null) {
            active.maxTimestampMs = time.key();
            active.maxTimestampOffset = segment.baseOffset() + time.value();
            active.indexedTimestampMs = time.key();
        }
        return active;
    }

    LogSegment segment() {
        return segment;
    }

    long sizeBytes() {
        return sizeBytes;
    }

    long maxTimestampMs() {
        return maxTimestampMs;
    }

    /** Writes at the end; nothing is noted. */
    void write(ByteBuffer[] batches, int from, int count) throws IOException {
        FileRef ref = unsynced;
        if (ref == null) {
            ref = segment.log().acquire();
            unsynced = ref;
        }
        if (count == 1) {
            ref.file().write(batches[from], sizeBytes);
        } else {
            ref.file().write(batches, from, count, sizeBytes);
        }
    }

    /** The log file was written other than with {@link #write}. */
    void markUnsynced() throws IOException {
        if (unsynced == null) {
            unsynced = segment.log().acquire();
        }
    }

    /** The log file, if it was written since this was last asked; the caller syncs and releases it. */
    @Nullable
    FileRef takeUnsynced() {
        FileRef ref = unsynced;
        unsynced = null;
        return ref;
    }

    /** A batch lies at the end, in the file: extends the indexes and moves the end. */
    void note(RecordBatch batch, int indexIntervalBytes) throws IOException {
        if (batch.maxTimestamp() > maxTimestampMs) {
            maxTimestampMs = batch.maxTimestamp();
            maxTimestampOffset = batch.lastOffset();
        }
        if (bytesSinceIndexEntry > indexIntervalBytes) {
            segment.offsets().add(batch.lastOffset() - segment.baseOffset(), (int) sizeBytes);
            indexMaxTimestamp();
            bytesSinceIndexEntry = 0;
        }
        sizeBytes += batch.sizeBytes();
        bytesSinceIndexEntry += batch.sizeBytes();
    }

    /** Makes the time index end with the largest timestamp. */
    void indexMaxTimestamp() throws IOException {
        if (maxTimestampMs > indexedTimestampMs) {
            segment.times().add(maxTimestampMs, (int) (maxTimestampOffset - segment.baseOffset()));
            indexedTimestampMs = maxTimestampMs;
        }
    }

    /**
     * Whether these batches must go to a new segment.
     *
     * @param bytes their size
     * @param latestMs their largest timestamp
     * @param lastOffset the offset of their last record
     * @param jitterMs how much shorter than configured this segment's time is
     */
    boolean mustRoll(long bytes, long latestMs, long lastOffset, TopicConfig config, long jitterMs, long nowMs)
            throws IOException {
        if (sizeBytes == 0) {
            return !fits(lastOffset);
        }
        return sizeBytes + bytes > config.segmentBytes()
                || !fits(lastOffset)
                || ageMs(latestMs, nowMs) > config.rollMs() - jitterMs
                || isIndexFull(bytes, config);
    }

    /** Whether indexes can express the offset. */
    private boolean fits(long offset) {
        return offset - segment.baseOffset() <= Integer.MAX_VALUE;
    }

    private boolean isIndexFull(long bytes, TopicConfig config) throws IOException {
        long added = bytes / Math.max(1, config.indexIntervalBytes()) + 1;
        long entriesMax = config.segmentIndexBytes() / SparseIndex.Kind.OFFSET.pairBytes;
        long timesMax = config.segmentIndexBytes() / SparseIndex.Kind.TIME.pairBytes;
        // One time entry is kept free for the end of the segment.
        return segment.offsets().count() + added > entriesMax || segment.times().count() + added > timesMax - 1;
    }

    private long ageMs(long latestMs, long nowMs) throws IOException {
        long firstMs = firstTimestampMs();
        return firstMs >= 0 ? latestMs - firstMs : nowMs - createdMs;
    }

    private long firstTimestampMs() throws IOException {
        if (firstTimestampMs == UNKNOWN) {
            FileRef ref = segment.log().acquire();
            try {
                BatchScan scan = segment.scan(ref, 0, sizeBytes, RecordBatch.HEADER_SIZE_BYTES);
                firstTimestampMs = scan.next() ? scan.header().maxTimestamp() : -1;
                segment.check(scan);
            } finally {
                ref.release();
            }
        }
        return firstTimestampMs;
    }

    /** Writes the indexes out if much of them waits in memory. */
    void flushLargeIndexes() throws IOException {
        if (segment.offsets().hasManyUnwritten()) {
            flushIndexes();
        }
    }

    private void flushIndexes() throws IOException {
        segment.offsets().flush();
        segment.times().flush();
    }

    /** Whether {@link #complete} would do anything. */
    boolean isIncomplete() {
        return unsynced != null
                || maxTimestampMs > indexedTimestampMs
                || segment.offsets().isUnsynced()
                || segment.times().isUnsynced();
    }

    /** Completes the indexes, as no more is written to the segment, and hands out all files that are not synced. */
    List<FileRef> complete() throws IOException {
        indexMaxTimestamp();
        segment.offsets().expectFile();
        segment.times().expectFile();
        return takeAllUnsynced();
    }

    /**
     * Completes the time index alone. Synced before {@link #complete}, it is never behind the offset index, from whose end
     * recovery goes on.
     */
    List<FileRef> completeTimes() throws IOException {
        indexMaxTimestamp();
        segment.times().expectFile();
        List<FileRef> files = new ArrayList<>(1);
        addTo(files, segment.times().flushForSync());
        segment.times().onSynced();
        return files;
    }

    /** Writes the indexes out and hands out all files that are not synced, for the caller to sync and release. */
    List<FileRef> takeAllUnsynced() throws IOException {
        List<FileRef> files = new ArrayList<>(3);
        try {
            addTo(files, segment.offsets().flushForSync());
            addTo(files, segment.times().flushForSync());
        } catch (IOException e) {
            files.forEach(FileRef::release);
            throw e;
        }
        segment.offsets().onSynced();
        segment.times().onSynced();
        addTo(files, takeUnsynced());
        return files;
    }

    private static void addTo(List<FileRef> files, @Nullable FileRef ref) {
        if (ref != null) {
            files.add(ref);
        }
    }

    /** A state to come back to with {@link #restore}. */
    record Mark(
            long sizeBytes,
            long bytesSinceIndexEntry,
            long maxTimestampMs,
            long maxTimestampOffset,
            long indexedTimestampMs,
            SparseIndex.Pairs offsets,
            SparseIndex.Pairs times) {}

    Mark mark() throws IOException {
        return new Mark(
                sizeBytes,
                bytesSinceIndexEntry,
                maxTimestampMs,
                maxTimestampOffset,
                indexedTimestampMs,
                segment.offsets().mark(),
                segment.times().mark());
    }

    /**
     * Forgets what was written since a mark. Needs no space on the disk.
     *
     * @param endOffset where the log ended then
     */
    void restore(Mark mark, long endOffset) throws IOException {
        sizeBytes = mark.sizeBytes();
        bytesSinceIndexEntry = mark.bytesSinceIndexEntry();
        maxTimestampMs = mark.maxTimestampMs();
        maxTimestampOffset = mark.maxTimestampOffset();
        indexedTimestampMs = mark.indexedTimestampMs();
        if (sizeBytes == 0) {
            firstTimestampMs = UNKNOWN;
        }
        segment.offsets().restore(mark.offsets());
        segment.times().restore(mark.times());
        segment.transactions().restore(endOffset);
        FileRef ref = segment.log().acquire();
        try {
            ref.file().truncate(sizeBytes);
        } finally {
            ref.release();
        }
    }
}
