package io.headrace.core.transaction;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The appends whose outcome is not known yet, oldest first, and the patience of those who wait for them. */
final class Appends {
    /** What one input wrote. */
    static final class Append {
        final long id;
        final List<Effects.Write> writes;
        private final long overdueAtMs;
        private boolean isOverdue = false;

        private Append(long id, List<Effects.Write> writes, long overdueAtMs) {
            this.id = id;
            this.writes = writes;
            this.overdueAtMs = overdueAtMs;
        }
    }

    private final Deque<Append> inFlight = new ArrayDeque<>();
    private final long timeoutMs;
    private long nextId = 0;

    Appends(long timeoutMs) {
        this.timeoutMs = timeoutMs;
    }

    Append begin(Effects effects) {
        Append append = new Append(nextId++, List.copyOf(effects.writes), effects.nowMs + timeoutMs);
        inFlight.addLast(append);
        return append;
    }

    /** When somebody loses patience; {@link Long#MAX_VALUE} if nobody will. */
    long nextDeadlineMs() {
        for (Append append : inFlight) {
            if (!append.isOverdue) {
                return append.overdueAtMs;
            }
        }
        return Long.MAX_VALUE;
    }

    /** Tells those who have waited too long. */
    void runOverdue(Effects effects) {
        for (Append append : inFlight) {
            if (append.overdueAtMs > effects.nowMs) {
                return;
            }
            if (!append.isOverdue) {
                append.isOverdue = true;
                append.writes.forEach(write -> write.outcome().overdue(effects));
            }
        }
    }

    /** Takes out an append whose outcome is known. */
    Append end(long appendId) {
        Iterator<Append> all = inFlight.iterator();
        while (all.hasNext()) {
            Append append = all.next();
            if (append.id == appendId) {
                all.remove();
                return append;
            }
        }
        throw new IllegalStateException("No append " + appendId + " is in flight");
    }

    @Nullable
    Append pollFirst() {
        return inFlight.pollFirst();
    }
}
