package io.headrace.core.group;

import io.headrace.protocol.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The appends whose outcome is not known yet, oldest first. */
final class Appends {
    /** What one input wrote. */
    static final class Append {
        final long id;
        final List<GroupChange> changes;
        final long producerId;
        private final List<AppendOutcome> outcomes;

        private Append(long id, Effects effects) {
            this.id = id;
            this.changes = List.copyOf(effects.changes);
            this.producerId = effects.producerId;
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
    private long nextId = 0;

    boolean isEmpty() {
        return inFlight.isEmpty();
    }

    Append begin(Effects effects) {
        Append append = new Append(nextId++, effects);
        inFlight.addLast(append);
        return append;
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
    void whenSettled(AppendOutcome outcome) {
        inFlight.getLast().outcomes.add(outcome);
    }
}
