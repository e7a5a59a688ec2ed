package io.headrace.storage.log;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Which older parts of a log were read and found to be sound a short while ago, so that the next readers of the same bytes
 * need not take the way by the disk again. Shared by all views of the log; safe for use by many threads.
 */
final class VerifiedRanges {
    static final int RANGES_MAX = 8;

    /** How long pages are taken to stay. The system evicts sooner only when memory is very short. */
    static final long VALID_MS = 30_000;

    /** Offsets from {@code start} to before {@code end}; the oldest of them were read at {@code sinceMs}. */
    private record Range(long start, long end, long sinceMs) {
        boolean isValid(long nowMs) {
            return nowMs - sinceMs < VALID_MS;
        }
    }

    private final AtomicInteger next = new AtomicInteger();
    private final AtomicReferenceArray<@Nullable Range> ranges = new AtomicReferenceArray<>(RANGES_MAX);

    /** Where the range ends that an offset lies in; the offset itself if it lies in none. */
    long endFrom(long offset, long nowMs) {
        long end = offset;
        for (int i = 0; i < RANGES_MAX; i++) {
            Range range = ranges.get(i);
            if (range != null && range.start() <= offset && end < range.end() && range.isValid(nowMs)) {
                end = range.end();
            }
        }
        return end;
    }

    /** All from {@code start} to before {@code end} was read now. Continues a range that ends where this one begins. */
    void note(long start, long end, long nowMs) {
        for (int i = 0; i < RANGES_MAX; i++) {
            Range range = ranges.get(i);
            if (range != null && range.start() <= start && start <= range.end() && range.isValid(nowMs)) {
                // A race with another reader loses one of the two, who then takes the long way once more.
                ranges.set(i, new Range(range.start(), Math.max(range.end(), end), range.sinceMs()));
                return;
            }
        }
        ranges.set(Math.floorMod(next.getAndIncrement(), RANGES_MAX), new Range(start, end, nowMs));
    }
}
