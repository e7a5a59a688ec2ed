package io.headrace.server.fetch;

import io.headrace.core.metadata.TopicImage;
import io.headrace.network.server.CloseReason;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.FetchRequest;
import io.headrace.protocol.message.FetchResponse.AbortedTransaction;
import io.headrace.protocol.message.FetchResponse.PartitionData;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.protocol.wire.Payload;
import io.headrace.server.api.RequestContext;
import io.headrace.server.fetch.FetchSessions.Selection;
import io.headrace.server.partition.Partitions;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import io.headrace.storage.PartitionReplica;
import io.headrace.storage.log.CorruptLogException;
import io.headrace.storage.log.FetchSlice;
import io.headrace.storage.log.FileSlice;
import io.headrace.storage.log.LeaderEpochs;
import io.headrace.storage.log.LeaderEpochs.EpochEnd;
import io.headrace.storage.log.LogView;
import io.headrace.storage.log.StaleLogViewException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * One Fetch request until its answer. It looks at its partitions; if there is not enough to send, it hangs on them and looks
 * again when one of them moves, or when its time is up.
 *
 * <p>Lives on the connection's network loop, which never waits for the disk: it reads only what was appended lately. If
 * anything else is wanted, the look is taken by an executor for slow work, which also reads and verifies what the loop then
 * sends from the file. Where that takes no more, the request waits for room there, and in the end is answered without what it
 * would have read. {@link #onProgress} comes from the log writer.
 */
final class PendingFetch implements PartitionReplica.Waiter {
    private static final Logger LOG = System.getLogger(PendingFetch.class.getName());
    private static final byte READ_COMMITTED = 1;
    private static final int FIRST_VERSION_WITH_LEADERS = 16;
    private static final int FIRST_VERSION_WITH_STORAGE_ERROR = 6;
    private static final long CONNECTION_CHECK_MS = 5_000;
    /** How often a request looks for room among those that wait for the disk. */
    private static final long ROOM_CHECK_MS = 50;
    /** How long it waits for room at least, also when the client would rather have an empty answer at once and ask again. */
    private static final long ROOM_WAIT_MS = 1_000;
    /** Slices up to this size are copied into the answer: a system call of their own would cost more. */
    private static final int COPIED_BYTES_MAX = 32 << 10;

    private final Partitions partitions;
    private final Authorizer authorizer;
    private final RequestContext context;
    private final FetchRequest request;
    private final Selection selection;
    private final int maxBytes;
    /** More than an answer may carry need not be waited for. */
    private final int minBytes;

    private final LongSupplier clockMs;
    private final Executor io;
    private final long deadlineMs;
    /** Until when to wait for room among those that wait for the disk. */
    private final long roomDeadlineMs;

    private final AtomicBoolean lookScheduled = new AtomicBoolean();
    private final List<PartitionReplica> hangingOn = new ArrayList<>(0);
    private boolean answered;
    /** Whether a look is being taken elsewhere; whoever wants another one meanwhile waits for its end. */
    private boolean lookingElsewhere;

    private boolean lookMissed;
    private boolean triedToOpen;

    PendingFetch(
            Partitions partitions,
            Authorizer authorizer,
            RequestContext context,
            FetchRequest request,
            Selection selection,
            int maxBytes,
            LongSupplier clockMs,
            Executor io) {
        this.partitions = partitions;
        this.authorizer = authorizer;
        this.context = context;
        this.request = request;
        this.selection = selection;
        this.maxBytes = maxBytes;
        this.minBytes = Math.min(request.minBytes(), maxBytes);
        this.clockMs = clockMs;
        this.io = io;
        long nowMs = nowMs();
        this.deadlineMs = nowMs + Math.max(0, request.maxWaitMs());
        this.roomDeadlineMs = Math.max(deadlineMs, nowMs + ROOM_WAIT_MS);
    }

    /** How a look is taken. */
    private enum Manner {
        /** Gives up when it comes upon something that may have to come from the disk. */
        QUICK,
        /** Passes over such things. */
        QUICK_IN_PART,
        /** Waits for the disk. */
        PATIENT
    }

    /** What one look found: a result for each partition, in the order of the selection. */
    private static final class Found {
        final List<FetchAnswer.Result> results;
        long bytes;
        /** What is there besides, up to the limits of the answer: records end with whole batches, and files and windows end. */
        long bytesHeldBack;
        /** An error or a divergence: the client should know at once. */
        boolean urgent;

        final Manner manner;
        /** Whether it came upon something that may have to come from the disk, and gave up. */
        boolean needsPatience;
        /** Whether more than what was read is there, and may have to come from the disk. */
        boolean hasMoreOnDisk;

        final List<PartitionReplica> unopened = new ArrayList<>(0);
        final List<PartitionReplica> readable = new ArrayList<>();

        Found(int count, Manner manner) {
            results = new ArrayList<>(count);
            this.manner = manner;
        }

        boolean isPatient() {
            return manner == Manner.PATIENT;
        }

        /** Something may have to come from the disk. */
        void wantPatience() {
            needsPatience = manner == Manner.QUICK;
        }
    }

    void start() {
        look(nowMs(), true);
    }

    private void look(long nowMs, boolean first) {
        if (answered) {
            return;
        }
        if (lookingElsewhere) {
            lookMissed = true;
            return;
        }
        try {
            Found found = readAll(Manner.QUICK);
            if (found.needsPatience) {
                release(found);
                lookElsewhere(first);
            } else {
                conclude(found, nowMs, first);
            }
        } catch (RuntimeException | Error e) {
            broke(e);
        }
    }

    private void lookElsewhere(boolean first) {
        lookingElsewhere = true;
        try {
            io.execute(() -> {
                try {
                    Found found = readAll(Manner.PATIENT);
                    context.execute(() -> concludeElsewhere(found, first));
                } catch (RuntimeException | Error e) {
                    context.execute(() -> broke(e));
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "Too many reads wait for the disk; one waits for room among them");
            context.schedule(() -> lookElsewhereAgain(first), ROOM_CHECK_MS);
        }
    }

    private void lookElsewhereAgain(boolean first) {
        if (answered) {
            return;
        }
        lookingElsewhere = false;
        lookMissed = false;
        if (nowMs() < roomDeadlineMs) {
            look(nowMs(), first);
        } else {
            // The client comes again. To read on this thread would hold up all other connections of it.
            answerInPart();
        }
    }

    private void answerInPart() {
        try {
            answer(readAll(Manner.QUICK_IN_PART));
        } catch (RuntimeException | Error e) {
            broke(e);
        }
    }

    private void broke(Throwable e) {
        LOG.log(Level.ERROR, "A fetch broke while it was read", e);
        giveUp();
    }

    private void giveUp() {
        if (answered) {
            return;
        }
        done();
        context.close(CloseReason.HANDLER_FAILURE);
    }

    private void concludeElsewhere(Found found, boolean first) {
        lookingElsewhere = false;
        if (answered) {
            // The connection was seen to be gone meanwhile.
            release(found);
            return;
        }
        conclude(found, nowMs(), first);
        if (lookMissed) {
            lookMissed = false;
            look(nowMs(), false);
        }
    }

    private void conclude(Found found, long nowMs, boolean first) {
        if (!found.unopened.isEmpty()) {
            release(found);
            open(found.unopened);
            return;
        }
        boolean enough = found.bytes + found.bytesHeldBack >= minBytes || found.urgent || nowMs >= deadlineMs;
        if (enough || selection.partitions().isEmpty()) {
            answer(found);
            return;
        }
        release(found);
        if (found.hasMoreOnDisk) {
            lookElsewhere(first);
            return;
        }
        if (first || hangingOn.isEmpty()) {
            hang(found.readable, nowMs);
        }
    }

    private void open(List<PartitionReplica> unopened) {
        AtomicInteger left = new AtomicInteger(unopened.size());
        for (PartitionReplica replica : unopened) {
            partitions.store().open(replica, () -> {
                if (left.decrementAndGet() == 0) {
                    context.executeQuietly(this::lookAfterOpening);
                }
            });
        }
    }

    /** What could not be opened for want of room is an error now: to try again and again would keep the disk busy. */
    private void lookAfterOpening() {
        triedToOpen = true;
        look(nowMs(), true);
    }

    private void hang(List<PartitionReplica> readable, long nowMs) {
        hangingOn.addAll(readable);
        for (int i = 0; i < readable.size(); i++) {
            readable.get(i).addWaiter(this);
        }
        // One of them may have moved between the look and the hanging.
        lookScheduled.set(true);
        lookAgain();
        if (!answered) {
            sleep(nowMs);
        }
    }

    private void sleep(long nowMs) {
        context.schedule(this::onTimer, Math.max(1, Math.min(deadlineMs - nowMs, CONNECTION_CHECK_MS)));
    }

    private void onTimer() {
        if (answered) {
            return;
        }
        long nowMs = nowMs();
        if (!context.isConnected()) {
            done();
            context.respondNothing();
        } else if (nowMs >= deadlineMs) {
            look(nowMs, false);
        } else {
            sleep(nowMs);
        }
    }

    @Override
    public void onProgress() {
        if (lookScheduled.compareAndSet(false, true)) {
            context.executeQuietly(this::lookAgain);
        }
    }

    private void lookAgain() {
        lookScheduled.set(false);
        look(nowMs(), false);
    }

    private long nowMs() {
        return clockMs.getAsLong();
    }

    private Found readAll(Manner manner) {
        List<FetchPartition> wanted = selection.partitions();
        Found found = new Found(wanted.size(), manner);
        try {
            readAll(found, wanted);
        } catch (RuntimeException | Error e) {
            release(found);
            throw e;
        }
        return found;
    }

    private void readAll(Found found, List<FetchPartition> wanted) {
        TopicImage topic = null;
        for (int i = 0; i < wanted.size() && !found.needsPatience; i++) {
            FetchPartition partition = wanted.get(i);
            FetchPartition.Key key = partition.key();
            if (i == 0 || !sameTopic(key, wanted.get(i - 1).key())) {
                topic = partitions.topic(key.topicId(), key.topic());
            }
            PartitionData data = new PartitionData().setPartitionIndex(key.partition());
            found.results.add(new FetchAnswer.Result(partition, data, topic == null ? unknown(key) : topic));
            if (topic == null && context.apiVersion() >= FetchSessions.TOPIC_ID_VERSION) {
                fail(found, data, errorOfGoneTopic(partition));
            } else if (!mayRead(topic == null ? key.topic() : topic.name())) {
                fail(found, data, ErrorCode.TOPIC_AUTHORIZATION_FAILED);
            } else if (topic == null) {
                fail(found, data, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
            } else {
                partition.noteTopicName(topic.name());
                read(found, partition, topic, data);
            }
        }
    }

    /** As in Kafka a topic that was there once is looked for by its name, which another topic may have by now. */
    private ErrorCode errorOfGoneTopic(FetchPartition partition) {
        String name = partition.topicName();
        if (name == null) {
            return ErrorCode.UNKNOWN_TOPIC_ID;
        }
        if (!mayRead(name)) {
            return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
        }
        TopicImage namesake = partitions.image().topic(name);
        return namesake != null && namesake.hasPartition(partition.key().partition())
                ? ErrorCode.INCONSISTENT_TOPIC_ID
                : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    }

    /** A replica id means a follower, and there are none: only brokers may read like one (CVE-2018-1288). */
    private boolean mayRead(String topic) {
        return request.replicaId() < 0
                && request.replicaState().replicaId() < 0
                && Access.of(context, authorizer).allows(Operation.READ, ResourceType.TOPIC, topic);
    }

    private static boolean sameTopic(FetchPartition.Key one, FetchPartition.Key other) {
        return one.topicId().equals(other.topicId()) && one.topic().equals(other.topic());
    }

    private static TopicImage unknown(FetchPartition.Key key) {
        return new TopicImage(key.topicId(), key.topic(), List.of(), java.util.Map.of());
    }

    private void read(Found found, FetchPartition partition, TopicImage topic, PartitionData data) {
        // Here, unlike elsewhere, Kafka takes every negative epoch for none.
        int epoch = Math.max(LeaderEpochs.UNDEFINED_EPOCH, partition.currentLeaderEpoch());
        Partitions.Found lookup = partitions.leader(topic, partition.key().partition(), epoch);
        if (lookup.error() != ErrorCode.NONE) {
            fail(found, data, lookup.error());
            tellLeader(data, lookup);
            return;
        }
        PartitionReplica replica = lookup.replicaOrThrow();
        LogView view = replica.view();
        if (view == null) {
            boolean mayOpen = !triedToOpen && found.manner != Manner.QUICK_IN_PART;
            if (mayOpen && replica.status() == PartitionReplica.Status.UNOPENED) {
                found.unopened.add(replica);
            } else {
                fail(found, data, ErrorCode.KAFKA_STORAGE_ERROR);
            }
            return;
        }
        found.readable.add(replica);
        data.setAbortedTransactions(null);
        read(found, partition, lookup.leaderEpoch(), view, data);
    }

    /** To a client that follows another leader, or the same one of another epoch, the one to follow is told (KIP-951). */
    private void tellLeader(PartitionData data, Partitions.Found lookup) {
        boolean followsAnother =
                lookup.error() == ErrorCode.NOT_LEADER_OR_FOLLOWER || lookup.error() == ErrorCode.FENCED_LEADER_EPOCH;
        if (followsAnother && context.apiVersion() >= FIRST_VERSION_WITH_LEADERS) {
            data.currentLeader().setLeaderId(lookup.leaderId()).setLeaderEpoch(lookup.leaderEpoch());
        }
    }

    private void read(Found found, FetchPartition partition, int leaderEpoch, LogView view, PartitionData data) {
        long offset = partition.fetchOffset();
        if (offset < view.logStartOffset()) {
            fail(found, data, ErrorCode.OFFSET_OUT_OF_RANGE);
            return;
        }
        data.setHighWatermark(view.highWatermark())
                .setLastStableOffset(view.lastStableOffset())
                .setLogStartOffset(view.logStartOffset())
                .setRecords(BufferPayload.EMPTY);
        // Also past the log end: there it tells more than that the offset is.
        if (partition.lastFetchedEpoch() >= 0 && diverges(found, partition, leaderEpoch, view, data)) {
            return;
        }
        if (offset > view.logEndOffset()) {
            fail(found, data, ErrorCode.OFFSET_OUT_OF_RANGE);
            return;
        }
        read(found, partition, view, data);
    }

    /** Reads what the log has at an offset that lies in it. */
    private void read(Found found, FetchPartition partition, LogView view, PartitionData data) {
        long offset = partition.fetchOffset();
        boolean committedOnly = request.isolationLevel() == READ_COMMITTED;
        long bound = committedOnly ? view.lastStableOffset() : view.highWatermark();
        long recentUpTo = found.isPatient() ? Long.MAX_VALUE : view.recentUpTo(offset, nowMs());
        if (offset < bound && recentUpTo <= offset) {
            found.wantPatience();
            return;
        }
        try {
            int room = (int) Math.min(partition.maxBytes(), Math.max(0, maxBytes - found.bytes));
            FetchSlice slice = found.isPatient()
                    ? view.readVerified(offset, room, found.bytes == 0, bound)
                    : view.read(offset, room, found.bytes == 0, Math.min(bound, recentUpTo));
            FileSlice records = slice.records();
            if (records != null) {
                found.bytes += records.sizeBytes();
                data.setRecords(asPayload(records));
                if (found.isPatient()) {
                    view.noteVerified(offset, slice.nextOffset(), nowMs());
                }
            }
            if (committedOnly) {
                data.setAbortedTransactions(aborted(found, view, offset, Math.min(bound, slice.nextOffset())));
            }
            if (slice.nextOffset() >= Math.min(bound, recentUpTo)) {
                found.hasMoreOnDisk |= recentUpTo < bound;
            } else {
                found.bytesHeldBack += Math.max(0, room - slice.sizeBytes());
            }
        } catch (StaleLogViewException e) {
            // Truncated or deleted while we looked: the client comes again and sees the newer state.
            withhold(found, data);
            LOG.log(Level.DEBUG, "A fetch of {0} met a log that changed: {1}", partition.key(), e.getMessage());
        } catch (CorruptLogException e) {
            LOG.log(Level.DEBUG, "Fetching {0} at offset {1} met damage: {2}", partition.key(), offset, e.getMessage());
            if (found.isPatient()) {
                // Clients tell their application of this one, and neither go on behind it nor try again by themselves.
                fail(found, data, ErrorCode.CORRUPT_MESSAGE);
            } else {
                withhold(found, data);
                found.wantPatience();
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.log(Level.ERROR, "Fetching " + partition.key() + " at offset " + offset + " failed", e);
            fail(found, data, ErrorCode.KAFKA_STORAGE_ERROR);
        }
    }

    /** Whether the client's log has branched off ours (KIP-595, KIP-320); then it is told where. */
    private boolean diverges(Found found, FetchPartition partition, int leaderEpoch, LogView view, PartitionData data) {
        EpochEnd end = view.endOffsetFor(partition.lastFetchedEpoch(), leaderEpoch);
        if (end.endOffset() < 0) {
            fail(found, data, ErrorCode.OFFSET_OUT_OF_RANGE);
            return true;
        }
        if (end.epoch() < partition.lastFetchedEpoch() || end.endOffset() < partition.fetchOffset()) {
            data.divergingEpoch().setEpoch(end.epoch()).setEndOffset(end.endOffset());
            found.urgent = true;
            return true;
        }
        return false;
    }

    private static List<AbortedTransaction> aborted(Found found, LogView view, long from, long to) throws IOException {
        List<AbortedTransaction> list = new ArrayList<>(0);
        var transactions =
                found.isPatient() ? view.abortedTransactionsOrRebuild(from, to) : view.abortedTransactions(from, to);
        for (var transaction : transactions) {
            list.add(new AbortedTransaction()
                    .setProducerId(transaction.producerId())
                    .setFirstOffset(transaction.firstOffset()));
        }
        return list;
    }

    private static Payload asPayload(FileSlice slice) throws IOException {
        try {
            if (slice.sizeBytes() > COPIED_BYTES_MAX) {
                return new SlicePayload(slice.retain());
            }
            ByteBuffer copy = ByteBuffer.allocate(slice.sizeBytes());
            slice.readInto(copy);
            return new BufferPayload(copy.flip());
        } finally {
            slice.release();
        }
    }

    private void fail(Found found, PartitionData data, ErrorCode error) {
        withhold(found, data);
        // Clients of this age do not know the error, and do not try again when they meet it.
        boolean unheardOf =
                error == ErrorCode.KAFKA_STORAGE_ERROR && context.apiVersion() < FIRST_VERSION_WITH_STORAGE_ERROR;
        ErrorCode told = unheardOf ? ErrorCode.NOT_LEADER_OR_FOLLOWER : error;
        data.setErrorCode(told.code())
                .setHighWatermark(-1)
                .setLastStableOffset(-1)
                .setLogStartOffset(-1);
        found.urgent = true;
    }

    /** Takes back records of which it turned out that they must not be sent, such as for want of what was aborted. */
    private static void withhold(Found found, PartitionData data) {
        Payload records = data.records();
        if (records != null) {
            found.bytes -= records.sizeBytes();
        }
        if (records instanceof SlicePayload slice) {
            slice.release();
        }
        data.setRecords(BufferPayload.EMPTY);
    }

    private static void release(Found found) {
        for (FetchAnswer.Result result : found.results) {
            if (result.data().records() instanceof SlicePayload slice) {
                slice.release();
            }
        }
    }

    private void answer(Found found) {
        done();
        context.respond(new FetchAnswer(selection, partitions.image(), context).of(found.results));
    }

    private void done() {
        answered = true;
        for (int i = 0; i < hangingOn.size(); i++) {
            hangingOn.get(i).removeWaiter(this);
        }
        hangingOn.clear();
    }
}
