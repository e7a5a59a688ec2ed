package io.headrace.core.group;

import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** Writes down the lasting state of a coordinator so that two can be compared. */
final class StateDigest {
    private StateDigest() {}

    /**
     * Lists committed offsets, and the groups whose state is that of their last record. A group in the middle of a
     * rebalance is ahead of its record and left out.
     */
    static String of(Collection<ClassicGroup> groups, OffsetStore offsets) {
        Map<String, String> lines = new TreeMap<>();
        for (ClassicGroup group : groups) {
            if (group.isIn(GroupState.STABLE) || group.isIn(GroupState.EMPTY)) {
                lines.put(group.id, describe(group));
            }
        }
        StringBuilder text = new StringBuilder();
        lines.values().forEach(text::append);
        new TreeMap<>(offsets.all())
                .forEach((groupId, topics) -> topics.forEach(
                        (topic, partitions) -> partitions.forEach((partition, offset) -> text.append(groupId)
                                .append('/')
                                .append(topic)
                                .append('-')
                                .append(partition)
                                .append(' ')
                                .append(offset)
                                .append('\n'))));
        return text.toString();
    }

    private static String describe(ClassicGroup group) {
        StringBuilder text = new StringBuilder();
        text.append(group.id)
                .append(' ')
                .append(group.state())
                .append(" generation ")
                .append(group.generation())
                .append(" leader ")
                .append(group.leaderId())
                .append(" protocol ")
                .append(group.protocolName())
                .append('\n');
        Map<String, String> members = new TreeMap<>();
        for (Member member : group.members()) {
            members.put(
                    member.id,
                    "  " + member.id + " instance " + member.instanceId + " session " + member.sessionTimeoutMs
                            + " rebalance " + member.rebalanceTimeoutMs + " metadata "
                            + Arrays.hashCode(group.selectedMetadata(member)) + " assignment "
                            + Arrays.hashCode(member.assignment) + "\n");
        }
        members.values().forEach(text::append);
        return text.toString();
    }
}
