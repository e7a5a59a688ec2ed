package io.headrace.server.dispatch;

import java.util.concurrent.atomic.LongAdder;

/** How many of the requests that were served had something odd. Any thread. */
public final class RequestCounters {
    private final LongAdder withTrailingBytes = new LongAdder();

    void countTrailingBytes() {
        withTrailingBytes.increment();
    }

    /** Requests that had bytes behind their body, which nobody looked at. */
    public long withTrailingBytes() {
        return withTrailingBytes.sum();
    }
}
