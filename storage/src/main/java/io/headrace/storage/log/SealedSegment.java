package io.headrace.storage.log;

import io.headrace.protocol.records.RecordBatch;
import io.headrace.storage.log.SparseIndex.Kind;
import java.io.IOException;

/**
 * A part of a log that nothing is appended to any more, for compaction to read. Any thread.
 *
 * <p>Each of the questions fails with {@link StaleLogViewException} once the segment was truncated, deleted or compacted.
 */
public final class SealedSegment {
    private final LogSegment segment;
    private final long endOffset;

    SealedSegment(LogSegment segment, long endOffset) {
        this.segment = segment;
        this.endOffset = endOffset;
    }

    LogSegment segment() {
        return segment;
    }

    public long baseOffset() {
        return segment.baseOffset();
    }

    /** Where the next segment begins. The last batch may end before that. */
    public long endOffset() {
        return endOffset;
    }

    /** How much its batches take in the file. */
    public long sizeBytes() throws IOException {
        return segment.sealedSizeBytes();
    }

    /** The largest timestamp of its batches; -1 if none has one. */
    public long maxTimestampMs() throws IOException {
        return segment.sealedMaxTimestampMs();
    }

    /** The largest timestamp of its first batch; -1 if that has none, or if there is no batch. */
    public long firstTimestampMs() throws IOException {
        FileRef ref = segment.log().acquire();
        try {
            BatchScan scan = segment.scan(ref, 0, segment.sealedSizeBytes(), RecordBatch.HEADER_SIZE_BYTES);
            long timestampMs = scan.next() ? scan.header().maxTimestamp() : -1;
            segment.check(scan);
            return timestampMs;
        } finally {
            ref.release();
        }
    }

    /** How much the entries of its offset index take in the file. */
    public long offsetIndexBytes() throws IOException {
        return (long) segment.offsets().count() * Kind.OFFSET.pairBytes;
    }

    /** Likewise of its index by time. */
    public long timeIndexBytes() throws IOException {
        return (long) segment.times().count() * Kind.TIME.pairBytes;
    }

    boolean hasAbortedTransactions() {
        return !segment.transactions().isEmpty();
    }

    /**
     * Opens the batches for reading; to be closed.
     *
     * @param fromOffset batches that end before it may be left out
     * @param bufferBytes how much to read at once; a larger batch is read whole
     */
    public SegmentBatches batches(long fromOffset, int bufferBytes) throws IOException {
        return new SegmentBatches(segment, fromOffset, bufferBytes);
    }

    @Override
    public String toString() {
        return segment.log().path().toString();
    }
}
