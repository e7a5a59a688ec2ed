package io.headrace.server.coordinator;

import io.headrace.core.coordinator.Coordinator;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.DecompressionLimit;
import io.headrace.protocol.records.EndTransactionMarker;
import io.headrace.protocol.records.InvalidBatchException;
import io.headrace.protocol.records.Record;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatches;
import io.headrace.protocol.wire.MalformedMessageException;
import io.headrace.server.coordinator.CoordinatorShards.Unreadable;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Restores a coordinator from the log of its partition. Owned by the reading thread until the result is handed over.
 *
 * <p>A record that cannot be understood is passed over where a whole partition must not depend on it; elsewhere the loading
 * fails, as what an earlier record of its key says may be the opposite of what it says: that a transaction is open, while some
 * of its markers are written.
 *
 * @param <C> the kind of coordinator
 */
final class ShardLoader<C extends Coordinator> implements PartitionReader.Sink {
    private static final Logger LOG = System.getLogger(ShardLoader.class.getName());

    /** Takes the outcome, on the reading thread. */
    interface Outcome<C> {
        /**
         * The log was read.
         *
         * @param recordCount what it held
         */
        void loaded(C coordinator, long recordCount);

        void failed(ErrorCode error);
    }

    private final String partitionName;
    private final Unreadable unreadable;
    private final C coordinator;
    private final Outcome<C> outcome;
    private long recordCount = 0;
    private long damagedCount = 0;
    private boolean broken = false;

    ShardLoader(String partitionName, Unreadable unreadable, C coordinator, Outcome<C> outcome) {
        this.partitionName = partitionName;
        this.unreadable = unreadable;
        this.coordinator = coordinator;
        this.outcome = outcome;
    }

    @Override
    public void batches(ByteBuffer batches) {
        RecordBatches walk = RecordBatches.of(batches);
        while (walk.next()) {
            replay(walk.batch());
        }
        if (walk.end() != RecordBatches.End.CLEAN && !broken) {
            broken = true;
            LOG.log(Level.ERROR, "{0} was read in pieces that are not whole batches", partitionName);
        }
    }

    private void replay(RecordBatch batch) {
        List<Record> records;
        try {
            records = batch.readRecords(DecompressionLimit.NONE);
        } catch (InvalidBatchException e) {
            passOver(batch.baseOffset(), e);
            return;
        }
        for (Record record : records) {
            recordCount++;
            try {
                if (batch.isControl()) {
                    replayMarker(batch.producerId(), record);
                } else {
                    boolean transactional = batch.isTransactional();
                    coordinator.replay(
                            record.offset(),
                            transactional ? batch.producerId() : -1L,
                            transactional ? batch.producerEpoch() : -1,
                            record.key(),
                            record.value());
                }
            } catch (MalformedMessageException | InvalidBatchException e) {
                passOver(record.offset(), e);
            }
        }
    }

    private void passOver(long offset, RuntimeException cause) {
        if (damagedCount++ > 0) {
            return;
        }
        if (unreadable == Unreadable.REFUSED) {
            LOG.log(
                    Level.ERROR,
                    "What lies at offset {0} in {1} cannot be understood, and nothing is decided without it: {2}",
                    String.valueOf(offset),
                    partitionName,
                    cause.getMessage());
        } else {
            LOG.log(
                    Level.WARNING,
                    "What lies at offset {0} in {1} cannot be understood and is passed over: {2}",
                    String.valueOf(offset),
                    partitionName,
                    cause.getMessage());
        }
    }

    private void replayMarker(long producerId, Record record) {
        EndTransactionMarker marker = EndTransactionMarker.read(record.key(), record.value());
        if (marker != null) {
            coordinator.applyTransactionEnd(producerId, marker.committed());
        }
    }

    @Override
    public void end() {
        if (broken) {
            outcome.failed(ErrorCode.KAFKA_STORAGE_ERROR);
        } else if (damagedCount > 0 && unreadable == Unreadable.REFUSED) {
            outcome.failed(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        } else {
            if (damagedCount > 0) {
                LOG.log(Level.WARNING, "{0} records or batches of {1} were passed over", damagedCount, partitionName);
            }
            outcome.loaded(coordinator, recordCount);
        }
    }

    @Override
    public void failed(ErrorCode error) {
        outcome.failed(error);
    }
}
