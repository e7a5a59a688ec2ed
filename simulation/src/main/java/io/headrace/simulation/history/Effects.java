package io.headrace.simulation.history;

import io.headrace.simulation.history.Operation.Outcome;
import java.util.Arrays;
import java.util.List;

/**
 * By when each operation had certainly taken effect, as far as that is known: what succeeded, by its end; and what anybody saw
 * an effect of, by when it was seen. All of a transaction takes effect at once, so what proves a part of it proves the whole.
 */
final class Effects {
    /** The time of what may have had no effect so far. */
    static final long UNPROVEN_MS = Long.MAX_VALUE;

    private final long[] byMs;

    Effects(List<Operation> operations) {
        byMs = new long[operations.size()];
        Arrays.setAll(byMs, i -> {
            Operation operation = operations.get(i);
            return operation.outcome() == Outcome.OK ? operation.endMs() : UNPROVEN_MS;
        });
    }

    /** The latest time at which it took effect; {@link #UNPROVEN_MS} if nothing says that it ever did. */
    long byMs(int operation) {
        return byMs[operation];
    }

    /** Whether it took effect. */
    boolean isProven(int operation) {
        return byMs[operation] != UNPROVEN_MS;
    }

    /** Its effect was seen by then; returns whether that was not known yet. */
    boolean prove(int operation, long seenMs) {
        boolean isNews = seenMs < byMs[operation];
        byMs[operation] = Math.min(byMs[operation], seenMs);
        return isNews;
    }
}
