package io.headrace.systemtests.harness;

import java.util.concurrent.atomic.AtomicInteger;

/** Names that no other test uses. */
public final class Names {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private Names() {}

    /** {@code prefix-N}, different at each call. */
    public static String unique(String prefix) {
        return prefix + "-" + NUMBER.incrementAndGet();
    }
}
