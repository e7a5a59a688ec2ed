package io.headrace.core.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.wire.MalformedMessageException;
import io.headrace.protocol.wire.WireReader;
import io.headrace.protocol.wire.WireWriter;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MetadataCodecTest {
    private static final List<MetadataCommand> COMMANDS = List.of(
            new InitializeCluster("cluster"),
            new RegisterBroker(
                    1,
                    new UUID(1, 2),
                    List.of(new BrokerRegistration.Endpoint("PLAINTEXT", "host", 9092, (short) 0)),
                    "rack",
                    false),
            CreateTopic.of("plain", new UUID(3, 4), 200, 1),
            new CreateTopic(
                    "assigned", new UUID(5, 6), -1, -1, List.of(List.of(1), List.of(1)), Map.of("retention.ms", "-1")),
            new CreatePartitions("plain", 201, null),
            new CreatePartitions("plain", 202, List.of(List.of(1))),
            new AlterConfigs(
                    ConfigResource.topic("plain"),
                    false,
                    List.of(
                            ConfigChange.set("segment.ms", "7"),
                            ConfigChange.delete("x"),
                            new ConfigChange("cleanup.policy", ConfigChange.Operation.APPEND, "compact", "delete"))),
            new AlterConfigs(
                    ConfigResource.group("gr\u00fcn"),
                    true,
                    List.of(ConfigChange.set("share.isolation.level", "read_committed"))),
            new AlterConfigs(ConfigResource.ALL_BROKERS, false, List.of(ConfigChange.set("log.retention.ms", "9"))),
            new AllocateProducerIds(1),
            new SetFeature("transaction.version", (short) 2),
            new RegisterBroker(
                    2, new UUID(1, 3), List.of(new BrokerRegistration.Endpoint("A", "", 1, (short) 3)), null, false),
            new UnregisterBroker(2),
            new RegisterBroker(
                    1, new UUID(1, 4), List.of(new BrokerRegistration.Endpoint("A", "", 1, (short) 0)), null, true),
            CreateTopic.of("gone", new UUID(7, 8), 1, 1),
            new DeleteTopic(new UUID(7, 8)));

    @Test
    void commandsSurviveTheRoundTrip() {
        for (MetadataCommand command : COMMANDS) {
            WireReader in = reader(bytes(command));
            assertThat(MetadataCodec.read(in)).isEqualTo(command);
            assertThat(in.remaining()).isZero();
        }
    }

    /** As builds wrote it that did not raise leader epochs: its replay must not raise them either. */
    @Test
    void aRegistrationOfTheFirstVersionIsReadAsOneAfterAnOrderlyEnd() {
        byte[] stored = HexFormat.of()
                .parseHex("0501" + "02" + "0000000000000001" + "0000000000000003" + "01" + "0241" + "01" + "01" + "0003"
                        + "00");
        RegisterBroker command = new RegisterBroker(
                1, new UUID(1, 3), List.of(new BrokerRegistration.Endpoint("A", "", 1, (short) 3)), null, false);
        assertThat(MetadataCodec.read(reader(stored))).isEqualTo(command);
        // Such a log stays readable to those builds.
        assertThat(bytes(command)).isEqualTo(stored);
    }

    @Test
    void imageSurvivesTheRoundTrip() {
        MetadataImage image = MetadataImage.EMPTY;
        for (MetadataCommand command : COMMANDS) {
            MetadataImage.Applied applied = image.apply(command);
            assertThat(applied.result().isOk())
                    .as("%s: %s", command, applied.result())
                    .isTrue();
            image = applied.image();
        }
        WireWriter out = new WireWriter();
        MetadataCodec.writeSnapshot(out, image);
        WireReader in = reader(out.toByteArray());
        MetadataImage read = MetadataCodec.readSnapshot(in);
        assertThat(in.remaining()).isZero();
        assertThat(read).isEqualTo(image);
        assertThat(read.partitionCount()).isEqualTo(204);
        assertThat(read.replicaCount()).isEqualTo(204);
        // Equal partitions follow each other as one.
        assertThat(out.size()).isLessThan(400);
    }

    /** Directories are named after topics, so a name counts for no more than the bytes that it was read from. */
    @Test
    void topicNamesAreCheckedAgainWhenTheyAreRead() {
        for (String name : List.of("../../etc", "", "..", "a\0b", "x".repeat(250))) {
            CreateTopic command = CreateTopic.of(name, new UUID(3, 4), 1, 1);
            MetadataCommand read = MetadataCodec.read(reader(bytes(command)));
            MetadataImage broker = MetadataImage.EMPTY.apply(COMMANDS.get(1)).image();
            assertThat(broker.applyAccepted(read).result().error()).isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);

            MetadataImage.Builder image = broker.copy();
            PartitionImage partition = PartitionImage.created(List.of(1), List.of(1));
            image.putTopic(new TopicImage(new UUID(3, 4), name, List.of(partition), Map.of()));
            WireWriter out = new WireWriter();
            MetadataCodec.writeSnapshot(out, image.build());
            assertThatThrownBy(() -> MetadataCodec.readSnapshot(reader(out.toByteArray())))
                    .isInstanceOf(MalformedMessageException.class)
                    .hasMessageContaining("Topic name is invalid");
        }
    }

    @Test
    void cutBytesAreMalformed() {
        for (MetadataCommand command : COMMANDS) {
            byte[] bytes = bytes(command);
            for (int length = 0; length < bytes.length; length++) {
                ByteBuffer cut = ByteBuffer.wrap(bytes, 0, length).slice();
                assertThatThrownBy(() -> MetadataCodec.read(new WireReader(cut)))
                        .isInstanceOf(MalformedMessageException.class);
            }
        }
    }

    @Test
    void newerVersionsAreRefused() {
        assertThatThrownBy(() -> MetadataCodec.read(reader(new byte[] {1, 2})))
                .isInstanceOf(MetadataCodec.NewerVersionException.class);
        assertThatThrownBy(() -> MetadataCodec.read(reader(new byte[] {5, 3})))
                .isInstanceOf(MetadataCodec.NewerVersionException.class);
        assertThatThrownBy(() -> MetadataCodec.read(reader(new byte[] {100, 1})))
                .isInstanceOf(MetadataCodec.NewerVersionException.class);
        assertThatThrownBy(() -> MetadataCodec.readSnapshot(reader(new byte[] {2})))
                .isInstanceOf(MetadataCodec.NewerVersionException.class);
    }

    private static byte[] bytes(MetadataCommand command) {
        WireWriter out = new WireWriter();
        MetadataCodec.write(out, command);
        return out.toByteArray();
    }

    private static WireReader reader(byte[] bytes) {
        return new WireReader(ByteBuffer.wrap(bytes));
    }
}
