package io.headrace.core.coordinator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * The appends of a coordinator whose outcome is not known yet, oldest first, and the patience of those who wait for them.
 *
 * @param <A> what one input wrote
 * @param <E> what the coordinator's inputs lead to
 */
public final class Appends<A extends Appends.Append<E>, E extends InputEffects> {
    /**
     * What one input wrote.
     *
     * @param <E> what the coordinator's inputs lead to
     */
    public interface Append<E extends InputEffects> {
        /** It takes long, as {@link AppendOutcome#overdue} has it. */
        void overdue(E effects);
    }

    private static final class InFlight<A> {
        private final long id;
        private final A append;
        private final long overdueAtMs;
        private boolean isOverdue = false;

        private InFlight(long id, A append, long overdueAtMs) {
            this.id = id;
            this.append = append;
            this.overdueAtMs = overdueAtMs;
        }
    }

    private final Deque<InFlight<A>> inFlight = new ArrayDeque<>();
    private final long timeoutMs;
    private long nextId = 0;

    /** @param timeoutMs how long somebody waits for an outcome, in milliseconds */
    public Appends(long timeoutMs) {
        this.timeoutMs = timeoutMs;
    }

    /** Whether every outcome is known. */
    public boolean isEmpty() {
        return inFlight.isEmpty();
    }

    /** Takes in an append that begins now; returns its id for {@link #end}. */
    public long begin(A append, long nowMs) {
        long id = nextId++;
        inFlight.addLast(new InFlight<>(id, append, nowMs + timeoutMs));
        return id;
    }

    /** When somebody loses patience, in milliseconds since the epoch; {@link Long#MAX_VALUE} if nobody will. */
    public long nextDeadlineMs() {
        for (InFlight<A> each : inFlight) {
            if (!each.isOverdue) {
                return each.overdueAtMs;
            }
        }
        return Long.MAX_VALUE;
    }

    /** Tells those who have waited too long. */
    public void runOverdue(E effects) {
        for (InFlight<A> each : inFlight) {
            if (each.overdueAtMs > effects.nowMs) {
                return;
            }
            if (!each.isOverdue) {
                each.isOverdue = true;
                each.append.overdue(effects);
            }
        }
    }

    /**
     * Takes out an append whose outcome is known.
     *
     * @throws IllegalStateException if it was taken out before
     */
    public A end(long appendId) {
        Iterator<InFlight<A>> all = inFlight.iterator();
        while (all.hasNext()) {
            InFlight<A> each = all.next();
            if (each.id == appendId) {
                all.remove();
                return each.append;
            }
        }
        throw new IllegalStateException("No append " + appendId + " is in flight");
    }

    /** Takes out the oldest append, whose outcome will not be learnt; null if there is none. */
    public @Nullable A pollFirst() {
        InFlight<A> first = inFlight.pollFirst();
        return first == null ? null : first.append;
    }

    /** The newest append; there must be one. */
    public A last() {
        return inFlight.getLast().append;
    }
}
