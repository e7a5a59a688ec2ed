package io.headrace.storage.compact;

import io.headrace.core.config.TopicConfig;
import io.headrace.storage.log.LogView;
import io.headrace.storage.log.SealedSegment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * How much of a log was never compacted, and how much of that may be now: whole segments that are not written any more,
 * below the last stable offset, and older than {@code min.compaction.lag.ms}.
 *
 * @param segments all that may be read and rewritten, oldest first
 * @param firstDirtyOffset everything below was compacted before
 * @param endOffset compaction stops here, between two segments; never below {@code firstDirtyOffset}
 * @param cleanBytes size of the segments that were compacted
 * @param dirtyBytes size of those to be compacted
 * @param overdue whether a dirty record has waited for longer than {@code max.compaction.lag.ms}
 */
record CleanableRange(
        List<SealedSegment> segments,
        long firstDirtyOffset,
        long endOffset,
        long cleanBytes,
        long dirtyBytes,
        boolean overdue) {

    /**
     * Looks at a log.
     *
     * @param cleanedTo what the last compaction noted; -1 if there was none. If it cannot be, all of the log is dirty
     * @param safeOffset nothing from here on may be touched
     */
    static CleanableRange of(LogView view, TopicConfig config, long cleanedTo, long safeOffset, long nowMs)
            throws IOException {
        List<SealedSegment> sealed = view.sealedSegments();
        long start = view.logStartOffset();
        boolean known = cleanedTo >= start && cleanedTo <= view.logEndOffset();
        long firstDirty = known ? cleanedTo : start;
        long bound = Math.min(view.lastStableOffset(), safeOffset);
        List<SealedSegment> segments = new ArrayList<>();
        long end = firstDirty;
        long cleanBytes = 0;
        long dirtyBytes = 0;
        boolean overdue = false;
        for (SealedSegment segment : sealed) {
            if (segment.endOffset() <= start) {
                continue; // about to be deleted
            }
            boolean dirty = segment.endOffset() > firstDirty;
            if (segment.endOffset() > bound || (dirty && isTooYoung(segment, config, nowMs))) {
                break;
            }
            segments.add(segment);
            end = Math.max(end, segment.endOffset());
            if (dirty) {
                dirtyBytes += segment.sizeBytes();
                overdue = overdue || isOverdue(segment, config, nowMs);
            } else {
                cleanBytes += segment.sizeBytes();
            }
        }
        return new CleanableRange(segments, firstDirty, end, cleanBytes, dirtyBytes, overdue);
    }

    private static boolean isTooYoung(SealedSegment segment, TopicConfig config, long nowMs) throws IOException {
        long lagMs = config.minCompactionLagMs();
        return lagMs > 0 && segment.maxTimestampMs() > nowMs - lagMs;
    }

    private static boolean isOverdue(SealedSegment segment, TopicConfig config, long nowMs) throws IOException {
        long lagMs = config.maxCompactionLagMs();
        if (lagMs > nowMs) {
            return false;
        }
        long firstMs = segment.firstTimestampMs();
        return firstMs > 0 && firstMs < nowMs - lagMs;
    }

    /** The share of what is not yet compacted, from 0 to 1. */
    double dirtyRatio() {
        long total = cleanBytes + dirtyBytes;
        return total == 0 ? 0 : (double) dirtyBytes / total;
    }

    /** Whether compaction is worth it, or has to be. */
    boolean isDue(TopicConfig config) {
        return dirtyBytes > 0 && (overdue || dirtyRatio() > config.minCleanableDirtyRatio());
    }
}
