package io.headrace.storage;

import io.headrace.core.partition.ProducerStates;
import io.headrace.core.partition.VerificationGuard;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.TimestampType;
import io.headrace.storage.disk.DiskFullException;
import io.headrace.storage.log.PartitionLog;
import io.headrace.storage.log.UnreadableLogException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Appends to every partition of a data directory: the one writer of their logs.
 *
 * <p>Each call of {@link #runOnce} takes what has queued up and brings it to the log as one group:
 *
 * <ol>
 *   <li>checks the producer's sequence, gives out offsets, patches the batch headers;
 *   <li>writes each partition's batches to its segment with one gathering write (page cache);
 *   <li>answers what waits for the append only;
 *   <li>writes all of it to the journal with one gathering write and one sync;
 *   <li>moves the watermarks, wakes readers, answers the rest.
 * </ol>
 *
 * <p>So the busier it is, the larger the group and the cheaper each append. The segment comes before the journal because it
 * is where a full disk shows, and an append that did not fit can then still be taken back.
 *
 * <p>Passive: it has no thread and no clock of its own. One thread at a time may call {@link #runOnce}; {@link #enqueue} may
 * be called by any thread.
 */
public final class LogWriter {
    private static final Logger LOG = System.getLogger(LogWriter.class.getName());

    /** How much one group takes from the queue: bounds the time until its first answer, and the journal's write. */
    private static final int GROUP_BYTES_MAX = 4 << 20;

    private static final int GROUP_TASKS_MAX = 4096;

    private static final String UNREADABLE = "What the disk has of the partition cannot be read";

    private final LogStore store;
    private final Queue<WriterTask> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger queuedTasks = new AtomicInteger();
    private final int queuedTasksMax;
    private volatile Runnable wakeUp = () -> {};
    private volatile Runnable afterCompletions = () -> {};
    private final CompletableFuture<Void> broken = new CompletableFuture<>();

    // Owned by the thread in runOnce.
    private final List<PartitionReplica> touched = new ArrayList<>();
    private final RecordBatch batch = new RecordBatch();

    LogWriter(LogStore store, int queuedTasksMax) {
        this.store = store;
        this.queuedTasksMax = queuedTasksMax;
    }

    /** What to do when the queue gets work, called by the thread that brings it: wakes the writer's thread. */
    public void onWork(Runnable action) {
        wakeUp = action;
    }

    /** What to do when a number of appends was completed, on the writer's thread: sends their answers on their way. */
    public void onCompletions(Runnable action) {
        afterCompletions = action;
    }

    /**
     * Queues a task.
     *
     * @return false if the queue is full and the task was not taken
     */
    public boolean enqueue(WriterTask task) {
        if (queuedTasks.get() >= queuedTasksMax) {
            return false;
        }
        enqueueInternal(task);
        return true;
    }

    /** Queues a task of the broker itself, whose number is bounded elsewhere. */
    public void enqueueInternal(WriterTask task) {
        queuedTasks.incrementAndGet();
        queue.add(task);
        wakeUp.run();
    }

    /** Told of the guard for a transactional batch that is still to be made; on the log writer's thread, and must be quick. */
    @FunctionalInterface
    public interface Verifiable {
        /**
         * Once, unless the writer's queue was full.
         *
         * @param error {@code NONE}; INVALID_PRODUCER_EPOCH; or why the partition cannot be written to
         * @param guard for {@link AppendTask#verifiedUnder}. {@link VerificationGuard#SPENT} if the batch would only go on with
         *     a transaction that is open in the partition, so that there is no need to ask the coordinator
         */
        void begun(ErrorCode error, VerificationGuard guard);
    }

    /**
     * Begins to verify that a partition is part of a producer's transaction, for a coordinator's batch on the producer's behalf:
     * such a batch is made only when the transaction's coordinator has agreed. Any thread.
     *
     * @param addsPartition whether the coordinator will be asked to add the partition (transactions version 2)
     * @return false if the queue is full and nothing will happen
     */
    public boolean beginVerification(
            PartitionReplica replica,
            long producerId,
            short producerEpoch,
            boolean addsPartition,
            Verifiable whenBegun) {
        return enqueue(new VerificationStart(replica, producerId, producerEpoch, addsPartition, whenBegun));
    }

    /**
     * Batches that were held are appended, or refused: the coordinator of their transaction has said whether the partition is
     * part of it. Any thread; once for each {@link Verification#onHeld}.
     *
     * @param error {@code NONE}, or what to answer with
     * @param message what went wrong, in words; null if there is nothing to say beyond the error code
     * @throws IllegalStateException if they were resumed before: they would be appended twice
     */
    public void resume(HeldAppends held, ErrorCode error, @Nullable String message) {
        held.beginResuming();
        enqueueInternal(new Resumption(held, error, message));
    }

    private static final class Resumption extends WriterTask {
        private final HeldAppends held;
        private final ErrorCode error;
        private final @Nullable String message;

        Resumption(HeldAppends held, ErrorCode error, @Nullable String message) {
            this.held = held;
            this.error = error;
            this.message = message;
        }
    }

    private void resume(Resumption resumption, long nowMs) {
        HeldAppends held = resumption.held;
        held.replica.releaseHeld(held);
        for (AppendTask task : held.tasks) {
            if (resumption.error == ErrorCode.NONE) {
                task.guard = held.guard;
                stage(task, nowMs);
            } else {
                refuse(task, resumption.error, resumption.message);
            }
        }
    }

    /**
     * Says that {@link #runOnce} has thrown and will not be called again: what is in memory may not be what is in the files, so
     * that nothing may vouch for these any more.
     */
    public void broke(Throwable cause) {
        IOException failure = new IOException("The log writer broke", cause);
        store.fail(failure);
        broken.completeExceptionally(failure);
    }

    /** Fails when queued tasks will never be done. */
    CompletableFuture<Void> broken() {
        return broken;
    }

    /** How many tasks wait. */
    public int queuedCount() {
        return queuedTasks.get();
    }

    /** Whether there is nothing to do. */
    public boolean isIdle() {
        return queue.isEmpty();
    }

    /**
     * Does what has queued up, up to the size of one group.
     *
     * @param nowMs wall-clock time, milliseconds since the epoch
     * @return how many tasks were done; 0 if there were none
     */
    public int runOnce(long nowMs) {
        int tasks = 0;
        long bytes = 0;
        while (tasks < GROUP_TASKS_MAX && bytes < GROUP_BYTES_MAX) {
            WriterTask task = queue.poll();
            if (task == null) {
                break;
            }
            tasks++;
            bytes += task.sizeBytes();
            if (task instanceof AppendTask append) {
                if (append.replica.status() == PartitionReplica.Status.UNOPENED && store.isWritable()) {
                    openWithNext(append.replica, nowMs);
                }
                stage(append, nowMs);
            } else if (task instanceof JointAppend joint) {
                stage(joint, nowMs);
            } else if (task instanceof Resumption resumption) {
                resume(resumption, nowMs);
            } else if (task instanceof VerificationStart start) {
                begin(start, nowMs);
            } else {
                commitStaged(nowMs);
                ((WriterTask.Control) task).run(nowMs);
            }
        }
        if (tasks > 0) {
            queuedTasks.addAndGet(-tasks);
            commitStaged(nowMs);
            afterCompletions.run();
            store.afterGroup(nowMs);
        }
        return tasks;
    }

    /** Opens a replica together with those that the appends behind it need: opening is slow, but many are so at once. */
    private void openWithNext(PartitionReplica first, long nowMs) {
        Set<PartitionReplica> unopened = new LinkedHashSet<>();
        unopened.add(first);
        int lookedAt = 0;
        for (WriterTask next : queue) {
            // What follows another kind of task is left: it may depend on what that does, as on a deletion.
            if (!(next instanceof AppendTask append) || ++lookedAt >= GROUP_TASKS_MAX) {
                break;
            }
            if (append.replica.status() == PartitionReplica.Status.UNOPENED) {
                unopened.add(append.replica);
            }
        }
        try {
            store.openAll(unopened, nowMs);
        } catch (IOException e) {
            store.fail(e);
        }
    }

    /** Step 1: decides on one batch and places it at the end of its partition. */
    private void stage(AppendTask task, long nowMs) {
        stage(task, refusal(task, nowMs), nowMs);
    }

    /** Step 1 for batches that stay together: what refuses one of them for the partition's sake refuses all. */
    private void stage(JointAppend joint, long nowMs) {
        Refusal refusal = null;
        for (AppendTask part : joint.parts) {
            refusal = refusal == null ? refusal(part, nowMs) : refusal;
        }
        for (AppendTask part : joint.parts) {
            stage(part, refusal, nowMs);
        }
    }

    private void stage(AppendTask task, @Nullable Refusal refusal, long nowMs) {
        if (refusal == null) {
            decide(task, nowMs);
        } else {
            if (task.replica.status() == PartitionReplica.Status.OPEN) {
                batch.wrap(task.batch, task.batch.position());
                ProducerGate.turnAway(task.replica, batch);
            }
            refuse(task, refusal.error, refusal.message);
        }
        task.tellVerification();
    }

    private record Refusal(ErrorCode error, @Nullable String message) {}

    private @Nullable Refusal refusal(AppendTask task, long nowMs) {
        if (task.sizeBytes() > store.journal().payloadBytesMax()) {
            return new Refusal(
                    ErrorCode.RECORD_LIST_TOO_LARGE,
                    "A batch of " + task.sizeBytes() + " bytes does not fit into the journal");
        }
        return refusal(task.replica, nowMs);
    }

    /** Why a partition takes no appends now, whatever they are; null if it does. */
    private @Nullable Refusal refusal(PartitionReplica replica, long nowMs) {
        if (!isUsable(replica, nowMs)) {
            return new Refusal(unusableError(replica), replica.problem());
        }
        if (replica.isUnreadable(nowMs)) {
            return new Refusal(ErrorCode.KAFKA_STORAGE_ERROR, UNREADABLE);
        }
        if (store.isBelowReserve(nowMs)) {
            store.reportReserveReached(nowMs);
            return new Refusal(ErrorCode.KAFKA_STORAGE_ERROR, "The disk of " + store.directory() + " is full");
        }
        return null;
    }

    private void begin(VerificationStart start, long nowMs) {
        if (isUsable(start.replica, nowMs)) {
            ProducerGate.begin(start, store.steadyMs(nowMs));
        } else {
            start.end(unusableError(start.replica), null);
        }
    }

    private boolean isUsable(PartitionReplica replica, long nowMs) {
        return store.isWritable() && replica.ensureOpen(nowMs);
    }

    private static ErrorCode unusableError(PartitionReplica replica) {
        return replica.isDeleted() ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.KAFKA_STORAGE_ERROR;
    }

    private void decide(AppendTask task, long nowMs) {
        store.useRoom(task.sizeBytes());
        batch.wrap(task.batch, task.batch.position());
        ProducerGate.Verdict verdict = batch.producerId() >= 0
                ? ProducerGate.decide(task, batch, store.steadyMs(nowMs))
                : ProducerGate.Verdict.PLACE;
        switch (verdict) {
            case PLACE -> place(task, nowMs);
            case DUPLICATE -> {
                // The first copy may still be on its way to disk in this very group: answered together with it.
                task.replica.addDuplicate(task);
                touch(task.replica);
            }
            case REFUSED -> complete(task);
            case HELD -> {}
        }
    }

    private void place(AppendTask task, long nowMs) {
        PartitionReplica replica = task.replica;
        long baseOffset = replica.nextOffset;
        batch.setBaseOffset(baseOffset);
        batch.setPartitionLeaderEpoch(task.leaderEpoch);
        boolean logAppendTime = replica.config().logAppendTime();
        if (logAppendTime) {
            batch.setMaxTimestamp(TimestampType.LOG_APPEND_TIME, nowMs);
        }
        ProducerStates.@Nullable Undo undo = null;
        if (batch.producerId() >= 0) {
            undo = ProducerGate.note(task, batch, store.steadyMs(nowMs));
        }
        replica.nextOffset = batch.nextOffset();
        task.placedAt(baseOffset, logAppendTime ? nowMs : -1);
        replica.addStaged(task, undo);
        touch(replica);
    }

    private void touch(PartitionReplica replica) {
        if (!replica.inGroup) {
            replica.inGroup = true;
            touched.add(replica);
        }
    }

    /** Steps 2 to 5. */
    private void commitStaged(long nowMs) {
        if (touched.isEmpty()) {
            return;
        }
        boolean journaled = false;
        for (PartitionReplica replica : touched) {
            journaled |= writeSegment(replica, nowMs);
        }
        if (journaled && store.isWritable()) {
            makeDurable();
        }
        for (PartitionReplica replica : touched) {
            finish(replica);
        }
        touched.clear();
    }

    /** Returns whether the partition has something for the journal. */
    private boolean writeSegment(PartitionReplica replica, long nowMs) {
        if (replica.staged.isEmpty()) {
            return false;
        }
        PartitionLog log = replica.log();
        try {
            log.append(replica.stagedBatches(), 0, replica.staged.size(), replica.stagedTransactionEnds(), nowMs);
        } catch (DiskFullException e) {
            replica.takeBackStaged(ErrorCode.KAFKA_STORAGE_ERROR, "The disk of " + store.directory() + " is full");
            store.reportDiskFull(e, nowMs);
            return false;
        } catch (UnreadableLogException e) {
            replica.takeBackStaged(ErrorCode.KAFKA_STORAGE_ERROR, UNREADABLE);
            replica.onUnreadable(e, nowMs);
            return false;
        } catch (IOException e) {
            replica.takeBackStaged(ErrorCode.KAFKA_STORAGE_ERROR, "Writing to " + store.directory() + " failed");
            replica.onFailure(e);
            return false;
        }
        replica.writtenCount = replica.staged.size();
        store.markDirty(replica);
        if (!replica.config().fsync()) {
            replica.publishDurable();
            replica.completeAll();
            return false;
        }
        replica.answerWithoutDurability();
        return true;
    }

    private void makeDurable() {
        afterCompletions.run();
        try {
            for (PartitionReplica replica : touched) {
                if (replica.config().fsync()) {
                    stageInJournal(replica);
                }
            }
            store.commitJournal();
        } catch (IOException e) {
            store.fail(e);
        }
    }

    private void stageInJournal(PartitionReplica replica) throws IOException {
        for (int i = 0; i < replica.writtenCount; i++) {
            ByteBuffer bytes = replica.stagedBatches()[i];
            while (!store.journal()
                    .stage(
                            JournalEntryType.APPEND,
                            replica.id().topicId(),
                            replica.id().partition(),
                            bytes.getLong(bytes.position() + RecordBatch.BASE_OFFSET_POSITION),
                            RecordBatch.HEADER_SIZE_BYTES,
                            bytes)) {
                store.commitJournal();
            }
        }
    }

    private void finish(PartitionReplica replica) {
        replica.inGroup = false;
        if (!store.isWritable()) {
            replica.failRemaining(ErrorCode.KAFKA_STORAGE_ERROR, "Syncing " + store.directory() + " failed");
            return;
        }
        replica.publishDurable();
        replica.completeAll();
    }

    private static void refuse(AppendTask task, ErrorCode error, @Nullable String why) {
        task.fail(error, why);
        complete(task);
    }

    /** Tells a task's outcome; an error in there must not end the writer. */
    static void answer(AppendTask task) {
        try {
            task.answer();
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "Answering an append to " + task.replica.id() + " failed", e);
        }
    }

    /** Hands a finished task back. */
    static void complete(AppendTask task) {
        answer(task);
        try {
            task.onReleased();
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "Releasing an append to " + task.replica.id() + " failed", e);
        }
    }
}
