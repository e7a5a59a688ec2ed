package io.headrace.storage;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Runs independent tasks on the calling thread and, when there are many, on threads of an executor besides: a disk does
 * many syncs at a time in little more than the time of one.
 *
 * <p>Waits only for tasks that a thread has begun, so it ends also when the executor has no thread to spare or runs what it
 * is given much later.
 */
final class ParallelTasks {
    /** One of them; must not depend on another. */
    @FunctionalInterface
    interface Task {
        void run() throws IOException;
    }

    private static final int HELPERS_MAX = 15;
    /** Fewer tasks are not worth another thread. */
    private static final int TASKS_PER_HELPER = 4;

    private final List<? extends Task> tasks;

    // Guarded by this.
    private int next;
    private int running;
    private @Nullable Throwable failure;

    private ParallelTasks(List<? extends Task> tasks) {
        this.tasks = tasks;
    }

    /**
     * Runs all of them and returns when they have ended. Once one fails, those that have not begun are left.
     *
     * @throws IOException what the first task that failed threw; unchecked exceptions and errors likewise
     */
    static void run(Executor executor, List<? extends Task> tasks) throws IOException {
        ParallelTasks all = new ParallelTasks(tasks);
        int helpers = Math.min(HELPERS_MAX, tasks.size() / TASKS_PER_HELPER);
        try {
            for (int i = 0; i < helpers; i++) {
                executor.execute(all::work);
            }
        } catch (RejectedExecutionException e) {
            // The executor is busy or has ended: those that came, and this thread, do the work.
        }
        all.work();
        all.awaitRunning();
        all.throwFailure();
    }

    private void work() {
        for (Task task = begin(); task != null; task = begin()) {
            Throwable problem = null;
            try {
                task.run();
            } catch (IOException | RuntimeException | Error e) {
                problem = e;
            }
            end(problem);
        }
    }

    private synchronized @Nullable Task begin() {
        if (failure != null || next == tasks.size()) {
            return null;
        }
        running++;
        return tasks.get(next++);
    }

    private synchronized void end(@Nullable Throwable problem) {
        running--;
        if (failure == null) {
            failure = problem;
        }
        if (running == 0) {
            notifyAll();
        }
    }

    private synchronized void awaitRunning() {
        boolean interrupted = false;
        while (running > 0) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void throwFailure() throws IOException {
        if (failure instanceof IOException e) {
            throw e;
        }
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }
}
