package io.headrace.storage.log;

import io.headrace.protocol.records.RecordBatch;
import io.headrace.storage.log.SparseIndex.Pair;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Finds the batches of one segment to send to a reader, and reads every byte of them first: each must be whole, have the
 * right checksum, and lie between what precedes and what follows. What it finds is in the page cache afterwards.
 *
 * <p>The checksum does not cover a batch's base offset. In a log without gaps a batch at a wrong offset overlaps with the one
 * before or the one after it, so it is enough to look at both neighbours; no need to know whether compaction was at work.
 * The one thing that this passes over is a batch that is displaced within a gap that compaction left. Nor does it cover the
 * leader epoch, which never falls from one batch to the next.
 *
 * <p>For one thread and one read.
 */
final class VerifiedRead {
    private final LogSegment segment;
    private final FileRef ref;
    private final long endPosition;
    private final long endOffset;
    private final LeaderEpochs epochs;

    /** Where the batch begins that contains the wanted offset, or follows it. */
    private long start;
    /** Where the batch before that one ends. */
    private long dueOffset;
    /** Of the batch before, or as the log's epochs have it. */
    private int dueEpoch;

    /** How far the batches are sound, and the offset where that is. */
    private long soundPosition;

    private long soundOffset;
    private boolean reachedEnd;
    private @Nullable CorruptLogException damage;

    /**
     * @param ref the segment's log file, which the caller releases
     * @param endPosition where the segment's last batch ends
     * @param endOffset where the next segment begins, or the log end
     * @param epochs the log's
     */
    VerifiedRead(LogSegment segment, FileRef ref, long endPosition, long endOffset, LeaderEpochs epochs) {
        this.segment = segment;
        this.ref = ref;
        this.endPosition = endPosition;
        this.endOffset = endOffset;
        this.epochs = epochs;
        this.dueEpoch = epochs.epochAt(segment.baseOffset());
    }

    /**
     * Sound batches.
     *
     * @param start the position of the first
     * @param end where the last one ends; {@code start} if the first one is too large or lies beyond the bound
     * @param nextOffset where to go on
     * @param damage what is wrong with the batch that follows; null if nothing is
     */
    record Found(
            long start, long end, long nextOffset, @Nullable CorruptLogException damage) {}

    /**
     * @param bound no batch that ends beyond this offset is given
     * @return null if the segment has no batch that ends after {@code offset}
     * @throws CorruptLogException if the first of the batches is damaged, or if it is not certain which it is
     */
    @Nullable
    Found find(long offset, int maxBytes, boolean minOneBatch, long bound) throws IOException {
        if (!locate(offset)) {
            return null;
        }
        verify(maxBytes, minOneBatch, bound);
        CorruptLogException found = damage;
        if (found != null && soundPosition == start) {
            throw found;
        }
        return new Found(start, soundPosition, reachedEnd ? Math.min(bound, endOffset) : soundOffset, found);
    }

    private boolean locate(long offset) throws IOException {
        Pair near = segment.offsets().floorByKey(offset - segment.baseOffset());
        if (near != null && near.value() > 0 && near.value() < endPosition) {
            BatchScan scan = segment.scan(ref, near.value(), endPosition, BatchScan.SMALL_WINDOW_BYTES);
            if (segment.leadsTo(near, scan)) {
                dueOffset = scan.header().baseOffset();
                dueEpoch = epochs.epochAt(dueOffset);
                return locate(scan, offset);
            }
        }
        BatchScan scan = segment.scan(ref, 0, endPosition, BatchScan.SMALL_WINDOW_BYTES);
        dueOffset = segment.baseOffset();
        return scan.next() ? locate(scan, offset) : nothing(scan, -1, -1);
    }

    /** Walks on by the headers, from the batch that the scan is at. */
    private boolean locate(BatchScan scan, long offset) throws IOException {
        long previous = -1;
        long displaced = -1;
        do {
            RecordBatch batch = scan.header();
            if (batch.baseOffset() < dueOffset) {
                displaced = scan.position();
            } else if (batch.lastOffset() >= offset) {
                start = scan.position();
                if (batch.baseOffset() > offset) {
                    requireTrueGap(previous, displaced);
                }
                return true;
            } else {
                previous = scan.position();
                displaced = -1;
                dueOffset = batch.nextOffset();
                dueEpoch = batch.partitionLeaderEpoch();
            }
        } while (scan.next());
        return nothing(scan, previous, displaced);
    }

    private boolean nothing(BatchScan scan, long previous, long displaced) throws IOException {
        segment.check(scan);
        requireTrueGap(previous, displaced);
        return false;
    }

    /** Where there seems to be no batch for an offset, one could be that does not look like it: it must not be passed over. */
    private void requireTrueGap(long previous, long displaced) throws IOException {
        if (displaced >= 0) {
            throw corrupt(displaced, dueOffset, "the batch is at an offset below " + dueOffset);
        }
        if (previous >= 0) {
            BatchScan scan = segment.scan(ref, previous, endPosition, RecordBatch.HEADER_SIZE_BYTES);
            if (!scan.next() || !scan.hasValidCrc()) {
                throw corrupt(previous, dueOffset, "the batch's checksum is wrong");
            }
        }
    }

    private void verify(int maxBytes, boolean minOneBatch, long bound) throws IOException {
        BatchScan scan = segment.scan(ref, start, endPosition, BatchScan.LARGE_WINDOW_BYTES);
        long last = start;
        // Whether the last batch lies behind a gap, or has another epoch, so that it takes the next one to tell whether
        // that is so.
        boolean doubtful = false;
        boolean fell = false;
        boolean beyond = false;
        soundPosition = start;
        while (scan.next()) {
            RecordBatch batch = scan.header();
            boolean first = scan.position() == start;
            int epoch = batch.partitionLeaderEpoch();
            boolean falls = epoch < dueEpoch;
            if (batch.baseOffset() < dueOffset || (falls && !first) || (fell && epoch > dueEpoch)) {
                fail(
                        doubtful ? last : scan.position(),
                        "a batch of offset " + batch.baseOffset() + " and epoch " + epoch + " follows the one before "
                                + dueOffset + " of epoch " + dueEpoch);
                return;
            }
            if (beyond) {
                return;
            }
            accept(scan.position());
            // It would be strange of the first one: what comes next tells whether it can be.
            beyond = batch.nextOffset() > bound;
            if (beyond && !first) {
                return;
            }
            if (scan.nextPosition() - start > maxBytes && !(first && minOneBatch)) {
                return;
            }
            if (!scan.hasValidCrc()) {
                fail(scan.position(), "the batch's checksum is wrong");
                return;
            }
            doubtful = batch.baseOffset() > dueOffset || epoch != dueEpoch;
            fell = falls;
            last = scan.position();
            dueEpoch = epoch;
            dueOffset = batch.nextOffset();
        }
        String problem = scan.problem();
        if (problem == null && dueOffset > endOffset) {
            fail(last, "the batch reaches to offset " + dueOffset + ", but what follows begins at " + endOffset);
            return;
        }
        int latest = epochs.latestEpoch();
        if (problem == null && (fell ? dueEpoch < latest : doubtful && dueEpoch > latest)) {
            fail(last, "the batch is of epoch " + dueEpoch + ", but the latest is " + latest);
            return;
        }
        if (beyond) {
            return;
        }
        accept(scan.position());
        reachedEnd = problem == null;
        if (problem != null) {
            fail(scan.position(), problem);
        }
    }

    private void accept(long position) {
        soundPosition = position;
        soundOffset = dueOffset;
    }

    private void fail(long position, String problem) {
        damage = corrupt(position, soundOffset, problem);
    }

    private CorruptLogException corrupt(long position, long offset, String problem) {
        return new CorruptLogException(segment.log().path(), position, offset, problem);
    }
}
