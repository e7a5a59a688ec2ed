package io.headrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.TopicConfig;
import io.headrace.core.partition.CompletedTransaction;
import io.headrace.storage.disk.Seeds;
import io.headrace.storage.disk.SimulatedDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random operations on a log and on a list of batches give the same. */
final class PartitionLogModelTest {
    private static final UUID TOPIC_ID = new UUID(7, 8);
    private static final Path DIR = Path.of("/topic-0");

    static LongStream seeds() {
        return Seeds.upTo(24);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void behavesLikeAListOfBatches(long seed) throws IOException {
        try {
            new Run(seed).run();
        } catch (AssertionError | RuntimeException | IOException e) {
            throw new AssertionError(Seeds.replay(seed), e);
        }
    }

    private static final class Run {
        private final Random random;
        private final TopicConfig config;
        private SimulatedDisk disk = new SimulatedDisk();
        private OpenFiles files;
        private PartitionLog log;
        private final ModelLog model;
        private final boolean trims;
        /** Once producers were read again from a log without its beginning, they need not know what was there. */
        private boolean producersWhole = true;

        Run(long seed) throws IOException {
            random = new Random(seed * 31 + 17);
            model = new ModelLog(random);
            trims = random.nextBoolean();
            config = TopicConfig.of(Map.of(
                    "internal.segment.bytes", String.valueOf(500 + random.nextInt(8000)),
                    "index.interval.bytes", String.valueOf(random.nextInt(600)),
                    "segment.ms", String.valueOf(random.nextBoolean() ? 2000 : 604800000),
                    "retention.ms", trims ? "9000" : "-1",
                    "retention.bytes", trims && random.nextBoolean() ? "20000" : "-1"));
            files = new OpenFiles(disk, 1 + random.nextInt(8));
            log = open(0, true);
        }

        private PartitionLog open(long recoveryPoint, boolean clean) throws IOException {
            return PartitionLog.open(
                    files,
                    DIR,
                    TOPIC_ID,
                    config,
                    new ProducerLimits(1000, Long.MAX_VALUE),
                    recoveryPoint,
                    model.startOffset,
                    clean,
                    model.clockMs());
        }

        void run() throws IOException {
            for (int i = 0; i < 150; i++) {
                step(random.nextInt(100));
                check(i);
            }
            log.close();
            LogChecks.indexesMatchScan(disk, DIR, config);
        }

        private void step(int choice) throws IOException {
            if (choice < 60) {
                append();
            } else if (choice < 68) {
                reopen(random.nextBoolean());
            } else if (choice < 74) {
                PendingSync pending = log.flush();
                pending.run();
                log.onSynced(pending);
            } else if (choice < 78) {
                log.roll(model.clockMs());
            } else if (choice < 84) {
                log.applyRetention(model.clockMs());
                log.deleteOldSegments(random.nextBoolean()).delete(disk);
                assertThat(log.logStartOffset()).isGreaterThanOrEqualTo(model.startOffset);
                model.startOffset = log.logStartOffset();
            } else if (choice < 88 && trims && model.endOffset > model.startOffset) {
                model.startOffset += random.nextInt((int) (model.endOffset - model.startOffset + 1)) / 2;
                log.advanceLogStartTo(model.startOffset);
            } else if (choice < 92 && model.endOffset > model.startOffset) {
                truncate();
            } else {
                model.epoch++;
            }
        }

        private void append() throws IOException {
            List<ModelLog.Batch> group = new ArrayList<>();
            List<CompletedTransaction> completed = new ArrayList<>();
            long offset = model.endOffset;
            for (int i = random.nextInt(6); i >= 0; i--) {
                ModelLog.Batch batch = model.nextBatch(log.producers(), offset, completed);
                group.add(batch);
                offset = batch.nextOffset();
            }
            ByteBuffer[] buffers =
                    group.stream().map(batch -> ByteBuffer.wrap(batch.bytes())).toArray(ByteBuffer[]::new);
            log.append(buffers, 0, buffers.length, completed, model.clockMs());
            model.append(group);
            log.advance(log.logEndOffset(), log.logEndOffset());
        }

        private void reopen(boolean clean) throws IOException {
            if (clean) {
                log.close();
                LogChecks.indexesMatchScan(disk, DIR, config);
            } else {
                log.abandon();
                disk = disk.kill();
                files = new OpenFiles(disk, 3);
            }
            producersWhole &= clean || model.startOffset == 0;
            log = open(log.recoveryPoint(), clean);
            assertThat(log.recoveryPoint()).isEqualTo(model.endOffset);
            log.advance(log.logEndOffset(), log.logEndOffset());
        }

        private void truncate() throws IOException {
            long offset = model.startOffset + random.nextInt((int) (model.endOffset - model.startOffset + 1));
            producersWhole &= model.startOffset == 0;
            model.truncateTo(offset);
            log.truncateTo(offset).delete(disk);
            // The batch that contains the log start may go; then the log ends, and starts, before it.
            assertThat(log.logEndOffset()).isEqualTo(model.endOffset);
            model.startOffset = log.logStartOffset();
        }

        private void check(int step) throws IOException {
            LogView view = log.view();
            assertThat(view.logEndOffset()).isEqualTo(model.endOffset);
            assertThat(view.logStartOffset()).isEqualTo(model.startOffset);
            assertThat(view.highWatermark()).isEqualTo(model.endOffset);
            long span = model.endOffset - model.startOffset;
            long offset = model.startOffset + random.nextInt((int) span + 1);
            long bound =
                    random.nextInt(3) > 0 ? view.highWatermark() : model.startOffset + random.nextInt((int) span + 1);
            LogChecks.sameBatches(view, model, offset, 1 + random.nextInt(3000), bound);
            checkTimes(view);
            if (step % 10 == 0 && producersWhole) {
                LogChecks.sameProducers(log.producers(), model);
                LogChecks.sameAborted(view, model);
            }
            if (model.startOffset < model.endOffset) {
                assertThat(view.leaderEpochs()).isEqualTo(model.leaderEpochs());
            }
        }

        private void checkTimes(LogView view) throws IOException {
            long timestamp = model.clockMs() - random.nextInt(20_000) + 3000;
            assertThat(pair(view.offsetForTimestamp(timestamp, Long.MAX_VALUE)))
                    .isEqualTo(model.firstAtOrAfter(timestamp));
            assertThat(pair(view.maxTimestampOffset())).isEqualTo(model.latest());
        }

        private static List<Long> pair(@Nullable TimestampedOffset found) {
            return found == null ? List.of() : List.of(found.offset(), found.timestampMs());
        }
    }
}
