package io.headrace.core.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.metadata.BrokerRegistration.Endpoint;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The leader epochs after the start of a broker that did not stop in order (KIP-320). */
class UncleanRegistrationTest {
    private static final List<Endpoint> ENDPOINTS = List.of(new Endpoint("PLAINTEXT", "host", 9092, (short) 0));

    private MetadataImage image = MetadataImageTest.withBrokers(2);

    private void apply(MetadataCommand command) {
        MetadataImage.Applied applied = image.apply(command);
        assertThat(applied.result().isOk()).as("%s", applied.result()).isTrue();
        image = applied.image();
    }

    private void start(int id, int run, boolean afterUncleanShutdown) {
        apply(new RegisterBroker(id, new UUID(100 + run, id), ENDPOINTS, null, afterUncleanShutdown));
    }

    private void create(String name, List<List<Integer>> assignments) {
        apply(new CreateTopic(name, new UUID(7, name.hashCode()), -1, -1, assignments, Map.of()));
    }

    private PartitionImage partition(String topic, int partition) {
        return Objects.requireNonNull(image.partition(topic, partition));
    }

    private void assertEpochs(String topic, int partition, int leaderEpoch, int partitionEpoch) {
        PartitionImage found = partition(topic, partition);
        assertThat(found.leaderEpoch()).isEqualTo(leaderEpoch);
        assertThat(found.partitionEpoch()).isEqualTo(partitionEpoch);
    }

    @Test
    void anUncleanStartRaisesTheEpochsOfWhatTheBrokerLeadsByOne() {
        create("mixed", List.of(List.of(1, 2), List.of(2, 1), List.of(1, 2)));
        create("other", List.of(List.of(2)));
        TopicImage other = image.topic("other");
        PartitionImage before = partition("mixed", 0);
        start(1, 1, true);
        assertEpochs("mixed", 0, 1, 1);
        assertEpochs("mixed", 1, 0, 0);
        assertEpochs("mixed", 2, 1, 1);
        assertThat(partition("mixed", 0).leader()).isEqualTo(1);
        assertThat(partition("mixed", 0).replicas()).isEqualTo(before.replicas());
        assertThat(partition("mixed", 0).isr()).isEqualTo(before.isr());
        assertThat(image.topic("other")).isSameAs(other);
        start(1, 2, true);
        assertEpochs("mixed", 0, 2, 2);
        assertEpochs("mixed", 1, 0, 0);
    }

    @Test
    void aStartAfterAnOrderlyEndRaisesNothing() {
        create("topic", List.of(List.of(1)));
        TopicImage before = image.topic("topic");
        start(1, 1, false);
        assertThat(image.topic("topic")).isSameAs(before);
    }

    @Test
    void theSameStartRaisesOnce() {
        create("topic", List.of(List.of(1)));
        start(1, 1, true);
        start(1, 1, true);
        assertEpochs("topic", 0, 1, 1);
        // Nor if it says where else it can be reached.
        apply(new RegisterBroker(
                1, new UUID(101, 1), List.of(new Endpoint("PLAINTEXT", "host", 9093, (short) 0)), null, true));
        assertEpochs("topic", 0, 1, 1);
    }

    @Test
    void aPartitionThatIsAddedBeginsAtZero() {
        create("topic", List.of(List.of(1)));
        start(1, 1, true);
        apply(new CreatePartitions("topic", 2, List.of(List.of(1))));
        assertEpochs("topic", 0, 1, 1);
        assertEpochs("topic", 1, 0, 0);
        start(1, 2, true);
        assertEpochs("topic", 0, 2, 2);
        assertEpochs("topic", 1, 1, 1);
    }

    @Test
    void topicsAreFoundByNameAndIdAlike() {
        for (int i = 0; i < 2_000; i++) {
            create("topic-" + i, List.of(List.of(1 + i % 2)));
        }
        start(1, 1, true);
        assertThat(image.topicCount()).isEqualTo(2_000);
        assertThat(image.partitionCount()).isEqualTo(2_000);
        assertThat(image.replicaCount()).isEqualTo(2_000);
        image.forEachTopic(topic -> {
            assertThat(image.topic(topic.id())).isSameAs(topic);
            assertThat(topic.partitions().get(0).leaderEpoch())
                    .isEqualTo(topic.partitions().get(0).leader() == 1 ? 1 : 0);
        });
    }

    @Test
    void aReplayOfManyStartsIsTheSameAsOneAfterTheOther() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        MetadataImage start = image;
        List<MetadataCommand> commands = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            int id = 1 + random.nextInt(2);
            commands.add(
                    switch (random.nextInt(6)) {
                        case 0 -> CreateTopic.of("topic-" + i, new UUID(9, i), 1 + random.nextInt(3), 1);
                        case 1 -> new AllocateProducerIds(id);
                        // Some are told twice.
                        default ->
                            new RegisterBroker(
                                    id, new UUID(10, random.nextInt(100)), ENDPOINTS, null, random.nextInt(4) > 0);
                    });
        }
        MetadataReplay replay = new MetadataReplay(start);
        for (MetadataCommand command : commands) {
            apply(command);
            assertThat(replay.apply(command).isOk()).as("-Dseed=%d", seed).isTrue();
            assertThat(replay.index()).isEqualTo(image.index());
            if (random.nextInt(50) == 0) {
                assertThat(replay.image()).as("-Dseed=%d", seed).isEqualTo(image);
            }
        }
        assertThat(replay.image()).as("-Dseed=%d", seed).isEqualTo(image);
        assertThat(image.topicCount()).as("-Dseed=%d", seed).isPositive();
    }

    @Test
    void partitionsInTheSameStateStayOneObject() {
        for (int i = 0; i < 100; i++) {
            apply(CreateTopic.of("topic-" + i, new UUID(8, i), 1_000, 1));
        }
        start(1, 1, true);
        start(2, 1, true);
        Set<PartitionImage> distinct = Collections.newSetFromMap(new IdentityHashMap<>());
        image.forEachTopic(topic -> distinct.addAll(topic.partitions()));
        assertThat(image.partitionCount()).isEqualTo(100_000);
        assertThat(distinct.size()).isLessThanOrEqualTo(4);
    }
}
