package io.headrace.storage;

import static java.util.Objects.requireNonNull;

import io.headrace.storage.disk.DiskFullException;
import io.headrace.storage.journal.Journal;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * When a store's checkpoints begin, and what follows from their end: one at a time, on an executor for slow work as a rule.
 * Owned by the log writer, and told the {@link SteadyTime}.
 */
final class StoreCheckpoints {
    private static final Logger LOG = System.getLogger(StoreCheckpoints.class.getName());
    /** How long after a checkpoint that found no room another one may begin. */
    private static final long RETRY_MS = 1_000;
    /** For so long after a start that found a checkpoint due it waits: those who waited for the start come first. */
    private static final long START_MS = 10_000;

    private final LogStore store;
    private final Checkpointer checkpointer;
    private final StoreRetention retention;
    private final StoreOptions options;
    private final Executor io;

    private Checkpointer.@Nullable Job running;
    private boolean wanted;
    private long lastBegunMs;
    private long journalMayFillUntilMs;
    private boolean foundNoRoom;

    StoreCheckpoints(
            LogStore store,
            Checkpointer checkpointer,
            StoreRetention retention,
            StoreOptions options,
            Executor io,
            long steadyMs) {
        this.store = store;
        this.checkpointer = checkpointer;
        this.retention = retention;
        this.options = options;
        this.io = io;
        this.lastBegunMs = steadyMs;
        this.journalMayFillUntilMs = steadyMs;
    }

    /** The journal was opened, with what the last life has left in it. */
    void journalOpened(Journal journal, long steadyMs) {
        if (journal.checkpointDue()) {
            journalMayFillUntilMs = steadyMs + START_MS;
        }
    }

    boolean isRunning() {
        return running != null;
    }

    /** Asks for a checkpoint soon. */
    void want() {
        wanted = true;
    }

    /** Begins a checkpoint if the journal fills up, data has waited long in it, or somebody wants one. */
    void beginIfDue(long steadyMs) {
        int dirtyCount = checkpointer.dirtyCount();
        Journal journal = store.journal();
        boolean filling = steadyMs < journalMayFillUntilMs ? journal.isHalfFull() : journal.checkpointDue();
        boolean due = wanted
                || (filling && checkpointer.hold().isEmpty())
                || steadyMs - lastBegunMs >= options.checkpointIntervalMs()
                || dirtyCount >= options.dirtyPartitionsMax();
        if (dirtyCount >= 2 * options.dirtyPartitionsMax()) {
            // Each of them holds a file open: there is no choice but to wait until the running checkpoint lets go of
            // its own.
            await();
        }
        boolean tooSoon = foundNoRoom && steadyMs - lastBegunMs < RETRY_MS;
        if (due && !tooSoon && running == null && checkpointer.hasWork() && store.isWritable()) {
            lastBegunMs = steadyMs;
            Checkpointer.Job job = begin();
            if (job != null) {
                io.execute(() -> {
                    job.run();
                    store.writer().enqueueInternal(WriterTask.of(now -> end(job)));
                });
            }
        }
    }

    private Checkpointer.@Nullable Job begin() {
        try {
            running = checkpointer.begin(store.journal().lastSequence());
            wanted = false;
            retention.checkpointBegun();
            return running;
        } catch (IOException e) {
            store.fail(e);
            return null;
        }
    }

    private void end(Checkpointer.Job job) {
        if (running != job) {
            return; // runNow() was faster
        }
        running = null;
        IOException problem = job.failure();
        foundNoRoom = problem instanceof DiskFullException;
        if (problem instanceof DiskFullException) {
            checkpointer.abandon(job);
            LOG.log(Level.WARNING, "No room for a checkpoint; will try again: {0}", problem.getMessage());
            retention.checkpointEnded(false);
        } else if (problem != null) {
            store.fail(problem);
        } else {
            try {
                checkpointer.complete(job);
                store.journal().release(checkpointer.hold().limit(job.journalSequence()));
                retention.checkpointEnded(true);
            } catch (IOException e) {
                store.fail(e);
            }
        }
    }

    /** Sees a checkpoint to its end that was begun. */
    void await() {
        Checkpointer.Job job = running;
        if (job != null) {
            job.await();
            end(job);
        }
    }

    /**
     * Takes a checkpoint on the calling thread, which is the log writer's.
     *
     * @throws IOException if the data directory has failed, now or before
     */
    Checkpointer.Job runNow() throws IOException {
        await();
        Checkpointer.Job job = begin();
        if (job != null) {
            job.run();
            end(job);
        }
        store.throwIfFailed();
        return requireNonNull(job, "a checkpoint that did not begin has failed");
    }
}
