package io.headrace.server;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets only so many tasks wait for another executor, so that what clients ask for cannot crowd out the broker's own work
 * there. Any thread.
 */
final class BoundedExecutor implements Executor {
    private final Executor executor;
    private final int waitingMax;
    private final AtomicInteger waiting = new AtomicInteger();

    BoundedExecutor(Executor executor, int waitingMax) {
        this.executor = executor;
        this.waitingMax = waitingMax;
    }

    /** @throws RejectedExecutionException if too many tasks wait already, or the executor behind takes no more */
    @Override
    public void execute(Runnable task) {
        if (waiting.incrementAndGet() > waitingMax) {
            waiting.decrementAndGet();
            throw new RejectedExecutionException(waitingMax + " tasks wait already");
        }
        try {
            executor.execute(() -> {
                waiting.decrementAndGet();
                task.run();
            });
        } catch (RejectedExecutionException e) {
            waiting.decrementAndGet();
            throw e;
        }
    }
}
