package io.headrace.storage.compact;

import io.headrace.core.config.TopicConfig;
import io.headrace.storage.log.SealedSegment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Which neighbouring segments become one: as many as fit, if nothing of them could be dropped, into the topic's limits. */
final class SegmentGroups {
    private SegmentGroups() {}

    /** Groups of at least one segment, in the order of the log. */
    static List<List<SealedSegment>> of(List<SealedSegment> segments, TopicConfig config) throws IOException {
        List<List<SealedSegment>> groups = new ArrayList<>();
        List<SealedSegment> group = new ArrayList<>();
        long bytes = 0;
        long offsetIndexBytes = 0;
        long timeIndexBytes = 0;
        for (SealedSegment segment : segments) {
            bytes += segment.sizeBytes();
            offsetIndexBytes += segment.offsetIndexBytes();
            timeIndexBytes += segment.timeIndexBytes();
            boolean fits = bytes <= config.segmentBytes()
                    && offsetIndexBytes <= config.segmentIndexBytes()
                    && timeIndexBytes <= config.segmentIndexBytes()
                    && (group.isEmpty() || isReachable(segment, group.get(0)));
            if (!group.isEmpty() && !fits) {
                groups.add(group);
                group = new ArrayList<>();
                bytes = segment.sizeBytes();
                offsetIndexBytes = segment.offsetIndexBytes();
                timeIndexBytes = segment.timeIndexBytes();
            }
            group.add(segment);
        }
        if (!group.isEmpty()) {
            groups.add(group);
        }
        return groups;
    }

    /** Indexes express offsets as 31 bits above the base. An empty segment has none to express. */
    private static boolean isReachable(SealedSegment segment, SealedSegment first) throws IOException {
        return segment.sizeBytes() == 0 || segment.endOffset() - 1 - first.baseOffset() <= Integer.MAX_VALUE;
    }
}
