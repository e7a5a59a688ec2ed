package io.headrace.cli.client;

import io.headrace.protocol.message.ApiMessage;
import io.headrace.protocol.message.ConsumerProtocolAssignment;
import io.headrace.protocol.message.ConsumerProtocolSubscription;
import io.headrace.protocol.wire.WireReader;
import io.headrace.protocol.wire.WireWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** What members of a group tell each other, opaque to the coordinator: a version, then a message in that version. */
public final class MemberProtocol {
    private static final short VERSION = 0;

    private MemberProtocol() {}

    /** A member's wishes. */
    public static byte[] subscription(List<String> topics) {
        return write(new ConsumerProtocolSubscription().setTopics(topics).setUserData(null));
    }

    /** The topics of a subscription. */
    public static List<String> readSubscription(byte[] bytes) {
        WireReader in = new WireReader(ByteBuffer.wrap(bytes));
        short version = in.readShort();
        return ConsumerProtocolSubscription.read(
                        in, known(version, ConsumerProtocolSubscription.HIGHEST_SUPPORTED_VERSION))
                .topics();
    }

    /** A member's share. */
    public static byte[] assignment(List<TopicPartition> partitions) {
        List<ConsumerProtocolAssignment.TopicPartition> assigned = new ArrayList<>();
        TopicPartition.byTopic(partitions)
                .forEach((topic, numbers) -> assigned.add(new ConsumerProtocolAssignment.TopicPartition()
                        .setTopic(topic)
                        .setPartitions(numbers)));
        return write(
                new ConsumerProtocolAssignment().setAssignedPartitions(assigned).setUserData(null));
    }

    /** The partitions in an assignment; none for no bytes, as members have that none are left for. */
    public static List<TopicPartition> readAssignment(byte[] bytes) {
        List<TopicPartition> result = new ArrayList<>();
        if (bytes.length == 0) {
            return result;
        }
        WireReader in = new WireReader(ByteBuffer.wrap(bytes));
        short version = in.readShort();
        ConsumerProtocolAssignment assignment = ConsumerProtocolAssignment.read(
                in, known(version, ConsumerProtocolAssignment.HIGHEST_SUPPORTED_VERSION));
        for (ConsumerProtocolAssignment.TopicPartition topic : assignment.assignedPartitions()) {
            topic.partitions().forEach(number -> result.add(new TopicPartition(topic.topic(), number)));
        }
        return result;
    }

    /** Newer versions only add fields at the end. */
    private static short known(short version, short highest) {
        return (short) Math.min(version, highest);
    }

    private static byte[] write(ApiMessage message) {
        WireWriter out = new WireWriter();
        out.writeShort(VERSION);
        message.write(out, VERSION);
        return out.toByteArray();
    }
}
