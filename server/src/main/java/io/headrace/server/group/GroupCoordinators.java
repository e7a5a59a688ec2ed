package io.headrace.server.group;

import io.headrace.core.group.DeletedTopic;
import io.headrace.core.group.GroupCoordinator;
import io.headrace.core.group.GroupPartition;
import io.headrace.core.group.GroupSettings;
import io.headrace.core.group.Reply;
import io.headrace.core.group.Step;
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
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * All group coordinators of this broker: one for each partition of {@code __consumer_offsets} that it leads.
 *
 * <p>Follows the metadata: reads a partition when the broker comes to lead it, all of them in the background after a
 * start, and lets go when the lead is lost. Everything happens on one thread, {@code coord-0}; the methods for requests
 * may be called from any.
 */
public final class GroupCoordinators implements MetadataLog.Listener {
    private static final Logger LOG = System.getLogger(GroupCoordinators.class.getName());

    /** Logs read at a time, so that a start does not take the disks from the clients. */
    private static final int LOADS_AT_A_TIME = 2;

    private static final long STOP_TIMEOUT_MS = 5_000;
    private static final long RETRY_PAUSE_MS_MIN = 500;
    private static final long RETRY_PAUSE_MS_MAX = 60_000;

    private static final Pattern CONTROL_CHARACTERS = Pattern.compile("\\p{Cntrl}");

    /** What a request does with the coordinator of its group, on the coordinators' thread. */
    public interface Input {
        Step apply(GroupCoordinator coordinator, long nowMs);
    }

    /** Looks at a coordinator, on the coordinators' thread. */
    public interface Look {
        void at(GroupCoordinator coordinator);
    }

    private final int brokerId;
    private final GroupSettings settings;
    private final MetadataLog metadata;
    private final PartitionAppender appender;
    private final PartitionReader reader;
    private final LongSupplier clockMs;
    private final Supplier<UUID> memberIds;
    private final ShardTimers timers;
    private final CoordinatorThread thread;

    // Owned by the coordinator thread
    private final List<GroupShard> shards = new ArrayList<>();
    private final Deque<GroupShard> waitingToLoad = new ArrayDeque<>();
    private int loadingCount = 0;

    /**
     * Coordinators that do nothing before {@link #start}.
     *
     * @param brokerId this broker's id in the metadata
     * @param settings the limits of each coordinator
     * @param metadata tells which partitions this broker leads and which topics are gone
     * @param appender writes to the partitions
     * @param reader reads them
     * @param clockMs the time in milliseconds since the epoch
     * @param memberIds random parts of member ids
     * @param waitingRequestsMax requests that may wait for the coordinators' thread; more are refused
     */
    public GroupCoordinators(
            int brokerId,
            GroupSettings settings,
            MetadataLog metadata,
            PartitionAppender appender,
            PartitionReader reader,
            LongSupplier clockMs,
            Supplier<UUID> memberIds,
            int waitingRequestsMax) {
        this.brokerId = brokerId;
        this.settings = settings;
        this.metadata = metadata;
        this.appender = appender;
        this.reader = reader;
        this.clockMs = clockMs;
        this.memberIds = memberIds;
        this.timers = new ShardTimers();
        this.thread = new CoordinatorThread("coord-0", waitingRequestsMax, clockMs, timers);
    }

    /** Begins to follow the metadata and to read the partitions led here. */
    public void start() {
        begin();
        thread.start();
    }

    /** As {@link #start}, but without a thread: for a caller that runs them with {@link #runOnce}. */
    public void begin() {
        metadata.addListener(this);
        MetadataImage image = metadata.image();
        thread.execute(() -> follow(image, false));
    }

    /** Does what is queued and what is due, after {@link #begin}; false if there was nothing to do. */
    public boolean runOnce() {
        return thread.runOnce();
    }

    /** The time of the next deadline, in milliseconds since the epoch; {@link Long#MAX_VALUE} for none. By the same caller. */
    public long nextDeadlineMs() {
        return timers.nextDeadlineMs();
    }

    /** Sends everyone who waits to look for another coordinator, and ends the thread. */
    public void stop() throws InterruptedException {
        thread.stop(() -> shards.forEach(this::unload), STOP_TIMEOUT_MS);
    }

    /** Requests that wait for the coordinators' thread. */
    public int waitingRequestCount() {
        return thread.waitingRequestCount();
    }

    // Requests

    /**
     * Hands a request to the coordinator of its group.
     *
     * @param refused told instead, on any thread, when there is none to take it: NOT_COORDINATOR,
     *     COORDINATOR_LOAD_IN_PROGRESS, or COORDINATOR_NOT_AVAILABLE when too much waits already
     */
    public void submit(String groupId, Input input, Consumer<ErrorCode> refused) {
        boolean accepted = thread.offerRequest(() -> {
            GroupShard shard = shardOf(groupId);
            ErrorCode error = readiness(shard);
            if (shard == null || error != ErrorCode.NONE) {
                refused.accept(error);
            } else if (!apply(shard, input)) {
                refused.accept(ErrorCode.UNKNOWN_SERVER_ERROR);
            }
        });
        if (!accepted) {
            refused.accept(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        }
    }

    /**
     * Looks at the coordinator of a group.
     *
     * @param refused as for {@link #submit}
     */
    public void look(String groupId, Look look, Consumer<ErrorCode> refused) {
        submit(
                groupId,
                (coordinator, nowMs) -> {
                    look.at(coordinator);
                    return Step.NOTHING;
                },
                refused);
    }

    /** Looks at all coordinators of this broker, then says whether all could be seen. */
    public void lookAtAll(Look look, Consumer<ErrorCode> finished) {
        boolean accepted = thread.offerRequest(() -> {
            ErrorCode error = ErrorCode.NONE;
            for (GroupShard shard : shards) {
                GroupCoordinator coordinator = shard.coordinator();
                if (shard.state() == GroupShard.State.LOADING) {
                    error = ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
                } else if (coordinator != null) {
                    look.at(coordinator);
                }
            }
            finished.accept(error);
        });
        if (!accepted) {
            finished.accept(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        }
    }

    /**
     * A transaction's end marker is durable in a partition of {@code __consumer_offsets}: its offsets become visible or
     * are dropped.
     */
    public void onTransactionEnd(int partition, long producerId, boolean commit) {
        thread.execute(() -> {
            GroupShard shard = partition < shards.size() ? shards.get(partition) : null;
            GroupCoordinator coordinator = shard == null ? null : shard.coordinator();
            if (coordinator != null) {
                coordinator.applyTransactionEnd(producerId, commit);
            }
        });
    }

    private @Nullable GroupShard shardOf(String groupId) {
        return shards.isEmpty() ? null : shards.get(GroupPartition.of(groupId, shards.size()));
    }

    private ErrorCode readiness(@Nullable GroupShard shard) {
        if (shard == null || shard.state() == GroupShard.State.ABSENT) {
            return ErrorCode.NOT_COORDINATOR;
        }
        if (shard.state() == GroupShard.State.ACTIVE) {
            return ErrorCode.NONE;
        }
        if (waitingToLoad.remove(shard)) {
            // Somebody needs it: its turn is next.
            waitingToLoad.addFirst(shard);
        }
        return ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
    }

    // Steps

    /** Gives a coordinator an input and carries out the step; false if the coordinator failed and is loaded anew. */
    private boolean apply(GroupShard shard, Input input) {
        long nowMs = clockMs.getAsLong();
        try {
            carryOut(shard, input.apply(coordinatorOf(shard), nowMs), nowMs);
            return true;
        } catch (RuntimeException e) {
            // What is in memory cannot be trusted any more; the log can.
            LOG.log(Level.ERROR, "The coordinator of " + nameOf(shard) + " failed and is loaded anew", e);
            int leaderEpoch = shard.leaderEpoch();
            unload(shard);
            load(shard, leaderEpoch);
            return false;
        }
    }

    private GroupCoordinator coordinatorOf(GroupShard shard) {
        GroupCoordinator coordinator = shard.coordinator();
        if (coordinator == null) {
            coordinator = new GroupCoordinator(settings, memberIds);
            shard.activate(coordinator);
            carryOut(shard, coordinator.onLoaded(clockMs.getAsLong()), clockMs.getAsLong());
        }
        return coordinator;
    }

    private void carryOut(GroupShard shard, Step step, long nowMs) {
        if (step.hasRecords()) {
            long incarnation = shard.incarnation();
            long appendId = step.appendId();
            shard.appendsInFlight++;
            appender.append(
                    TopicImage.CONSUMER_OFFSETS,
                    shard.partition,
                    StepBatches.of(step, nowMs),
                    new PartitionAppender.Callback() {
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
        step.replies().forEach(Reply::deliver);
        step.notes().forEach(note -> LOG.log(Level.INFO, onOneLine(note)));
    }

    /** Ids and reasons are the clients' own words, which must not look like lines of ours. */
    private static String onOneLine(String note) {
        return CONTROL_CHARACTERS.matcher(note).replaceAll("?");
    }

    private void settle(GroupShard shard, long incarnation, Input outcome) {
        thread.execute(() -> {
            shard.appendsInFlight--;
            if (shard.incarnation() == incarnation && shard.state() == GroupShard.State.ACTIVE) {
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
            for (GroupShard shard : shards) {
                GroupCoordinator coordinator = shard.coordinator();
                nextMs = Math.min(nextMs, coordinator == null ? shard.retryAtMs : coordinator.nextDeadlineMs());
            }
            return nextMs;
        }

        @Override
        public void runDue(long nowMs) {
            for (GroupShard shard : shards) {
                GroupCoordinator coordinator = shard.coordinator();
                while (coordinator != null
                        && coordinator == shard.coordinator()
                        && coordinator.nextDeadlineMs() <= nowMs
                        && apply(shard, (c, now) -> c.onTimeout(nowMs))) {
                    // One deadline at a time.
                }
                if (shard.retryAtMs <= nowMs) {
                    load(shard, shard.leaderEpoch());
                }
            }
        }
    }

    // Following the metadata

    @Override
    public void changed(MetadataImage before, MetadataImage after) {
        List<DeletedTopic> deleted = deletedTopics(before, after);
        boolean moved =
                !Objects.equals(before.topic(TopicImage.CONSUMER_OFFSETS), after.topic(TopicImage.CONSUMER_OFFSETS));
        if (moved) {
            boolean created = before.topic(TopicImage.CONSUMER_OFFSETS) == null;
            thread.execute(() -> follow(after, created));
        }
        if (!deleted.isEmpty()) {
            thread.execute(() -> forgetTopics(deleted));
        }
    }

    private static List<DeletedTopic> deletedTopics(MetadataImage before, MetadataImage after) {
        boolean onlyOneChange = after.index() - before.index() <= 1;
        if (onlyOneChange && after.topicCount() >= before.topicCount()) {
            return List.of();
        }
        List<DeletedTopic> deleted = new ArrayList<>();
        before.forEachTopic(topic -> {
            if (after.topic(topic.id()) == null) {
                deleted.add(new DeletedTopic(topic.name(), topic.id()));
            }
        });
        return deleted;
    }

    private void forgetTopics(List<DeletedTopic> topics) {
        for (GroupShard shard : shards) {
            if (shard.coordinator() != null) {
                apply(shard, (coordinator, nowMs) -> coordinator.onTopicsDeleted(topics, nowMs));
            }
        }
    }

    /** Leads what the metadata says this broker leads, and nothing else. */
    private void follow(MetadataImage image, boolean created) {
        TopicImage topic = image.topic(TopicImage.CONSUMER_OFFSETS);
        int partitionCount = topic == null ? 0 : topic.partitionCount();
        while (shards.size() > partitionCount) {
            unload(shards.remove(shards.size() - 1));
        }
        while (shards.size() < partitionCount) {
            shards.add(new GroupShard(shards.size()));
        }
        for (GroupShard shard : shards) {
            PartitionImage partition = image.partition(TopicImage.CONSUMER_OFFSETS, shard.partition);
            boolean led = partition != null && partition.leader() == brokerId;
            if (partition == null || !led) {
                unload(shard);
            } else if (created && partition.leaderEpoch() == 0) {
                // Nobody can have written to it yet.
                shard.beginLoading(partition.leaderEpoch());
                shard.activate(null);
            } else if (shard.state() == GroupShard.State.ABSENT || shard.leaderEpoch() != partition.leaderEpoch()) {
                unload(shard);
                load(shard, partition.leaderEpoch());
            }
        }
    }

    private void unload(GroupShard shard) {
        GroupCoordinator coordinator = shard.coordinator();
        waitingToLoad.remove(shard);
        boolean wasLed = shard.state() != GroupShard.State.ABSENT;
        shard.leave();
        if (coordinator != null) {
            long nowMs = clockMs.getAsLong();
            Step step = coordinator.onUnloaded(nowMs);
            step.replies().forEach(Reply::deliver);
        }
        if (wasLed) {
            LOG.log(Level.DEBUG, "No longer coordinating the groups of {0}", nameOf(shard));
        }
    }

    private void load(GroupShard shard, int leaderEpoch) {
        shard.beginLoading(leaderEpoch);
        waitingToLoad.addLast(shard);
        loadNext();
    }

    private void loadNext() {
        Iterator<GroupShard> waiting = waitingToLoad.iterator();
        List<GroupShard> next = new ArrayList<>();
        while (waiting.hasNext() && loadingCount < LOADS_AT_A_TIME) {
            GroupShard shard = waiting.next();
            if (shard.appendsInFlight == 0) {
                waiting.remove();
                loadingCount++;
                next.add(shard);
            }
        }
        next.forEach(this::read);
    }

    private void read(GroupShard shard) {
        long incarnation = shard.incarnation();
        long startedMs = clockMs.getAsLong();
        GroupCoordinator fresh = new GroupCoordinator(settings, memberIds);
        ShardLoader.Outcome outcome = new ShardLoader.Outcome() {
            @Override
            public void loaded(GroupCoordinator coordinator, long recordCount) {
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
        reader.readAll(TopicImage.CONSUMER_OFFSETS, shard.partition, new ShardLoader(nameOf(shard), fresh, outcome));
    }

    private void onLoaded(
            GroupShard shard, long incarnation, GroupCoordinator coordinator, long recordCount, long startedMs) {
        if (shard.incarnation() != incarnation) {
            return;
        }
        if (recordCount == 0) {
            shard.activate(null);
            return;
        }
        long nowMs = clockMs.getAsLong();
        shard.activate(coordinator);
        carryOut(shard, coordinator.onLoaded(nowMs), nowMs);
        LOG.log(
                Level.INFO,
                "Coordinating {0} groups of {1} at epoch {2}, from {3} records read in {4} ms",
                coordinator.groupCount(),
                nameOf(shard),
                shard.leaderEpoch(),
                recordCount,
                nowMs - startedMs);
    }

    /** Its groups ask for patience until the log can be read, or is another's to read. */
    private void onLoadFailed(GroupShard shard, long incarnation, ErrorCode error) {
        if (shard.incarnation() != incarnation) {
            return;
        }
        shard.retryPauseMs = Math.min(Math.max(2 * shard.retryPauseMs, RETRY_PAUSE_MS_MIN), RETRY_PAUSE_MS_MAX);
        shard.retryAtMs = clockMs.getAsLong() + shard.retryPauseMs;
        LOG.log(
                Level.ERROR,
                "The groups of {0} cannot be read ({1}); the next try is in {2} ms",
                nameOf(shard),
                error,
                shard.retryPauseMs);
    }

    private static String nameOf(GroupShard shard) {
        return TopicImage.CONSUMER_OFFSETS + "-" + shard.partition;
    }
}
