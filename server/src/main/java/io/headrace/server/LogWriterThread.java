package io.headrace.server;

import io.headrace.storage.LogWriter;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.util.concurrent.locks.LockSupport;

/**
 * The thread {@code log-0} that runs the log writer: sleeps while there is nothing to append.
 *
 * <p>Requests often come in bursts, as when several clients wait for one another. The first of a burst wakes the thread, and
 * the others would miss its group by a moment and wait for two syncs. So once awake it gives as many tasks as came the last
 * time a fraction of a sync's time to arrive.
 */
final class LogWriterThread {
    private static final Logger LOG = System.getLogger(LogWriterThread.class.getName());

    /** Which part of a group's usual time is spent on waiting for more. */
    private static final int GATHERED_FRACTION = 4;

    private static final long GATHERED_NANOS_MAX = 500_000;

    private final LogWriter writer;
    private final Clock clock;
    private final Runnable onFailure;
    private final Thread thread;
    private volatile boolean stopping;
    private volatile boolean asleep;

    // Owned by the thread.
    /** How many tasks were done since the thread last slept. */
    private int burst;
    /** What a group usually takes: a running median, for a disk's rare long syncs would lift an average far above it. */
    private long groupNanos = 100_000;

    /** @param onFailure run when the writer breaks, after which nothing can be appended any more */
    LogWriterThread(LogWriter writer, Clock clock, Runnable onFailure) {
        this.writer = writer;
        this.clock = clock;
        this.onFailure = onFailure;
        this.thread = new Thread(this::run, "log-0");
        thread.setDaemon(true);
    }

    void start() {
        writer.onWork(this::wakeUp);
        thread.start();
    }

    private void wakeUp() {
        if (asleep) {
            LockSupport.unpark(thread);
        }
    }

    private void run() {
        try {
            while (!stopping) {
                long startNanos = System.nanoTime();
                int tasks = writer.runOnce(clock.millis());
                if (tasks == 0) {
                    sleep();
                    gather();
                } else {
                    burst += tasks;
                    long step = groupNanos / 16 + 1;
                    groupNanos += System.nanoTime() - startNanos > groupNanos ? step : -step;
                }
            }
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "The log writer broke; the broker stops", e);
            writer.broke(e);
            onFailure.run();
        }
    }

    /** Lets the rest of a burst arrive. */
    @SuppressWarnings("ThreadPriorityCheck") // only a hint that others may have the core: nothing depends on it
    private void gather() {
        int expected = burst;
        burst = 0;
        long untilNanos = System.nanoTime() + Math.min(groupNanos / GATHERED_FRACTION, GATHERED_NANOS_MAX);
        while (writer.queuedCount() < expected && System.nanoTime() < untilNanos && !stopping) {
            Thread.yield();
        }
    }

    private void sleep() {
        asleep = true;
        // Work that came before the flag was seen woke nobody.
        while (writer.isIdle() && !stopping) {
            LockSupport.park(this);
        }
        asleep = false;
    }

    /** Ends the thread after what it is doing; what is queued stays queued. */
    void stop() throws InterruptedException {
        stopping = true;
        LockSupport.unpark(thread);
        thread.join();
    }
}
