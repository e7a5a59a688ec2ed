package io.headrace.server;

import io.headrace.storage.compact.CompactionCounters;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Says how far a run of the cleaner has come, once a minute while it takes longer than that. Any thread. */
final class CleaningProgress {
    private static final long INTERVAL_MS = 60_000;
    private static final double MIB = 1 << 20;

    private final CompactionCounters counters;
    private boolean running;
    private long beganMs;
    private long saidMs;
    private long runsBefore;
    private long bytesReadBefore;
    private long bytesWrittenBefore;

    CleaningProgress(CompactionCounters counters) {
        this.counters = counters;
    }

    /** A run begins, at a time of any clock that is never set back. */
    synchronized void began(long nowMs) {
        running = true;
        beganMs = nowMs;
        saidMs = nowMs;
        runsBefore = counters.runs();
        bytesReadBefore = counters.bytesRead();
        bytesWrittenBefore = counters.bytesWritten();
    }

    synchronized void ended() {
        running = false;
    }

    /** What to say now; null for nothing. */
    synchronized @Nullable String line(long nowMs) {
        if (!running || nowMs - saidMs < INTERVAL_MS) {
            return null;
        }
        saidMs = nowMs;
        return String.format(
                Locale.ROOT,
                "Compacting for %d s: %d logs done, %.1f MiB read, %.1f MiB written",
                (nowMs - beganMs) / 1_000,
                counters.runs() - runsBefore,
                (counters.bytesRead() - bytesReadBefore) / MIB,
                (counters.bytesWritten() - bytesWrittenBefore) / MIB);
    }
}
