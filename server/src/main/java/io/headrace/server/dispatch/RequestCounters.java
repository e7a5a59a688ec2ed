package io.headrace.server.dispatch;

import io.headrace.protocol.ApiKey;
import java.util.concurrent.atomic.LongAdder;

/** How many requests of each API were served. Any thread. */
public final class RequestCounters {
    private final LongAdder[] served = new LongAdder[Short.MAX_VALUE >> 6];

    public RequestCounters() {
        for (ApiKey key : ApiKey.values()) {
            served[key.id()] = new LongAdder();
        }
    }

    void countServed(ApiKey key) {
        served[key.id()].increment();
    }

    /** Requests of one API that reached their handler. */
    public long served(ApiKey key) {
        return served[key.id()].sum();
    }
}
