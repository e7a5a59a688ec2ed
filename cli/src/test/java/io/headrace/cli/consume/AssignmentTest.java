package io.headrace.cli.consume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.cli.client.MemberProtocol;
import io.headrace.cli.client.TopicPartition;
import java.nio.ByteBuffer;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.junit.jupiter.api.Test;

class AssignmentTest {
    @Test
    void theFirstMembersGetOnePartitionMore() {
        Map<String, List<TopicPartition>> result = RangeAssignor.assign(
                Map.of("m2", List.of("a", "b"), "m1", List.of("a"), "m3", List.of("a", "missing")),
                Map.of("a", 7, "b", 2));
        assertThat(result.get("m1")).containsExactly(at("a", 0), at("a", 1), at("a", 2));
        assertThat(result.get("m2")).containsExactly(at("a", 3), at("a", 4), at("b", 0), at("b", 1));
        assertThat(result.get("m3")).containsExactly(at("a", 5), at("a", 6));
    }

    @Test
    void membersWithoutShareAreThereToo() {
        assertThat(RangeAssignor.assign(Map.of("m1", List.of("a"), "m2", List.of("a")), Map.of("a", 1))
                        .get("m2"))
                .isEmpty();
    }

    @Test
    void kafkasClientUnderstandsOurBytesAndWeUnderstandIts() {
        var subscription = ConsumerProtocol.deserializeSubscription(
                ByteBuffer.wrap(MemberProtocol.subscription(List.of("a", "b"))));
        assertThat(subscription.topics()).containsExactly("a", "b");
        var theirs = ConsumerProtocol.serializeSubscription(new ConsumerPartitionAssignor.Subscription(List.of("c")));
        assertThat(MemberProtocol.readSubscription(bytes(theirs))).containsExactly("c");

        var assignment = ConsumerProtocol.deserializeAssignment(
                ByteBuffer.wrap(MemberProtocol.assignment(List.of(at("a", 1), at("a", 0)))));
        assertThat(assignment.partitions()).hasSize(2);
        var theirShare = ConsumerProtocol.serializeAssignment(
                new ConsumerPartitionAssignor.Assignment(List.of(new org.apache.kafka.common.TopicPartition("x", 9))));
        assertThat(MemberProtocol.readAssignment(bytes(theirShare))).containsExactly(at("x", 9));
        assertThat(MemberProtocol.readAssignment(new byte[0])).isEmpty();
    }

    @Test
    void readsOffsets() {
        assertThat(parse("beginning")).isEqualTo(OffsetSpec.BEGINNING);
        assertThat(parse("end")).isEqualTo(OffsetSpec.END);
        assertThat(parse("17")).isEqualTo(new OffsetSpec(OffsetSpec.Kind.OFFSET, 17));
        assertThat(parse("-5")).isEqualTo(new OffsetSpec(OffsetSpec.Kind.BEFORE_END, 5));
        assertThat(parse("@-1m")).isEqualTo(new OffsetSpec(OffsetSpec.Kind.TIME, 40_000));
        assertThatThrownBy(() -> parse("first")).isInstanceOf(IllegalArgumentException.class);
    }

    private static OffsetSpec parse(String text) {
        return OffsetSpec.parse(text, 100_000, ZoneOffset.UTC);
    }

    private static TopicPartition at(String topic, int partition) {
        return new TopicPartition(topic, partition);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] result = new byte[buffer.remaining()];
        buffer.get(result);
        return result;
    }
}
