package io.headrace.storage.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.core.metadata.AlterConfigs;
import io.headrace.core.metadata.BrokerRegistration.Endpoint;
import io.headrace.core.metadata.CommandResult;
import io.headrace.core.metadata.ConfigChange;
import io.headrace.core.metadata.ConfigResource;
import io.headrace.core.metadata.CreateTopic;
import io.headrace.core.metadata.DeleteTopic;
import io.headrace.core.metadata.InitializeCluster;
import io.headrace.core.metadata.MetadataCommand;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.MetadataLog;
import io.headrace.core.metadata.RegisterBroker;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.UuidText;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import io.headrace.storage.disk.PowerCutException;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.disk.SimulatedDisk.DirectoryLoss;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LocalMetadataLogTest {
    private static final Path DIRECTORY = Path.of("/metadata");
    private static final Path FIRST_LOG = DIRECTORY.resolve("log-00000000000000000000");
    private static final long SNAPSHOT_LOG_BYTES = 16 * 1024;

    private SimulatedDisk disk = new SimulatedDisk();

    private static LocalMetadataLog open(Disk disk) throws IOException {
        return LocalMetadataLog.open(disk, DIRECTORY, new Random(4), SNAPSHOT_LOG_BYTES, () -> {});
    }

    /** Collects what became of proposals. */
    private static final class Outcome implements MetadataLog.Proposal {
        private final List<CommandResult> results = new ArrayList<>();
        private final List<ErrorCode> failures = new ArrayList<>();
        private MetadataImage image = MetadataImage.EMPTY;

        @Override
        public void committed(List<CommandResult> committed, MetadataImage after) {
            results.addAll(committed);
            image = after;
        }

        @Override
        public void failed(ErrorCode error, String message) {
            failures.add(error);
        }
    }

    private static Outcome propose(LocalMetadataLog log, MetadataCommand... commands) {
        Outcome outcome = new Outcome();
        log.propose(List.of(commands), outcome);
        return outcome;
    }

    private static void runAll(LocalMetadataLog log) throws IOException {
        while (log.runOnce()) {
            // Until nothing is left.
        }
    }

    private static MetadataCommand[] start() {
        return new MetadataCommand[] {
            new InitializeCluster("cluster"),
            new RegisterBroker(1, new UUID(1, 1), List.of(new Endpoint("PLAINTEXT", "h", 9092, (short) 0)), null, false)
        };
    }

    private static CreateTopic topic(int number) {
        return CreateTopic.of("topic-" + number, new UUID(9, number), 3, 1);
    }

    private static void fill(LocalMetadataLog log, int topics) throws IOException {
        propose(log, start());
        for (int number = 0; number < topics; number++) {
            propose(log, topic(number));
            runAll(log);
        }
    }

    @Test
    void anErrorInOneAnswerKeepsNobodyElseFromTheirs() throws IOException {
        LocalMetadataLog log = open(disk);
        log.propose(List.of(start()), new MetadataLog.Proposal() {
            @Override
            public void committed(List<CommandResult> results, MetadataImage after) {
                throw new IllegalStateException("the asker broke");
            }

            @Override
            public void failed(ErrorCode error, String message) {
                throw new AssertionError(message);
            }
        });
        Outcome next = propose(log, topic(1));
        runAll(log);
        assertThat(next.results).singleElement().matches(CommandResult::isOk);
        Outcome later = propose(log, topic(2));
        runAll(log);
        assertThat(later.image.topic("topic-2")).isNotNull();
    }

    @Test
    void whatWasAnsweredIsThereAfterAPowerCut() throws IOException {
        LocalMetadataLog log = open(disk);
        Outcome first = propose(log, start());
        Outcome second = propose(log, topic(1), topic(1));
        assertThat(log.image().topicCount()).isZero();
        assertThat(log.runOnce()).isTrue();
        assertThat(log.runOnce()).isFalse();
        assertThat(first.results).extracting(CommandResult::isOk).containsExactly(true, true);
        assertThat(second.results)
                .extracting(CommandResult::error)
                .containsExactly(ErrorCode.NONE, ErrorCode.TOPIC_ALREADY_EXISTS);
        assertThat(second.image).isSameAs(log.image());
        assertThat(open(disk.crash(new Random(1))).image()).isEqualTo(log.image());
    }

    @Test
    void everythingThatWaitsSharesOneSync() throws IOException {
        LocalMetadataLog log = open(disk);
        propose(log, start());
        runAll(log);
        long before = disk.steps();
        for (int number = 0; number < 100; number++) {
            propose(log, topic(number));
        }
        assertThat(log.runOnce()).isTrue();
        assertThat(disk.steps() - before).isEqualTo(2);
        assertThat(log.image().topicCount()).isEqualTo(100);
    }

    @Test
    void refusedCommandsWriteNothing() throws IOException {
        LocalMetadataLog log = open(disk);
        propose(log, start());
        runAll(log);
        long before = disk.steps();
        Outcome outcome = propose(log, new DeleteTopic(new UUID(5, 5)));
        runAll(log);
        assertThat(outcome.results).extracting(CommandResult::error).containsExactly(ErrorCode.UNKNOWN_TOPIC_ID);
        assertThat(disk.steps()).isEqualTo(before);
    }

    @Test
    void listenersLearnOfChangesBeforeProposersDo() throws IOException {
        LocalMetadataLog log = open(disk);
        List<String> order = new ArrayList<>();
        log.addListener((before, after) -> order.add(before.index() + " to " + after.index()));
        log.propose(List.of(start()), new MetadataLog.Proposal() {
            @Override
            public void committed(List<CommandResult> results, MetadataImage image) {
                order.add("answered at " + image.index());
            }

            @Override
            public void failed(ErrorCode error, String message) {
                order.add("failed");
            }
        });
        runAll(log);
        assertThat(order).containsExactly("0 to 2", "answered at 2");
    }

    @Test
    void snapshotsReplaceLongLogs() throws IOException {
        LocalMetadataLog log = open(disk);
        fill(log, 200);
        assertThat(disk.list(DIRECTORY)).hasSize(2).noneMatch(name -> name.endsWith("-00000000000000000000"));
        assertThat(open(disk.crash(new Random(1))).image()).isEqualTo(log.image());
    }

    @Test
    void acknowledgedChangesSurvivePowerCutsAtEveryStep() throws IOException {
        long seed = Long.getLong("seed", System.nanoTime());
        long steps = runUntilPowerCut(Long.MAX_VALUE, seed);
        for (long step = 1; step <= steps; step++) {
            runUntilPowerCut(step, seed + step);
        }
    }

    /** Makes changes until the power goes; then all that were acknowledged must be there, and the log be usable. */
    private static long runUntilPowerCut(long step, long seed) throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        disk.cutPowerAtStep(step);
        List<Outcome> outcomes = new ArrayList<>();
        MetadataImage proposed = MetadataImage.EMPTY;
        try {
            LocalMetadataLog log = open(disk);
            outcomes.add(propose(log, start()));
            for (int number = 0; number < 60; number++) {
                outcomes.add(propose(log, topic(number)));
                ConfigChange change = ConfigChange.set("retention.ms", "1".repeat(1 + number % 9));
                outcomes.add(propose(
                        log, new AlterConfigs(ConfigResource.topic("topic-" + number / 2), false, List.of(change))));
                log.runOnce();
            }
            proposed = log.image();
        } catch (PowerCutException e) {
            assertThat(disk.steps()).isEqualTo(step);
        }
        MetadataImage acknowledged = MetadataImage.EMPTY;
        for (Outcome outcome : outcomes) {
            acknowledged = outcome.results.isEmpty() ? acknowledged : outcome.image;
        }
        for (DirectoryLoss loss : DirectoryLoss.values()) {
            checkRecovery(disk.crash(new Random(seed), loss), acknowledged, "-Dseed=" + seed + " step " + step);
        }
        assertThat(step == Long.MAX_VALUE ? proposed : acknowledged).isEqualTo(acknowledged);
        return disk.steps();
    }

    private static void checkRecovery(SimulatedDisk disk, MetadataImage acknowledged, String replay)
            throws IOException {
        LocalMetadataLog log = open(disk);
        // One group may be there that was written but not yet answered.
        assertThat(log.image().index()).as(replay).isBetween(acknowledged.index(), acknowledged.index() + 4);
        acknowledged.forEachTopic(
                topic -> assertThat(log.image().topic(topic.id())).as(replay).isNotNull());
        Outcome outcome = propose(log, new InitializeCluster("cluster"), topic(999));
        runAll(log);
        assertThat(outcome.results).as(replay).hasSize(2);
        MetadataImage image = log.image();
        log.close();
        assertThat(open(disk).image()).as(replay).isEqualTo(image);
    }

    @Test
    void damageBelowTheEndIsRefusedWithFileAndPosition() throws IOException {
        LocalMetadataLog log = open(disk);
        fill(log, 3);
        // The first frame is in the second sector, three more follow.
        disk.flipBit(FIRST_LOG, 8 * (512 + 40));
        assertThatThrownBy(() -> open(disk))
                .isInstanceOf(CorruptMetadataException.class)
                .hasMessageContaining(FIRST_LOG.toString())
                .hasMessageContaining("position 512");
    }

    /** Records were read without a look at their checksum. */
    @Test
    void kafka14104EveryFlippedBitIsFoundOrCutsTheLastWrite() throws IOException {
        LocalMetadataLog log = open(disk);
        fill(log, 1);
        MetadataImage withoutLast = log.image();
        propose(log, topic(1));
        runAll(log);
        MetadataImage complete = log.image();
        for (int bit = 0; bit < 8 * 4 * 512; bit += 61) {
            SimulatedDisk copy = disk.crash(new Random(1));
            copy.flipBit(FIRST_LOG, bit);
            try (LocalMetadataLog damaged = open(copy)) {
                assertThat(damaged.image()).isIn(withoutLast, complete);
            } catch (CorruptMetadataException e) {
                assertThat(e).hasMessageContaining("log-");
            }
        }
    }

    @Test
    void tornTailIsCutAndDoesNotComeBack() throws IOException {
        LocalMetadataLog log = open(disk);
        fill(log, 2);
        long end = 512 * 4;
        try (DiskFile file = disk.open(FIRST_LOG, OpenMode.READ_WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), end + 700);
            file.sync();
        }
        LocalMetadataLog again = open(disk);
        assertThat(again.image()).isEqualTo(log.image());
        fill(again, 4);
        assertThat(open(disk).image()).isEqualTo(again.image());
    }

    @Test
    void kafka14104ADamagedSnapshotIsRefused() throws IOException {
        LocalMetadataLog log = open(disk);
        fill(log, 100);
        String snapshot = disk.list(DIRECTORY).stream()
                .filter(name -> name.startsWith("snapshot"))
                .findFirst()
                .orElseThrow();
        for (int bit = 0; bit < 8 * 300; bit += 41) {
            SimulatedDisk copy = disk.crash(new Random(1));
            copy.flipBit(DIRECTORY.resolve(snapshot), bit);
            assertThatThrownBy(() -> open(copy))
                    .isInstanceOf(CorruptMetadataException.class)
                    .hasMessageContaining(snapshot);
        }
    }

    @Test
    void missingFilesAreRefused() throws IOException {
        LocalMetadataLog log = open(disk);
        fill(log, 100);
        for (String name : disk.list(DIRECTORY)) {
            SimulatedDisk copy = disk.crash(new Random(1));
            copy.delete(DIRECTORY.resolve(name));
            assertThatThrownBy(() -> open(copy)).isInstanceOf(CorruptMetadataException.class);
        }
    }

    /** A log of a version with other rules: in it are commands that nobody checks here. */
    private void write(MetadataCommand... commands) throws IOException {
        try (MetadataDirectory directory = MetadataDirectory.open(disk, DIRECTORY, new Random(1))) {
            directory.append(List.of(commands), directory.image());
        }
    }

    private static AlterConfigs alter(ConfigResource resource, ConfigChange change) {
        return new AlterConfigs(resource, false, List.of(change));
    }

    @Test
    void aStoredCommandThatIsRefusedKeepsTheNodeFromStarting() throws IOException {
        write(alter(ConfigResource.topic("missing"), ConfigChange.set("retention.ms", "1000")));
        assertThatThrownBy(() -> open(disk))
                .isInstanceOf(RefusedMetadataException.class)
                .hasMessageContaining(FIRST_LOG.toString())
                .hasMessageContaining("number 0 (AlterConfigs): There is no topic 'missing'.")
                .hasMessageNotContaining("\n");
    }

    /** Nothing comes of it, but it can be seen and taken back. */
    @Test
    void whatAnEarlierVersionLetSetOnABrokerIsKept() throws IOException {
        ConfigResource broker = ConfigResource.broker(1);
        write(alter(broker, ConfigChange.set("ssl.keystore.location", "/tmp/keys")));
        LocalMetadataLog log = open(disk);
        assertThat(log.image().configs(broker)).containsExactly(Map.entry("ssl.keystore.location", "/tmp/keys"));
        Outcome again = propose(log, alter(broker, ConfigChange.set("ssl.keystore.location", "/tmp/other")));
        runAll(log);
        assertThat(again.results.get(0).error()).isEqualTo(ErrorCode.INVALID_REQUEST);
        Outcome removed = propose(log, alter(broker, ConfigChange.delete("ssl.keystore.location")));
        runAll(log);
        assertThat(removed.results.get(0).isOk()).isTrue();
        assertThat(log.image().configs(broker)).isEmpty();
        log.close();
        assertThat(open(disk).image()).isEqualTo(log.image());
    }

    @Test
    void failedSyncIsFinal() throws IOException {
        LocalMetadataLog log = open(disk);
        fill(log, 1);
        disk.failWhen((operation, path, step) -> operation == SimulatedDisk.Operation.SYNC);
        Outcome outcome = propose(log, topic(7));
        assertThatThrownBy(log::runOnce).isInstanceOf(IOException.class);
        disk.failNever();
        assertThat(outcome.failures).containsExactly(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(propose(log, topic(8)).failures).containsExactly(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(log.image().topicCount()).isEqualTo(1);
    }

    /** A process that died of a failed sync leaves bytes in the page cache that the disk never got, and that count as clean. */
    @Test
    void whatTheNextProcessFindsInThePageCacheAloneBecomesDurable() throws IOException {
        for (boolean name : new boolean[] {false, true}) {
            disk = new SimulatedDisk();
            failOnce(() -> open(disk), name);
            LocalMetadataLog log = open(disk);
            fill(log, 2);
            propose(log, topic(7));
            failOnce(log::runOnce, false);
            LocalMetadataLog next = open(disk);
            assertThat(next.image().topicCount()).isEqualTo(3);
            propose(next, topic(8));
            runAll(next);
            for (int seed = 0; seed < 20; seed++) {
                try (LocalMetadataLog after = open(disk.crash(new Random(seed)))) {
                    assertThat(after.image()).isEqualTo(next.image());
                }
            }
        }
    }

    private interface Call {
        @Nullable
        Object run() throws IOException;
    }

    /** Makes a call fail at its first sync of a log file, or of the names in the directory. */
    private void failOnce(Call call, boolean ofNames) {
        SimulatedDisk.Operation failing =
                ofNames ? SimulatedDisk.Operation.SYNC_DIRECTORY : SimulatedDisk.Operation.SYNC;
        disk.failWhen((operation, path, step) -> operation == failing
                && (ofNames
                        ? path.equals(DIRECTORY) && step > 3
                        : path.toString().contains("log-")));
        assertThatThrownBy(call::run).isInstanceOf(IOException.class);
        disk.failNever();
    }

    @Test
    void fullDiskRefusesAndRecovers() throws IOException {
        LocalMetadataLog log = open(disk);
        fill(log, 1);
        disk.limitCapacity(1 << 20);
        int refused = 0;
        for (int number = 10; refused == 0; number++) {
            Outcome outcome = propose(log, topic(number));
            runAll(log);
            refused = outcome.failures.size();
            // The log lies in space allocated before; a snapshot or more log needs new space.
            if (number > 5_000) {
                break;
            }
        }
        disk.limitCapacity(Long.MAX_VALUE);
        Outcome outcome = propose(log, topic(9));
        runAll(log);
        assertThat(outcome.results).extracting(CommandResult::isOk).containsExactly(true);
        assertThat(open(disk.crash(new Random(2))).image()).isEqualTo(log.image());
    }

    @Test
    void waitingProposalsAreBounded() throws IOException {
        LocalMetadataLog log = open(disk);
        for (int number = 0; number < LocalMetadataLog.PROPOSALS_MAX; number++) {
            assertThat(propose(log, topic(number)).failures).isEmpty();
        }
        assertThat(propose(log, topic(0)).failures).containsExactly(ErrorCode.REQUEST_TIMED_OUT);
    }

    @Test
    void directorySaysWhoseItIs() throws IOException {
        disk.createDirectory(DIRECTORY);
        assertThat(MetaProperties.read(disk, DIRECTORY, new UUID(1, 1))).isNull();
        MetaProperties properties = new MetaProperties("abc", 3, new UUID(7, 8));
        properties.write(disk, DIRECTORY);
        assertThat(MetaProperties.read(disk, DIRECTORY, new UUID(1, 1))).isEqualTo(properties);
    }

    @Test
    void directoryOfKafkaIsUnderstood() throws IOException {
        disk.createDirectory(DIRECTORY);
        String text = """
            #
            #Tue Jun 17 14:30:00 UTC 2025
            cluster.id=abcdefghijklmnopqrstuv
            version=1
            directory.id=GNzCvHB5T5ea7Seor5TNlg
            node.id=1
            """;
        try (DiskFile file = disk.open(DIRECTORY.resolve("meta.properties"), OpenMode.CREATE)) {
            file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
        }
        MetaProperties read = MetaProperties.read(disk, DIRECTORY, new UUID(1, 1));
        assertThat(read)
                .isEqualTo(new MetaProperties(
                        "abcdefghijklmnopqrstuv",
                        1,
                        Objects.requireNonNull(UuidText.decode("GNzCvHB5T5ea7Seor5TNlg"))));
    }
}
