package io.headrace.storage.log;

import io.headrace.protocol.records.DecompressionLimit;
import io.headrace.protocol.records.InvalidBatchException;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordCursor;
import io.headrace.protocol.records.TimestampType;
import io.headrace.storage.log.SparseIndex.Pair;
import java.io.IOException;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds records by their time. Timestamps need not grow with the offsets: a batch can be passed over only if its largest
 * timestamp says so, and what is searched for is the first such record by offset.
 */
final class TimeSearch {
    private TimeSearch() {}

    /** The first record from the log start on, and below {@code bound}, whose timestamp is {@code timestampMs} or later. */
    static @Nullable TimestampedOffset firstAtOrAfter(LogView view, long timestampMs, long bound) throws IOException {
        for (int i = view.segmentFor(view.logStartOffset()); i < view.segmentCount(); i++) {
            if (view.segment(i).baseOffset() >= bound) {
                return null;
            }
            if (view.segmentMaxTimestampMs(i) >= timestampMs) {
                TimestampedOffset found = firstInSegment(view, i, timestampMs);
                if (found != null) {
                    return found.offset() < bound ? found : null;
                }
            }
        }
        return null;
    }

    private static @Nullable TimestampedOffset firstInSegment(LogView view, int index, long timestampMs)
            throws IOException {
        LogSegment segment = view.segment(index);
        long end = view.segmentEnd(index);
        FileRef ref = segment.log().acquire();
        try {
            long start = startPosition(segment, ref, end, timestampMs, view.logStartOffset());
            BatchScan scan = segment.scan(ref, start, end, BatchScan.SMALL_WINDOW_BYTES);
            while (scan.next()) {
                RecordBatch header = scan.header();
                if (header.maxTimestamp() >= timestampMs && header.lastOffset() >= view.logStartOffset()) {
                    RecordBatch batch = segment.readBatch(ref, scan.position(), header.sizeBytes());
                    TimestampedOffset found =
                            first(segment, batch, scan.position(), view.logStartOffset(), time -> time >= timestampMs);
                    if (found != null) {
                        return found;
                    }
                }
            }
            segment.check(scan);
            return null;
        } finally {
            ref.release();
        }
    }

    /** A position before which no batch has a timestamp as late as {@code timestampMs}, or none that still counts. */
    private static long startPosition(LogSegment segment, FileRef ref, long end, long timestampMs, long logStartOffset)
            throws IOException {
        // An earlier time than is searched for: with that one a damaged pair might lead to another batch of the same.
        Pair time = timestampMs <= 0 ? null : segment.times().floorByKey(timestampMs - 1);
        long known = time != null && segment.hasTime(time, end) ? time.value() : 0;
        long relativeOffset = Math.max(known, logStartOffset - segment.baseOffset());
        return segment.startPosition(ref, segment.baseOffset() + relativeOffset, end);
    }

    private static @Nullable TimestampedOffset first(
            LogSegment segment, RecordBatch batch, long position, long startOffset, LongPredicate wanted)
            throws CorruptLogException {
        // All records of such a batch have the batch's time.
        if (batch.timestampType() == TimestampType.LOG_APPEND_TIME && !wanted.test(batch.maxTimestamp())) {
            return null;
        }
        try (RecordCursor records = batch.records(DecompressionLimit.NONE)) {
            while (records.next()) {
                if (records.offset() >= startOffset && wanted.test(records.timestamp())) {
                    return new TimestampedOffset(records.timestamp(), records.offset(), batch.partitionLeaderEpoch());
                }
            }
            return null;
        } catch (InvalidBatchException e) {
            throw new CorruptLogException(
                    segment.log().path(), position, batch.baseOffset(), String.valueOf(e.getMessage()));
        }
    }

    /** The first of the records with the largest timestamp, from the log start on. */
    static @Nullable TimestampedOffset largest(LogView view) throws IOException {
        int first = view.segmentFor(view.logStartOffset());
        TimestampedOffset best = null;
        for (int i = first; i < view.segmentCount(); i++) {
            // What lies below the log start does not count, but does in the first segment's largest timestamp.
            long segmentMaxMs = view.segmentMaxTimestampMs(i);
            if (segmentMaxMs >= 0 && (best == null || segmentMaxMs > best.timestampMs())) {
                TimestampedOffset candidate = largestInSegment(view, i, segmentMaxMs);
                if (candidate != null && (best == null || candidate.timestampMs() > best.timestampMs())) {
                    best = candidate;
                }
            }
        }
        return best;
    }

    private static @Nullable TimestampedOffset largestInSegment(LogView view, int index, long segmentMaxMs)
            throws IOException {
        LogSegment segment = view.segment(index);
        boolean cut = segment.baseOffset() < view.logStartOffset();
        long start;
        FileRef ref = segment.log().acquire();
        try {
            long fromMs = cut ? -1 : segmentMaxMs;
            start = startPosition(segment, ref, view.segmentEnd(index), fromMs, view.logStartOffset());
        } finally {
            ref.release();
        }
        if (cut) {
            return largestFrom(view, index, start, Long.MAX_VALUE);
        }
        TimestampedOffset best = largestFrom(view, index, start, segmentMaxMs);
        // A batch may have lost the record with its largest timestamp to compaction; then the best may lie anywhere.
        boolean found = best != null && best.timestampMs() >= segmentMaxMs;
        return found || start == 0 ? best : largestFrom(view, index, 0, Long.MAX_VALUE);
    }

    /** The first of the records with the largest timestamp; stops at one that has {@code enoughMs}. */
    private static @Nullable TimestampedOffset largestFrom(LogView view, int index, long start, long enoughMs)
            throws IOException {
        LogSegment segment = view.segment(index);
        TimestampedOffset best = null;
        FileRef ref = segment.log().acquire();
        try {
            BatchScan scan = segment.scan(ref, start, view.segmentEnd(index), BatchScan.SMALL_WINDOW_BYTES);
            while (scan.next()) {
                long maxMs = scan.header().maxTimestamp();
                if (maxMs >= 0 && (best == null || maxMs > best.timestampMs())) {
                    best = better(best, view, segment, ref, scan);
                    if (best != null && best.timestampMs() >= enoughMs) {
                        return best;
                    }
                }
            }
            segment.check(scan);
            return best;
        } finally {
            ref.release();
        }
    }

    private static @Nullable TimestampedOffset better(
            @Nullable TimestampedOffset best, LogView view, LogSegment segment, FileRef ref, BatchScan scan)
            throws IOException {
        RecordBatch batch =
                segment.readBatch(ref, scan.position(), scan.header().sizeBytes());
        TimestampedOffset found = best;
        long position = scan.position();
        // Part of the batch may lie below the log start, with its largest timestamp; then a smaller one counts.
        for (boolean more = true; more; ) {
            long beatMs = found == null ? -1 : found.timestampMs();
            TimestampedOffset next = first(segment, batch, position, view.logStartOffset(), time -> time > beatMs);
            more = next != null;
            found = more ? next : found;
        }
        return found;
    }
}
