package io.headrace.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.systemtests.harness.Await;
import io.headrace.systemtests.harness.Broker;
import io.headrace.systemtests.harness.Clients;
import io.headrace.systemtests.harness.Names;
import io.headrace.systemtests.harness.SharedBroker;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The Java admin client: groups and their offsets. */
@ExtendWith(SharedBroker.class)
class AdminGroupIT {
    private final Clients clients;
    private final Admin admin;
    private final String group = Names.unique("admin-group");

    AdminGroupIT(Broker broker) {
        clients = new Clients(broker);
        admin = clients.admin();
    }

    @AfterEach
    void close() {
        admin.close();
    }

    @Test
    void offsetsOfAGroupWithoutMembersAreWrittenReadAndDeleted() {
        String topic = clients.topic("offsets", 2);
        TopicPartition first = new TopicPartition(topic, 0);
        TopicPartition second = new TopicPartition(topic, 1);
        Clients.await(admin.alterConsumerGroupOffsets(
                        group, Map.of(first, new OffsetAndMetadata(5, "note"), second, new OffsetAndMetadata(7)))
                .all());
        assertThat(offsets())
                .isEqualTo(Map.of(first, new OffsetAndMetadata(5, "note"), second, new OffsetAndMetadata(7)));
        Clients.await(admin.deleteConsumerGroupOffsets(group, Set.of(first)).all());
        assertThat(offsets()).containsOnlyKeys(second);
        assertThat(describe().groupState()).isEqualTo(GroupState.EMPTY);
    }

    @Test
    void offsetsOfSeveralGroupsAreReadInOneCall() {
        TopicPartition partition = new TopicPartition(clients.topic("several", 1), 0);
        String other = Names.unique("other");
        for (String name : List.of(group, other)) {
            Clients.await(admin.alterConsumerGroupOffsets(name, Map.of(partition, new OffsetAndMetadata(name.length())))
                    .all());
        }
        var answer = Clients.await(admin.listConsumerGroupOffsets(Map.of(
                        group,
                        new ListConsumerGroupOffsetsSpec().topicPartitions(List.of(partition)),
                        other,
                        new ListConsumerGroupOffsetsSpec()))
                .all());
        assertThat(answer.get(group)).containsOnly(Map.entry(partition, new OffsetAndMetadata(group.length())));
        assertThat(answer.get(other)).containsOnly(Map.entry(partition, new OffsetAndMetadata(other.length())));
    }

    @Test
    void groupsAreListedByTypeAndState() {
        TopicPartition partition = new TopicPartition(clients.topic("list", 1), 0);
        Clients.await(admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(1)))
                .all());
        try (Consumer<String, String> live = member(partition.topic(), group + "-live")) {
            assertThat(listed(new ListGroupsOptions())).contains(group, group + "-live");
            assertThat(listed(new ListGroupsOptions().inGroupStates(Set.of(GroupState.STABLE))))
                    .contains(group + "-live")
                    .doesNotContain(group);
            assertThat(listed(new ListGroupsOptions().withTypes(Set.of(GroupType.CLASSIC))))
                    .contains(group + "-live");
            assertThat(listed(ListGroupsOptions.forConsumerGroups())).contains(group + "-live");
            assertThat(live.assignment()).hasSize(1);
        }
    }

    @Test
    void aGroupIsDeletedOnlyWhenItIsEmpty() {
        String topic = clients.topic("delete", 1);
        try (Consumer<String, String> member = member(topic, group)) {
            member.commitSync(Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(0)));
            assertThatThrownBy(() -> Clients.await(
                            admin.deleteConsumerGroups(List.of(group)).all()))
                    .isInstanceOf(GroupNotEmptyException.class);
            assertThatThrownBy(() ->
                            Clients.await(admin.deleteConsumerGroupOffsets(group, Set.of(new TopicPartition(topic, 0)))
                                    .all()))
                    .isInstanceOf(GroupSubscribedToTopicException.class);
        }
        Clients.await(admin.deleteConsumerGroups(List.of(group)).all());
        assertThat(listed(new ListGroupsOptions())).doesNotContain(group);
        assertThatThrownBy(() ->
                        Clients.await(admin.deleteConsumerGroups(List.of(group)).all()))
                .isInstanceOf(GroupIdNotFoundException.class);
        assertThatThrownBy(this::describe).isInstanceOf(GroupIdNotFoundException.class);
    }

    @Test
    void membersAreRemovedByTheirInstanceAndAllAtOnce() {
        String topic = clients.topic("remove", 1);
        try (Consumer<String, String> member = member(topic, group, Map.of("group.instance.id", "one"))) {
            assertThat(member.assignment()).hasSize(1);
            Clients.await(admin.removeMembersFromConsumerGroup(
                            group, new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("one"))))
                    .all());
            assertThat(describe().members()).isEmpty();
        }
        String other = group + "-all";
        try (Consumer<String, String> member = member(topic, other)) {
            assertThat(member.assignment()).hasSize(1);
            Clients.await(admin.removeMembersFromConsumerGroup(other, new RemoveMembersFromConsumerGroupOptions())
                    .all());
            assertThat(Clients.at(
                                    Clients.await(admin.describeConsumerGroups(List.of(other))
                                            .all()),
                                    other)
                            .members())
                    .isEmpty();
        }
    }

    @Test
    void deletingATopicForgetsItsOffsets() {
        String topic = clients.topic("forget", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        Clients.await(admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(1)))
                .all());
        Clients.await(admin.deleteTopics(List.of(topic)).all());
        Await.until("no offsets", Duration.ofSeconds(20), () -> offsets().isEmpty());
    }

    private Consumer<String, String> member(String topic, String group) {
        return member(topic, group, Map.of());
    }

    private Consumer<String, String> member(String topic, String group, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(Map.of("group.id", group));
        all.putAll(settings);
        Consumer<String, String> consumer = clients.consumer(all);
        consumer.subscribe(List.of(topic));
        Await.until("an assignment", Duration.ofSeconds(20), () -> {
            consumer.poll(Duration.ofMillis(50));
            return !consumer.assignment().isEmpty();
        });
        return consumer;
    }

    private Map<TopicPartition, OffsetAndMetadata> offsets() {
        return Clients.await(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
    }

    private ConsumerGroupDescription describe() {
        return Clients.await(
                Clients.at(admin.describeConsumerGroups(List.of(group)).describedGroups(), group));
    }

    private List<String> listed(ListGroupsOptions options) {
        return Clients.await(admin.listGroups(options).all()).stream()
                .map(GroupListing::groupId)
                .toList();
    }
}
