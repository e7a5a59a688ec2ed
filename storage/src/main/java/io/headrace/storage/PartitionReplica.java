package io.headrace.storage;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TopicConfig;
import io.headrace.core.partition.CompletedTransaction;
import io.headrace.core.partition.ProducerStates;
import io.headrace.core.partition.VerificationGuard;
import io.headrace.protocol.ErrorCode;
import io.headrace.storage.disk.DiskFullException;
import io.headrace.storage.log.CorruptLogException;
import io.headrace.storage.log.InconsistentTopicIdException;
import io.headrace.storage.log.LogView;
import io.headrace.storage.log.PartitionLog;
import io.headrace.storage.log.PendingSync;
import io.headrace.storage.log.UnreadableLogException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One partition on this broker. Its log is opened when it is first used; until then this is a few fields.
 *
 * <p>The log writer owns it. Other threads see the {@linkplain #view() published view}, the status and the configuration,
 * and can ask to be told when the log moves on.
 *
 * <pre>
 * UNOPENED --first use--> OPEN --disk error, damaged file--> OFFLINE
 *     |  <---long unused---  |  <--room for what it lacked---     |
 *     +--------------------+------- topic deleted --------------+--> DELETED
 * </pre>
 */
public final class PartitionReplica {
    /** Where the replica is in its life; see the picture above. */
    public enum Status {
        UNOPENED,
        OPEN,
        OFFLINE,
        DELETED
    }

    /** Told, on the log writer's thread, that more can be read or that the replica's status changed. Must be quick. */
    @FunctionalInterface
    public interface Waiter {
        void onProgress();
    }

    private static final Logger LOG = System.getLogger(PartitionReplica.class.getName());
    private static final ByteBuffer[] NO_BATCHES = {};
    /** How long after an append found the log unreadable another one is tried. */
    private static final long UNREADABLE_RETRY_MS = 10_000;

    private final LogStore store;
    private final TopicIdPartition id;
    private volatile TopicConfig config;
    private volatile Status status = Status.UNOPENED;
    private volatile @Nullable LogView view;
    private volatile @Nullable String problem;
    private @Nullable IOException offlineCause;
    /** Set by whoever uses the replica; taken back by the log writer when it looks who is idle. */
    private volatile boolean used;

    /** Whether appends were answered that readers do not see yet. Written by the log writer. */
    private volatile boolean answeredAhead;

    // Guarded by itself: any thread adds and removes, the log writer empties it.
    private final List<Waiter> waiters = new ArrayList<>(0);

    // From here on owned by the log writer.
    private @Nullable PartitionLog log;
    /** Where the next batch goes: the log's end once the staged batches are written. */
    long nextOffset;
    /** Whether the log has data that is not yet synced in its own files. */
    boolean dirty;
    /** Whether the next checkpoint is to prepare the log for being closed. */
    boolean completeWithCheckpoint;

    private long usedMs;
    /** Whether the log was closed with everything on disk, and the next opening can rely on that. */
    private boolean closedInOrder;
    /** Whether the log was let go of in the middle of things, so that the next opening must not rely on anything. */
    private boolean abandoned;
    /** Whether the journal is being replayed to the log, so that readers must not see it yet. */
    private boolean replaying;
    /** Whether the last append found that something of the log cannot be read, and when to try again. */
    private boolean unreadable;

    private long readAgainAtMs;
    /** Whether the writer's current group touches this replica. */
    boolean inGroup;
    /** What the current group appends, in offset order. */
    final List<AppendTask> staged = new ArrayList<>(0);

    /** How many batches of the current group are in the segment. */
    int writtenCount;

    private ByteBuffer[] stagedBatches = NO_BATCHES;
    private final List<ProducerStates.@Nullable Undo> stagedUndo = new ArrayList<>(0);
    private final List<AppendTask> duplicates = new ArrayList<>(0);
    private boolean stagedTransactionEnd;
    /** Batches that wait for the coordinator of their transaction. */
    private Map<HeldAppends.Key, HeldAppends> held = Map.of();

    PartitionReplica(LogStore store, TopicIdPartition id, TopicConfig config) {
        this.store = store;
        this.id = id;
        this.config = config;
    }

    public TopicIdPartition id() {
        return id;
    }

    public TopicConfig config() {
        return config;
    }

    public Status status() {
        return status;
    }

    public boolean isDeleted() {
        return status == Status.DELETED;
    }

    /** Why the replica is offline, in words; null if it is not. */
    public @Nullable String problem() {
        return problem;
    }

    /** What can be read now; null while the log is unopened, and after it went away. Any thread. */
    public @Nullable LogView view() {
        markUsed();
        return view;
    }

    /** As {@link #view}, for who only counts and does not want the log kept open for it. */
    @Nullable
    LogView peek() {
        return view;
    }

    private void markUsed() {
        if (!used) {
            used = true;
        }
    }

    /**
     * Whether somebody was told of an append that the view does not show yet, as it is not durable. The next progress shows it,
     * or it is lost to a failure. Any thread.
     */
    public boolean isAnsweredAhead() {
        return answeredAhead;
    }

    /** Asks to be told of progress, until {@link #removeWaiter}. Check the view again after this: it may just have moved. */
    public void addWaiter(Waiter waiter) {
        synchronized (waiters) {
            waiters.add(waiter);
        }
    }

    /** Asks not to be told any more; of no effect for one that does not wait. */
    public void removeWaiter(Waiter waiter) {
        synchronized (waiters) {
            waiters.remove(waiter);
        }
    }

    /** The open log. Log writer only. */
    PartitionLog log() {
        return Objects.requireNonNull(log, "The log is not open");
    }

    void updateConfig(TopicConfig newConfig) throws IOException {
        boolean startsJournaling = newConfig.fsync() && !config.fsync();
        config = newConfig;
        if (log != null) {
            log.configure(newConfig);
            if (startsJournaling) {
                // What is in the page cache only would be a gap before the first journal entry.
                store.awaitCheckpoint();
                PendingSync sync = log.flush();
                try {
                    sync.run();
                    log.onSynced(sync);
                } catch (DiskFullException e) {
                    store.markDirty(this); // the batches are durable; the next checkpoint does the rest
                }
            }
        }
    }

    /**
     * Opens the log if it is not open.
     *
     * @return false if it cannot be used: then {@link #problem()} says why, or the disk has failed, or it is full and it may
     *     be tried again
     */
    boolean ensureOpen(long nowMs) {
        markUsed();
        if (status == Status.OPEN) {
            return true;
        }
        if (status != Status.UNOPENED) {
            return false;
        }
        try {
            opened(store.openLog(this, nowMs));
            store.noteOpened(this);
            return true;
        } catch (DiskFullException e) {
            store.reportDiskFull(e, nowMs);
            return false; // another try may find room
        } catch (IOException e) {
            takeOffline(e);
            return false;
        }
    }

    /** As {@link #ensureOpen}, for a reader: of a log that has no files there is nothing to be seen, and none are made. */
    void openToRead(long nowMs) {
        if (status == Status.UNOPENED && !replaying && !store.hasFiles(id)) {
            view = LogView.EMPTY;
        } else {
            ensureOpen(nowMs);
        }
    }

    /**
     * Using the open log failed. Damage is this partition's own and takes it alone offline. Any other error is the disk's, and
     * the directory takes no more writes: a checkpoint must not release from the journal what this log may not have.
     */
    void onFailure(IOException cause) {
        if (isDamage(cause)) {
            takeOffline(cause);
        } else {
            store.fail(cause);
        }
    }

    /**
     * The disk did not give back what had to be known before an append: it is asked again after a while, as on a bad disk each
     * try may keep all partitions waiting.
     */
    void onUnreadable(UnreadableLogException cause, long nowMs) {
        if (!log().isUsable()) {
            takeOffline(cause);
            return;
        }
        if (!unreadable) {
            LOG.log(Level.ERROR, id + " takes no records while its log cannot be read", cause);
        }
        unreadable = true;
        readAgainAtMs = store.steadyMs(nowMs) + UNREADABLE_RETRY_MS;
    }

    /** Whether it is too early for another append after {@link #onUnreadable}. */
    boolean isUnreadable(long nowMs) {
        return unreadable && store.steadyMs(nowMs) < readAgainAtMs;
    }

    private static boolean isDamage(@Nullable IOException cause) {
        return cause instanceof CorruptLogException || cause instanceof InconsistentTopicIdException;
    }

    /** Whether it is offline because the disk failed, so that another start may find it sound. */
    boolean isUnreachable() {
        return status == Status.OFFLINE && !isDamage(offlineCause);
    }

    /** Its log is open now. */
    void opened(PartitionLog newLog) {
        markUsed();
        closedInOrder = false;
        log = newLog;
        nextOffset = newLog.logEndOffset();
        newLog.advance(nextOffset, nextOffset);
        view = replaying ? null : newLog.view();
        status = Status.OPEN;
    }

    /** Whether nobody has used the log for so long, nor waits for something to happen to it. */
    boolean isIdle(long nowMs, long idleMs) {
        boolean awaited;
        synchronized (waiters) {
            awaited = !waiters.isEmpty();
        }
        if (used || awaited || inGroup) {
            used = false;
            usedMs = nowMs;
        }
        return nowMs - usedMs >= idleMs;
    }

    /** Lets go of the log, all of which is on disk, until it is used again. */
    void closeIdle() throws IOException {
        PartitionLog closing = log();
        // In this order: who finds no view must find that it can be opened.
        status = Status.UNOPENED;
        view = null;
        log = null;
        stagedBatches = NO_BATCHES;
        closing.close();
        closedInOrder = true;
    }

    /**
     * Whether the next opening can rely on everything being on disk.
     *
     * @param inOrderAtStart whether the log was so when the store was opened
     */
    boolean isInOrder(boolean inOrderAtStart) {
        return closedInOrder || (inOrderAtStart && !abandoned);
    }

    /** Whether there is a log, which may be offline. */
    boolean hasLog() {
        return log != null;
    }

    /** There is no room for what the journal has: it stays offline until another replay brings that back. */
    void awaitReplay(IOException cause) {
        PartitionLog unfinished = log;
        log = null;
        if (unfinished != null) {
            abandoned = true;
            unfinished.abandon();
        }
        problem = "Waits for room on the disk to be recovered: " + cause.getMessage();
        status = Status.OFFLINE;
        view = null;
        wake();
    }

    /** Another replay begins. */
    void beginReplay() {
        replaying = true;
        problem = null;
        status = Status.UNOPENED;
    }

    void takeOffline(IOException cause) {
        problem = cause.getMessage();
        offlineCause = cause;
        status = Status.OFFLINE;
        view = null;
        store.reportOffline(this, cause);
        wake();
    }

    /** Ends it; the caller deals with the files. */
    void deleted() {
        status = Status.DELETED;
        view = null;
        log = null;
        wake();
    }

    void addStaged(AppendTask task, ProducerStates.@Nullable Undo undo) {
        if (staged.size() == stagedBatches.length) {
            stagedBatches = Arrays.copyOf(stagedBatches, Math.max(4, 2 * stagedBatches.length));
        }
        stagedBatches[staged.size()] = task.batch;
        staged.add(task);
        stagedUndo.add(undo);
        stagedTransactionEnd |= undo != null && undo.completed() != null;
    }

    /** The transactions that markers in the current group end, in log order. */
    List<CompletedTransaction> stagedTransactionEnds() {
        if (!stagedTransactionEnd) {
            return List.of();
        }
        List<CompletedTransaction> ends = new ArrayList<>();
        for (ProducerStates.Undo undo : stagedUndo) {
            CompletedTransaction completed = undo == null ? null : undo.completed();
            if (completed != null) {
                ends.add(completed);
            }
        }
        return ends;
    }

    /** Keeps a batch until its verification ends; it is the first one under its guard, or joins those before it. */
    void hold(AppendTask task, HeldAppends.Key key, VerificationGuard guard) {
        if (held.isEmpty()) {
            held = new HashMap<>();
        }
        HeldAppends waiting = held.get(key);
        if (waiting == null || waiting.guard != guard) {
            waiting = new HeldAppends(this, key, guard);
            held.put(key, waiting);
            task.heldFirst = waiting;
        }
        waiting.tasks.add(task);
    }

    /** What was held goes on; batches that come later are no longer held up by it. */
    void releaseHeld(HeldAppends waiting) {
        held.remove(waiting.key, waiting);
    }

    void addDuplicate(AppendTask task) {
        duplicates.add(task);
    }

    /** The staged batches could not be written: everything is as it was before they were staged. */
    void takeBackStaged(ErrorCode error, String why) {
        for (int i = staged.size() - 1; i >= 0; i--) {
            ProducerStates.Undo undo = stagedUndo.get(i);
            if (undo != null) {
                log().producers().undo(undo);
            }
        }
        nextOffset = log().logEndOffset();
        failRemaining(error, why);
    }

    /** The current group's batches, in the order of {@link #staged}; what lies beyond its size is left over. */
    ByteBuffer[] stagedBatches() {
        return stagedBatches;
    }

    /**
     * The current group is in the segment: answers what waits for that only. Its memory is still needed until the group is in
     * the journal, so the tasks themselves are done only with the others.
     */
    void answerWithoutDurability() {
        for (int i = 0; i < staged.size(); i++) {
            AppendTask task = staged.get(i);
            if (task.awaitsDurability) {
                task.markWritten();
            } else {
                answeredAhead = true;
                LogWriter.answer(task);
            }
        }
    }

    /** Everything in the log counts as durable now: moves the watermarks and wakes who waits for them. */
    void publishDurable() {
        if (writtenCount > 0) {
            writtenCount = 0;
            if (unreadable) {
                unreadable = false;
                LOG.log(Level.INFO, "{0} takes records again", id);
            }
            publish();
        }
    }

    /** The journal has been replayed into the log. */
    void recovered() {
        replaying = false;
        nextOffset = log().logEndOffset();
        publish();
    }

    /** Shows the log as it is to readers. */
    void publish() {
        log().advance(nextOffset, nextOffset);
        view = log().view();
        answeredAhead = false;
        wake();
    }

    void completeAll() {
        for (int i = 0; i < staged.size(); i++) {
            LogWriter.complete(staged.get(i));
        }
        clearStaged();
        for (int i = 0; i < duplicates.size(); i++) {
            LogWriter.complete(duplicates.get(i));
        }
        duplicates.clear();
    }

    void failRemaining(ErrorCode error, String why) {
        staged.addAll(duplicates);
        duplicates.clear();
        for (int i = 0; i < staged.size(); i++) {
            staged.get(i).fail(error, why);
            LogWriter.complete(staged.get(i));
        }
        clearStaged();
        answeredAhead = false;
    }

    private void clearStaged() {
        Arrays.fill(stagedBatches, 0, Math.min(staged.size(), stagedBatches.length), null);
        staged.clear();
        stagedUndo.clear();
        stagedTransactionEnd = false;
        writtenCount = 0;
    }

    private void wake() {
        synchronized (waiters) {
            for (int i = 0; i < waiters.size(); i++) {
                waiters.get(i).onProgress();
            }
        }
    }

    @Override
    public String toString() {
        return id + " " + status;
    }
}
