package io.headrace.core.group;

import io.headrace.core.coordinator.RecordTime;
import io.headrace.protocol.schema.group.GroupMetadataValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Turns a classic group into the record that keeps it, and back. */
final class GroupSnapshot {
    private GroupSnapshot() {}

    /** The group as it stands, with the assignments its members have. */
    static GroupChange.GroupWritten of(ClassicGroup group, RecordTime time) {
        return of(group, Map.of(), time);
    }

    /** The group as it stands, with these assignments; members that are not mentioned keep theirs. */
    static GroupChange.GroupWritten of(ClassicGroup group, Map<String, byte[]> assignments, RecordTime time) {
        List<GroupMetadataValue.MemberMetadata> members = new ArrayList<>(group.size());
        for (Member member : group.members()) {
            members.add(new GroupMetadataValue.MemberMetadata()
                    .setMemberId(member.id)
                    .setGroupInstanceId(member.instanceId)
                    .setClientId(member.clientId)
                    .setClientHost(member.clientHost)
                    .setRebalanceTimeout(member.rebalanceTimeoutMs)
                    .setSessionTimeout(member.sessionTimeoutMs)
                    .setSubscription(group.selectedMetadata(member))
                    .setAssignment(assignments.getOrDefault(member.id, member.assignment)));
        }
        String type = group.protocolType();
        return new GroupChange.GroupWritten(
                group.id,
                new GroupMetadataValue()
                        .setProtocolType(type == null ? "" : type)
                        .setProtocol(group.protocolName())
                        .setGeneration(group.generation())
                        .setLeader(group.leaderId())
                        .setCurrentStateTimestamp(time.toRecord(group.stateTimestampMs()))
                        .setMembers(members));
    }

    /** A group nobody has joined yet. */
    static GroupChange.GroupWritten ofNew(ClassicGroup group, RecordTime time) {
        return new GroupChange.GroupWritten(
                group.id,
                new GroupMetadataValue()
                        .setProtocolType("")
                        .setProtocol(null)
                        .setGeneration(0)
                        .setLeader(null)
                        .setCurrentStateTimestamp(time.toRecord(group.stateTimestampMs()))
                        .setMembers(List.of()));
    }

    /** The group a record describes, stable if it has members. Their sessions are not running yet. */
    static ClassicGroup restore(GroupChange.GroupWritten written, Rebalance rebalance, RecordTime time) {
        GroupMetadataValue value = written.value();
        long stateMs = time.past(value.currentStateTimestamp());
        ClassicGroup group = new ClassicGroup(written.groupId(), stateMs, rebalance);
        group.restore(
                value.members().isEmpty() ? GroupState.EMPTY : GroupState.STABLE,
                value.generation(),
                value.protocolType().isEmpty() ? null : value.protocolType(),
                value.protocol(),
                value.leader(),
                stateMs);
        for (GroupMetadataValue.MemberMetadata member : value.members()) {
            group.add(restore(group, value, member, rebalance), null);
        }
        group.refreshSubscribedTopics();
        return group;
    }

    private static Member restore(
            ClassicGroup group, GroupMetadataValue value, GroupMetadataValue.MemberMetadata read, Rebalance rebalance) {
        String protocol = value.protocol();
        // Only what the member said under the selected protocol is kept in the log.
        List<Protocol> protocols = protocol == null ? List.of() : List.of(new Protocol(protocol, read.subscription()));
        Member member = new Member(
                read.memberId(),
                read.groupInstanceId(),
                new Caller(read.clientId(), read.clientHost()),
                value.protocolType(),
                protocols,
                read.rebalanceTimeout() == -1 ? read.sessionTimeout() : read.rebalanceTimeout(),
                read.sessionTimeout(),
                rebalance.sessionOf(group, read.memberId()));
        member.assignment = read.assignment();
        return member;
    }
}
