package io.headrace.storage.log;

import java.io.IOException;
import java.util.List;

/** Goes through the batches of a log from an offset to its end. */
final class LogWalk {
    private LogWalk() {}

    /** Looks at one batch. */
    interface Visitor {
        /** @param scan stands at the batch */
        void visit(LogSegment segment, BatchScan scan) throws IOException;
    }

    /**
     * Visits the batches that end at {@code fromOffset} or later.
     *
     * @param active the last of the segments
     * @throws CorruptLogException if batches are not whole; checksums are not looked at
     */
    static void walk(List<LogSegment> segments, ActiveSegment active, long fromOffset, Visitor visitor)
            throws IOException {
        for (int i = 0; i < segments.size(); i++) {
            boolean last = i == segments.size() - 1;
            if (last || segments.get(i + 1).baseOffset() > fromOffset) {
                LogSegment segment = segments.get(i);
                walk(segment, last ? active.sizeBytes() : segment.sealedSizeBytes(), fromOffset, visitor);
            }
        }
    }

    private static void walk(LogSegment segment, long end, long fromOffset, Visitor visitor) throws IOException {
        FileRef ref = segment.log().acquire();
        try {
            long start = segment.startPosition(ref, fromOffset, end);
            BatchScan scan = segment.scan(ref, start, end, BatchScan.LARGE_WINDOW_BYTES);
            while (scan.next()) {
                if (scan.header().lastOffset() >= fromOffset) {
                    visitor.visit(segment, scan);
                }
            }
            segment.check(scan);
        } finally {
            ref.release();
        }
    }
}
