package io.headrace.storage.compact;

import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/** Keeps reading and writing together below a rate by pausing now and then. Owned by one thread, which it pauses. */
public final class IoThrottle {
    /** Pauses no oftener than this, so that each is long enough to be kept. */
    private static final long INTERVAL_NANOS = 300_000_000;

    private static final double NANOS_PER_SECOND = 1e9;

    private final LongSupplier nanoClock;
    private final LongConsumer pause;
    private volatile double bytesPerSecondMax;
    private long intervalStartNanos;
    private long bytes;

    /**
     * @param bytesPerSecondMax the rate; {@link Double#MAX_VALUE} for any
     * @param nanoClock as {@link System#nanoTime}
     * @param pause does nothing for as many nanoseconds as it is told
     */
    public IoThrottle(double bytesPerSecondMax, LongSupplier nanoClock, LongConsumer pause) {
        this.bytesPerSecondMax = bytesPerSecondMax;
        this.nanoClock = nanoClock;
        this.pause = pause;
        this.intervalStartNanos = nanoClock.getAsLong();
    }

    /** Another rate from now on. Any thread. */
    public void limit(double newBytesPerSecondMax) {
        bytesPerSecondMax = newBytesPerSecondMax;
    }

    /** So many bytes were read or written: returns when the rate allows more. */
    void onBytes(long count) {
        bytes += count;
        long elapsed = nanoClock.getAsLong() - intervalStartNanos;
        double dueNanos = bytes / bytesPerSecondMax * NANOS_PER_SECOND;
        if (elapsed < INTERVAL_NANOS && dueNanos < INTERVAL_NANOS) {
            return;
        }
        if (dueNanos > elapsed) {
            pause.accept((long) dueNanos - elapsed);
        }
        bytes = 0;
        intervalStartNanos = nanoClock.getAsLong();
    }
}
