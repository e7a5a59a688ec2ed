package io.headrace.simulation.world;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** The wall clock of a simulated machine: virtual time, and how wrong somebody has set it. */
public final class SimulatedClock extends Clock {
    private static final long START_MS = 1_750_000_000_000L;

    private final Schedule schedule;
    private long wrongByMs;

    public SimulatedClock(Schedule schedule) {
        this.schedule = schedule;
    }

    /** Sets the clock so that it is ahead of the true time by so much or, with a negative number, behind. */
    public void set(long wrongByMs) {
        this.wrongByMs = wrongByMs;
    }

    @Override
    public long millis() {
        return START_MS + schedule.nowMs() + wrongByMs;
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("A simulated clock has no zones");
    }
}
