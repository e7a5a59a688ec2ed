package io.headrace.storage;

/**
 * The time that producers are remembered by, and that intervals are measured with. It goes with the wall clock but not with its
 * jumps: when somebody sets the clock by a day, producers that sent something a minute ago must still be known, or what they
 * send again is stored twice; and what is done each minute must not rest for a day.
 *
 * <p>It asks to be looked at more often than {@link #STEP_MS_MAX}; a longer step is taken for a jump and left out, so that a
 * process that was suspended remembers producers for longer, never for less long. Owned by the log writer's thread.
 */
final class SteadyTime {
    static final long STEP_MS_MAX = 5 * 60_000;

    private long wallMs;
    private long steadyMs;

    SteadyTime(long nowMs) {
        this.wallMs = nowMs;
        this.steadyMs = nowMs;
    }

    /** The steady time when the wall clock shows {@code nowMs}, in milliseconds. */
    long at(long nowMs) {
        long stepMs = nowMs - wallMs;
        wallMs = nowMs;
        if (stepMs > 0 && stepMs <= STEP_MS_MAX) {
            steadyMs += stepMs;
        }
        return steadyMs;
    }
}
