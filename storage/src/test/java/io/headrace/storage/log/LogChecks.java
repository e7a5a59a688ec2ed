package io.headrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.TopicConfig;
import io.headrace.core.partition.CompletedTransaction;
import io.headrace.core.partition.ProducerCheck;
import io.headrace.core.partition.ProducerStates;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatches;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Compares a log with the model, and its files with what a reader who starts from scratch makes of them. */
final class LogChecks {
    private LogChecks() {}

    /** Reads everything from {@code offset} on, in slices of about {@code maxBytes}. */
    static List<byte[]> readAll(LogView view, long offset, int maxBytes, long bound) throws IOException {
        return readAll(view, offset, maxBytes, bound, false);
    }

    private static List<byte[]> readAll(LogView view, long offset, int maxBytes, long bound, boolean verified)
            throws IOException {
        List<byte[]> batches = new ArrayList<>();
        long next = offset;
        while (true) {
            FetchSlice slice =
                    verified ? view.readVerified(next, maxBytes, true, bound) : view.read(next, maxBytes, true, bound);
            if (slice.records() == null) {
                assertThat(slice.nextOffset()).isEqualTo(next);
                return batches;
            }
            ByteBuffer bytes = ByteBuffer.allocate(slice.sizeBytes());
            slice.records().readInto(bytes);
            slice.records().release();
            long lastNext = next;
            RecordBatches walk = RecordBatches.of(bytes.flip());
            while (walk.next()) {
                RecordBatch batch = walk.batch();
                assertThat(batch.nextOffset()).isGreaterThan(lastNext);
                lastNext = batch.nextOffset();
                byte[] copy = new byte[batch.sizeBytes()];
                batch.bytes().get(copy);
                batches.add(copy);
            }
            assertThat(walk.end()).as("whole batches").isEqualTo(RecordBatches.End.CLEAN);
            assertThat(slice.nextOffset()).isGreaterThanOrEqualTo(lastNext);
            next = slice.nextOffset();
        }
    }

    static void sameBatches(LogView view, ModelLog model, long offset, int maxBytes, long bound) throws IOException {
        List<byte[]> expected = model.batches.stream()
                .filter(batch -> batch.nextOffset() > offset && batch.nextOffset() <= bound)
                .map(ModelLog.Batch::bytes)
                .toList();
        List<byte[]> found = readAll(view, offset, maxBytes, bound);
        assertThat(found).as("batches from %d to %d", offset, bound).hasSameSizeAs(expected);
        for (int i = 0; i < found.size(); i++) {
            assertThat(found.get(i)).isEqualTo(expected.get(i));
        }
        List<byte[]> verified = readAll(view, offset, maxBytes, bound, true);
        assertThat(verified).as("verified batches from %d to %d", offset, bound).hasSameSizeAs(expected);
        for (int i = 0; i < verified.size(); i++) {
            assertThat(verified.get(i)).isEqualTo(expected.get(i));
        }
    }

    static void sameProducers(ProducerStates found, ModelLog model) {
        ProducerStates expected = model.producers();
        expected.onHighWatermark(model.endOffset);
        for (int producer = 0; producer < ModelLog.PRODUCERS; producer++) {
            assertThat(found.epochOf(producer)).isEqualTo(expected.epochOf(producer));
            assertThat(found.inTransaction(producer)).isEqualTo(expected.inTransaction(producer));
            for (ModelLog.Batch batch : model.batches) {
                RecordBatch view = batch.view();
                if (view.producerId() == producer && !view.isControl()) {
                    assertThat(check(found, view)).isEqualTo(check(expected, view));
                }
            }
        }
        assertThat(found.lastStableOffset(Long.MAX_VALUE)).isEqualTo(expected.lastStableOffset(Long.MAX_VALUE));
    }

    private static ProducerCheck check(ProducerStates states, RecordBatch batch) {
        return states.check(
                batch.producerId(),
                batch.producerEpoch(),
                batch.baseSequence(),
                batch.lastSequence(),
                batch.isTransactional(),
                false);
    }

    /** What the transaction indexes tell is what replay from the very beginning gives. */
    static void sameAborted(LogView view, ModelLog model) throws IOException {
        List<AbortedTransaction> expected = new ArrayList<>();
        ProducerStates replay = new ProducerStates(1000, Long.MAX_VALUE);
        for (ModelLog.Batch batch : model.batches) {
            CompletedTransaction completed = ProducerReplay.apply(replay, batch.view(), 0);
            if (completed != null && completed.aborted() && completed.markerOffset() >= model.startOffset) {
                expected.add(AbortedTransaction.of(completed));
            }
        }
        assertThat(view.abortedTransactions(model.startOffset, model.endOffset))
                .containsExactlyInAnyOrderElementsOf(expected);
    }

    /** The index files of a closed log are what a scan of its segments gives. */
    static void indexesMatchScan(Disk disk, Path dir, TopicConfig config) throws IOException {
        for (String name : disk.list(dir)) {
            if (LogFiles.is(name, LogFiles.LOG)) {
                indexesMatchScan(disk, dir, LogFiles.offset(name), config);
            }
        }
    }

    private static void indexesMatchScan(Disk disk, Path dir, long base, TopicConfig config) throws IOException {
        List<Long> offsets = new ArrayList<>();
        List<long[]> maxima = new ArrayList<>();
        long sinceEntry = 0;
        long maxTimestamp = -1;
        RecordBatches walk = RecordBatches.of(contents(disk, LogFiles.path(dir, base, LogFiles.LOG)));
        while (walk.next()) {
            RecordBatch batch = walk.batch();
            assertThat(batch.hasValidCrc()).isTrue();
            if (batch.maxTimestamp() > maxTimestamp) {
                maxTimestamp = batch.maxTimestamp();
                maxima.add(new long[] {maxTimestamp, batch.lastOffset() - base});
            }
            if (sinceEntry > config.indexIntervalBytes()) {
                offsets.add(batch.lastOffset() - base);
                offsets.add((long) batch.position());
                sinceEntry = 0;
            }
            sinceEntry += batch.sizeBytes();
        }
        assertThat(walk.end()).isEqualTo(RecordBatches.End.CLEAN);
        ByteBuffer offsetIndex = contents(disk, LogFiles.path(dir, base, LogFiles.OFFSET_INDEX));
        List<Long> found = new ArrayList<>();
        while (offsetIndex.hasRemaining()) {
            found.add((long) offsetIndex.getInt());
        }
        assertThat(found).as("offset index of %d", base).isEqualTo(offsets);
        timeIndexIsOf(contents(disk, LogFiles.path(dir, base, LogFiles.TIME_INDEX)), maxima);
    }

    private static void timeIndexIsOf(ByteBuffer timeIndex, List<long[]> maxima) {
        long[] last = {-1, -1};
        while (timeIndex.hasRemaining()) {
            long[] entry = {timeIndex.getLong(), timeIndex.getInt()};
            assertThat(entry[0]).isGreaterThan(last[0]);
            assertThat(maxima).anySatisfy(maximum -> assertThat(maximum).isEqualTo(entry));
            last = entry;
        }
        assertThat(last).isEqualTo(maxima.isEmpty() ? new long[] {-1, -1} : maxima.get(maxima.size() - 1));
    }

    static ByteBuffer contents(Disk disk, Path path) throws IOException {
        try (DiskFile file = disk.open(path, OpenMode.READ)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) file.sizeBytes());
            file.read(bytes, 0);
            return bytes.flip();
        }
    }
}
