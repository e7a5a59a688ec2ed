package io.headrace.storage.log;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Remembers where the last few reads of a log ended, so that readers that go on from there need no search. Safe for use by
 * many threads; a lost update costs a search.
 */
final class ReadHints {
    private static final int HINTS_MAX = 8;

    /** The batch that begins at {@code offset}, or is the next one after it, lies at {@code position}. */
    private record Hint(LogSegment segment, long offset, long position) {}

    private final AtomicInteger next = new AtomicInteger();
    private final AtomicReferenceArray<@Nullable Hint> hints = new AtomicReferenceArray<>(HINTS_MAX);

    void put(LogSegment segment, long offset, long position) {
        if (find(segment, offset) < 0) {
            hints.set(Math.floorMod(next.getAndIncrement(), HINTS_MAX), new Hint(segment, offset, position));
        }
    }

    /** Where in {@code segment} the first batch that ends after {@code offset} begins; -1 if not known. */
    long find(LogSegment segment, long offset) {
        for (int i = 0; i < HINTS_MAX; i++) {
            Hint hint = hints.get(i);
            if (hint != null && hint.segment() == segment && hint.offset() == offset) {
                return hint.position();
            }
        }
        return -1;
    }
}
