package io.headrace.core.coordinator;

/**
 * Turns the coordinators' own time into what stands in their records, and back.
 *
 * <p>Their own time runs evenly, whatever is done to the wall clock: setting it must not end transactions or let offsets
 * expire. Records are read by another process later, or by another broker, and count by the wall clock as it was when they were
 * written. What a record says can be no later than now: its writer's clock was ahead then.
 *
 * <p>Owned by the coordinators' thread. Times are milliseconds since the epoch; negative ones mean that there is none.
 */
public final class RecordTime {
    // Until it is told otherwise, both are the same.
    private long ownMs = Long.MAX_VALUE / 2;
    private long wallMs = Long.MAX_VALUE / 2;

    /** The wall clock shows {@code nowByWallMs} when it is {@code nowMs} by the coordinators' time. */
    public void pass(long nowMs, long nowByWallMs) {
        ownMs = nowMs;
        wallMs = nowByWallMs;
    }

    /** What a record says of a moment of the coordinators' time. */
    public long toRecord(long ms) {
        return ms < 0 ? ms : Math.max(0, ms + (wallMs - ownMs));
    }

    /** The moment that a record speaks of, which has been. */
    public long past(long recordMs) {
        return future(Math.min(recordMs, wallMs));
    }

    /** The moment that a record speaks of, which may be still to come. */
    public long future(long recordMs) {
        return recordMs < 0 ? recordMs : Math.max(0, recordMs - (wallMs - ownMs));
    }
}
