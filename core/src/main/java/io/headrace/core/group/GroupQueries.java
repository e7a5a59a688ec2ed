package io.headrace.core.group;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeGroupsResponse.DescribedGroup;
import io.headrace.protocol.message.DescribeGroupsResponse.DescribedGroupMember;
import io.headrace.protocol.message.ListGroupsResponse.ListedGroup;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Shows groups to DescribeGroups and ListGroups. */
final class GroupQueries {
    private static final String TYPE = "classic";

    /** From here on a group that does not exist is an error rather than a dead group (KIP-1043). */
    private static final short FIRST_VERSION_WITH_GROUP_NOT_FOUND = 6;

    private GroupQueries() {}

    /** The groups in one of the states and of one of the types; an empty filter lets all pass. */
    static List<ListedGroup> list(
            Collection<ClassicGroup> groups, Collection<String> stateFilter, Collection<String> typeFilter) {
        Set<String> states = stateFilter.stream()
                .map(state -> state.toLowerCase(Locale.ROOT).trim())
                .collect(Collectors.toSet());
        boolean classicWanted = typeFilter.isEmpty() || typeFilter.stream().anyMatch(TYPE::equalsIgnoreCase);
        if (!classicWanted) {
            return List.of();
        }
        return groups.stream()
                .filter(group ->
                        states.isEmpty() || states.contains(shown(group).filterName()))
                .map(group -> new ListedGroup()
                        .setGroupId(group.id)
                        .setProtocolType(orEmpty(group.protocolType()))
                        .setGroupState(shown(group).displayName())
                        .setGroupType(TYPE))
                .toList();
    }

    /** One group with its members; what they said of themselves is shown in a stable group only. */
    static DescribedGroup describe(ClassicGroup group) {
        boolean stable = group.isIn(GroupState.STABLE);
        return new DescribedGroup()
                .setGroupId(group.id)
                .setGroupState(shown(group).displayName())
                .setProtocolType(orEmpty(group.protocolType()))
                .setProtocolData(stable ? orEmpty(group.protocolName()) : "")
                .setMembers(group.members().stream()
                        .map(member -> new DescribedGroupMember()
                                .setMemberId(member.id)
                                .setGroupInstanceId(member.instanceId)
                                .setClientId(member.clientId)
                                .setClientHost(member.clientHost)
                                .setMemberMetadata(stable ? group.selectedMetadata(member) : new byte[0])
                                .setMemberAssignment(member.assignment))
                        .toList());
    }

    static DescribedGroup describeMissing(String groupId, short version) {
        DescribedGroup described =
                new DescribedGroup().setGroupId(groupId).setGroupState(GroupState.DEAD.displayName());
        return version < FIRST_VERSION_WITH_GROUP_NOT_FOUND
                ? described
                : described
                        .setErrorCode(ErrorCode.GROUP_ID_NOT_FOUND.code())
                        .setErrorMessage("Group " + groupId + " not found.");
    }

    /** A group whose deletion is not durable yet is still there for those who only look. */
    private static GroupState shown(ClassicGroup group) {
        return group.isIn(GroupState.DEAD) ? GroupState.EMPTY : group.state();
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }
}
