package io.headrace.network.loop;

import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadEventLoop;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * One event loop: a thread that serves its connections, and the mailbox through which other threads reach it.
 *
 * <p>Everything a connection owns is touched only here. Nothing that runs here may block.
 */
public final class NetworkLoop {
    private static final Logger LOG = System.getLogger(NetworkLoop.class.getName());

    private final SingleThreadEventLoop eventLoop;
    private final LoopMailbox mailbox = new LoopMailbox();
    private final Runnable drain = this::drain;
    private final int index;

    NetworkLoop(SingleThreadEventLoop eventLoop, int index) {
        this.eventLoop = eventLoop;
        this.index = index;
    }

    /** This loop's place among its siblings, from 0. */
    public int index() {
        return index;
    }

    /** Whether the calling thread is this loop's. */
    public boolean inLoop() {
        return eventLoop.inEventLoop();
    }

    /**
     * Runs a task on the loop, soon, after those posted before it. From any thread. Many tasks posted in a row cost one
     * wake-up together. A task posted to a loop that has stopped is dropped.
     */
    public void post(Runnable task) {
        mailbox.add(task);
        wakeUp();
    }

    /**
     * As {@link #post}, but the loop learns of it only with the next {@link #wakeUp}. For a thread that completes many
     * requests in a row and calls {@code wakeUp} once at the end.
     */
    public void postQuietly(Runnable task) {
        mailbox.add(task);
    }

    /** Makes the loop look into its mailbox, if there is anything in it and it is not about to look anyway. */
    public void wakeUp() {
        if (mailbox.needsDrain()) {
            try {
                eventLoop.execute(drain);
            } catch (RejectedExecutionException stopped) {
                LOG.log(Level.DEBUG, "Network loop {0} has stopped; what was posted to it is dropped", index);
            }
        }
    }

    /** Runs a task on the loop after a delay. From any thread. */
    public void schedule(Runnable task, long delayMs) {
        Future<?> unused = eventLoop.schedule(task, delayMs, TimeUnit.MILLISECONDS);
    }

    /** Runs a task when the loop has served all that is ready now: the place to flush. On the loop only. */
    public void runAtEndOfPass(Runnable task) {
        eventLoop.executeAfterEventLoopIteration(task);
    }

    /** The Netty loop behind this one. */
    public EventLoop eventLoop() {
        return eventLoop;
    }

    private void drain() {
        mailbox.drain(failure -> LOG.log(Level.ERROR, "A task on network loop " + index + " failed", failure));
    }
}
