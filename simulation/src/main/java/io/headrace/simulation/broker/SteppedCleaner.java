package io.headrace.simulation.broker;

import io.headrace.server.BrokerCore;
import io.headrace.server.CleanerWaits;
import io.headrace.simulation.world.Schedule;
import io.headrace.simulation.world.Trace;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The broker's cleaner, which waits in the middle of its work. A thread keeps the place where it waits, and nothing else: it
 * runs only while the schedule stands still for it, from one wait to the next, so that exactly one of the two ever runs and
 * a seed decides all that happens.
 */
final class SteppedCleaner implements CleanerWaits {
    private static final long REST_US = 150_000;

    /** Ends the thread wherever it is, as a crash does. */
    private static final class Ended extends Error {
        private static final long serialVersionUID = 1;
    }

    private final Schedule schedule;
    private final Trace trace;
    private final SplittableRandom random;
    private final BrokerProcess process;
    private final Consumer<String> counter;
    private final Semaphore cleanersTurn = new Semaphore(0);
    private final Semaphore schedulesTurn = new Semaphore(0);
    private @Nullable BrokerCore core;
    private @Nullable RuntimeException failure;
    /** Whether the thread has to end, or never began. */
    private boolean ended = true;
    /** Whether it waits between two looks at the logs, not in the middle of one. */
    private boolean resting = true;

    /** @param counter is told what is worth counting */
    SteppedCleaner(
            Schedule schedule, Trace trace, SplittableRandom random, BrokerProcess process, Consumer<String> counter) {
        this.schedule = schedule;
        this.trace = trace;
        this.random = random;
        this.process = process;
        this.counter = counter;
    }

    /** Begins to clean. */
    void start(BrokerCore cleaned) {
        core = cleaned;
        ended = false;
        Thread thread = new Thread(() -> run(cleaned), "cleaner");
        thread.setDaemon(true);
        thread.start();
        goOnAfter(random.nextLong(REST_US));
    }

    private void run(BrokerCore cleaned) {
        cleanersTurn.acquireUninterruptibly();
        try {
            while (!ended) {
                resting = false;
                boolean more = clean(cleaned);
                resting = true;
                if (!more) {
                    waitFor(random.nextLong(REST_US / 2, REST_US * 3 / 2));
                }
            }
        } catch (Ended e) {
            ended = true;
        } catch (RuntimeException | Error e) {
            failure = new IllegalStateException("The cleaner broke", e);
            ended = true;
        } finally {
            schedulesTurn.release();
        }
    }

    private boolean clean(BrokerCore cleaned) {
        try {
            int compacted = cleaned.cleaner().runOnce();
            for (int i = 0; i < compacted; i++) {
                trace.note("a log is compacted");
                counter.accept("logs compacted");
            }
            return compacted > 0;
        } catch (IOException e) {
            trace.note("the cleaner is stopped by " + e);
            return false;
        }
    }

    private void goOnAfter(long delayUs) {
        schedule.after(
                delayUs,
                () -> process.step(() -> {
                    resume();
                    return false;
                }));
    }

    /** Lets the cleaner run to where it waits next. */
    private void resume() {
        if (!ended) {
            cleanersTurn.release();
            schedulesTurn.acquireUninterruptibly();
        }
        RuntimeException broken = failure;
        if (broken != null) {
            failure = null;
            throw broken;
        }
    }

    private void waitFor(long durationUs) {
        checkNotEnded();
        goOnAfter(durationUs);
        schedulesTurn.release();
        cleanersTurn.acquireUninterruptibly();
        checkNotEnded();
    }

    private void checkNotEnded() {
        if (ended) {
            throw new Ended();
        }
    }

    @Override
    public void forWriter() {
        BrokerCore cleaned = core;
        while (cleaned != null && !cleaned.store().writer().isIdle()) {
            waitFor(random.nextLong(100, 1_000));
        }
    }

    @Override
    public void forNanos(long nanos) {
        waitFor(nanos / 1000);
    }

    @Override
    public long nanoTime() {
        return schedule.nowUs() * 1000;
    }

    /**
     * Stops in order: the cleaner gives up what it does.
     *
     * @param writer lets the log writer work, for which the cleaner may have to wait
     */
    void stop(Runnable writer) {
        BrokerCore cleaned = core;
        if (cleaned != null) {
            cleaned.cleaner().stop();
            while (!resting && !ended) {
                writer.run();
                resume();
            }
        }
    }

    /** Ends it where it is. The disk has to be dead for it by now, as it may try to tidy up. */
    void die() {
        if (!ended) {
            if (!resting) {
                counter.accept("compactions cut short");
            }
            ended = true;
            if (core != null) {
                core.cleaner().stop();
            }
            cleanersTurn.release();
            schedulesTurn.acquireUninterruptibly();
        }
    }
}
