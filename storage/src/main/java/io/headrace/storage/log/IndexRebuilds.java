package io.headrace.storage.log;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/**
 * How often the transaction indexes of some logs had to be made anew; and lets one be made at a time, as each may take the
 * reading of a whole log. Safe for use by many threads.
 */
public final class IndexRebuilds {
    private final AtomicBoolean running = new AtomicBoolean();
    private final LongAdder damaged = new LongAdder();
    private final LongAdder unchecked = new LongAdder();

    /** Whether the caller may begin; then it calls {@link #end}. */
    boolean tryBegin() {
        return running.compareAndSet(false, true);
    }

    void end() {
        running.set(false);
    }

    void countDamaged() {
        damaged.increment();
    }

    void countUnchecked() {
        unchecked.increment();
    }

    /** How many were made anew because they did not hold what was written. */
    public long damaged() {
        return damaged.sum();
    }

    /** How many were made anew because nothing was there to check them with: another program wrote them. */
    public long unchecked() {
        return unchecked.sum();
    }
}
