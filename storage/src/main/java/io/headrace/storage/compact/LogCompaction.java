package io.headrace.storage.compact;

import io.headrace.core.partition.ProducerStates.LastRecord;
import io.headrace.protocol.records.DecompressionLimit;
import io.headrace.protocol.records.InvalidBatchException;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.protocol.records.RecordCursor;
import io.headrace.storage.CompactionTarget;
import io.headrace.storage.CompactionTarget.Source;
import io.headrace.storage.compact.TransactionOutcomes.MarkerFate;
import io.headrace.storage.disk.DiskFullException;
import io.headrace.storage.log.AbortedTransaction;
import io.headrace.storage.log.CleanedSegment;
import io.headrace.storage.log.CorruptLogException;
import io.headrace.storage.log.DeletedFiles;
import io.headrace.storage.log.SealedSegment;
import io.headrace.storage.log.SegmentBatches;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One compaction of one log, in two passes. The first notes the last offset of each key in the part that was never
 * compacted, as far as memory allows. The second copies what is not superseded, group by group of segments from the start
 * of the log, and puts each copy in the place of what it was made from.
 *
 * <p>What stays, besides the last record of each key (KIP-58, KIP-98, KIP-534):
 *
 * <ul>
 *   <li>a tombstone, for {@code delete.retention.ms} from the first compaction that copies its batch, also if the first pass
 *       did not get that far;
 *   <li>a marker, as long as batches of its transaction are there and for the same time from then on;
 *   <li>the last batch of each producer, if need be without records, as it carries the sequence number;
 *   <li>a batch without anything in it at the end of each new segment, where the last one went, so that it is known which
 *       offsets the segment stands for.
 * </ul>
 */
final class LogCompaction {
    private static final long NOTHING_DROPPED = -1;

    private final CompactionTarget target;
    private final Source source;
    private final CleanableRange range;
    private final KeyOffsets keys;
    private final CompactionWork work;
    private final int halfBufferBytes;
    private final long nowMs;
    private final BatchFilter filter = new BatchFilter();
    private final TransactionOutcomes outcomes = new TransactionOutcomes();
    private final ByteBuffer output;

    private long mappedTo;
    /** The batch that was read last, if nothing of it was left. */
    private long droppedLast = NOTHING_DROPPED;

    private long droppedBase;
    private int droppedEpoch;
    private long bytesWritten;

    /** What all compactions of a broker share. */
    record CompactionWork(IoThrottle throttle, CompactionCounters counters, BooleanSupplier cancelled) {
        void onRead(int bytes) throws CompactionCancelledException {
            if (cancelled.getAsBoolean()) {
                throw new CompactionCancelledException("stopped");
            }
            counters.onRead(bytes);
            throttle.onBytes(bytes);
        }
    }

    LogCompaction(
            CompactionTarget target,
            Source source,
            CleanableRange range,
            KeyOffsets keys,
            CompactionWork work,
            int bufferBytes,
            long nowMs) {
        this.target = target;
        this.source = source;
        this.range = range;
        this.keys = keys;
        this.work = work;
        this.halfBufferBytes = Math.max(bufferBytes / 2, RecordBatch.HEADER_SIZE_BYTES);
        this.nowMs = nowMs;
        this.output = ByteBuffer.allocate(halfBufferBytes);
    }

    /**
     * What came of it.
     *
     * @param cleanTo everything below is compacted now
     * @param bytesBefore size of the segments that were copied
     * @param bytesAfter size of what they became
     */
    record Result(long cleanTo, long bytesBefore, long bytesAfter) {}

    /**
     * Does it. If this throws, some of the groups may be compacted, each as a whole.
     *
     * @throws CompactionCancelledException if it was told to stop, or the log changed
     */
    Result run() throws IOException {
        keys.clear();
        mapKeys();
        List<SealedSegment> copied = range.segments().stream()
                .filter(segment -> segment.baseOffset() < mappedTo)
                .toList();
        checkTransactionIndexes(copied);
        long bytesBefore = 0;
        for (List<SealedSegment> group : SegmentGroups.of(copied, source.config())) {
            for (SealedSegment segment : group) {
                bytesBefore += segment.sizeBytes();
            }
            compact(group);
        }
        return new Result(mappedTo, bytesBefore, bytesWritten);
    }

    /**
     * Has unsound transaction indexes made anew, while all is there that they are made from: once the first group is replaced,
     * the view that this compaction works with does not have it any more.
     */
    private void checkTransactionIndexes(List<SealedSegment> copied) throws IOException {
        for (SealedSegment segment : copied) {
            List<AbortedTransaction> unused =
                    source.view().abortedTransactionsOrRebuild(segment.baseOffset(), segment.endOffset());
        }
    }

    private void mapKeys() throws IOException {
        TransactionOutcomes mapOutcomes = new TransactionOutcomes();
        mappedTo = range.firstDirtyOffset();
        for (SealedSegment segment : range.segments()) {
            if (segment.endOffset() > range.firstDirtyOffset()) {
                // Those that ended before are not met, nor are their markers, which would end them here.
                expectAborted(mapOutcomes, Math.max(range.firstDirtyOffset(), segment.baseOffset()), segment);
                if (!mapKeys(segment, mapOutcomes)) {
                    return;
                }
                mappedTo = segment.endOffset();
            }
        }
    }

    private void expectAborted(TransactionOutcomes told, long fromOffset, SealedSegment segment) throws IOException {
        told.expect(source.view().abortedTransactionsOrRebuild(fromOffset, segment.endOffset()));
    }

    /** Returns false when there is no room for more keys; {@link #mappedTo} is then where the first is that is missing. */
    private boolean mapKeys(SealedSegment segment, TransactionOutcomes mapOutcomes) throws IOException {
        try (SegmentBatches batches = segment.batches(range.firstDirtyOffset(), halfBufferBytes);
                RecordCursor cursor = new RecordCursor()) {
            while (batches.next()) {
                RecordBatch batch = batches.batch();
                work.onRead(batch.sizeBytes());
                try {
                    if (batch.isControl()) {
                        MarkerFate unused = fate(batches, mapOutcomes);
                    } else if (!mapOutcomes.isAborted(batch) && !mapKeys(cursor.open(batch, DecompressionLimit.NONE))) {
                        return false;
                    }
                } catch (InvalidBatchException e) {
                    throw batches.corrupt(String.valueOf(e.getMessage()));
                }
            }
            return true;
        }
    }

    private boolean mapKeys(RecordCursor records) {
        while (records.next()) {
            ByteBuffer key = records.key();
            if (key != null && records.offset() >= range.firstDirtyOffset()) {
                if (!keys.put(key, records.offset())) {
                    mappedTo = records.offset();
                    return false;
                }
            }
        }
        return true;
    }

    private void compact(List<SealedSegment> group) throws IOException {
        CleanedSegment cleaned = CleanedSegment.begin(
                target.openFiles(), target.directory(), group, source.config().indexIntervalBytes(), nowMs);
        DeletedFiles replaced = null;
        boolean mayDiscard = true;
        try {
            copy(group, cleaned);
            complete(cleaned);
            bytesWritten += cleaned.sizeBytes();
            mayDiscard = false; // a swap that fails half way is for the next opening to finish or to take back
            replaced = target.replace(group, cleaned);
            mayDiscard = replaced == null;
        } catch (DiskFullException e) {
            mayDiscard = true;
            throw e;
        } finally {
            if (mayDiscard) {
                cleaned.discard();
            }
        }
        if (replaced == null) {
            throw new CompactionCancelledException("the segments in " + target.directory() + " have changed");
        }
        target.delete(replaced);
    }

    private void complete(CleanedSegment cleaned) throws IOException {
        try {
            cleaned.complete();
        } catch (IOException e) {
            target.onSyncFailed(e);
            throw e;
        }
    }

    private void copy(List<SealedSegment> group, CleanedSegment cleaned) throws IOException {
        output.clear();
        droppedLast = NOTHING_DROPPED;
        for (SealedSegment segment : group) {
            expectAborted(outcomes, segment.baseOffset(), segment);
            try (SegmentBatches batches = segment.batches(segment.baseOffset(), halfBufferBytes)) {
                while (batches.next()) {
                    copy(batches, cleaned);
                }
            }
        }
        if (droppedLast != NOTHING_DROPPED) {
            write(placeholder(), cleaned);
        }
        flush(cleaned);
    }

    private void copy(SegmentBatches batches, CleanedSegment cleaned) throws IOException {
        RecordBatch batch = batches.batch();
        work.onRead(batch.sizeBytes());
        ByteBuffer left;
        try {
            left = batch.isControl() ? filterMarker(batches) : filterData(batch);
        } catch (InvalidBatchException e) {
            throw batches.corrupt(String.valueOf(e.getMessage()));
        }
        AbortedTransaction stillTold = outcomes.takeKept();
        if (stillTold != null) {
            cleaned.addAborted(stillTold);
        }
        if (left == null) {
            droppedBase = batch.baseOffset();
            droppedLast = batch.lastOffset();
            droppedEpoch = batch.partitionLeaderEpoch();
        } else {
            droppedLast = NOTHING_DROPPED;
            write(left, cleaned);
        }
    }

    /** Has the offsets of the batch that was dropped last, and is of no producer: no marker has to wait for it. */
    private ByteBuffer placeholder() {
        return new RecordBatchBuilder()
                .baseOffset(droppedBase)
                .lastOffset(droppedLast)
                .partitionLeaderEpoch(droppedEpoch)
                .build();
    }

    /** @throws CorruptLogException if log and transaction index contradict each other, so that neither may be relied on */
    private static MarkerFate fate(SegmentBatches batches, TransactionOutcomes told) throws IOException {
        MarkerFate fate = told.onControlBatch(batches.batch());
        if (fate == MarkerFate.CONTRADICTION) {
            throw batches.corrupt("the marker ends a transaction otherwise than the transaction index says");
        }
        return fate;
    }

    private @Nullable ByteBuffer filterMarker(SegmentBatches batches) throws IOException {
        RecordBatch batch = batches.batch();
        boolean unneeded = fate(batches, outcomes) == MarkerFate.OF_EMPTY_TRANSACTION;
        boolean goes = unneeded && isHorizonPast(batch);
        return filter.filter(batch, (any, record) -> !goes, isLastOfProducer(batch), unneeded, horizonMs());
    }

    private @Nullable ByteBuffer filterData(RecordBatch batch) {
        boolean keepEmpty = isLastOfProducer(batch);
        if (outcomes.isAborted(batch)) {
            return keepEmpty ? RecordBatchBuilder.emptied(batch) : null;
        }
        return filter.filter(batch, this::keeps, keepEmpty, false, horizonMs());
    }

    private boolean keeps(RecordBatch batch, RecordCursor record) {
        if (record.offset() >= mappedTo) {
            return true;
        }
        ByteBuffer key = record.key();
        if (key == null || record.offset() < keys.offsetOf(key)) {
            return false;
        }
        return record.hasValue() || !isHorizonPast(batch);
    }

    private boolean isHorizonPast(RecordBatch batch) {
        return batch.hasDeleteHorizon() && batch.deleteHorizonMs() <= nowMs;
    }

    private long horizonMs() {
        return nowMs + source.config().deleteRetentionMs();
    }

    /** Whether the batch tells more of its producer's sequence number, or at least epoch, than any other. */
    private boolean isLastOfProducer(RecordBatch batch) {
        LastRecord last = batch.hasProducerId() ? source.lastRecords().get(batch.producerId()) : null;
        if (last == null) {
            return false;
        }
        return last.lastDataOffset() >= 0
                ? batch.lastOffset() == last.lastDataOffset()
                : batch.isControl() && batch.producerEpoch() == last.epoch();
    }

    private void write(ByteBuffer batch, CleanedSegment cleaned) throws IOException {
        int size = batch.remaining();
        if (size > output.remaining()) {
            flush(cleaned);
        }
        if (size > output.remaining()) {
            cleaned.append(batch);
            onWritten(size);
        } else {
            output.put(batch);
        }
    }

    private void flush(CleanedSegment cleaned) throws IOException {
        int size = output.flip().remaining();
        if (size > 0) {
            cleaned.append(output);
            onWritten(size);
        }
        output.clear();
    }

    private void onWritten(int bytes) {
        work.counters().onWritten(bytes);
        work.throttle().onBytes(bytes);
    }
}
