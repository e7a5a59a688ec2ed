package io.headrace.systemtests.harness;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Polls for a condition that another process brings about. */
public final class Await {
    private Await() {}

    /** Evaluates {@code condition} until it is true; fails with {@code what} when that takes longer than the limit. */
    public static void until(String what, Duration limit, Condition condition) {
        until(() -> what, limit, condition);
    }

    /** As {@link #until(String, Duration, Condition)}, with a message that is made when it is needed. */
    public static void until(Supplier<String> what, Duration limit, Condition condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            while (!condition.holds()) {
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("not within " + limit.toMillis() + " ms: " + what.get());
                }
                TimeUnit.MILLISECONDS.sleep(10);
            }
        } catch (AssertionError | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(what.get(), e);
        }
    }

    /** A condition that may ask a broker and fail doing so. */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws Exception;
    }
}
