package io.headrace.simulation.history;

/**
 * What a history says of how good the service was; none of it is wrong by itself.
 *
 * @param realtimeLagMs the longest time between the acknowledgement of a record and the begin of a poll that ended just before it
 * @param consumedAgain how many records a group's members consumed more than once
 * @param consumedMost how often the same record was consumed by one group at most
 */
public record Measures(long realtimeLagMs, long consumedAgain, int consumedMost) {
    /** Of nothing. */
    public static final Measures NONE = new Measures(0, 0, 0);

    /** Those of two histories. */
    public Measures and(Measures other) {
        return new Measures(
                Math.max(realtimeLagMs, other.realtimeLagMs),
                consumedAgain + other.consumedAgain,
                Math.max(consumedMost, other.consumedMost));
    }

    @Override
    public String toString() {
        return "polls lagged by up to " + realtimeLagMs + " ms; groups consumed " + consumedAgain
                + " records again, up to " + consumedMost + " times";
    }
}
