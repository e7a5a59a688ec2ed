package io.headrace.server;

/**
 * How long the cleaner rests after a run: for {@code log.cleaner.backoff.ms}, and less where a log only waits for the
 * checkpoint that the run has asked for. That rest is doubled from one run to the next until it is the usual one, so that
 * a log that is written all the time does not cause more checkpoints than before.
 */
final class CleanerRest {
    /** Most checkpoints are over by then. */
    private static final long CHECKPOINT_MS = 1_000;

    /** Where the configuration says not to rest at all. */
    private static final long REST_MS_MIN = 10;

    private long checkpointMs = CHECKPOINT_MS;

    /**
     * The rest after a run, in milliseconds.
     *
     * @param awaitsCheckpoint whether the run left something to be done after a checkpoint
     * @param backoffMs {@code log.cleaner.backoff.ms} as it is now
     */
    long nextMs(boolean awaitsCheckpoint, long backoffMs) {
        long usualMs = Math.max(REST_MS_MIN, backoffMs);
        if (!awaitsCheckpoint) {
            checkpointMs = CHECKPOINT_MS;
            return usualMs;
        }
        long restMs = Math.min(usualMs, checkpointMs);
        checkpointMs = 2 * restMs;
        return restMs;
    }
}
