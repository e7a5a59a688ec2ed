package io.headrace.server.api;

import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;

/** Runs an action when everything that a request waits for has come, on the thread that brings the last of it. */
final class Countdown {
    private final AtomicInteger left;
    private final Runnable action;

    /** @param count how often {@link #arrived} is to be called, once more than things are waited for */
    Countdown(int count, Runnable action) {
        this.left = new AtomicInteger(count);
        this.action = action;
    }

    /**
     * A countdown for things that come in groups, as partitions come by topic: {@link #arrived} is to be called once for each
     * of them and once more.
     */
    static <T> Countdown ofParts(Collection<T> groups, ToIntFunction<T> partCount, Runnable action) {
        int count = 1;
        for (T group : groups) {
            count += partCount.applyAsInt(group);
        }
        return new Countdown(count, action);
    }

    /** One of them has come. What was written before this call is seen by the action. */
    void arrived() {
        if (left.decrementAndGet() == 0) {
            action.run();
        }
    }
}
