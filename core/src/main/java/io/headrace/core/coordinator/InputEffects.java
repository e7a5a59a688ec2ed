package io.headrace.core.coordinator;

import java.util.ArrayList;
import java.util.List;

/** Collects what one input leads to; each kind of coordinator adds what it writes. */
public abstract class InputEffects {
    /** The time of the input, milliseconds since the epoch. */
    public final long nowMs;

    /** Answers that do not depend on what is written. */
    public final List<Reply<?>> replies = new ArrayList<>();

    /** Lines for the broker's log. */
    public final List<String> notes = new ArrayList<>();

    /** Nothing yet. */
    protected InputEffects(long nowMs) {
        this.nowMs = nowMs;
    }

    /** Answers at once. */
    public final <R> void reply(Waiter<R> waiter, R response) {
        replies.add(new Reply<>(waiter, response));
    }

    /** Adds a line for the broker's log; for changes of state only. */
    public final void note(String line) {
        notes.add(line);
    }
}
