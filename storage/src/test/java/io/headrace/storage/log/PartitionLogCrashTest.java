package io.headrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.TopicConfig;
import io.headrace.core.partition.CompletedTransaction;
import io.headrace.storage.disk.PowerCutException;
import io.headrace.storage.disk.Seeds;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.disk.SimulatedDisk.DirectoryLoss;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The power goes at every step of appending, rolling, syncing, truncating, trimming, closing and opening. */
final class PartitionLogCrashTest {
    private static final UUID TOPIC_ID = new UUID(7, 8);
    private static final Path DIR = Path.of("/topic-0");
    private static final ProducerLimits LIMITS = new ProducerLimits(1000, Long.MAX_VALUE);

    static LongStream seeds() {
        return Seeds.upTo(6);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatWasSyncedIsFoundAndTheRestIsAConsistentPrefix(long seed) throws IOException {
        Scenario whole = new Scenario(seed, Long.MAX_VALUE);
        whole.run();
        for (long step = 1; step <= whole.disk.steps(); step++) {
            for (DirectoryLoss loss : DirectoryLoss.values()) {
                try {
                    Scenario cut = new Scenario(seed, step);
                    cut.run();
                    cut.checkAfterCrash(new Random(seed * 1000 + step), loss);
                } catch (AssertionError | RuntimeException | IOException e) {
                    throw new AssertionError("power cut at step " + step + ", " + loss + "; " + Seeds.replay(seed), e);
                }
            }
        }
    }

    /** The same calls in the same order for a seed, until the power goes. */
    private static final class Scenario {
        private final SimulatedDisk disk = new SimulatedDisk();
        private final Random random;
        private final TopicConfig config;
        private final boolean trims;
        private ModelLog model;
        /** What the log may also be, as the power may go before or after the next operation took effect. */
        private ModelLog otherwise;
        /** Stored elsewhere, durably. */
        private long recoveryPoint;

        private long logStartOffset;
        private boolean clean = true;

        Scenario(long seed, long cutAtStep) {
            random = new Random(seed * 7919);
            trims = seed % 2 == 0;
            config = TopicConfig.of(Map.of(
                    "internal.segment.bytes", String.valueOf(400 + random.nextInt(2500)),
                    "index.interval.bytes", String.valueOf(random.nextInt(300)),
                    "retention.bytes", trims ? "3000" : "-1"));
            model = new ModelLog(random);
            otherwise = model;
            disk.cutPowerAtStep(cutAtStep);
        }

        void run() throws IOException {
            try {
                PartitionLog log = open(disk, clean);
                for (int i = 0; i < 25; i++) {
                    log = step(log, random.nextInt(100));
                    otherwise = model;
                }
                close(log);
            } catch (PowerCutException e) {
                // The test begins here.
            }
        }

        private PartitionLog open(SimulatedDisk from, boolean cleanly) throws IOException {
            clean = false;
            return PartitionLog.open(
                    new OpenFiles(from, 4),
                    DIR,
                    TOPIC_ID,
                    config,
                    LIMITS,
                    recoveryPoint,
                    logStartOffset,
                    cleanly,
                    model.clockMs());
        }

        private void close(PartitionLog log) throws IOException {
            log.close();
            recoveryPoint = log.recoveryPoint();
            clean = true;
        }

        private PartitionLog step(PartitionLog log, int choice) throws IOException {
            if (choice < 50) {
                append(log);
            } else if (choice < 65) {
                PendingSync pending = log.flush();
                pending.run();
                log.onSynced(pending);
                recoveryPoint = log.recoveryPoint();
            } else if (choice < 70) {
                log.roll(model.clockMs());
            } else if (choice < 80) {
                close(log);
                return open(disk, true);
            } else if (choice < 85) {
                log.abandon();
                return open(disk, false);
            } else if (choice < 92) {
                truncate(log);
            } else if (trims) {
                trim(log);
            }
            return log;
        }

        private void append(PartitionLog log) throws IOException {
            List<ModelLog.Batch> group = new ArrayList<>();
            List<CompletedTransaction> completed = new ArrayList<>();
            long offset = model.endOffset;
            for (int i = random.nextInt(6); i >= 0; i--) {
                group.add(model.nextBatch(log.producers(), offset, completed));
                offset = group.get(group.size() - 1).nextOffset();
            }
            if (random.nextInt(4) == 0) {
                model.epoch++;
            }
            otherwise = model.copy();
            model.append(group);
            ByteBuffer[] buffers =
                    group.stream().map(batch -> ByteBuffer.wrap(batch.bytes())).toArray(ByteBuffer[]::new);
            log.append(buffers, 0, buffers.length, completed, model.clockMs());
            log.advance(log.logEndOffset(), log.logEndOffset());
        }

        private void truncate(PartitionLog log) throws IOException {
            long span = model.endOffset - model.startOffset;
            long offset = model.startOffset + (span == 0 ? 0 : random.nextInt((int) span + 1));
            otherwise = model.copy();
            model.truncateTo(offset);
            recoveryPoint = Math.min(recoveryPoint, model.endOffset);
            logStartOffset = Math.min(logStartOffset, model.endOffset);
            model.startOffset = Math.min(model.startOffset, model.endOffset);
            log.truncateTo(offset).delete(disk);
        }

        private void trim(PartitionLog log) throws IOException {
            if (random.nextBoolean()) {
                log.advanceLogStartTo((log.logStartOffset() + log.logEndOffset()) / 2);
            }
            model.startOffset = log.logStartOffset();
            otherwise = model;
            log.applyRetention(model.clockMs());
            model.startOffset = log.logStartOffset();
            boolean stored = random.nextBoolean();
            if (stored) {
                logStartOffset = log.logStartOffset();
            }
            DeletedFiles deleted = log.deleteOldSegments(stored);
            deleted.syncRename(disk);
            deleted.delete(disk);
        }

        void checkAfterCrash(Random dice, DirectoryLoss loss) throws IOException {
            SimulatedDisk after = disk.crash(dice, loss);
            PartitionLog log = open(after, clean);
            long end = log.logEndOffset();
            assertThat(end).isGreaterThanOrEqualTo(recoveryPoint);
            assertThat(log.recoveryPoint()).isEqualTo(end);
            ModelLog found = holdsPrefixOf(log, model, end) ? model : otherwise;
            assertThat(holdsPrefixOf(log, found, end)).as("is a prefix").isTrue();
            found = found.copy();
            found.truncateTo(end);
            assertThat(found.endOffset).as("ends between batches").isEqualTo(end);
            log.advance(end, end);
            if (!trims) {
                LogChecks.sameProducers(log.producers(), found);
                assertThat(log.leaderEpochs()).isEqualTo(found.leaderEpochs());
                LogChecks.sameAborted(log.view(), found);
            }
            log.abandon();
            // What was found is durable.
            after = after.crash(dice, loss);
            recoveryPoint = end;
            log = open(after, false);
            assertThat(log.logEndOffset()).isEqualTo(end);
            log.advance(end, end);
            LogChecks.sameBatches(log.view(), found, Math.max(found.startOffset, log.logStartOffset()), 700, end);
            if (!trims) {
                LogChecks.sameAborted(log.view(), found);
            }
            log.close();
            LogChecks.indexesMatchScan(after, DIR, config);
        }

        private static boolean holdsPrefixOf(PartitionLog log, ModelLog candidate, long end) throws IOException {
            long from = Math.max(candidate.startOffset, log.logStartOffset());
            if (end > candidate.endOffset) {
                return false;
            }
            List<byte[]> batches = from >= end ? List.of() : LogChecks.readAll(log.view(), from, 1000, end);
            List<byte[]> expected = candidate.batches.stream()
                    .filter(batch -> batch.nextOffset() > from && batch.nextOffset() <= end)
                    .map(ModelLog.Batch::bytes)
                    .toList();
            if (batches.size() != expected.size()) {
                return false;
            }
            for (int i = 0; i < batches.size(); i++) {
                if (!Arrays.equals(batches.get(i), expected.get(i))) {
                    return false;
                }
            }
            return true;
        }
    }
}
