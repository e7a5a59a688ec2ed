package io.headrace.storage.log;

import io.headrace.core.config.TopicConfig;
import java.io.IOException;

/** Decides how many segments at the front of a log are not wanted any more. */
final class Retention {
    private Retention() {}

    /** Why segments go, to be said in a sentence. */
    enum Reason {
        NONE,
        LOG_START,
        TIME,
        SIZE
    }

    /** @param segmentCount how many segments to delete, oldest first; the last one may be among them */
    record Decision(int segmentCount, Reason reason) {}

    static Decision decide(LogView view, TopicConfig config, long nowMs) throws IOException {
        int last = view.segmentCount() - 1;
        // Deleting an empty last segment would only make another.
        int deletable = view.segmentEnd(last) == 0 ? last : last + 1;
        while (deletable > 0 && view.segmentEndOffset(deletable - 1) > view.highWatermark()) {
            deletable--;
        }
        Decision best = new Decision(0, Reason.NONE);
        best = larger(best, belowLogStart(view, Math.min(deletable, last)), Reason.LOG_START);
        if (config.delete()) {
            best = larger(best, tooOld(view, deletable, config, nowMs), Reason.TIME);
            best = larger(best, tooMuch(view, deletable, config), Reason.SIZE);
        }
        return best;
    }

    private static Decision larger(Decision best, int count, Reason reason) {
        return count > best.segmentCount() ? new Decision(count, reason) : best;
    }

    private static int belowLogStart(LogView view, int deletable) {
        int count = 0;
        while (count < deletable && view.segmentEndOffset(count) <= view.logStartOffset()) {
            count++;
        }
        return count;
    }

    private static int tooOld(LogView view, int deletable, TopicConfig config, long nowMs) throws IOException {
        int count = 0;
        while (config.retentionMs() >= 0 && count < deletable) {
            long latestMs = view.segmentMaxTimestampMs(count);
            // Records without a timestamp are as old as their file.
            if (nowMs - (latestMs < 0 ? view.segment(count).lastModifiedMs() : latestMs) <= config.retentionMs()) {
                break;
            }
            count++;
        }
        return count;
    }

    private static int tooMuch(LogView view, int deletable, TopicConfig config) throws IOException {
        if (config.retentionBytes() < 0) {
            return 0;
        }
        long excess = view.sizeBytes() - config.retentionBytes();
        int count = 0;
        while (count < deletable && excess - view.segmentEnd(count) >= 0) {
            excess -= view.segmentEnd(count);
            count++;
        }
        return count;
    }
}
