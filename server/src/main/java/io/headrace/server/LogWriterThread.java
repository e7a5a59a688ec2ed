package io.headrace.server;

import io.headrace.storage.LogWriter;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.util.concurrent.locks.LockSupport;

/** The thread {@code log-0} that runs the log writer: sleeps while there is nothing to append. */
final class LogWriterThread {
    private static final Logger LOG = System.getLogger(LogWriterThread.class.getName());

    private final LogWriter writer;
    private final Clock clock;
    private final Runnable onFailure;
    private final Thread thread;
    private volatile boolean stopping;
    private volatile boolean asleep;

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
                if (writer.runOnce(clock.millis()) == 0) {
                    sleep();
                }
            }
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "The log writer broke; the broker stops", e);
            onFailure.run();
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
