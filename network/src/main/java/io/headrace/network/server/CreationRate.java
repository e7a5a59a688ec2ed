package io.headrace.network.server;

/** How many connections may be accepted a second: a bucket that holds one second's worth. Any thread. */
final class CreationRate {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private int perSecondMax;
    private double available;
    private long filledNanos;

    CreationRate(int perSecondMax, long nowNanos) {
        this.perSecondMax = perSecondMax;
        this.available = perSecondMax;
        this.filledNanos = nowNanos;
    }

    /** Takes another limit, from now on. */
    synchronized void change(int newPerSecondMax, long nowNanos) {
        if (newPerSecondMax != perSecondMax) {
            perSecondMax = newPerSecondMax;
            available = newPerSecondMax;
            filledNanos = nowNanos;
        }
    }

    /** Counts one connection. Returns how long to wait before accepting another, in milliseconds, 0 for not at all. */
    synchronized long take(long nowNanos) {
        if (perSecondMax == Integer.MAX_VALUE) {
            return 0;
        }
        double earned = (double) (nowNanos - filledNanos) * perSecondMax / NANOS_PER_SECOND;
        filledNanos = nowNanos;
        available = Math.min(perSecondMax, available + earned) - 1;
        return available >= 1 ? 0 : (long) Math.ceil((1 - available) * 1000 / perSecondMax);
    }
}
