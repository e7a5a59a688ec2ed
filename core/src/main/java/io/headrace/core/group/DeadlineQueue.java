package io.headrace.core.group;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** The deadlines of one coordinator in the order in which they fall due; equal times keep the order of scheduling. */
final class DeadlineQueue {
    /** Below this many entries it is not worth looking for dead ones. */
    private static final int COMPACT_ENTRIES_MIN = 64;

    private record Entry(long atMs, long sequence, Deadline deadline) implements Comparable<Entry> {
        @Override
        public int compareTo(Entry other) {
            int byTime = Long.compare(atMs, other.atMs);
            return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
        }
    }

    private final PriorityQueue<Entry> entries = new PriorityQueue<>();
    private long nextSequence = 0;
    private int runningCount = 0;

    /** Starts or moves a deadline. */
    void schedule(Deadline deadline, long atMs) {
        if (atMs >= Deadline.NEVER) {
            throw new IllegalArgumentException("A deadline needs a time: " + atMs);
        }
        if (!deadline.isRunning()) {
            runningCount++;
        }
        deadline.atMs = atMs;
        if (atMs < deadline.queuedAtMs) {
            enqueue(deadline);
            compactWhenMostlyDead();
        }
    }

    void cancel(Deadline deadline) {
        if (deadline.isRunning()) {
            deadline.atMs = Deadline.NEVER;
            runningCount--;
        }
    }

    /** No deadline falls due before this time. It may be too early, never too late; {@link Deadline#NEVER} if none. */
    long nextMs() {
        Entry first = entries.peek();
        return first == null ? Deadline.NEVER : first.atMs;
    }

    /** Takes out the first deadline that is due, or null. It no longer runs afterwards. */
    @Nullable
    Deadline pollDue(long nowMs) {
        while (true) {
            Entry first = entries.peek();
            if (first == null || first.atMs > nowMs) {
                return null;
            }
            entries.poll();
            Deadline deadline = first.deadline;
            if (deadline.queuedAtMs != first.atMs) {
                continue;
            }
            deadline.queuedAtMs = Deadline.NEVER;
            if (deadline.atMs <= nowMs) {
                cancel(deadline);
                return deadline;
            }
            if (deadline.isRunning()) {
                enqueue(deadline);
            }
        }
    }

    void clear() {
        entries.clear();
        runningCount = 0;
    }

    int entryCount() {
        return entries.size();
    }

    private void enqueue(Deadline deadline) {
        deadline.queuedAtMs = deadline.atMs;
        entries.add(new Entry(deadline.atMs, nextSequence++, deadline));
    }

    /** Members that come and go leave entries behind; without this a long timeout would keep them for as long. */
    private void compactWhenMostlyDead() {
        if (entries.size() < COMPACT_ENTRIES_MIN || entries.size() < 4 * (long) runningCount) {
            return;
        }
        entries.removeIf(entry -> {
            boolean current = entry.deadline.queuedAtMs == entry.atMs;
            if (current && !entry.deadline.isRunning()) {
                entry.deadline.queuedAtMs = Deadline.NEVER;
                return true;
            }
            return !current;
        });
    }
}
