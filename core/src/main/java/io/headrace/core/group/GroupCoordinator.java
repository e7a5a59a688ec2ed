package io.headrace.core.group;

import io.headrace.core.coordinator.AppendErrors;
import io.headrace.core.coordinator.AppendOutcome;
import io.headrace.core.coordinator.Appends;
import io.headrace.core.coordinator.Coordinator;
import io.headrace.core.coordinator.RecordTime;
import io.headrace.core.coordinator.StateRecord;
import io.headrace.core.coordinator.Step;
import io.headrace.core.coordinator.Waiter;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DeleteGroupsResponse.DeletableGroupResult;
import io.headrace.protocol.message.DescribeGroupsResponse.DescribedGroup;
import io.headrace.protocol.message.HeartbeatRequest;
import io.headrace.protocol.message.HeartbeatResponse;
import io.headrace.protocol.message.JoinGroupRequest;
import io.headrace.protocol.message.JoinGroupResponse;
import io.headrace.protocol.message.LeaveGroupRequest;
import io.headrace.protocol.message.LeaveGroupRequest.MemberIdentity;
import io.headrace.protocol.message.LeaveGroupResponse;
import io.headrace.protocol.message.LeaveGroupResponse.MemberResponse;
import io.headrace.protocol.message.ListGroupsResponse.ListedGroup;
import io.headrace.protocol.message.OffsetCommitRequest;
import io.headrace.protocol.message.OffsetCommitResponse;
import io.headrace.protocol.message.OffsetDeleteRequest;
import io.headrace.protocol.message.OffsetDeleteResponse;
import io.headrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestGroup;
import io.headrace.protocol.message.OffsetFetchResponse.OffsetFetchResponseGroup;
import io.headrace.protocol.message.SyncGroupRequest;
import io.headrace.protocol.message.SyncGroupResponse;
import io.headrace.protocol.message.TxnOffsetCommitRequest;
import io.headrace.protocol.message.TxnOffsetCommitResponse;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Coordinates the groups of one partition of {@code __consumer_offsets}: the classic group protocol and committed
 * offsets.
 *
 * <p>Members, rebalances and sessions live in memory only; generations, assignments and offsets are what the log makes of
 * them, and count once they are durable.
 */
public final class GroupCoordinator implements Coordinator {
    private final GroupSettings settings;
    private final DeadlineQueue deadlines = new DeadlineQueue();
    private final Appends<GroupAppend, Effects> appends;
    private final Map<String, ClassicGroup> groups = new HashMap<>();
    private final OffsetStore offsets = new OffsetStore();
    private final Rebalance rebalance;
    private final JoinRequests joins;
    private final MemberRequests members;
    private final OffsetRequests offsetRequests;
    private final OffsetQueries offsetQueries;
    private final RecordTime recordTime = new RecordTime();
    private final OffsetExpiry expiry;
    private final Deadline expiryDeadline;

    /**
     * A coordinator without any groups.
     *
     * @param memberIds makes the random part of new members' ids
     */
    public GroupCoordinator(GroupSettings settings, Supplier<UUID> memberIds) {
        this.settings = settings;
        this.appends = new Appends<>(settings.appendTimeoutMs());
        this.rebalance = new Rebalance(settings, deadlines, recordTime);
        this.joins = new JoinRequests(settings, rebalance, memberIds);
        this.members = new MemberRequests(rebalance);
        this.offsetRequests = new OffsetRequests(settings, offsets, rebalance);
        this.offsetQueries = new OffsetQueries(offsets);
        this.expiry = new OffsetExpiry(settings, offsets);
        this.expiryDeadline = new Deadline(this::expire);
    }

    // Loading

    @Override
    public void showWallClock(long nowMs, long nowByWallMs) {
        recordTime.pass(nowMs, nowByWallMs);
    }

    @Override
    public void replay(
            long logOffset,
            long producerId,
            short producerEpoch,
            @Nullable ByteBuffer key,
            @Nullable ByteBuffer value) {
        GroupChange change = key == null ? null : GroupRecords.decode(logOffset, key, value, recordTime);
        if (change instanceof GroupChange.GroupWritten written) {
            forget(written.groupId());
            groups.put(written.groupId(), GroupSnapshot.restore(written, rebalance, recordTime));
        } else if (change != null) {
            apply(change, producerId, producerEpoch);
        }
    }

    @Override
    public void applyTransactionEnd(long producerId, boolean commit) {
        offsets.applyTransactionEnd(producerId, commit);
    }

    /** The sessions of all members start afresh. */
    @Override
    public Step onLoaded(long nowMs) {
        Effects effects = new Effects(nowMs);
        for (ClassicGroup group : groups.values()) {
            group.members().forEach(member -> rebalance.heartbeat(member, nowMs));
            if (group.size() > settings.groupSizeMax()) {
                rebalance.prepare(group, "it has more members than are allowed now", effects);
            }
        }
        deadlines.schedule(expiryDeadline, nowMs + settings.offsetsRetentionCheckIntervalMs());
        return stepOf(effects);
    }

    @Override
    public Step onUnloaded(long nowMs) {
        Effects effects = new Effects(nowMs);
        GroupAppend append = appends.pollFirst();
        while (append != null) {
            endWrites(append);
            append.failed(ErrorCode.NOT_COORDINATOR, effects);
            append = appends.pollFirst();
        }
        groups.values().forEach(group -> failWaiting(group, ErrorCode.NOT_COORDINATOR, effects));
        groups.clear();
        deadlines.clear();
        return Step.withoutAppend(effects.replies, effects.notes);
    }

    // Time and appends

    @Override
    public long nextDeadlineMs() {
        return Math.min(deadlines.nextMs(), appends.nextDeadlineMs());
    }

    @Override
    public Step onTimeout(long nowMs) {
        Effects effects = new Effects(nowMs);
        appends.runOverdue(effects);
        Deadline due = deadlines.pollDue(nowMs);
        if (due != null) {
            due.run(effects);
        }
        return stepOf(effects);
    }

    @Override
    public Step onDurable(long appendId, long baseOffset, long nowMs) {
        Effects effects = new Effects(nowMs);
        GroupAppend append = appends.end(appendId);
        endWrites(append);
        long offset = baseOffset;
        for (GroupChange change : append.changes) {
            apply(at(change, offset++), append.producerId, append.producerEpoch);
        }
        append.durable(effects);
        return stepOf(effects);
    }

    @Override
    public Step onAppendFailed(long appendId, ErrorCode error, long nowMs) {
        Effects effects = new Effects(nowMs);
        GroupAppend append = appends.end(appendId);
        endWrites(append);
        append.failed(AppendErrors.shownToClients(error, ErrorCode.UNKNOWN_SERVER_ERROR), effects);
        return stepOf(effects);
    }

    // Members

    /** A client joins a group, which is created if need be. */
    public Step joinGroup(
            Waiter<JoinGroupResponse> waiter, Caller caller, short version, JoinGroupRequest request, long nowMs) {
        Effects effects = new Effects(nowMs);
        JoinRequests.Join join = JoinRequests.Join.of(waiter, caller, version, request);
        ErrorCode error = validateJoin(request);
        ClassicGroup group = groups.get(request.groupId());
        if (error != ErrorCode.NONE) {
            JoinRequests.refuse(join, request.memberId(), error, effects);
        } else if (group != null) {
            joins.join(group, join, effects);
        } else if (!request.memberId().equals(Member.UNKNOWN_ID)) {
            JoinRequests.refuse(join, request.memberId(), ErrorCode.UNKNOWN_MEMBER_ID, effects);
        } else if (groups.size() >= settings.groupsMax()) {
            JoinRequests.refuse(join, request.memberId(), ErrorCode.GROUP_MAX_SIZE_REACHED, effects);
        } else {
            joinNewGroup(join, effects);
        }
        return stepOf(effects);
    }

    private ErrorCode validateJoin(JoinGroupRequest request) {
        if (request.groupId().isEmpty()) {
            return ErrorCode.INVALID_GROUP_ID;
        }
        boolean inBounds = request.sessionTimeoutMs() >= settings.sessionTimeoutMsMin()
                && request.sessionTimeoutMs() <= settings.sessionTimeoutMsMax();
        return inBounds ? ErrorCode.NONE : ErrorCode.INVALID_SESSION_TIMEOUT;
    }

    /** The group is written at once, so that it is known after a restart; refused joins leave none behind. */
    private void joinNewGroup(JoinRequests.Join join, Effects effects) {
        ClassicGroup group = new ClassicGroup(join.request().groupId(), effects.nowMs, rebalance);
        if (!joins.join(group, join, effects)) {
            return;
        }
        groups.put(group.id, group);
        effects.write(GroupSnapshot.ofNew(group, recordTime));
        effects.whenAppended(new AppendOutcome<>() {
            @Override
            public void durable(Effects later) {}

            @Override
            public void failed(ErrorCode error, Effects later) {
                if (groups.get(group.id) == group && group.generation() == 0) {
                    failWaiting(group, error, later);
                    forget(group.id);
                }
            }
        });
    }

    /** A member asks for its assignment, the leader bringing all of them. */
    public Step syncGroup(Waiter<SyncGroupResponse> waiter, SyncGroupRequest request, long nowMs) {
        Effects effects = new Effects(nowMs);
        ClassicGroup group = groups.get(request.groupId());
        if (request.groupId().isEmpty() || group == null) {
            ErrorCode error = request.groupId().isEmpty() ? ErrorCode.INVALID_GROUP_ID : ErrorCode.UNKNOWN_MEMBER_ID;
            effects.reply(waiter, new SyncGroupResponse().setErrorCode(error.code()));
        } else {
            members.sync(group, waiter, request, effects);
        }
        return stepOf(effects);
    }

    /** A member says that it lives, and learns whether it must rejoin. */
    public Step heartbeat(Waiter<HeartbeatResponse> waiter, HeartbeatRequest request, long nowMs) {
        Effects effects = new Effects(nowMs);
        ClassicGroup group = groups.get(request.groupId());
        ErrorCode error;
        if (request.groupId().isEmpty()) {
            error = ErrorCode.INVALID_GROUP_ID;
        } else if (group == null) {
            error = ErrorCode.UNKNOWN_MEMBER_ID;
        } else {
            error = members.heartbeat(group, request, nowMs);
        }
        effects.reply(waiter, new HeartbeatResponse().setErrorCode(error.code()));
        return stepOf(effects);
    }

    /** Members leave. Up to version 2 there is one of them, and its error is the answer's own. */
    public Step leaveGroup(Waiter<LeaveGroupResponse> waiter, short version, LeaveGroupRequest request, long nowMs) {
        Effects effects = new Effects(nowMs);
        List<MemberIdentity> leaving =
                version < 3 ? List.of(new MemberIdentity().setMemberId(request.memberId())) : request.members();
        ClassicGroup group = groups.get(request.groupId());
        if (request.groupId().isEmpty()) {
            effects.reply(waiter, leaveFailure(ErrorCode.INVALID_GROUP_ID));
        } else if (group != null && group.isIn(GroupState.DEAD)) {
            effects.reply(waiter, leaveFailure(ErrorCode.COORDINATOR_NOT_AVAILABLE));
        } else {
            List<MemberResponse> results = group == null
                    ? leaving.stream()
                            .map(identity -> MemberRequests.result(identity, ErrorCode.UNKNOWN_MEMBER_ID))
                            .toList()
                    : members.leave(group, leaving, effects);
            LeaveGroupResponse response = version < 3
                    ? new LeaveGroupResponse().setErrorCode(results.get(0).errorCode())
                    : new LeaveGroupResponse().setMembers(results);
            effects.replyWhenAppended(waiter, response, GroupCoordinator::leaveFailure);
        }
        return stepOf(effects);
    }

    private static LeaveGroupResponse leaveFailure(ErrorCode error) {
        return new LeaveGroupResponse().setErrorCode(error.code());
    }

    // Offsets

    /**
     * Commits offsets. Topics have been resolved to names, checked for existence and for the right to read them.
     */
    public Step commitOffsets(
            Waiter<OffsetCommitResponse> waiter, short version, OffsetCommitRequest request, long nowMs) {
        Effects effects = new Effects(nowMs);
        ClassicGroup group = groups.get(request.groupId());
        offsetRequests.commit(group, waiter, version, request, groups.size() < settings.groupsMax(), effects);
        return stepOf(effects);
    }

    /** Commits offsets as part of a transaction; {@link #applyTransactionEnd} makes them visible or drops them. */
    public Step commitOffsetsInTransaction(
            Waiter<TxnOffsetCommitResponse> waiter, TxnOffsetCommitRequest request, long nowMs) {
        Effects effects = new Effects(nowMs);
        if (request.groupId().isEmpty()) {
            effects.reply(waiter, OffsetRequests.failure(request, ErrorCode.INVALID_GROUP_ID));
        } else {
            ClassicGroup group = groups.get(request.groupId());
            boolean roomForNewGroup = groups.size() < settings.groupsMax();
            offsetRequests.commitInTransaction(group, waiter, request, roomForNewGroup, effects);
        }
        return stepOf(effects);
    }

    /**
     * A transaction is about to be committed: writes again, as part of it, those of its offsets behind which the log has another
     * commit for the same partition, or is about to have one.
     *
     * <p>The records of the step go into the log together with the marker, right before it. So it is the marker's place that
     * decides which of two commits counts, also once compaction has left only the last record of each key.
     */
    public Step prepareCommit(long producerId, long nowMs) {
        Effects effects = new Effects(nowMs);
        effects.producerId = producerId;
        effects.producerEpoch = offsets.epochOfStaged(producerId);
        offsets.overtaken(producerId).forEach(effects::write);
        return stepOf(effects);
    }

    /**
     * Reads offsets of a group.
     *
     * @param requireStable wait for commits on their way, and answer UNSTABLE_OFFSET_COMMIT for a partition that an open
     *     transaction has a say in
     */
    public Step fetchOffsets(
            Waiter<OffsetFetchResponseGroup> waiter,
            OffsetFetchRequestGroup request,
            boolean requireStable,
            long nowMs) {
        Effects effects = new Effects(nowMs);
        if (!requireStable || !offsets.hasInFlight(request.groupId())) {
            effects.reply(waiter, fetch(request, requireStable));
            return stepOf(effects);
        }
        appends.last().whenSettled(new StableFetch(waiter, request.groupId(), () -> fetch(request, true)));
        return stepOf(effects);
    }

    private OffsetFetchResponseGroup fetch(OffsetFetchRequestGroup request, boolean requireStable) {
        return offsetQueries.fetch(request, groups.containsKey(request.groupId()), requireStable);
    }

    /** Deletes single offsets of a group. */
    public Step deleteOffsets(Waiter<OffsetDeleteResponse> waiter, OffsetDeleteRequest request, long nowMs) {
        Effects effects = new Effects(nowMs);
        if (request.groupId().isEmpty()) {
            effects.reply(waiter, new OffsetDeleteResponse().setErrorCode(ErrorCode.INVALID_GROUP_ID.code()));
        } else {
            offsetRequests.delete(groups.get(request.groupId()), waiter, request, effects);
        }
        return stepOf(effects);
    }

    /** Topics are gone: so are the offsets committed for them. */
    public Step onTopicsDeleted(List<DeletedTopic> topics, long nowMs) {
        Effects effects = new Effects(nowMs);
        if (appends.isEmpty()) {
            writeTopicDeletions(topics, effects);
            return stepOf(effects);
        }
        // Commits on their way to the log may be for these topics.
        appends.last().whenSettled(new AppendOutcome<>() {
            @Override
            public void durable(Effects later) {
                writeTopicDeletions(topics, later);
            }

            @Override
            public void failed(ErrorCode error, Effects later) {
                writeTopicDeletions(topics, later);
            }
        });
        return stepOf(effects);
    }

    private void writeTopicDeletions(List<DeletedTopic> topics, Effects effects) {
        for (DeletedTopic topic : topics) {
            offsets.placesOfTopic(topic)
                    .forEach((groupId, partitions) -> partitions.forEach(partition ->
                            effects.write(new GroupChange.OffsetDeleted(groupId, topic.name(), partition))));
        }
    }

    // Groups

    /** The groups in one of the states and of one of the types; an empty filter lets all pass. */
    public List<ListedGroup> listGroups(Collection<String> states, Collection<String> types) {
        return GroupQueries.list(groups.values(), states, types);
    }

    /** Describes groups, in the order asked for. */
    public List<DescribedGroup> describeGroups(List<String> groupIds, short version) {
        return groupIds.stream()
                .map(groupId -> {
                    ClassicGroup group = groups.get(groupId);
                    return group == null
                            ? GroupQueries.describeMissing(groupId, version)
                            : GroupQueries.describe(group);
                })
                .toList();
    }

    /** Deletes groups without members, and their offsets. */
    public Step deleteGroups(Waiter<List<DeletableGroupResult>> waiter, List<String> groupIds, long nowMs) {
        Effects effects = new Effects(nowMs);
        List<DeletableGroupResult> results = new ArrayList<>(groupIds.size());
        for (String groupId : groupIds) {
            ErrorCode error = deleteGroup(groupId, effects);
            results.add(new DeletableGroupResult().setGroupId(groupId).setErrorCode(error.code()));
        }
        effects.replyWhenAppended(waiter, results, failed -> deletionFailures(groupIds, failed));
        return stepOf(effects);
    }

    private ErrorCode deleteGroup(String groupId, Effects effects) {
        ClassicGroup group = groups.get(groupId);
        if (group == null || group.isIn(GroupState.DEAD)) {
            return ErrorCode.GROUP_ID_NOT_FOUND;
        }
        if (!group.isIn(GroupState.EMPTY)) {
            return ErrorCode.NON_EMPTY_GROUP;
        }
        for (OffsetStore.Place place : offsets.placesOf(groupId)) {
            effects.write(new GroupChange.OffsetDeleted(groupId, place.topic(), place.partition()));
        }
        writeGroupDeletion(group, effects);
        return ErrorCode.NONE;
    }

    private static List<DeletableGroupResult> deletionFailures(List<String> groupIds, ErrorCode error) {
        return groupIds.stream()
                .map(groupId -> new DeletableGroupResult().setGroupId(groupId).setErrorCode(error.code()))
                .toList();
    }

    private static void writeGroupDeletion(ClassicGroup group, Effects effects) {
        group.moveToDead();
        effects.note("Group " + group.id + " is deleted");
        effects.write(new GroupChange.GroupDeleted(group.id));
        effects.whenAppended(new AppendOutcome<>() {
            @Override
            public void durable(Effects later) {}

            @Override
            public void failed(ErrorCode error, Effects later) {
                group.revive();
            }
        });
    }

    /** One round of expiry. A round that reaches its limit is followed by the next as soon as it is durable. */
    private void expire(Effects effects) {
        boolean finished = true;
        for (ClassicGroup group : groups.values()) {
            if (group.isIn(GroupState.DEAD)) {
                continue;
            }
            if (effects.changes.size() >= settings.tombstonesMax()) {
                finished = false;
                break;
            }
            List<GroupChange> expired = expiry.expiredOffsets(group, effects.nowMs);
            expired.forEach(effects::write);
            if (expiry.isAbandoned(group, expired.size())) {
                writeGroupDeletion(group, effects);
            }
        }
        long pauseMs = finished ? settings.offsetsRetentionCheckIntervalMs() : 0;
        if (effects.changes.isEmpty()) {
            deadlines.schedule(expiryDeadline, effects.nowMs + pauseMs);
            return;
        }
        effects.whenAppended(new AppendOutcome<>() {
            @Override
            public void durable(Effects later) {
                deadlines.schedule(expiryDeadline, later.nowMs + pauseMs);
            }

            @Override
            public void failed(ErrorCode error, Effects later) {
                deadlines.schedule(expiryDeadline, later.nowMs + settings.offsetsRetentionCheckIntervalMs());
            }
        });
    }

    // State

    /** What a replay of the log up to the last durable append would make of it; equal text means equal state. */
    public String digest() {
        return StateDigest.of(groups.values(), offsets);
    }

    @Override
    public int size() {
        return groups.size();
    }

    @Override
    public void forEachKey(Consumer<String> action) {
        groups.keySet().forEach(action);
    }

    /** Changes the state as a durable record says. */
    private void apply(GroupChange change, long producerId, short producerEpoch) {
        if (change instanceof GroupChange.OffsetWritten written) {
            offsets.apply(written, producerId, producerEpoch);
            groups.computeIfAbsent(
                    written.groupId(),
                    id -> new ClassicGroup(id, written.offset().commitTimestampMs(), rebalance));
        } else if (change instanceof GroupChange.OffsetDeleted deleted) {
            offsets.apply(deleted);
        } else if (change instanceof GroupChange.GroupDeleted deleted) {
            forget(deleted.groupId());
        }
        // GroupWritten needs nothing: a live group has gone ahead, and a replayed one is replaced in replay.
    }

    private static GroupChange at(GroupChange change, long offset) {
        return change instanceof GroupChange.OffsetWritten written
                ? new GroupChange.OffsetWritten(
                        written.groupId(),
                        written.topic(),
                        written.partition(),
                        written.offset().at(offset))
                : change;
    }

    private void forget(String groupId) {
        ClassicGroup group = groups.remove(groupId);
        if (group != null) {
            rebalance.forget(group);
        }
    }

    private static void failWaiting(ClassicGroup group, ErrorCode error, Effects effects) {
        for (Member member : group.members()) {
            group.answerJoin(
                    member, new JoinGroupResponse().setMemberId(member.id).setErrorCode(error.code()), effects);
            group.answerSync(member, new SyncGroupResponse().setErrorCode(error.code()), effects);
        }
    }

    private void endWrites(GroupAppend append) {
        append.changes.forEach(change -> offsets.endWrite(change, append.producerId));
    }

    private Step stepOf(Effects effects) {
        if (effects.changes.isEmpty()) {
            if (!effects.outcomes.isEmpty()) {
                throw new IllegalStateException("Nothing was written, yet something waits for it");
            }
            return Step.withoutAppend(effects.replies, effects.notes);
        }
        GroupAppend append = new GroupAppend(effects);
        append.changes.forEach(change -> offsets.beginWrite(change, append.producerId));
        List<StateRecord> records = append.changes.stream()
                .map(change -> GroupRecords.encode(change, recordTime))
                .toList();
        long appendId = appends.begin(append, effects.nowMs);
        return new Step(appendId, records, effects.producerId, effects.producerEpoch, effects.replies, effects.notes);
    }
}
