package io.headrace.core.group;

import io.headrace.core.coordinator.RecordTime;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.JoinGroupResponse;
import io.headrace.protocol.message.SyncGroupResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * Leads classic groups through a rebalance: gathers the members, begins the generation, gives out the assignment, and
 * drops those who do not keep up.
 */
final class Rebalance {
    /**
     * Static members that did not rejoin get at least so much time for it, again and again until their sessions end. The
     * timeout is the client's to choose, and may be nothing.
     */
    private static final int REJOIN_MS_MIN = 1_000;

    private final GroupSettings settings;
    private final DeadlineQueue deadlines;
    private final RecordTime recordTime;

    Rebalance(GroupSettings settings, DeadlineQueue deadlines, RecordTime recordTime) {
        this.settings = settings;
        this.deadlines = deadlines;
        this.recordTime = recordTime;
    }

    /** What the times in groups' records mean. */
    RecordTime recordTime() {
        return recordTime;
    }

    /** The deadline that drops a member, not yet running. */
    Deadline sessionOf(ClassicGroup group, String memberId) {
        return new Deadline(effects -> onSessionEnd(group, memberId, effects));
    }

    /** The member was heard of: its session starts again. */
    void heartbeat(Member member, long nowMs) {
        deadlines.schedule(member.session, nowMs + member.sessionTimeoutMs);
    }

    /** A member that cannot send heartbeats yet must have joined by then. */
    void limitFirstJoin(Member member, long nowMs) {
        deadlines.schedule(member.session, nowMs + settings.newMemberJoinTimeoutMs());
    }

    /** A client that was given an id must come back with it within its session timeout. */
    void addPending(ClassicGroup group, String memberId, int sessionTimeoutMs, long nowMs) {
        Deadline session = sessionOf(group, memberId);
        group.pendingMembers().put(memberId, session);
        deadlines.schedule(session, nowMs + sessionTimeoutMs);
    }

    /** Removes a member or pending member and stops its clock; what follows for the group is the caller's to decide. */
    void drop(ClassicGroup group, String memberId) {
        Member member = group.member(memberId);
        if (member != null) {
            deadlines.cancel(member.session);
        }
        Deadline pending = group.pendingMembers().get(memberId);
        if (pending != null) {
            deadlines.cancel(pending);
        }
        group.remove(memberId);
    }

    /** Stops a member's clock without removing the member. */
    void forgetSession(Member member) {
        deadlines.cancel(member.session);
    }

    void cancel(Deadline deadline) {
        deadlines.cancel(deadline);
    }

    /** Stops all clocks of a group that goes away. */
    void forget(ClassicGroup group) {
        deadlines.cancel(group.joinDeadline);
        deadlines.cancel(group.syncDeadline);
        group.members().forEach(member -> deadlines.cancel(member.session));
        group.pendingMembers().values().forEach(deadlines::cancel);
    }

    /** Starts a rebalance if the group's state allows one, else sees whether the running one is complete. */
    void prepareOrContinue(ClassicGroup group, String reason, Effects effects) {
        if (group.state().canRebalance()) {
            prepare(group, reason, effects);
        } else {
            completeIfAllJoined(group, effects);
        }
    }

    /** Asks all members to join anew. */
    void prepare(ClassicGroup group, String reason, Effects effects) {
        if (group.isIn(GroupState.COMPLETING_REBALANCE)) {
            clearAssignments(group, ErrorCode.REBALANCE_IN_PROGRESS, effects);
        }
        group.pendingSyncMembers().clear();
        deadlines.cancel(group.syncDeadline);

        group.isInitialRebalance = group.isIn(GroupState.EMPTY);
        group.newMemberAdded = false;
        group.moveTo(GroupState.PREPARING_REBALANCE, effects.nowMs);
        effects.note("Group " + group.id + " rebalances from generation " + group.generation() + ": " + reason);
        if (group.isInitialRebalance) {
            group.initialDelayMs = settings.initialRebalanceDelayMs();
            group.initialRemainingMs = Math.max(group.rebalanceTimeoutMs() - group.initialDelayMs, 0);
            deadlines.schedule(group.joinDeadline, effects.nowMs + group.initialDelayMs);
        } else if (group.allMembersJoined()) {
            complete(group, effects);
        } else {
            deadlines.schedule(group.joinDeadline, effects.nowMs + group.rebalanceTimeoutMs());
        }
    }

    /** The first members of an empty group wait for others even when all who are known have joined. */
    void completeIfAllJoined(ClassicGroup group, Effects effects) {
        if (group.isIn(GroupState.PREPARING_REBALANCE) && !group.isInitialRebalance && group.allMembersJoined()) {
            complete(group, effects);
        }
    }

    void onJoinDeadline(ClassicGroup group, Effects effects) {
        if (group.isInitialRebalance && group.newMemberAdded && group.initialRemainingMs != 0) {
            group.newMemberAdded = false;
            int waitedMs = group.initialDelayMs;
            group.initialDelayMs = Math.min(settings.initialRebalanceDelayMs(), group.initialRemainingMs);
            group.initialRemainingMs = Math.max(group.initialRemainingMs - waitedMs, 0);
            deadlines.schedule(group.joinDeadline, effects.nowMs + group.initialDelayMs);
        } else {
            complete(group, effects);
        }
    }

    void onSyncDeadline(ClassicGroup group, Effects effects) {
        boolean inGeneration = group.isIn(GroupState.COMPLETING_REBALANCE) || group.isIn(GroupState.STABLE);
        if (!inGeneration || group.pendingSyncMembers().isEmpty()) {
            return;
        }
        List<String> late = new ArrayList<>(group.pendingSyncMembers());
        late.forEach(memberId -> removeIfMember(group, memberId, effects));
        prepare(group, late.size() + " members did not ask for their assignment in time", effects);
    }

    /** The members who joined enter the next generation; dynamic members who did not are out. */
    void complete(ClassicGroup group, Effects effects) {
        deadlines.cancel(group.joinDeadline);
        if (group.isIn(GroupState.DEAD)) {
            return;
        }
        for (Member member : List.copyOf(group.members())) {
            if (!member.isAwaitingJoin() && !member.isStatic()) {
                drop(group, member.id);
                effects.note("Group " + group.id + " dropped member " + member.id + ", which did not rejoin");
            }
        }
        if (!group.electLeaderAmongJoined() && group.size() > 0) {
            // Only static members that did not rejoin are left. Their sessions will end, or they come back.
            int patienceMs = Math.max(group.rebalanceTimeoutMs(), REJOIN_MS_MIN);
            deadlines.schedule(group.joinDeadline, effects.nowMs + patienceMs);
            return;
        }
        group.isInitialRebalance = false;
        group.beginNextGeneration(effects.nowMs);
        if (group.isIn(GroupState.EMPTY)) {
            // Should this record be lost, the last generation comes back after a restart and its members time out.
            effects.write(GroupSnapshot.of(group, recordTime));
            effects.note("Group " + group.id + " is empty in generation " + group.generation());
        } else {
            beginSync(group, effects);
        }
    }

    private void beginSync(ClassicGroup group, Effects effects) {
        for (Member member : group.members()) {
            group.answerJoin(member, joined(group, member), effects);
            heartbeat(member, effects.nowMs);
            member.isNew = false;
            group.pendingSyncMembers().add(member.id);
        }
        deadlines.schedule(group.syncDeadline, effects.nowMs + group.rebalanceTimeoutMs());
        effects.note("Group " + group.id + " has " + group.size() + " members in generation " + group.generation()
                + ", leader " + group.leaderId() + ", protocol " + group.protocolName());
    }

    /** Tells a member about the current generation; the leader learns of all members. */
    JoinGroupResponse joined(ClassicGroup group, Member member) {
        String leader = group.leaderId();
        return new JoinGroupResponse()
                .setMembers(group.isLeader(member.id) ? group.memberMetadata() : List.of())
                .setMemberId(member.id)
                .setGenerationId(group.generation())
                .setProtocolName(group.protocolName())
                .setProtocolType(group.protocolType())
                .setLeader(leader == null ? "" : leader);
    }

    /** A member asked for its assignment; once all have, nobody is late. */
    void syncReceived(ClassicGroup group, String memberId) {
        group.pendingSyncMembers().remove(memberId);
        if (group.pendingSyncMembers().isEmpty()) {
            deadlines.cancel(group.syncDeadline);
        }
    }

    /** Takes all assignments back and answers those who wait for one with an error. */
    void clearAssignments(ClassicGroup group, ErrorCode error, Effects effects) {
        for (Member member : group.members()) {
            member.assignment = Member.NO_ASSIGNMENT;
            SyncGroupResponse refusal = new SyncGroupResponse().setErrorCode(error.code());
            if (group.answerSync(member, refusal, effects)) {
                heartbeat(member, effects.nowMs);
            }
        }
    }

    /** The assignments are durable: hands them to those who wait. */
    void giveOutAssignments(ClassicGroup group, Effects effects) {
        for (Member member : group.members()) {
            if (group.answerSync(member, assigned(group, member), effects)) {
                // Its session may have ended unheeded while it waited for us.
                heartbeat(member, effects.nowMs);
            }
        }
        group.moveTo(GroupState.STABLE, effects.nowMs);
        effects.note("Group " + group.id + " is stable in generation " + group.generation());
    }

    SyncGroupResponse assigned(ClassicGroup group, Member member) {
        return new SyncGroupResponse()
                .setProtocolType(group.protocolType())
                .setProtocolName(group.protocolName())
                .setAssignment(member.assignment);
    }

    /** Removes a member that left or was lost. If it waits in a join, it is told to start afresh. */
    void removeMember(ClassicGroup group, Member member, Effects effects) {
        JoinGroupResponse startAfresh =
                new JoinGroupResponse().setMemberId(Member.UNKNOWN_ID).setErrorCode(ErrorCode.UNKNOWN_MEMBER_ID.code());
        group.answerJoin(member, startAfresh, effects);
        group.answerSync(member, new SyncGroupResponse().setErrorCode(ErrorCode.UNKNOWN_MEMBER_ID.code()), effects);
        drop(group, member.id);
    }

    /** Removes a member or pending member if there is one with this id. */
    void removeIfMember(ClassicGroup group, String memberId, Effects effects) {
        Member member = group.member(memberId);
        if (member == null) {
            drop(group, memberId);
        } else {
            removeMember(group, member, effects);
        }
    }

    private void onSessionEnd(ClassicGroup group, String memberId, Effects effects) {
        if (group.isIn(GroupState.DEAD)) {
            return;
        }
        Member member = group.member(memberId);
        if (group.isPending(memberId)) {
            drop(group, memberId);
        } else if (member != null && !member.isHeldByUs()) {
            String reason = "member " + memberId + " was lost";
            effects.note("Group " + group.id + ": " + reason);
            removeMember(group, member, effects);
            if (group.isIn(GroupState.STABLE) || group.isIn(GroupState.COMPLETING_REBALANCE)) {
                prepare(group, reason, effects);
                return;
            }
        } else {
            return;
        }
        if (group.isIn(GroupState.PREPARING_REBALANCE) && group.allMembersJoined()) {
            complete(group, effects);
        }
    }
}
