package io.headrace.simulation.world;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** The wall clock of a simulated machine: virtual time plus an offset that can jump. */
public final class SimulatedClock extends Clock {
    private static final long START_MS = 1_750_000_000_000L;

    private final Schedule schedule;
    private long offsetMs = START_MS;

    public SimulatedClock(Schedule schedule) {
        this.schedule = schedule;
    }

    /** Sets the clock forward or, with a negative number, back. */
    public void jump(long byMs) {
        offsetMs += byMs;
    }

    @Override
    public long millis() {
        return schedule.nowMs() + offsetMs;
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
