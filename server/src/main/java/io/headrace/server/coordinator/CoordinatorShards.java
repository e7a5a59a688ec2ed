package io.headrace.server.coordinator;

import io.headrace.core.coordinator.Coordinator;
import io.headrace.core.coordinator.PartitionOfKey;
import io.headrace.core.coordinator.Reply;
import io.headrace.core.coordinator.Step;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.MetadataLog;
import io.headrace.core.metadata.PartitionImage;
import io.headrace.core.metadata.TopicImage;
import io.headrace.protocol.ErrorCode;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The coordinators of one kind on this broker: one for each partition of their internal topic that it leads.
 *
 * <p>Follows the metadata: reads a partition when the broker comes to lead it, all of them in the background after a
 * start, and lets go when the lead is lost. Everything happens on one thread; the methods for requests may be called from
 * any.
 *
 * @param <C> the kind of coordinator
 */
public final class CoordinatorShards<C extends Coordinator> implements MetadataLog.Listener {
    private static final Logger LOG = System.getLogger(CoordinatorShards.class.getName());

    /** Logs read at a time, so that a start does not take the disks from the clients. */
    private static final int LOADS_AT_A_TIME = 2;

    /** So many deadlines of one coordinator are handled before requests have their turn again. */
    private static final int DEADLINES_IN_A_ROW_MAX = 256;

    private static final long STOP_TIMEOUT_MS = 5_000;
    private static final long RETRY_PAUSE_MS_MIN = 500;
    private static final long RETRY_PAUSE_MS_MAX = 60_000;

    /**
     * What is particular about a kind of coordinators.
     *
     * @param threadName the name of their thread
     * @param topic the internal topic that holds their state
     * @param subject what they coordinate, as it is called in the broker's log: {@code groups}, for example
     * @param misplacedAdvice what an operator does about those that lie in another partition than they are looked for in
     * @param unreadable what becomes of records that cannot be understood
     * @param factory makes a coordinator without any state
     */
    public record Kind<C>(
            String threadName,
            String topic,
            String subject,
            String misplacedAdvice,
            Unreadable unreadable,
            Factory<C> factory) {}

    /** What becomes of a record that is sound and yet cannot be understood. */
    public enum Unreadable {
        /** The other records count without it. */
        PASSED_OVER,
        /** The partition is not coordinated: what an earlier record says instead may be the opposite. */
        REFUSED
    }

    /** Makes a coordinator without any state. */
    public interface Factory<C> {
        /** @param leaderEpoch the leader epoch of the partition, under which the coordinator acts */
        C create(int partition, int leaderEpoch);
    }

    /** What a request does with the coordinator of its key, on the coordinators' thread. */
    public interface Input<C> {
        Step apply(C coordinator, long nowMs);
    }

    /**
     * Where coordinators keep their state.
     *
     * @param appender writes to the partitions
     * @param reader reads them
     */
    public record Logs(PartitionAppender appender, PartitionReader reader) {}

    private final int brokerId;
    private final Kind<C> kind;
    private final MetadataLog metadata;
    private final PartitionAppender appender;
    private final PartitionReader reader;
    private final CoordinatorClock clock;
    private final CoordinatorThread thread;

    // Owned by the coordinator thread
    private final List<Shard<C>> shards = new ArrayList<>();
    private final Deque<Shard<C>> waitingToLoad = new ArrayDeque<>();
    private int loadingCount = 0;
    private final MisplacedKeys misplaced = new MisplacedKeys();

    /**
     * Coordinators that do nothing before {@link #begin}.
     *
     * @param brokerId this broker's id in the metadata
     * @param metadata tells which partitions this broker leads
     * @param clock what time it is
     * @param waitingRequestsMax requests that may wait for the coordinators' thread; more are refused
     */
    public CoordinatorShards(
            int brokerId,
            Kind<C> kind,
            MetadataLog metadata,
            Logs logs,
            CoordinatorClock clock,
            int waitingRequestsMax) {
        this.brokerId = brokerId;
        this.kind = kind;
        this.metadata = metadata;
        this.appender = logs.appender();
        this.reader = logs.reader();
        this.clock = clock;
        this.thread = new CoordinatorThread(kind.threadName(), waitingRequestsMax, clock.steadyMs(), new ShardTimers());
    }

    // What follows is described in Coordinators.

    void begin() {
        metadata.addListener(this);
        MetadataImage image = metadata.image();
        thread.execute(() -> follow(image, false));
    }

    /** Has the coordinators run by a thread of their own, after {@link #begin}. */
    void startThread() {
        thread.start();
    }

    boolean runOnce() {
        return thread.runOnce();
    }

    boolean isIdle() {
        return thread.isIdle();
    }

    void stop() throws InterruptedException {
        thread.stop(() -> shards.forEach(this::unload), STOP_TIMEOUT_MS);
    }

    // Requests

    void submit(String key, Input<C> input, Consumer<ErrorCode> refused) {
        offer(() -> serve(key, input, refused), refused);
    }

    private void offer(Runnable task, Consumer<ErrorCode> refused) {
        if (!thread.offerRequest(task)) {
            refused.accept(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        }
    }

    /** As {@link Coordinators#submit}, for a caller that is on the coordinators' thread already. */
    public void serve(String key, Input<C> input, Consumer<ErrorCode> refused) {
        Shard<C> shard = shardOf(key);
        ErrorCode error = readiness(shard);
        if (shard == null || error != ErrorCode.NONE) {
            refused.accept(error);
        } else if (!apply(shard, input)) {
            refused.accept(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
        }
    }

    /** Looks at all coordinators of this broker, then says whether all could be seen. */
    public void lookAtAll(Consumer<C> look, Consumer<ErrorCode> finished) {
        Runnable task = () -> {
            ErrorCode error = ErrorCode.NONE;
            for (Shard<C> shard : shards) {
                C coordinator = shard.coordinator();
                if (shard.state() == Shard.State.LOADING) {
                    error = ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
                } else if (coordinator != null) {
                    look.accept(coordinator);
                }
            }
            finished.accept(error);
        };
        offer(task, finished);
    }

    /** Gives the coordinator of a partition an input that may not be refused; nothing happens if it is not active here. */
    public void tell(int partition, Input<C> input) {
        thread.execute(() -> {
            Shard<C> shard = partition < shards.size() ? shards.get(partition) : null;
            if (shard != null && shard.coordinator() != null) {
                apply(shard, input);
            }
        });
    }

    /** Appends something that is not a coordinator's own to the coordinator's partition. */
    public interface ForeignAppend {
        /**
         * Called on the coordinators' thread.
         *
         * @param before what the coordinator has to say before it; goes into the log together with it
         * @param outcome told once, on any thread, after {@code before} was told its own
         */
        void append(PartitionAppender.Batches before, Consumer<ErrorCode> outcome);
    }

    /**
     * Has something appended to a coordinator's partition that is not the coordinator's own, and tells the coordinator once
     * it is durable. Whoever reads the log to become the coordinator sees it, or is told.
     *
     * @param before what the coordinator writes right before it
     * @param whenDurable the coordinator's part in it
     * @param done told the outcome, on any thread: an error of {@code append}, or as for {@link Coordinators#submit}
     */
    public void appendFor(
            int partition, Input<C> before, ForeignAppend append, Input<C> whenDurable, Consumer<ErrorCode> done) {
        boolean accepted = thread.offerRequest(() -> {
            Shard<C> shard = partition >= 0 && partition < shards.size() ? shards.get(partition) : null;
            ErrorCode error = readiness(shard);
            if (shard == null || error != ErrorCode.NONE) {
                done.accept(error);
                return;
            }
            long incarnation = shard.incarnation();
            Consumer<ErrorCode> outcome = result -> thread.execute(() -> {
                shard.appendsInFlight--;
                if (shard.incarnation() != incarnation || shard.state() != Shard.State.ACTIVE) {
                    loadNext();
                } else if (result == ErrorCode.NONE && shard.coordinator() != null) {
                    apply(shard, whenDurable);
                }
                done.accept(result);
            });
            Consumer<PartitionAppender.Batches> appendBehind = own -> {
                shard.appendsInFlight++;
                append.append(own, outcome);
            };
            if (shard.coordinator() == null) {
                appendBehind.accept(PartitionAppender.Batches.NONE);
            } else if (!apply(shard, before, step -> carryOut(shard, step, appendBehind))) {
                done.accept(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
            }
        });
        if (!accepted) {
            done.accept(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        }
    }

    /** Gives every active coordinator an input that may not be refused. */
    public void tellAll(Input<C> input) {
        thread.execute(() -> {
            for (Shard<C> shard : shards) {
                if (shard.coordinator() != null) {
                    apply(shard, input);
                }
            }
        });
    }

    /** Runs a task on the coordinators' thread; it may not be refused. */
    public void execute(Runnable task) {
        thread.execute(task);
    }

    private @Nullable Shard<C> shardOf(String key) {
        return shards.isEmpty() ? null : shards.get(PartitionOfKey.of(key, shards.size()));
    }

    private ErrorCode readiness(@Nullable Shard<C> shard) {
        if (shard == null || shard.state() == Shard.State.ABSENT) {
            return ErrorCode.NOT_COORDINATOR;
        }
        if (shard.state() == Shard.State.ACTIVE) {
            return ErrorCode.NONE;
        }
        if (shard.isRefused) {
            return ErrorCode.COORDINATOR_NOT_AVAILABLE;
        }
        if (waitingToLoad.remove(shard)) {
            // Somebody needs it: its turn is next.
            waitingToLoad.addFirst(shard);
        }
        return ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
    }

    // Steps

    /** Gives a coordinator an input and carries out the step; false if the coordinator failed and is loaded anew. */
    private boolean apply(Shard<C> shard, Input<C> input) {
        return apply(shard, input, step -> carryOut(shard, step));
    }

    private boolean apply(Shard<C> shard, Input<C> input, Consumer<Step> carryOut) {
        long nowMs = clock.steadyMs().getAsLong();
        try {
            C coordinator = coordinatorOf(shard);
            coordinator.showWallClock(nowMs, clock.wallMs().getAsLong());
            carryOut.accept(input.apply(coordinator, nowMs));
            return true;
        } catch (RuntimeException | Error e) {
            // What is in memory cannot be trusted any more; the log can.
            LOG.log(Level.ERROR, "The coordinator of " + nameOf(shard) + " failed and is loaded anew", e);
            int leaderEpoch = shard.leaderEpoch();
            unload(shard);
            load(shard, leaderEpoch);
            return false;
        }
    }

    private C coordinatorOf(Shard<C> shard) {
        C coordinator = shard.coordinator();
        if (coordinator == null) {
            coordinator = fresh(shard);
            shard.activate(coordinator);
            carryOut(shard, coordinator.onLoaded(clock.steadyMs().getAsLong()));
        }
        return coordinator;
    }

    private C fresh(Shard<C> shard) {
        C coordinator = kind.factory().create(shard.partition, shard.leaderEpoch());
        coordinator.showWallClock(clock.steadyMs().getAsLong(), clock.wallMs().getAsLong());
        return coordinator;
    }

    private void carryOut(Shard<C> shard, Step step) {
        carryOut(shard, step, own -> {
            if (!own.isEmpty()) {
                appender.append(kind.topic(), shard.partition, own);
            }
        });
    }

    private void carryOut(Shard<C> shard, Step step, Consumer<PartitionAppender.Batches> append) {
        append.accept(step.hasRecords() ? batchesOf(shard, step) : PartitionAppender.Batches.NONE);
        step.replies().forEach(Reply::deliver);
        step.notes().forEach(note -> LOG.log(Level.INFO, note));
    }

    /** What a step writes, to be appended now: its outcome is awaited. */
    private PartitionAppender.Batches batchesOf(Shard<C> shard, Step step) {
        long incarnation = shard.incarnation();
        long appendId = step.appendId();
        shard.appendsInFlight++;
        return new PartitionAppender.Batches(
                StepBatches.of(step, clock.wallMs().getAsLong()), step.guard(), new PartitionAppender.Callback() {
                    @Override
                    public void durable(long baseOffset) {
                        settle(shard, incarnation, (c, now) -> c.onDurable(appendId, baseOffset, now));
                    }

                    @Override
                    public void failed(ErrorCode error) {
                        settle(shard, incarnation, (c, now) -> c.onAppendFailed(appendId, error, now));
                    }
                });
    }

    private void settle(Shard<C> shard, long incarnation, Input<C> outcome) {
        thread.execute(() -> {
            shard.appendsInFlight--;
            if (shard.incarnation() == incarnation && shard.state() == Shard.State.ACTIVE) {
                apply(shard, outcome);
            } else {
                loadNext();
            }
        });
    }

    private final class ShardTimers implements CoordinatorThread.Timers {
        @Override
        public long nextDeadlineMs() {
            long nextMs = Long.MAX_VALUE;
            for (Shard<C> shard : shards) {
                C coordinator = shard.coordinator();
                nextMs = Math.min(nextMs, coordinator == null ? shard.retryAtMs : coordinator.nextDeadlineMs());
            }
            return nextMs;
        }

        @Override
        public void runDue(long nowMs) {
            for (Shard<C> shard : shards) {
                handleDue(shard, nowMs);
                if (shard.retryAtMs <= nowMs) {
                    load(shard, shard.leaderEpoch());
                }
            }
        }
    }

    /** One deadline at a time. What is left over is due at once, after the requests that came meanwhile. */
    private void handleDue(Shard<C> shard, long nowMs) {
        C coordinator = shard.coordinator();
        int left = DEADLINES_IN_A_ROW_MAX;
        while (left > 0
                && coordinator != null
                && coordinator == shard.coordinator()
                && coordinator.nextDeadlineMs() <= nowMs
                && apply(shard, (c, now) -> c.onTimeout(nowMs))) {
            left--;
        }
    }

    // Following the metadata

    @Override
    public void changed(MetadataImage before, MetadataImage after) {
        if (!Objects.equals(before.topic(kind.topic()), after.topic(kind.topic()))) {
            boolean created = before.topic(kind.topic()) == null;
            thread.execute(() -> follow(after, created));
        }
    }

    /** Leads what the metadata says this broker leads, and nothing else. */
    private void follow(MetadataImage image, boolean created) {
        TopicImage topic = image.topic(kind.topic());
        int partitionCount = topic == null ? 0 : topic.partitionCount();
        while (shards.size() > partitionCount) {
            unload(shards.remove(shards.size() - 1));
        }
        while (shards.size() < partitionCount) {
            shards.add(new Shard<>(shards.size()));
        }
        for (Shard<C> shard : shards) {
            PartitionImage partition = image.partition(kind.topic(), shard.partition);
            boolean led = partition != null && partition.leader() == brokerId;
            if (partition == null || !led) {
                unload(shard);
            } else if (created && partition.leaderEpoch() == 0) {
                // Nobody can have written to it yet.
                shard.beginLoading(partition.leaderEpoch());
                shard.activate(null);
            } else if (shard.state() == Shard.State.ABSENT || shard.leaderEpoch() != partition.leaderEpoch()) {
                unload(shard);
                load(shard, partition.leaderEpoch());
            }
        }
    }

    private void unload(Shard<C> shard) {
        C coordinator = shard.coordinator();
        waitingToLoad.remove(shard);
        boolean wasLed = shard.state() != Shard.State.ABSENT;
        shard.leave();
        if (coordinator != null) {
            long nowMs = clock.steadyMs().getAsLong();
            try {
                Step step = coordinator.onUnloaded(nowMs);
                step.replies().forEach(Reply::deliver);
            } catch (RuntimeException | Error e) {
                // It may be left for having failed before; the next one is loaded from the log all the same.
                LOG.log(Level.ERROR, "The coordinator of " + nameOf(shard) + " could not be left in order", e);
            }
        }
        if (wasLed) {
            LOG.log(Level.DEBUG, "No longer coordinating the {0} of {1}", kind.subject(), nameOf(shard));
        }
    }

    private void load(Shard<C> shard, int leaderEpoch) {
        shard.beginLoading(leaderEpoch);
        waitingToLoad.addLast(shard);
        loadNext();
    }

    private void loadNext() {
        Iterator<Shard<C>> waiting = waitingToLoad.iterator();
        List<Shard<C>> next = new ArrayList<>();
        while (waiting.hasNext() && loadingCount < LOADS_AT_A_TIME) {
            Shard<C> shard = waiting.next();
            if (shard.appendsInFlight == 0) {
                waiting.remove();
                loadingCount++;
                next.add(shard);
            }
        }
        next.forEach(this::read);
        if (loadingCount == 0 && waitingToLoad.isEmpty()) {
            misplaced.report(kind);
        }
    }

    private void read(Shard<C> shard) {
        long incarnation = shard.incarnation();
        long startedMs = clock.steadyMs().getAsLong();
        C fresh = fresh(shard);
        ShardLoader.Outcome<C> outcome = new ShardLoader.Outcome<>() {
            @Override
            public void loaded(C coordinator, long recordCount) {
                thread.execute(() -> {
                    loadingCount--;
                    onLoaded(shard, incarnation, coordinator, recordCount, startedMs);
                    loadNext();
                });
            }

            @Override
            public void failed(ErrorCode error) {
                thread.execute(() -> {
                    loadingCount--;
                    onLoadFailed(shard, incarnation, error);
                    loadNext();
                });
            }
        };
        reader.readAll(
                kind.topic(), shard.partition, new ShardLoader<>(nameOf(shard), kind.unreadable(), fresh, outcome));
    }

    private void onLoaded(Shard<C> shard, long incarnation, C coordinator, long recordCount, long startedMs) {
        if (shard.incarnation() != incarnation) {
            return;
        }
        if (recordCount == 0) {
            shard.activate(null);
            return;
        }
        long nowMs = clock.steadyMs().getAsLong();
        long pauseMs = shard.retryPauseMs;
        try {
            coordinator.showWallClock(nowMs, clock.wallMs().getAsLong());
            Step step = coordinator.onLoaded(nowMs);
            shard.activate(coordinator);
            carryOut(shard, step);
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "The coordinator of " + nameOf(shard) + " was read and failed to begin", e);
            int leaderEpoch = shard.leaderEpoch();
            unload(shard);
            shard.beginLoading(leaderEpoch);
            shard.retryPauseMs = pauseMs;
            onLoadFailed(shard, shard.incarnation(), ErrorCode.UNKNOWN_SERVER_ERROR);
            return;
        }
        misplaced.count(coordinator, shard.partition, shards.size());
        LOG.log(
                Level.INFO,
                "Coordinating {0} {1} of {2} at epoch {3}, from {4} records read in {5} ms",
                coordinator.size(),
                kind.subject(),
                nameOf(shard),
                shard.leaderEpoch(),
                recordCount,
                nowMs - startedMs);
    }

    /** Its clients are asked for patience until the log can be read, or is another's to read. */
    private void onLoadFailed(Shard<C> shard, long incarnation, ErrorCode error) {
        if (shard.incarnation() != incarnation) {
            return;
        }
        shard.retryPauseMs = Math.min(Math.max(2 * shard.retryPauseMs, RETRY_PAUSE_MS_MIN), RETRY_PAUSE_MS_MAX);
        shard.retryAtMs = clock.steadyMs().getAsLong() + shard.retryPauseMs;
        shard.isRefused = error == ErrorCode.COORDINATOR_NOT_AVAILABLE;
        LOG.log(
                Level.ERROR,
                "The {0} of {1} cannot be read ({2}); the next try is in {3} ms",
                kind.subject(),
                nameOf(shard),
                error,
                shard.retryPauseMs);
    }

    private String nameOf(Shard<C> shard) {
        return kind.topic() + "-" + shard.partition;
    }
}
