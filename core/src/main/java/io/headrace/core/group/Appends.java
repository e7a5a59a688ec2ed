package io.headrace.core.group;

import io.headrace.core.coordinator.AppendOutcome;
import io.headrace.protocol.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The appends whose outcome is not known yet, oldest first, and the patience of those who wait for them. */
final class Appends {
    /** What one input wrote. */
    static final class Append {
        final long id;
        final List<GroupChange> changes;
        final long producerId;
        private final long startedMs;
        private final List<AppendOutcome<Effects>> outcomes;
        private boolean isOverdue = false;

        private Append(long id, Effects effects) {
            this.id = id;
            this.changes = List.copyOf(effects.changes);
            this.producerId = effects.producerId;
            this.startedMs = effects.nowMs;
            this.outcomes = new ArrayList<>(effects.outcomes);
        }

        void durable(Effects effects) {
            outcomes.forEach(outcome -> outcome.durable(effects));
        }

        void failed(ErrorCode error, Effects effects) {
            outcomes.forEach(outcome -> outcome.failed(error, effects));
        }
    }

    private final Deque<Append> inFlight = new ArrayDeque<>();
    private final DeadlineQueue deadlines;
    private final long timeoutMs;

    /** Runs while there may be something in flight. One for all: it is set for the oldest. */
    private final Deadline overdue = new Deadline(this::onOverdue);

    private long nextId = 0;

    Appends(DeadlineQueue deadlines, long timeoutMs) {
        this.deadlines = deadlines;
        this.timeoutMs = timeoutMs;
    }

    boolean isEmpty() {
        return inFlight.isEmpty();
    }

    Append begin(Effects effects) {
        Append append = new Append(nextId++, effects);
        inFlight.addLast(append);
        if (!overdue.isRunning()) {
            deadlines.schedule(overdue, append.startedMs + timeoutMs);
        }
        return append;
    }

    private void onOverdue(Effects effects) {
        for (Append append : inFlight) {
            if (append.startedMs + timeoutMs > effects.nowMs) {
                deadlines.schedule(overdue, append.startedMs + timeoutMs);
                return;
            }
            if (!append.isOverdue) {
                append.isOverdue = true;
                append.outcomes.forEach(outcome -> outcome.overdue(effects));
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

    /** Does something once everything written so far is settled, this way or that; there must be something. */
    void whenSettled(AppendOutcome<Effects> outcome) {
        inFlight.getLast().outcomes.add(outcome);
    }
}
