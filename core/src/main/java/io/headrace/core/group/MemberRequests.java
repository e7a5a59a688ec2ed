package io.headrace.core.group;

import io.headrace.core.coordinator.AppendOutcome;
import io.headrace.core.coordinator.Waiter;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.HeartbeatRequest;
import io.headrace.protocol.message.LeaveGroupRequest.MemberIdentity;
import io.headrace.protocol.message.LeaveGroupResponse.MemberResponse;
import io.headrace.protocol.message.SyncGroupRequest;
import io.headrace.protocol.message.SyncGroupResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Decides what SyncGroup, Heartbeat and LeaveGroup lead to in a group that exists. */
final class MemberRequests {
    private final Rebalance rebalance;

    MemberRequests(Rebalance rebalance) {
        this.rebalance = rebalance;
    }

    /** A member asks for its assignment; the leader brings everybody's. */
    void sync(ClassicGroup group, Waiter<SyncGroupResponse> waiter, SyncGroupRequest request, Effects effects) {
        ErrorCode error = validateSync(group, request);
        Member member = group.member(request.memberId());
        if (error != ErrorCode.NONE || member == null) {
            effects.reply(waiter, new SyncGroupResponse().setErrorCode(error.code()));
            return;
        }
        rebalance.syncReceived(group, member.id);
        if (group.isIn(GroupState.STABLE)) {
            effects.reply(waiter, rebalance.assigned(group, member));
            return;
        }
        short superseded = ErrorCode.REBALANCE_IN_PROGRESS.code();
        group.answerSync(member, new SyncGroupResponse().setErrorCode(superseded), effects);
        member.awaitingSync = waiter;
        if (group.isLeader(member.id)) {
            writeAssignments(group, request, effects);
        }
    }

    private static ErrorCode validateSync(ClassicGroup group, SyncGroupRequest request) {
        switch (group.state()) {
            case EMPTY:
                return ErrorCode.UNKNOWN_MEMBER_ID;
            case DEAD:
                return ErrorCode.COORDINATOR_NOT_AVAILABLE;
            default:
                break;
        }
        ErrorCode error = group.validateMember(request.memberId(), request.groupInstanceId());
        if (error != ErrorCode.NONE) {
            return error;
        }
        if (request.generationId() != group.generation()) {
            return ErrorCode.ILLEGAL_GENERATION;
        }
        if (differs(request.protocolType(), group.protocolType())
                || differs(request.protocolName(), group.protocolName())) {
            return ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
        }
        return group.isIn(GroupState.PREPARING_REBALANCE) ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
    }

    private static boolean differs(@Nullable String theirs, @Nullable String ours) {
        return theirs != null && ours != null && !theirs.equals(ours);
    }

    /** The generation is stable once its assignments are durable; until then nobody may own a partition by them. */
    private void writeAssignments(ClassicGroup group, SyncGroupRequest request, Effects effects) {
        Map<String, byte[]> assignments = new HashMap<>();
        group.members().forEach(member -> assignments.put(member.id, Member.NO_ASSIGNMENT));
        request.assignments().forEach(given -> assignments.replace(given.memberId(), given.assignment()));
        int generation = group.generation();
        effects.write(GroupSnapshot.of(group, assignments, rebalance.recordTime()));
        effects.whenAppended(new AppendOutcome<>() {
            @Override
            public void durable(Effects later) {
                if (isStillWaiting()) {
                    group.members()
                            .forEach(member ->
                                    member.assignment = assignments.getOrDefault(member.id, Member.NO_ASSIGNMENT));
                    rebalance.giveOutAssignments(group, later);
                }
            }

            @Override
            public void failed(ErrorCode error, Effects later) {
                if (isStillWaiting()) {
                    rebalance.clearAssignments(group, error, later);
                    rebalance.prepare(group, "the assignment could not be stored: " + error, later);
                }
            }

            private boolean isStillWaiting() {
                return group.isIn(GroupState.COMPLETING_REBALANCE) && group.generation() == generation;
            }
        });
    }

    /** A member says that it lives. */
    ErrorCode heartbeat(ClassicGroup group, HeartbeatRequest request, long nowMs) {
        if (group.isIn(GroupState.DEAD)) {
            return ErrorCode.COORDINATOR_NOT_AVAILABLE;
        }
        ErrorCode error = group.validateMember(request.memberId(), request.groupInstanceId());
        Member member = group.member(request.memberId());
        if (error != ErrorCode.NONE || member == null) {
            return error;
        }
        if (request.generationId() != group.generation()) {
            return ErrorCode.ILLEGAL_GENERATION;
        }
        rebalance.heartbeat(member, nowMs);
        return group.isIn(GroupState.PREPARING_REBALANCE) ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
    }

    /** Members leave, or an administrator removes static ones by their instance ids. */
    List<MemberResponse> leave(ClassicGroup group, List<MemberIdentity> leaving, Effects effects) {
        List<MemberResponse> results = new ArrayList<>(leaving.size());
        int leftCount = 0;
        for (MemberIdentity identity : leaving) {
            ErrorCode error = leave(group, identity, effects);
            leftCount += error == ErrorCode.NONE ? 1 : 0;
            results.add(result(identity, error));
        }
        if (leftCount > 0) {
            if (group.isIn(GroupState.STABLE) || group.isIn(GroupState.COMPLETING_REBALANCE)) {
                rebalance.prepare(group, leftCount + " members left", effects);
            } else {
                rebalance.completeIfAllJoined(group, effects);
            }
        }
        return results;
    }

    static MemberResponse result(MemberIdentity identity, ErrorCode error) {
        return new MemberResponse()
                .setMemberId(identity.memberId())
                .setGroupInstanceId(identity.groupInstanceId())
                .setErrorCode(error.code());
    }

    private ErrorCode leave(ClassicGroup group, MemberIdentity identity, Effects effects) {
        String memberId = identity.memberId();
        String instanceId = identity.groupInstanceId();
        if (memberId.equals(Member.UNKNOWN_ID)) {
            memberId = instanceId == null ? null : group.memberIdOf(instanceId);
            if (memberId == null) {
                return ErrorCode.UNKNOWN_MEMBER_ID;
            }
        } else if (group.isPending(memberId)) {
            rebalance.drop(group, memberId);
            return ErrorCode.NONE;
        } else {
            ErrorCode error = group.validateMember(memberId, instanceId);
            if (error != ErrorCode.NONE) {
                return error;
            }
        }
        effects.note("Group " + group.id + ": member " + memberId + " left"
                + (identity.reason() == null ? "" : " (client: " + identity.reason() + ")"));
        rebalance.removeIfMember(group, memberId, effects);
        return ErrorCode.NONE;
    }
}
