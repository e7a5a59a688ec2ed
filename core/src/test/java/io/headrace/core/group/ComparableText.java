package io.headrace.core.group;

import io.headrace.core.coordinator.RecordTime;
import io.headrace.core.coordinator.StateRecord;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeGroupsResponse.DescribedGroup;
import io.headrace.protocol.message.JoinGroupResponse;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Answers and records as text, with members and partitions in one order, so that two coordinators can be compared. */
final class ComparableText {
    private ComparableText() {}

    static String of(JoinGroupResponse response) {
        String name = response.protocolName();
        List<String> members = response.members().stream()
                .map(member -> member.memberId() + member.groupInstanceId() + Arrays.toString(member.metadata()))
                .sorted()
                .toList();
        return ErrorCode.forCode(response.errorCode()) + " member " + response.memberId() + " generation "
                + response.generationId() + " type " + response.protocolType() + " protocol "
                + (name == null ? "" : name) + " leader " + response.leader() + " skip "
                + response.skipAssignment() + " members " + members;
    }

    static String of(DescribedGroup group) {
        return group.groupState() + " " + group.protocolType() + " " + group.protocolData() + " "
                + group.errorCode() + " "
                + group.members().stream()
                        .sorted(Comparator.comparing(member -> member.memberId()))
                        .map(Object::toString)
                        .toList();
    }

    /** The records of one step, whose order does not matter. */
    static List<String> of(List<StateRecord> records) {
        return records.stream()
                .map(record -> {
                    byte[] value = record.value();
                    GroupChange change = Objects.requireNonNull(GroupRecords.decode(
                            0,
                            ByteBuffer.wrap(record.key()),
                            value == null ? null : ByteBuffer.wrap(value),
                            new RecordTime()));
                    return Arrays.toString(value == null ? null : Arrays.copyOf(value, 2))
                            + (change instanceof GroupChange.GroupWritten written
                                    ? describe(written)
                                    : change.toString());
                })
                .sorted()
                .toList();
    }

    static String describe(GroupChange.GroupWritten written) {
        var value = written.value();
        Map<String, String> members = new TreeMap<>();
        value.members().forEach(member -> members.put(member.memberId(), member.toString()));
        return written.groupId() + " " + value.generation() + " " + value.protocolType() + " " + value.protocol() + " "
                + value.leader() + " " + value.currentStateTimestamp() + " " + members;
    }

    static List<String> sorted(List<?> parts) {
        return parts.stream().map(Object::toString).sorted().toList();
    }
}
