package io.headrace.cli.group;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.CommandFailure;
import io.headrace.cli.client.MemberProtocol;
import io.headrace.cli.client.TopicPartition;
import io.headrace.network.client.ClientException;
import io.headrace.network.client.ClusterClient;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ConsumerGroupDescribeRequest;
import io.headrace.protocol.message.ConsumerGroupDescribeResponse;
import io.headrace.protocol.message.DescribeGroupsRequest;
import io.headrace.protocol.message.DescribeGroupsResponse;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A group as its coordinator sees it.
 *
 * @param protocol the assignor
 */
record GroupDescription(String group, String type, String state, String protocol, List<Member> members) {
    /** A member with its share. */
    record Member(String id, String clientId, String host, List<TopicPartition> partitions) {}

    private static final String DEAD = "Dead";

    /**
     * Asks for a group of either kind.
     *
     * @throws CommandFailure when there is none
     */
    static GroupDescription of(Cluster cluster, String group) {
        GroupDescription classic = classic(cluster, group);
        GroupDescription found = classic == null ? consumer(cluster, group) : classic;
        if (found == null) {
            throw new CommandFailure(CommandFailure.NOT_FOUND, "There is no group " + group);
        }
        return found;
    }

    private static @Nullable GroupDescription classic(Cluster cluster, String group) {
        DescribeGroupsRequest request = new DescribeGroupsRequest().setGroups(List.of(group));
        DescribeGroupsResponse response = cluster.askGroupCoordinator(
                group,
                request,
                DescribeGroupsResponse.class,
                Short.MAX_VALUE,
                answer -> ErrorCode.forCode(answer.groups().get(0).errorCode()));
        DescribeGroupsResponse.DescribedGroup described = response.groups().get(0);
        ErrorCode error = ErrorCode.forCode(described.errorCode());
        if (error == ErrorCode.GROUP_ID_NOT_FOUND || described.groupState().equals(DEAD)) {
            return null;
        }
        throwIf(error, group, described.errorMessage());
        List<Member> members = new ArrayList<>();
        for (DescribeGroupsResponse.DescribedGroupMember member : described.members()) {
            members.add(new Member(
                    member.memberId(),
                    member.clientId(),
                    member.clientHost(),
                    MemberProtocol.readAssignment(member.memberAssignment())));
        }
        return new GroupDescription(group, "classic", described.groupState(), described.protocolData(), members);
    }

    private static @Nullable GroupDescription consumer(Cluster cluster, String group) {
        ConsumerGroupDescribeRequest request = new ConsumerGroupDescribeRequest().setGroupIds(List.of(group));
        ConsumerGroupDescribeResponse response;
        try {
            response = ClusterClient.await(cluster.client()
                    .sendToCoordinator(
                            ClusterClient.COORDINATOR_OF_GROUP,
                            group,
                            request,
                            ConsumerGroupDescribeResponse.class,
                            Short.MAX_VALUE,
                            answer -> ErrorCode.forCode(answer.groups().get(0).errorCode())));
        } catch (ClientException e) {
            if (e.error() == ErrorCode.UNSUPPORTED_VERSION) {
                return null; // a broker without such groups
            }
            throw e;
        }
        ConsumerGroupDescribeResponse.DescribedGroup described =
                response.groups().get(0);
        ErrorCode error = ErrorCode.forCode(described.errorCode());
        if (error == ErrorCode.GROUP_ID_NOT_FOUND) {
            return null;
        }
        throwIf(error, group, described.errorMessage());
        List<Member> members = new ArrayList<>();
        for (ConsumerGroupDescribeResponse.Member member : described.members()) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (ConsumerGroupDescribeResponse.TopicPartitions topic :
                    member.assignment().topicPartitions()) {
                topic.partitions().forEach(number -> partitions.add(new TopicPartition(topic.topicName(), number)));
            }
            members.add(new Member(member.memberId(), member.clientId(), member.clientHost(), partitions));
        }
        return new GroupDescription(group, "consumer", described.groupState(), described.assignorName(), members);
    }

    private static void throwIf(ErrorCode error, String group, @Nullable String message) {
        if (error != ErrorCode.NONE) {
            throw CommandFailure.of(error, "Group " + group + ": " + (message == null ? error.message() : message));
        }
    }
}
