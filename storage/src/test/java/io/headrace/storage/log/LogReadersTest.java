package io.headrace.storage.log;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.core.config.TopicConfig;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.protocol.records.RecordBatches;
import io.headrace.storage.disk.DiskFullException;
import io.headrace.storage.disk.RealDisk;
import io.headrace.storage.disk.Seeds;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.disk.SimulatedDisk.Operation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What others see of a log while its writer changes it, and what opening one costs. */
final class LogReadersTest {
    private static final UUID TOPIC_ID = new UUID(1, 2);
    private static final Path DIR = Path.of("/t-0");

    private static PartitionLog open(OpenFiles files, Path dir, TopicConfig config, long recoveryPoint)
            throws IOException {
        return PartitionLog.open(files, dir, TOPIC_ID, config, ProducerLimits.DEFAULT, recoveryPoint, 0, true, 0);
    }

    private static ByteBuffer batch(long baseOffset, int epoch, int records, int valueBytes) {
        RecordBatchBuilder builder =
                new RecordBatchBuilder().baseOffset(baseOffset).partitionLeaderEpoch(epoch);
        for (int i = 0; i < records; i++) {
            byte[] key = String.valueOf(baseOffset + i).getBytes(StandardCharsets.UTF_8);
            builder.append(baseOffset + i, key, new byte[valueBytes]);
        }
        return builder.build();
    }

    /** Readers on other threads never see half a batch, nor bytes that were written over others. */
    @Test
    void readersSeeWholeBatchesWhileTheWriterAppendsTruncatesAndDeletes(@TempDir Path directory) throws Exception {
        TopicConfig config = TopicConfig.of(
                Map.of("internal.segment.bytes", "4000", "index.interval.bytes", "300", "retention.bytes", "20000"));
        // Few files, so that they are closed under the readers all the time.
        PartitionLog log = open(new OpenFiles(new RealDisk(), 2), directory.resolve("t-0"), config, 0);
        long seed = Seeds.upTo(1).findFirst().orElseThrow();
        AtomicBoolean stop = new AtomicBoolean();
        AtomicLong batchesRead = new AtomicLong();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        List<Future<?>> readers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Random random = new Random(seed + i);
            readers.add(threads.submit(() -> {
                while (!stop.get()) {
                    readSome(log.view(), random, batchesRead);
                }
                return null;
            }));
        }
        Random random = new Random(seed * 77);
        for (int i = 0; i < 3000 || batchesRead.get() < 2000; i++) {
            change(log, random, i);
            if (readers.stream().anyMatch(Future::isDone)) {
                break;
            }
        }
        stop.set(true);
        threads.shutdown();
        assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        for (Future<?> reader : readers) {
            reader.get();
        }
        log.close();
    }

    private static void change(PartitionLog log, Random random, int round) throws IOException {
        long end = log.logEndOffset();
        int choice = random.nextInt(40);
        if (choice == 0 && end - log.logStartOffset() > 10) {
            log.truncateTo(end - random.nextInt(10)).delete(new RealDisk());
        } else if (choice == 1) {
            log.applyRetention(0);
            log.deleteOldSegments(true).delete(new RealDisk());
        } else {
            ByteBuffer first = batch(end, round, 1 + random.nextInt(4), random.nextInt(200));
            long middle = RecordBatch.of(first).nextOffset();
            ByteBuffer second = batch(middle, round, 2, random.nextInt(200));
            log.append(new ByteBuffer[] {first, second}, 0, 2, 0);
            log.advance(log.logEndOffset(), log.logEndOffset());
        }
    }

    private static void readSome(LogView view, Random random, AtomicLong batchesRead) throws IOException {
        long span = view.highWatermark() - view.logStartOffset();
        long offset = view.logStartOffset() + (long) (random.nextDouble() * (span + 1));
        try {
            int maxBytes = 1 + random.nextInt(3000);
            FetchSlice slice = random.nextBoolean()
                    ? view.read(offset, maxBytes, true, view.highWatermark())
                    : view.readVerified(offset, maxBytes, true, view.highWatermark());
            FileSlice records = slice.records();
            if (records == null) {
                assertThat(offset).isEqualTo(view.highWatermark());
                return;
            }
            ByteBuffer bytes = ByteBuffer.allocate(records.sizeBytes());
            records.readInto(bytes);
            records.release();
            RecordBatches walk = RecordBatches.of(bytes.flip());
            boolean first = true;
            while (walk.next()) {
                assertThat(walk.batch().hasValidCrc()).isTrue();
                assertThat(walk.batch().nextOffset()).isGreaterThan(offset);
                assertThat(!first || walk.batch().baseOffset() <= offset).isTrue();
                first = false;
                batchesRead.incrementAndGet();
            }
            assertThat(walk.end()).isEqualTo(RecordBatches.End.CLEAN);
            TimestampedOffset found = view.offsetForTimestamp(offset, view.highWatermark());
            assertThat(found)
                    .isEqualTo(new TimestampedOffset(offset, offset, found == null ? -1 : found.leaderEpoch()));
        } catch (StaleLogViewException e) {
            // The writer was faster; a newer view tells.
        }
    }

    /** Whoever is inside a file when the writer cuts it learns that the view is stale, and never takes it for damage. */
    @Test
    void aTruncationInTheMiddleOfAReadMakesTheViewStale() throws IOException {
        int stale = 0;
        int undisturbed = 0;
        for (int readsBefore = 0; readsBefore < 8; readsBefore++) {
            for (boolean byTime : new boolean[] {false, true}) {
                if (endsStale(readsBefore, byTime)) {
                    stale++;
                } else {
                    undisturbed++;
                }
            }
        }
        assertThat(stale).isGreaterThanOrEqualTo(4);
        assertThat(undisturbed).isPositive();
    }

    /** Truncates the log before a read of a file. Returns whether the reader was told; if not, it has found the right thing. */
    private static boolean endsStale(int readsBefore, boolean byTime) throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        TopicConfig config = TopicConfig.of(Map.of("index.interval.bytes", "100"));
        PartitionLog log = open(new OpenFiles(disk, 5), DIR, config, 0);
        for (int i = 0; i < 50; i++) {
            log.append(new ByteBuffer[] {batch(log.logEndOffset(), 0, 1, 100)}, 0, 1, 0);
        }
        log.advance(50, 50);
        // Now the indexes are in their files.
        PendingSync sync = log.flush();
        sync.run();
        log.onSynced(sync);
        LogView view = log.view();
        int[] reads = {0};
        disk.failWhen((operation, path, step) -> {
            if (operation == Operation.READ && reads[0]++ == readsBefore) {
                disk.failNever();
                try {
                    log.truncateTo(4).delete(disk);
                    log.append(new ByteBuffer[] {batch(4, 1, 1, 333)}, 0, 1, 0);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return false;
        });
        try {
            if (byTime) {
                assertThat(view.offsetForTimestamp(40, 50)).isEqualTo(new TimestampedOffset(40, 40, 0));
            } else {
                FileSlice records = requireNonNull(view.read(40, 1, true, 50).records());
                ByteBuffer bytes = ByteBuffer.allocate(records.sizeBytes());
                records.readInto(bytes);
                records.release();
                RecordBatch found = RecordBatch.at(bytes.flip(), 0);
                assertThat(found.baseOffset()).isEqualTo(40);
                assertThat(found.hasValidCrc()).isTrue();
            }
            return false;
        } catch (StaleLogViewException e) {
            return true;
        }
    }

    /** A deleted segment's files are gone, not empty. */
    @Test
    void aSegmentThatWasDeletedBeforeItsSizeWasAskedMakesTheViewStale() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        TopicConfig config = TopicConfig.of(Map.of("internal.segment.bytes", "1000", "retention.bytes", "500"));
        PartitionLog written = open(new OpenFiles(disk, 5), DIR, config, 0);
        for (int i = 0; i < 30; i++) {
            written.append(new ByteBuffer[] {batch(written.logEndOffset(), 0, 1, 100)}, 0, 1, 0);
        }
        written.close();
        PartitionLog log = open(new OpenFiles(disk, 5), DIR, config, 30);
        log.advance(30, 30);
        LogView view = log.view();
        log.applyRetention(0);
        log.deleteOldSegments(true).delete(disk);
        assertThatThrownBy(() -> view.read(0, 100, true, 30)).isInstanceOf(StaleLogViewException.class);
        assertThatThrownBy(() -> view.offsetForTimestamp(0, 30)).isInstanceOf(StaleLogViewException.class);
    }

    /** After a clean shutdown it does not matter how much there is. */
    @Test
    void openingAfterACleanShutdownCostsAHandfulOfReads() throws IOException {
        assertThat(readsToOpen(1)).isLessThan(25);
        assertThat(readsToOpen(400)).isLessThan(25);
    }

    private static int readsToOpen(int batches) throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        TopicConfig config = TopicConfig.of(Map.of("internal.segment.bytes", "30000"));
        PartitionLog log = open(new OpenFiles(disk, 5), DIR, config, 0);
        for (int i = 0; i < batches; i++) {
            log.append(new ByteBuffer[] {batch(log.logEndOffset(), 0, 5, 100)}, 0, 1, 0);
        }
        log.close();
        List<Operation> operations = new ArrayList<>();
        disk.failWhen((operation, path, step) -> {
            operations.add(operation);
            return false;
        });
        PartitionLog again = open(new OpenFiles(disk, 5), DIR, config, log.recoveryPoint());
        assertThat(again.logEndOffset()).isEqualTo(5L * batches);
        long changes = operations.stream()
                .filter(operation ->
                        operation != Operation.READ && operation != Operation.OPEN && operation != Operation.LIST)
                .count();
        assertThat(changes).as("nothing is written").isZero();
        return operations.size();
    }

    /** A checkpoint that found no room for the leader epochs is made up for by the next one. */
    @Test
    void aCheckpointThatFailsForWantOfRoomLosesNothing() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        PartitionLog log = open(new OpenFiles(disk, 5), DIR, TopicConfig.DEFAULT, 0);
        log.append(new ByteBuffer[] {batch(0, 3, 5, 100)}, 0, 1, 0);
        PendingSync first = log.flush();
        disk.limitCapacity(1);
        assertThatThrownBy(first::run).isInstanceOf(DiskFullException.class);
        assertThat(log.recoveryPoint()).isZero();
        disk.limitCapacity(Long.MAX_VALUE);
        PendingSync second = log.flush();
        second.run();
        log.onSynced(second);
        assertThat(log.recoveryPoint()).isEqualTo(5);
        SimulatedDisk after = disk.crash(new Random(1));
        PartitionLog again = PartitionLog.open(
                new OpenFiles(after, 5), DIR, TOPIC_ID, TopicConfig.DEFAULT, ProducerLimits.DEFAULT, 5, 0, false, 0);
        assertThat(again.leaderEpochs().epochAt(4)).isEqualTo(3);
    }

    /** A failed sync is final. */
    @Test
    void afterAFailedSyncTheLogTakesNoMore() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        PartitionLog log = open(new OpenFiles(disk, 5), DIR, TopicConfig.DEFAULT, 0);
        log.append(new ByteBuffer[] {batch(0, 3, 5, 100)}, 0, 1, 0);
        PendingSync sync = log.flush();
        disk.failWhen((operation, path, step) -> operation == Operation.SYNC);
        assertThatThrownBy(sync::run).isInstanceOf(IOException.class);
        disk.failNever();
        assertThatThrownBy(log::flush).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> log.append(new ByteBuffer[] {batch(5, 3, 1, 1)}, 0, 1, 0))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(log::close).isInstanceOf(IOException.class);
    }
}
