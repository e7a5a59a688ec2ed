package io.headrace.storage.compact;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.TopicConfig;
import io.headrace.protocol.records.DecompressionLimit;
import io.headrace.protocol.records.Record;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.RealDisk;
import io.headrace.storage.disk.Seeds;
import io.headrace.storage.log.AbortedTransaction;
import io.headrace.storage.log.LogView;
import io.headrace.storage.log.PartitionLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestException;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.util.KafkaScheduler;
import org.apache.kafka.storage.internals.log.Cleaner;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.apache.kafka.storage.internals.log.LogToClean;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;
import org.apache.kafka.storage.internals.log.SkimpyOffsetMap;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.apache.kafka.storage.internals.utils.Throttler;
import org.apache.kafka.storage.log.metrics.BrokerTopicStats;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same log compacted here and by Kafka's own cleaner, several times with time going on in between. */
final class KafkaCleanerTest {
    private static final int BATCHES = 150;
    private static final int ROUNDS = 4;
    private static final long ROUND_MS = 1_700;
    /** How long ago it all began: Kafka forgets producers that have been silent for weeks. */
    private static final long HOUR_MS = 3_600_000;

    private static final int BUFFER_BYTES = 64 << 10;

    static LongStream seeds() {
        return Seeds.upTo(15);
    }

    /** What Kafka does later, such as deleting files, is never due. */
    private final KafkaScheduler scheduler = new KafkaScheduler(1);

    @AfterEach
    void stop() throws InterruptedException {
        scheduler.shutdown();
    }

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path temporary;

    @ParameterizedTest
    @MethodSource("seeds")
    void leavesWhatKafkaLeaves(long seed) throws Exception {
        Path ours = temporary.resolve("ours").resolve("topic-0");
        Path theirs = temporary.resolve("theirs").resolve("topic-0");
        Files.createDirectories(ours.getParent());
        Disk disk = new RealDisk();
        CompactedScenario scenario = new CompactedScenario(seed, disk, ours, System.currentTimeMillis() - HOUR_MS);
        scenario.write(BATCHES);
        copy(ours, theirs);
        PartitionLog log = scenario.open();
        try (UnifiedLog kafkas = open(theirs, scenario.config, log.logEndOffset())) {
            assertThat(log.view().lastStableOffset()).isEqualTo(kafkas.lastStableOffset());
            for (int round = 0; round < ROUNDS; round++) {
                long nowMs = scenario.nowMs() + round * ROUND_MS;
                CleanableRange range = CleanableRange.of(
                        log.view(), scenario.config, CleanedLog.NEVER, scenario.recoveryPoint(), nowMs);
                long reached = new LogTarget(disk, log, scenario.recoveryPoint())
                        .compaction(range, 1 << 20, nowMs, () -> false)
                        .run()
                        .cleanTo();
                assertThat(clean(kafkas, range.endOffset(), nowMs)).isEqualTo(reached);
                assertThat(records(log.view()))
                        .as("round %d, %s", round, Seeds.replay(seed))
                        .isEqualTo(records(kafkas));
                assertThat(aborted(log.view())).isEqualTo(aborted(kafkas));
            }
        }
        log.close();
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    private UnifiedLog open(Path dir, TopicConfig config, long highWatermark) throws IOException {
        scheduler.startup();
        Map<String, String> settings = new HashMap<>();
        settings.put("cleanup.policy", "compact");
        settings.put("internal.segment.bytes", String.valueOf(config.segmentBytes()));
        settings.put("index.interval.bytes", String.valueOf(config.indexIntervalBytes()));
        settings.put("delete.retention.ms", String.valueOf(config.deleteRetentionMs()));
        UnifiedLog log = UnifiedLog.create(
                dir.toFile(),
                new LogConfig(settings),
                0,
                highWatermark,
                scheduler,
                new BrokerTopicStats(),
                Time.SYSTEM,
                900_000,
                new ProducerStateManagerConfig(Integer.MAX_VALUE, false),
                600_000,
                new LogDirFailureChannel(1),
                true,
                Optional.empty());
        long unused = log.updateHighWatermark(highWatermark);
        return log;
    }

    private static long clean(UnifiedLog log, long endOffset, long nowMs)
            throws IOException, DigestException, NoSuchAlgorithmException {
        Cleaner cleaner = new Cleaner(
                0,
                new SkimpyOffsetMap(1 << 20),
                BUFFER_BYTES,
                BUFFER_BYTES,
                0.9,
                new Throttler(Double.MAX_VALUE, 300, "throttle", "entries", Time.SYSTEM),
                Time.SYSTEM,
                partition -> {});
        return cleaner.doClean(new LogToClean(log, 0, endOffset, false), nowMs).getKey();
    }

    /** Every batch that has records, with all that its header says, and the records; compressed bytes may differ. */
    private static List<String> records(LogView view) throws IOException {
        List<String> found = new ArrayList<>();
        LogContents.batches(view, 0, view.logEndOffset()).forEach(batch -> describe(batch, found));
        return found;
    }

    private static List<String> records(UnifiedLog log) throws IOException {
        List<String> found = new ArrayList<>();
        for (LogSegment segment : log.logSegments()) {
            FileRecords file = segment.log();
            ByteBuffer bytes = ByteBuffer.allocate(file.sizeInBytes());
            file.readInto(bytes, 0);
            for (int position = 0; position < bytes.limit(); ) {
                RecordBatch batch = RecordBatch.at(bytes, position);
                describe(batch, found);
                position += batch.sizeBytes();
            }
        }
        return found;
    }

    private static void describe(RecordBatch batch, List<String> found) {
        if (batch.recordCount() == 0) {
            return; // Here the last batch of each segment stays as well.
        }
        found.add(batch.baseOffset() + ".." + batch.lastOffset() + " attributes " + batch.attributes() + " times "
                + batch.baseTimestamp() + " " + batch.maxTimestamp() + " producer " + batch.producerId() + " "
                + batch.producerEpoch() + " " + batch.baseSequence() + " epoch " + batch.partitionLeaderEpoch());
        for (Record record : batch.readRecords(DecompressionLimit.NONE)) {
            found.add("  " + record.offset() + " " + record.timestamp() + " " + text(record.key()) + "="
                    + text(record.value()));
        }
    }

    private static String text(@Nullable ByteBuffer bytes) {
        return String.valueOf(LogContents.text(bytes)).replaceAll("\\p{Cntrl}", "?");
    }

    private static List<String> aborted(LogView view) throws IOException {
        return view.abortedTransactions(0, view.logEndOffset()).stream()
                .map(KafkaCleanerTest::describe)
                .sorted()
                .toList();
    }

    private static String describe(AbortedTransaction aborted) {
        return aborted.producerId() + ": " + aborted.firstOffset() + ".." + aborted.lastOffset() + " stable "
                + aborted.lastStableOffset();
    }

    private static List<String> aborted(UnifiedLog log) {
        return log.collectAbortedTransactions(0, log.logEndOffset()).stream()
                .map(aborted -> aborted.producerId() + ": " + aborted.firstOffset() + ".." + aborted.lastOffset()
                        + " stable " + aborted.lastStableOffset())
                .sorted()
                .toList();
    }
}
