package io.headrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.metadata.AlterConfigs;
import io.headrace.core.metadata.BrokerRegistration.Endpoint;
import io.headrace.core.metadata.ConfigChange;
import io.headrace.core.metadata.ConfigResource;
import io.headrace.core.metadata.CreatePartitions;
import io.headrace.core.metadata.CreateTopic;
import io.headrace.core.metadata.DeleteTopic;
import io.headrace.core.metadata.MetadataCommand;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.RegisterBroker;
import io.headrace.protocol.UuidText;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MetadataReportTest {
    private static final UUID ID = new UUID(1, 2);

    private MetadataImage image = MetadataImage.EMPTY
            .apply(new RegisterBroker(
                    1, new UUID(9, 9), List.of(new Endpoint("PLAINTEXT", "", 0, (short) 0)), null, false))
            .image();

    @Test
    void eachTopicThatIsCreatedGrownAndDeleted() {
        String topic = "topic orders (" + UuidText.encode(ID) + ")";
        assertThat(reported(List.of(CreateTopic.of("orders", ID, 3, 1))))
                .containsExactly("Created " + topic + " with 3 partition(s)");
        assertThat(reported(List.of(new CreatePartitions("orders", 5, null))))
                .containsExactly("Added partitions to " + topic + ", which had 3 and has 5 now");
        assertThat(reported(List.of(new DeleteTopic(ID)))).containsExactly("Deleted " + topic);
    }

    @Test
    void keysThatHaveOtherValuesWithoutTheValues() {
        reported(List.of(new CreateTopic("orders", ID, 1, 1, List.of(), Map.of("retention.ms", "1"))));
        assertThat(reported(List.of(
                        set(ConfigResource.topic("orders"), "cleanup.policy", "compact"),
                        set(ConfigResource.topic("orders"), "retention.ms", "2"),
                        set(ConfigResource.broker(1), "log.retention.ms", "3"),
                        set(ConfigResource.ALL_BROKERS, "log.retention.ms", "4"),
                        set(ConfigResource.group("g"), "consumer.session.timeout.ms", "46000"))))
                .containsExactlyInAnyOrder(
                        "Changed cleanup.policy, retention.ms of topic orders",
                        "Changed log.retention.ms of broker 1",
                        "Changed log.retention.ms of all brokers",
                        "Changed consumer.session.timeout.ms of group g");
        assertThat(reported(List.of(
                        set(ConfigResource.topic("orders"), "retention.ms", "2"),
                        set(ConfigResource.broker(1), "log.retention.ms", "3"))))
                .isEmpty();
    }

    @Test
    void oneLineForAThousandTopics() {
        List<MetadataCommand> commands = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            commands.add(CreateTopic.of("t" + i, new UUID(3, i), 1, 1));
        }
        List<String> lines = reported(commands);
        assertThat(lines).hasSize(1);
        assertThat(lines.get(0)).startsWith("Created 1000 topics, among them t").hasSizeLessThan(200);
    }

    @Test
    void namesOfClientsAreBounded() {
        String key = "k".repeat(60_000);
        List<ConfigChange> changes = IntStream.range(0, 500)
                .mapToObj(i -> ConfigChange.set(key + i, "v"))
                .toList();
        List<String> lines = reported(List.of(
                new AlterConfigs(ConfigResource.broker(1), false, changes),
                set(ConfigResource.group("g".repeat(30_000)), "consumer.session.timeout.ms", "46000")));
        assertThat(lines).hasSize(2).allSatisfy(line -> assertThat(line).hasSizeLessThan(3_000));
        assertThat(lines).anySatisfy(line -> assertThat(line).contains(" and 490 more keys of broker 1"));
    }

    private static MetadataCommand set(ConfigResource resource, String key, String value) {
        return new AlterConfigs(resource, false, Collections.singletonList(ConfigChange.set(key, value)));
    }

    private List<String> reported(List<MetadataCommand> commands) {
        MetadataImage before = image;
        for (MetadataCommand command : commands) {
            MetadataImage.Applied applied = image.apply(command);
            assertThat(applied.result().isOk())
                    .as(String.valueOf(applied.result().message()))
                    .isTrue();
            image = applied.image();
        }
        List<String> lines = new ArrayList<>();
        new MetadataReport(lines::add).changed(before, image);
        return lines;
    }
}
