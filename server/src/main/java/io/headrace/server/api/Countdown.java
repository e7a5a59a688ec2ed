package io.headrace.server.api;

import java.util.concurrent.atomic.AtomicInteger;

/** Runs an action when everything that a request waits for has come, on the thread that brings the last of it. */
final class Countdown {
    private final AtomicInteger left;
    private final Runnable action;

    /** @param count how often {@link #arrived} is to be called, once more than things are waited for */
    Countdown(int count, Runnable action) {
        this.left = new AtomicInteger(count);
        this.action = action;
    }

    /** One of them has come. What was written before this call is seen by the action. */
    void arrived() {
        if (left.decrementAndGet() == 0) {
            action.run();
        }
    }
}
