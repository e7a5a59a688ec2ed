package io.headrace.core.group;

import io.headrace.core.coordinator.AppendOutcome;
import io.headrace.core.coordinator.Waiter;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.JoinGroupRequest;
import io.headrace.protocol.message.JoinGroupResponse;
import io.headrace.protocol.message.SyncGroupResponse;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Decides what a JoinGroup request leads to in a group that exists. */
final class JoinRequests {
    /** From here on a client must come back with the id it was given before it counts as a member (KIP-394). */
    private static final short FIRST_VERSION_WITH_MEMBER_ID_REQUIRED = 4;

    /** From here on a restarted static leader learns the members but may keep the assignment (KIP-814). */
    private static final short FIRST_VERSION_WITH_SKIP_ASSIGNMENT = 9;

    /** One JoinGroup request and who sent it. */
    record Join(
            Waiter<JoinGroupResponse> waiter,
            Caller caller,
            short version,
            JoinGroupRequest request,
            List<Protocol> protocols) {

        static Join of(Waiter<JoinGroupResponse> waiter, Caller caller, short version, JoinGroupRequest request) {
            return new Join(waiter, caller, version, request, ClassicGroup.protocolsOf(request));
        }

        String memberId() {
            return request.memberId();
        }

        @Nullable
        String instanceId() {
            return request.groupInstanceId();
        }

        int sessionTimeoutMs() {
            return request.sessionTimeoutMs();
        }

        /** Version 0 knows one timeout only. */
        int rebalanceTimeoutMs() {
            return version == 0 ? request.sessionTimeoutMs() : request.rebalanceTimeoutMs();
        }

        /** A reason for the broker's log, with the client's own words if it has some. */
        String because(String what) {
            String theirs = request.reason();
            return theirs == null || theirs.isEmpty() ? what : what + " (client: " + theirs + ")";
        }
    }

    private final GroupSettings settings;
    private final Rebalance rebalance;
    private final Supplier<UUID> memberIds;

    JoinRequests(GroupSettings settings, Rebalance rebalance, Supplier<UUID> memberIds) {
        this.settings = settings;
        this.rebalance = rebalance;
        this.memberIds = memberIds;
    }

    /** Handles a join; says whether it was let in, be it only to be told to come back with an id. */
    boolean join(ClassicGroup group, Join join, Effects effects) {
        boolean firstContact = join.memberId().equals(Member.UNKNOWN_ID);
        if (group.isIn(GroupState.DEAD)) {
            return refuse(join, join.memberId(), ErrorCode.COORDINATOR_NOT_AVAILABLE, effects);
        }
        if (!hasRoomFor(group, join.memberId())) {
            rebalance.removeIfMember(group, join.memberId(), effects);
            return refuse(join, Member.UNKNOWN_ID, ErrorCode.GROUP_MAX_SIZE_REACHED, effects);
        }
        if (!group.supports(join.request().protocolType(), join.protocols())) {
            return refuse(join, join.memberId(), ErrorCode.INCONSISTENT_GROUP_PROTOCOL, effects);
        }
        if (firstContact) {
            return joinForTheFirstTime(group, join, effects);
        }
        return joinWithId(group, join, effects);
    }

    /** Answers a join with an error. */
    static boolean refuse(Join join, String memberId, ErrorCode error, Effects effects) {
        effects.reply(
                join.waiter(), new JoinGroupResponse().setMemberId(memberId).setErrorCode(error.code()));
        return false;
    }

    /**
     * Whether the group's size allows for this member. While members rejoin, places go to those who come first, so that a
     * group that is too large because the limit was lowered shrinks.
     */
    private boolean hasRoomFor(ClassicGroup group, String memberId) {
        Member member = group.member(memberId);
        switch (group.state()) {
            case PREPARING_REBALANCE:
                return (member != null && member.isAwaitingJoin())
                        || group.awaitingJoinCount() < settings.groupSizeMax();
            case COMPLETING_REBALANCE, STABLE:
                return member != null || group.size() < settings.groupSizeMax();
            default:
                return true;
        }
    }

    private boolean joinForTheFirstTime(ClassicGroup group, Join join, Effects effects) {
        String instanceId = join.instanceId();
        if (instanceId != null) {
            String newId = newMemberId(instanceId);
            String holder = group.memberIdOf(instanceId);
            Member old = holder == null ? null : group.member(holder);
            if (old == null) {
                addMember(group, join, newId, effects);
            } else {
                replaceStaticMember(group, join, old, newId, effects);
            }
            return true;
        }
        if (join.version() < FIRST_VERSION_WITH_MEMBER_ID_REQUIRED) {
            addMember(group, join, newMemberId(join.caller().clientId()), effects);
            return true;
        }
        if (group.pendingMembers().size() >= settings.pendingMembersMax()) {
            return refuse(join, Member.UNKNOWN_ID, ErrorCode.GROUP_MAX_SIZE_REACHED, effects);
        }
        String newId = newMemberId(join.caller().clientId());
        rebalance.addPending(group, newId, join.sessionTimeoutMs(), effects.nowMs);
        refuse(join, newId, ErrorCode.MEMBER_ID_REQUIRED, effects);
        return true;
    }

    private boolean joinWithId(ClassicGroup group, Join join, Effects effects) {
        String instanceId = join.instanceId();
        if (group.isPending(join.memberId()) && instanceId == null) {
            Deadline pending = group.pendingMembers().get(join.memberId());
            addMember(group, join, join.memberId(), effects);
            if (pending != null) {
                rebalance.cancel(pending);
            }
            return true;
        }
        ErrorCode error = group.validateMember(join.memberId(), instanceId);
        Member member = group.member(join.memberId());
        if (error != ErrorCode.NONE || member == null) {
            return refuse(join, join.memberId(), error, effects);
        }
        switch (group.state()) {
            case PREPARING_REBALANCE:
                rejoin(group, join, member, "member " + member.id + " joins", effects);
                return true;
            case COMPLETING_REBALANCE:
                if (Protocol.sameLists(join.protocols(), member.protocols)) {
                    // It probably missed the answer to its first join.
                    effects.reply(join.waiter(), rebalance.joined(group, member));
                } else {
                    rejoin(group, join, member, "member " + member.id + " changed its metadata", effects);
                }
                return true;
            case STABLE:
                joinStable(group, join, member, effects);
                return true;
            default:
                return refuse(join, join.memberId(), ErrorCode.UNKNOWN_MEMBER_ID, effects);
        }
    }

    private void joinStable(ClassicGroup group, Join join, Member member, Effects effects) {
        if (group.isLeader(member.id)) {
            // The leader may know of changes that do not show in its metadata, such as new partitions.
            rejoin(group, join, member, "leader " + member.id + " rejoins", effects);
        } else if (!Protocol.sameLists(join.protocols(), member.protocols)) {
            rejoin(group, join, member, "member " + member.id + " changed its metadata", effects);
        } else {
            effects.reply(join.waiter(), rebalance.joined(group, member));
        }
    }

    private void rejoin(ClassicGroup group, Join join, Member member, String reason, Effects effects) {
        update(group, join, member, effects);
        rebalance.prepareOrContinue(group, join.because(reason), effects);
    }

    private void addMember(ClassicGroup group, Join join, String memberId, Effects effects) {
        Member member = new Member(
                memberId,
                join.instanceId(),
                join.caller(),
                join.request().protocolType(),
                join.protocols(),
                join.rebalanceTimeoutMs(),
                join.sessionTimeoutMs(),
                rebalance.sessionOf(group, memberId));
        member.isNew = true;
        if (group.isIn(GroupState.PREPARING_REBALANCE) && group.isInitialRebalance) {
            group.newMemberAdded = true;
        }
        group.add(member, join.waiter());
        rebalance.limitFirstJoin(member, effects.nowMs);
        rebalance.prepareOrContinue(group, join.because("member " + memberId + " is new"), effects);
    }

    /** Takes over the request, and lets it wait in place of an earlier one of the same member. */
    private void update(ClassicGroup group, Join join, Member member, Effects effects) {
        JoinGroupResponse superseded =
                new JoinGroupResponse().setMemberId(member.id).setErrorCode(ErrorCode.REBALANCE_IN_PROGRESS.code());
        group.answerJoin(member, superseded, effects);
        group.update(member, join.protocols(), join.rebalanceTimeoutMs(), join.sessionTimeoutMs());
        group.setAwaitingJoin(member, join.waiter());
    }

    /** A static member restarted and does not know its id any more (KIP-345). */
    private void replaceStaticMember(ClassicGroup group, Join join, Member old, String newId, Effects effects) {
        String oldLeader = group.leaderId();
        Member renamed = rename(group, old, newId, effects);
        List<Protocol> oldProtocols = renamed.protocols;
        int oldRebalanceTimeoutMs = renamed.rebalanceTimeoutMs;
        int oldSessionTimeoutMs = renamed.sessionTimeoutMs;
        update(group, join, renamed, effects);

        switch (group.state()) {
            case STABLE:
                if (group.selectProtocol().equals(group.protocolName())) {
                    int generation = group.generation();
                    effects.write(GroupSnapshot.of(group, rebalance.recordTime()));
                    effects.whenAppended(new AppendOutcome<>() {
                        @Override
                        public void durable(Effects later) {
                            if (isStillStable(group, renamed, generation)) {
                                group.answerJoin(renamed, replaced(group, join, renamed, oldLeader), later);
                            }
                        }

                        @Override
                        public void failed(ErrorCode error, Effects later) {
                            if (!isStillStable(group, renamed, generation)) {
                                return;
                            }
                            JoinGroupResponse failure = new JoinGroupResponse()
                                    .setMemberId(Member.UNKNOWN_ID)
                                    .setErrorCode(error.code());
                            group.answerJoin(renamed, failure, later);
                            group.update(renamed, oldProtocols, oldRebalanceTimeoutMs, oldSessionTimeoutMs);
                            rename(group, renamed, old.id, later);
                        }
                    });
                } else {
                    String reason = "static member " + renamed.instanceId + " is back and the protocol changes";
                    rebalance.prepareOrContinue(group, join.because(reason), effects);
                }
                break;
            case COMPLETING_REBALANCE:
                // The leader may be assigning to the old id just now.
                String reason = "static member " + renamed.instanceId + " is back";
                rebalance.prepare(group, join.because(reason), effects);
                break;
            default:
                rebalance.completeIfAllJoined(group, effects);
        }
    }

    private static boolean isStillStable(ClassicGroup group, Member member, int generation) {
        return group.isIn(GroupState.STABLE) && group.generation() == generation && group.member(member.id) == member;
    }

    /** Gives a static member a new id; whoever still waits under the old one is turned away. */
    private Member rename(ClassicGroup group, Member old, String newId, Effects effects) {
        short fenced = ErrorCode.FENCED_INSTANCE_ID.code();
        group.answerJoin(old, new JoinGroupResponse().setMemberId(old.id).setErrorCode(fenced), effects);
        group.answerSync(old, new SyncGroupResponse().setErrorCode(fenced), effects);
        rebalance.forgetSession(old);
        Member renamed = old.renamed(newId, rebalance.sessionOf(group, newId));
        group.replace(old, renamed);
        rebalance.heartbeat(renamed, effects.nowMs);
        return renamed;
    }

    /** The generation goes on without a rebalance; the member fetches its assignment with SyncGroup. */
    private JoinGroupResponse replaced(ClassicGroup group, Join join, Member member, @Nullable String oldLeader) {
        JoinGroupResponse response = rebalance.joined(group, member);
        if (join.version() >= FIRST_VERSION_WITH_SKIP_ASSIGNMENT) {
            return response.setSkipAssignment(group.isLeader(member.id));
        }
        // Named as leader, an older client would compute an assignment nobody asked for; the old id keeps it from that.
        return response.setMembers(List.of()).setLeader(oldLeader == null ? "" : oldLeader);
    }

    private String newMemberId(String prefix) {
        return prefix + "-" + memberIds.get();
    }
}
