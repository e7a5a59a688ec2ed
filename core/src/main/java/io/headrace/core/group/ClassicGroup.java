package io.headrace.core.group;

import io.headrace.core.coordinator.Waiter;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.JoinGroupRequest;
import io.headrace.protocol.message.JoinGroupResponse;
import io.headrace.protocol.message.SyncGroupResponse;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One group of the classic protocol: its members, what they have in common and where the group stands (see
 * {@link GroupState}).
 *
 * <p>Keeps its own counts right and decides nothing about what comes next; that is {@link Rebalance}.
 */
final class ClassicGroup {
    /** The protocol type of consumers, whose metadata the broker can look into. */
    static final String CONSUMER_PROTOCOL_TYPE = "consumer";

    final String id;
    final Deadline joinDeadline;
    final Deadline syncDeadline;

    private GroupState state = GroupState.EMPTY;
    private long stateTimestampMs;
    private @Nullable String protocolType;
    private @Nullable String protocolName;
    private int generation = 0;
    private @Nullable String leaderId;

    /** In the order of joining, so that the choice of a new leader can be repeated. */
    private final Map<String, Member> members = new LinkedHashMap<>();

    private final Map<String, String> memberIdByInstance = new HashMap<>();

    /** Members that were given an id and have not come back with it yet, with the time until which they may. */
    private final Map<String, Deadline> pendingMembers = new LinkedHashMap<>();

    private final Set<String> pendingSyncMembers = new LinkedHashSet<>();
    private final Map<String, Integer> memberCountByProtocol = new HashMap<>();
    private int awaitingJoinCount = 0;

    /** The topics the members consume; null when that is not known. */
    private @Nullable Set<String> subscribedTopics;

    /** Set while the first members of an empty group are gathered, which waits for latecomers. */
    boolean isInitialRebalance = false;

    boolean newMemberAdded = false;
    int initialDelayMs = 0;
    int initialRemainingMs = 0;

    ClassicGroup(String id, long nowMs, Rebalance rebalance) {
        this.id = id;
        this.stateTimestampMs = nowMs;
        this.joinDeadline = new Deadline(effects -> rebalance.onJoinDeadline(this, effects));
        this.syncDeadline = new Deadline(effects -> rebalance.onSyncDeadline(this, effects));
    }

    /** Sets what a record of the log says about an otherwise new group, before its members are added. */
    void restore(
            GroupState restoredState,
            int restoredGeneration,
            @Nullable String type,
            @Nullable String protocol,
            @Nullable String leader,
            long timestampMs) {
        state = restoredState;
        generation = restoredGeneration;
        protocolType = type;
        protocolName = protocol;
        leaderId = leader;
        stateTimestampMs = timestampMs;
    }

    GroupState state() {
        return state;
    }

    boolean isIn(GroupState expected) {
        return state == expected;
    }

    /** When the group entered its state; -1 for a group restored from a record too old to say. */
    long stateTimestampMs() {
        return stateTimestampMs;
    }

    void moveTo(GroupState next, long nowMs) {
        state = next;
        stateTimestampMs = nowMs;
    }

    /** The deletion of this empty group is on its way to the log. The time it became empty is kept. */
    void moveToDead() {
        state = GroupState.DEAD;
    }

    /** Goes back to {@link GroupState#EMPTY} after a deletion that failed, as if it had not been tried. */
    void revive() {
        if (state == GroupState.DEAD) {
            state = GroupState.EMPTY;
        }
    }

    int generation() {
        return generation;
    }

    @Nullable
    String protocolType() {
        return protocolType;
    }

    @Nullable
    String protocolName() {
        return protocolName;
    }

    @Nullable
    String leaderId() {
        return leaderId;
    }

    boolean isLeader(String memberId) {
        return memberId.equals(leaderId);
    }

    Collection<Member> members() {
        return members.values();
    }

    int size() {
        return members.size();
    }

    @Nullable
    Member member(String memberId) {
        return members.get(memberId);
    }

    /** The id of the member that holds an instance id, or null. */
    @Nullable
    String memberIdOf(String instanceId) {
        return memberIdByInstance.get(instanceId);
    }

    Map<String, Deadline> pendingMembers() {
        return pendingMembers;
    }

    boolean isPending(String memberId) {
        return pendingMembers.containsKey(memberId);
    }

    Set<String> pendingSyncMembers() {
        return pendingSyncMembers;
    }

    int awaitingJoinCount() {
        return awaitingJoinCount;
    }

    boolean allMembersJoined() {
        return members.size() == awaitingJoinCount && pendingMembers.isEmpty();
    }

    /** The longest time any member asks for to rejoin, in milliseconds. */
    int rebalanceTimeoutMs() {
        int longestMs = 0;
        for (Member member : members.values()) {
            longestMs = Math.max(longestMs, member.rebalanceTimeoutMs);
        }
        return longestMs;
    }

    /**
     * Whether a request may speak for a member: an instance id must be held by just that member id.
     *
     * @return NONE, UNKNOWN_MEMBER_ID or FENCED_INSTANCE_ID
     */
    ErrorCode validateMember(String memberId, @Nullable String instanceId) {
        if (instanceId != null) {
            String holder = memberIdByInstance.get(instanceId);
            if (holder == null) {
                return ErrorCode.UNKNOWN_MEMBER_ID;
            }
            if (!holder.equals(memberId)) {
                return ErrorCode.FENCED_INSTANCE_ID;
            }
        }
        return members.containsKey(memberId) ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID;
    }

    /** Whether a member with these protocols could take part: every member must know one of them. */
    boolean supports(String memberProtocolType, List<Protocol> memberProtocols) {
        if (state == GroupState.EMPTY) {
            return !memberProtocolType.isEmpty() && !memberProtocols.isEmpty();
        }
        return memberProtocolType.equals(protocolType)
                && memberProtocols.stream()
                        .anyMatch(protocol -> memberCountByProtocol.getOrDefault(protocol.name(), 0) == members.size());
    }

    /** Adds a member, waiting for its answer if {@code waiter} is given. The first one becomes leader. */
    void add(Member member, @Nullable Waiter<JoinGroupResponse> waiter) {
        if (member.instanceId != null && memberIdByInstance.putIfAbsent(member.instanceId, member.id) != null) {
            throw new IllegalStateException("Instance " + member.instanceId + " is already in group " + id);
        }
        if (members.isEmpty()) {
            protocolType = member.protocolType;
        }
        if (leaderId == null) {
            leaderId = member.id;
        }
        members.put(member.id, member);
        countProtocols(member, 1);
        setAwaitingJoin(member, waiter);
        pendingMembers.remove(member.id);
    }

    /** Removes a member or pending member, if there is such, and passes the lead on. Its deadline is the caller's. */
    void remove(String memberId) {
        Member removed = members.remove(memberId);
        if (removed != null) {
            countProtocols(removed, -1);
            setAwaitingJoin(removed, null);
            if (removed.instanceId != null) {
                memberIdByInstance.remove(removed.instanceId);
            }
        }
        if (isLeader(memberId)) {
            leaderId = members.isEmpty() ? null : members.keySet().iterator().next();
        }
        pendingMembers.remove(memberId);
        pendingSyncMembers.remove(memberId);
    }

    /** Puts a static member that restarted in the place of its earlier self. Nobody may wait for the old one any more. */
    void replace(Member old, Member renamed) {
        if (members.remove(old.id) == null || renamed.instanceId == null) {
            throw new IllegalStateException("Member " + old.id + " of group " + id + " cannot be replaced");
        }
        members.put(renamed.id, renamed);
        memberIdByInstance.put(renamed.instanceId, renamed.id);
        if (pendingSyncMembers.remove(old.id)) {
            pendingSyncMembers.add(renamed.id);
        }
        if (isLeader(old.id)) {
            leaderId = renamed.id;
        }
    }

    /** Takes over what a member says of itself when it joins again. */
    void update(Member member, List<Protocol> protocols, int rebalanceTimeoutMs, int sessionTimeoutMs) {
        countProtocols(member, -1);
        member.protocols = protocols;
        countProtocols(member, 1);
        member.rebalanceTimeoutMs = rebalanceTimeoutMs;
        member.sessionTimeoutMs = sessionTimeoutMs;
    }

    void setAwaitingJoin(Member member, @Nullable Waiter<JoinGroupResponse> waiter) {
        if (waiter != null && member.awaitingJoin == null) {
            awaitingJoinCount++;
        } else if (waiter == null && member.awaitingJoin != null) {
            awaitingJoinCount--;
        }
        member.awaitingJoin = waiter;
    }

    /** Answers a member that waits to have joined; says whether it did wait. */
    boolean answerJoin(Member member, JoinGroupResponse response, Effects effects) {
        Waiter<JoinGroupResponse> waiter = member.awaitingJoin;
        if (waiter == null) {
            return false;
        }
        setAwaitingJoin(member, null);
        effects.reply(waiter, response);
        return true;
    }

    /** Answers a member that waits for its assignment; says whether it did wait. */
    boolean answerSync(Member member, SyncGroupResponse response, Effects effects) {
        Waiter<SyncGroupResponse> waiter = member.awaitingSync;
        if (waiter == null) {
            return false;
        }
        member.awaitingSync = null;
        effects.reply(waiter, response);
        return true;
    }

    /**
     * Makes sure that the leader is one of those who rejoined.
     *
     * @return false when nobody did, or there is no leader to begin with
     */
    boolean electLeaderAmongJoined() {
        Member leader = leaderId == null ? null : members.get(leaderId);
        if (leader == null) {
            return false;
        }
        if (leader.isAwaitingJoin()) {
            return true;
        }
        for (Member member : members.values()) {
            if (member.isAwaitingJoin()) {
                leaderId = member.id;
                return true;
            }
        }
        return false;
    }

    /** Begins the next generation with the members there are, or with none. */
    void beginNextGeneration(long nowMs) {
        generation++;
        protocolName = members.isEmpty() ? null : selectProtocol();
        refreshSubscribedTopics();
        moveTo(members.isEmpty() ? GroupState.EMPTY : GroupState.COMPLETING_REBALANCE, nowMs);
        pendingSyncMembers.clear();
    }

    /** The protocol with most votes among those that all members know. */
    String selectProtocol() {
        Set<String> candidates = new LinkedHashSet<>();
        memberCountByProtocol.forEach((name, count) -> {
            if (count == members.size()) {
                candidates.add(name);
            }
        });
        // Ties fall to the first in this map's order: unspecified, but the same as in Kafka.
        Map<String, Integer> votes = new HashMap<>();
        for (Member member : members.values()) {
            votes.merge(member.vote(candidates), 1, Integer::sum);
        }
        String winner = null;
        int most = 0;
        for (Map.Entry<String, Integer> entry : votes.entrySet()) {
            if (entry.getValue() > most) {
                winner = entry.getKey();
                most = entry.getValue();
            }
        }
        if (winner == null) {
            throw new IllegalStateException("Group " + id + " has no members to select a protocol");
        }
        return winner;
    }

    /** What the leader is told about the members. Only once the protocol is selected. */
    List<JoinGroupResponse.JoinGroupResponseMember> memberMetadata() {
        return members.values().stream()
                .map(member -> new JoinGroupResponse.JoinGroupResponseMember()
                        .setMemberId(member.id)
                        .setGroupInstanceId(member.instanceId)
                        .setMetadata(selectedMetadata(member)))
                .toList();
    }

    /** What a member says of itself under the protocol of this generation. */
    byte[] selectedMetadata(Member member) {
        byte[] metadata = member.metadata(protocolName);
        if (metadata == null) {
            throw new IllegalStateException("Member " + member.id + " does not know " + protocolName);
        }
        return metadata;
    }

    /** Whether some live consumer may read a topic. A group of consumers that cannot be understood reads all of them. */
    boolean mayBeSubscribedTo(String topic) {
        return subscribedTopics == null ? isConsumerGroup() : subscribedTopics.contains(topic);
    }

    boolean knowsSubscribedTopics() {
        return subscribedTopics != null;
    }

    boolean isConsumerGroup() {
        return CONSUMER_PROTOCOL_TYPE.equals(protocolType);
    }

    void refreshSubscribedTopics() {
        if (!isConsumerGroup()) {
            subscribedTopics = null;
        } else if (members.isEmpty()) {
            subscribedTopics = Set.of();
        } else {
            String protocol = protocolName;
            subscribedTopics = protocol == null
                    ? null
                    : ConsumerSubscription.topicsOf(members.values().stream()
                            .map(member -> selectedMetadata(member))
                            .toList());
        }
    }

    /** The protocols a request offers. */
    static List<Protocol> protocolsOf(JoinGroupRequest request) {
        return Protocol.withoutRepeatedNames(request.protocols().stream()
                .map(protocol -> new Protocol(protocol.name(), protocol.metadata()))
                .toList());
    }

    private void countProtocols(Member member, int delta) {
        for (Protocol protocol : member.protocols) {
            memberCountByProtocol.merge(protocol.name(), delta, (have, more) -> have + more == 0 ? null : have + more);
        }
    }
}
