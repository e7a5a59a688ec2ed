package io.headrace.storage.compact;

import io.headrace.core.config.TopicConfig;
import io.headrace.storage.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Tells from names and sizes of files whether a log that is not open may be worth compacting. */
final class SegmentListing {
    private static final String LOG = ".log";
    private static final int OFFSET_DIGITS = 20;

    private SegmentListing() {}

    /**
     * The share of bytes that were not yet compacted, of those in segments that are not written any more.
     *
     * @param cleanedTo what was compacted, or negative
     */
    static double dirtyRatio(Disk disk, Path dir, long cleanedTo) throws IOException {
        List<String> logs =
                disk.list(dir).stream().filter(SegmentListing::isSegment).toList();
        long clean = 0;
        long dirty = 0;
        for (int i = 0; i + 1 < logs.size(); i++) {
            long size = disk.sizeBytes(dir.resolve(logs.get(i)));
            if (offset(logs.get(i + 1)) <= cleanedTo) {
                clean += size;
            } else {
                dirty += size;
            }
        }
        return dirty == 0 ? 0 : (double) dirty / (clean + dirty);
    }

    /** Whether a log with this share is worth opening, to look at it closely. */
    static boolean isWorthALook(double dirtyRatio, TopicConfig config) {
        boolean mayBeOverdue = config.maxCompactionLagMs() < Long.MAX_VALUE;
        return dirtyRatio > (mayBeOverdue ? 0 : config.minCleanableDirtyRatio());
    }

    private static boolean isSegment(String name) {
        return name.length() == OFFSET_DIGITS + LOG.length()
                && name.endsWith(LOG)
                && name.chars().limit(OFFSET_DIGITS).allMatch(c -> c >= '0' && c <= '9');
    }

    private static long offset(String name) {
        return Long.parseLong(name.substring(0, OFFSET_DIGITS));
    }
}
