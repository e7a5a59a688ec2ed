package io.headrace.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.Names;
import io.headrace.systemtests.harness.SharedBroker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Java client's groups with the classic protocol. One thread polls all members in turn. */
@SuppressWarnings("FutureReturnValueIgnored") // A record that was refused is missed when the topic is read.
@ExtendWith(SharedBroker.class)
class ClassicGroupIT {
    private static final Duration POLL = Duration.ofMillis(30);
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int PARTITIONS = 6;

    private final Clients clients;

    ClassicGroupIT(Broker broker) {
        clients = new Clients(broker);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "org.apache.kafka.clients.consumer.RangeAssignor",
                "org.apache.kafka.clients.consumer.RoundRobinAssignor",
                "org.apache.kafka.clients.consumer.StickyAssignor",
                "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"
            })
    void membersShareThePartitionsAndTakeOverFromOneAnother(String assignor) {
        String topic = filledTopic("assignor", 300);
        String group = Names.unique("assignor");
        Map<String, String> settings = member(group, Map.of("partition.assignment.strategy", assignor));
        Set<String> seen = new HashSet<>();
        try (Consumer<String, String> first = clients.consumer(settings)) {
            first.subscribe(List.of(topic));
            pollUntil(
                    "all partitions for the only member",
                    seen,
                    List.of(first),
                    () -> first.assignment().size() == PARTITIONS);
            try (Consumer<String, String> second = clients.consumer(settings)) {
                second.subscribe(List.of(topic));
                List<Consumer<String, String>> members = List.of(first, second);
                pollUntil("half the partitions for each", seen, members, () -> shared(members, 3));
                pollUntil("every record", seen, members, () -> seen.size() == 300);
                assertThat(describe(group).partitionAssignor()).isEqualTo(nameOf(assignor));
                first.commitSync();
                second.commitSync();
            }
            pollUntil(
                    "all partitions back",
                    seen,
                    List.of(first),
                    () -> first.assignment().size() == PARTITIONS);
            produce(topic, 300, 330);
            pollUntil("the records after it", seen, List.of(first), () -> seen.size() == 330);
        }
    }

    @Test
    void cooperativeMembersKeepWhatTheyNeedNotGiveUp() {
        String topic = filledTopic("cooperative", 60);
        Map<String, String> settings = member(
                Names.unique("cooperative"),
                Map.of("partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"));
        Set<String> seen = new HashSet<>();
        Recorder firstEvents = new Recorder();
        try (Consumer<String, String> first = clients.consumer(settings);
                Consumer<String, String> second = clients.consumer(settings)) {
            first.subscribe(List.of(topic), firstEvents);
            pollUntil(
                    "all partitions",
                    seen,
                    List.of(first),
                    () -> first.assignment().size() == PARTITIONS);
            second.subscribe(List.of(topic));
            List<Consumer<String, String>> members = List.of(first, second);
            pollUntil("half for each", seen, members, () -> shared(members, 3));
            assertThat(firstEvents.revoked).hasSize(3);
            assertThat(firstEvents.lost).isEmpty();
        }
    }

    @Test
    void threeMembersJoinAndLeaveWithoutLosingARecord() {
        String topic = filledTopic("three", 600);
        Map<String, String> settings = member(Names.unique("three"), Map.of());
        Set<String> seen = new HashSet<>();
        try (Consumer<String, String> first = clients.consumer(settings);
                Consumer<String, String> second = clients.consumer(settings)) {
            first.subscribe(List.of(topic));
            second.subscribe(List.of(topic));
            try (Consumer<String, String> third = clients.consumer(settings)) {
                third.subscribe(List.of(topic));
                List<Consumer<String, String>> members = List.of(first, second, third);
                pollUntil("two partitions for each", seen, members, () -> shared(members, 2));
            }
            List<Consumer<String, String>> rest = List.of(first, second);
            pollUntil("three partitions for each", seen, rest, () -> shared(rest, 3));
            pollUntil("every record", seen, rest, () -> seen.size() == 600);
        }
    }

    @Test
    void aMemberThatFallsSilentIsReplaced() {
        String topic = filledTopic("silent", 60);
        Map<String, String> settings = member(
                Names.unique("silent"),
                Map.of("session.timeout.ms", "2000", "heartbeat.interval.ms", "500", "max.poll.interval.ms", "2000"));
        Set<String> seen = new HashSet<>();
        Consumer<String, String> silent = clients.consumer(settings);
        try (Consumer<String, String> other = clients.consumer(settings)) {
            silent.subscribe(List.of(topic));
            other.subscribe(List.of(topic));
            pollUntil("half for each", seen, List.of(silent, other), () -> shared(List.of(silent, other), 3));
            // Without positions there would be nothing to commit, which succeeds without asking the broker.
            silent.assignment().forEach(silent::position);
            pollUntil(
                    "all for the one that polls",
                    seen,
                    List.of(other),
                    () -> other.assignment().size() == PARTITIONS);
            assertThatThrownBy(silent::commitSync).isInstanceOf(CommitFailedException.class);
        } finally {
            silent.close();
        }
    }

    @Test
    void aStaticMemberComesBackWithoutARebalance() {
        String topic = filledTopic("static", 60);
        String group = Names.unique("static");
        Set<String> seen = new HashSet<>();
        Recorder otherEvents = new Recorder();
        try (Consumer<String, String> other = clients.consumer(staticMember(group, "other"))) {
            other.subscribe(List.of(topic), otherEvents);
            Set<TopicPartition> before;
            try (Consumer<String, String> away = clients.consumer(staticMember(group, "away"))) {
                away.subscribe(List.of(topic));
                pollUntil("half for each", seen, List.of(away, other), () -> shared(List.of(away, other), 3));
                before = away.assignment();
            }
            otherEvents.clear();
            assertThat(describe(group).members())
                    .extracting(m -> m.groupInstanceId().orElse(""))
                    .containsExactlyInAnyOrder("other", "away");
            try (Consumer<String, String> back = clients.consumer(staticMember(group, "away"))) {
                back.subscribe(List.of(topic));
                pollUntil("the same partitions", seen, List.of(back, other), () -> back.assignment()
                        .equals(before));
            }
            assertThat(otherEvents.events()).isZero();
        }
    }

    @Test
    void aSecondMemberWithTheSameInstanceIdFencesTheCommitsOfTheFirst() {
        // Without heartbeats, which would tell the first before its commit does. The client then forgets its
        // generation, and its commits fail without asking the broker.
        Map<String, String> rarely = Map.of("heartbeat.interval.ms", "15000");
        fence(rarely, fenced -> assertThatThrownBy(fenced::commitSync).isInstanceOf(FencedInstanceIdException.class));
    }

    @Test
    void aSecondMemberWithTheSameInstanceIdFencesTheHeartbeatsOfTheFirst() {
        fence(Map.of(), fenced -> assertThatThrownBy(
                        () -> pollUntil("fenced", new HashSet<>(), List.of(fenced), () -> false))
                .isInstanceOf(FencedInstanceIdException.class));
    }

    /** Lets one static member take the place of another, which is then handed to {@code check}. */
    private void fence(Map<String, String> settings, java.util.function.Consumer<Consumer<String, String>> check) {
        String topic = filledTopic("fence", 6);
        Map<String, String> all = new HashMap<>(staticMember(Names.unique("fence"), "same"));
        all.putAll(settings);
        Set<String> seen = new HashSet<>();
        Consumer<String, String> fenced = clients.consumer(all);
        try (Consumer<String, String> winner = clients.consumer(all)) {
            fenced.subscribe(List.of(topic));
            pollUntil("all records", seen, List.of(fenced), () -> seen.size() == 6);
            winner.subscribe(List.of(topic));
            pollUntil(
                    "all for the second",
                    seen,
                    List.of(winner),
                    () -> winner.assignment().size() == PARTITIONS);
            check.accept(fenced);
        } finally {
            fenced.close(CloseOptions.timeout(Duration.ofSeconds(1)));
        }
    }

    @Test
    void membersWithDifferentSubscriptionsGetOnlyTheirTopics() {
        String left = filledTopic("left", 6);
        String right = filledTopic("right", 6);
        Map<String, String> settings = member(Names.unique("mixed"), Map.of());
        Set<String> seen = new HashSet<>();
        try (Consumer<String, String> first = clients.consumer(settings);
                Consumer<String, String> second = clients.consumer(settings)) {
            first.subscribe(List.of(left));
            second.subscribe(List.of(left, right));
            pollUntil(
                    "all twelve",
                    seen,
                    List.of(first, second),
                    () -> first.assignment().size() + second.assignment().size() == 12
                            && !first.assignment().isEmpty());
            assertThat(first.assignment())
                    .allMatch(partition -> partition.topic().equals(left));
        }
    }

    @Test
    void aNewSubscriptionAndMorePartitionsRebalance() {
        String topic = filledTopic("grow", 6);
        Map<String, String> settings = member(Names.unique("grow"), Map.of("metadata.max.age.ms", "300"));
        Set<String> seen = new HashSet<>();
        try (Consumer<String, String> consumer = clients.consumer(settings);
                Admin admin = clients.admin()) {
            consumer.subscribe(List.of(topic));
            pollUntil(
                    "six", seen, List.of(consumer), () -> consumer.assignment().size() == 6);
            Clients.await(
                    admin.createPartitions(Map.of(topic, org.apache.kafka.clients.admin.NewPartitions.increaseTo(8)))
                            .all());
            pollUntil(
                    "eight",
                    seen,
                    List.of(consumer),
                    () -> consumer.assignment().size() == 8);
            consumer.unsubscribe();
            assertThat(consumer.assignment()).isEmpty();
        }
    }

    @Test
    void theGroupIsDescribedAsItLives() {
        String topic = filledTopic("describe", 6);
        String group = Names.unique("describe");
        Set<String> seen = new HashSet<>();
        try (Consumer<String, String> consumer = clients.consumer(member(group, Map.of("client.id", "the-client")))) {
            consumer.subscribe(List.of(topic));
            pollUntil(
                    "all",
                    seen,
                    List.of(consumer),
                    () -> consumer.assignment().size() == PARTITIONS && seen.size() == 6);
            ConsumerGroupDescription stable = describe(group);
            assertThat(stable.groupState()).isEqualTo(GroupState.STABLE);
            assertThat(stable.members()).hasSize(1);
            assertThat(stable.members().iterator().next().clientId()).isEqualTo("the-client");
            assertThat(stable.members().iterator().next().assignment().topicPartitions())
                    .hasSize(PARTITIONS);
            consumer.commitSync();
        }
        assertThat(describe(group).groupState()).isEqualTo(GroupState.EMPTY);
    }

    private static Map<String, String> member(String group, Map<String, String> settings) {
        Map<String, String> all =
                new HashMap<>(Map.of("group.id", group, "heartbeat.interval.ms", "200", "session.timeout.ms", "10000"));
        all.putAll(settings);
        return all;
    }

    private static Map<String, String> staticMember(String group, String instance) {
        return member(group, Map.of("group.instance.id", instance, "session.timeout.ms", "20000"));
    }

    private ConsumerGroupDescription describe(String group) {
        try (Admin admin = clients.admin()) {
            return Clients.await(
                    Clients.at(admin.describeConsumerGroups(List.of(group)).describedGroups(), group));
        }
    }

    private static boolean shared(List<Consumer<String, String>> members, int each) {
        Set<TopicPartition> all = new HashSet<>();
        for (Consumer<String, String> member : members) {
            if (member.assignment().size() != each) {
                return false;
            }
            all.addAll(member.assignment());
        }
        return all.size() == each * members.size();
    }

    private static void pollUntil(
            String what, Set<String> seen, List<Consumer<String, String>> members, Await.Condition condition) {
        Await.until(what, LIMIT, () -> {
            for (Consumer<String, String> member : members) {
                for (ConsumerRecord<String, String> record : member.poll(POLL)) {
                    seen.add(record.value());
                }
            }
            return condition.holds();
        });
    }

    private static String nameOf(String assignor) {
        return switch (assignor.substring(assignor.lastIndexOf('.') + 1)) {
            case "RangeAssignor" -> "range";
            case "RoundRobinAssignor" -> "roundrobin";
            case "StickyAssignor" -> "sticky";
            default -> "cooperative-sticky";
        };
    }

    private String filledTopic(String prefix, int records) {
        String topic = clients.topic(prefix, PARTITIONS);
        produce(topic, 0, records);
        return topic;
    }

    private void produce(String topic, int start, int end) {
        try (Producer<String, String> producer = clients.producer(Map.of())) {
            for (int i = start; i < end; i++) {
                producer.send(new ProducerRecord<>(topic, i % PARTITIONS, null, topic + " " + i));
            }
        }
    }

    /** Remembers what a member was told. */
    private static final class Recorder implements ConsumerRebalanceListener {
        private final List<TopicPartition> assigned = new ArrayList<>();
        private final List<TopicPartition> revoked = new ArrayList<>();
        private final List<TopicPartition> lost = new ArrayList<>();

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            assigned.addAll(partitions);
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            revoked.addAll(partitions);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            lost.addAll(partitions);
        }

        void clear() {
            assigned.clear();
            revoked.clear();
            lost.clear();
        }

        int events() {
            return assigned.size() + revoked.size() + lost.size();
        }
    }
}
