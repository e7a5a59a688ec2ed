package io.headrace.server;

import io.headrace.storage.compact.LogCleaner;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** The thread {@code cleaner-0} that compacts logs, and rests when none needs it. */
final class CleanerThread {
    private static final Logger LOG = System.getLogger(CleanerThread.class.getName());

    private final LogCleaner cleaner;
    private final LongSupplier backoffMs;
    private final CleanerRest rest = new CleanerRest();
    private final CleaningProgress progress;
    private final CleanerMetrics metrics;
    private final Semaphore stop = new Semaphore(0);
    private final Thread thread;

    /** @param directory where the logs are */
    CleanerThread(LogCleaner cleaner, Path directory, LongSupplier backoffMs) {
        this.cleaner = cleaner;
        this.metrics = new CleanerMetrics(cleaner.counters(), directory);
        this.backoffMs = backoffMs;
        this.progress = new CleaningProgress(cleaner.counters());
        this.thread = new Thread(this::run, "cleaner-0");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        boolean shown = false;
        try {
            while (!stop.tryAcquire(
                    rest.nextMs(cleaner.awaitsCheckpoint(), backoffMs.getAsLong()), TimeUnit.MILLISECONDS)) {
                if (!shown) {
                    shown = true;
                    metrics.show();
                }
                runOnce();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "Compaction broke; logs are not compacted any more until a restart", e);
        } finally {
            metrics.hide();
        }
    }

    private static long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    /** To be called now and then, by any thread: says in the log how far a run has come that takes long. */
    void sayProgress() {
        String line = progress.line(nowMs());
        if (line != null) {
            LOG.log(Level.INFO, line);
        }
    }

    private void runOnce() {
        progress.began(nowMs());
        try {
            while (cleaner.runOnce() > 0) {
                // What was left for want of memory, and what has come meanwhile.
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, "How far logs are compacted cannot be read or written; will try again", e);
        } finally {
            progress.ended();
        }
    }

    /** Ends what is going on, and the thread. */
    void stop() throws InterruptedException {
        cleaner.stop();
        stop.release();
        thread.join();
    }
}
