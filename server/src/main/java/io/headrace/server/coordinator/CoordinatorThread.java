package io.headrace.server.coordinator;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that owns the coordinators. It runs what others hand it, in order, and what falls due in time.
 *
 * <p>Requests are refused when too many wait. What must not get lost, such as the outcome of an append, is always taken:
 * there is no more of it than there are requests under way.
 */
final class CoordinatorThread {
    private static final Logger LOG = System.getLogger(CoordinatorThread.class.getName());

    /** Due deadlines are looked at no later than after this many tasks. */
    private static final int TASKS_IN_A_ROW_MAX = 256;

    /** What happens by itself. */
    interface Timers {
        /** The time of the next deadline, in milliseconds since the epoch; {@link Long#MAX_VALUE} for none. */
        long nextDeadlineMs();

        /** Handles all deadlines that have passed. */
        void runDue(long nowMs);
    }

    private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private final AtomicInteger waitingRequests = new AtomicInteger();
    private final int waitingRequestsMax;
    private final LongSupplier clockMs;
    private final Timers timers;
    private final Thread thread;
    private volatile boolean stopped = false;

    CoordinatorThread(String name, int waitingRequestsMax, LongSupplier clockMs, Timers timers) {
        this.waitingRequestsMax = waitingRequestsMax;
        this.clockMs = clockMs;
        this.timers = timers;
        this.thread = new Thread(this::loop, name);
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Queues a request's task; false if too many wait already or the thread has stopped. */
    boolean offerRequest(Runnable task) {
        if (stopped || waitingRequests.incrementAndGet() > waitingRequestsMax) {
            waitingRequests.decrementAndGet();
            return false;
        }
        tasks.add(() -> {
            waitingRequests.decrementAndGet();
            task.run();
        });
        return true;
    }

    /** Queues a task that may not be refused. */
    void execute(Runnable task) {
        tasks.add(task);
    }

    /** Runs a last task, stops, and waits for the thread to end. What is queued later is not run. */
    void stop(Runnable lastTask, long timeoutMs) throws InterruptedException {
        execute(() -> {
            lastTask.run();
            stopped = true;
        });
        thread.join(timeoutMs);
    }

    private void loop() {
        while (!stopped) {
            try {
                runTasks(awaitTask());
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void runTasks(@Nullable Runnable first) {
        try {
            Runnable task = first;
            for (int i = 0; task != null && i < TASKS_IN_A_ROW_MAX && !stopped; i++) {
                task.run();
                task = i + 1 < TASKS_IN_A_ROW_MAX ? tasks.poll() : null;
            }
            timers.runDue(clockMs.getAsLong());
        } catch (RuntimeException | Error e) {
            // The outermost loop: one task's failure must not silence all the others.
            LOG.log(Level.ERROR, "A task of the coordinators of thread " + thread.getName() + " failed", e);
        }
    }

    /** Instead of the thread: runs what is queued and what is due, without waiting; false if there was nothing. */
    boolean runOnce() {
        Runnable task = tasks.poll();
        boolean due = timers.nextDeadlineMs() <= clockMs.getAsLong();
        if (task != null || due) {
            runTasks(task);
        }
        return task != null || due;
    }

    /** Whether {@link #runOnce} would do nothing now. */
    boolean isIdle() {
        return tasks.isEmpty() && timers.nextDeadlineMs() > clockMs.getAsLong();
    }

    private @Nullable Runnable awaitTask() throws InterruptedException {
        Runnable task = tasks.poll();
        if (task != null) {
            return task;
        }
        long nextMs = timers.nextDeadlineMs();
        if (nextMs == Long.MAX_VALUE) {
            return tasks.take();
        }
        long waitMs = nextMs - clockMs.getAsLong();
        return waitMs <= 0 ? null : tasks.poll(waitMs, TimeUnit.MILLISECONDS);
    }
}
