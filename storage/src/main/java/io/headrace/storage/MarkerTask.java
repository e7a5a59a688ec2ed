package io.headrace.storage;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.EndTransactionMarker;
import java.util.function.Consumer;

/**
 * The marker that ends a producer's transaction in one partition, on its way into the log.
 *
 * <p>It is appended unless the partition knows a newer epoch of the producer (INVALID_PRODUCER_EPOCH) or, if it came in a
 * request, of the transaction's coordinator (TRANSACTION_COORDINATOR_FENCED); also when the producer has no transaction open
 * there, as it may be sent again.
 */
public final class MarkerTask extends AppendTask {
    /** Who decided that the transaction ends. */
    public enum Sender {
        /**
         * This broker's coordinator. The metadata say that it leads, so no epoch that somebody else claimed fences it: a
         * decision that is durable would otherwise never be carried out.
         */
        OWN_COORDINATOR,
        /** Whoever sent WriteTxnMarkers, and named a coordinator's epoch of its own choice. */
        REQUEST
    }

    /** From this version of transactions on, the coordinator raises the producer's epoch for each marker (KIP-890). */
    private static final short FIRST_VERSION_WITH_BUMPED_EPOCH = 2;

    private final EndTransactionMarker marker;
    private final Sender sender;
    private final boolean epochBumped;
    private final Consumer<ErrorCode> whenDone;

    /**
     * @param replica the partition, led in {@code leaderEpoch}
     * @param sender who decided it
     * @param producerEpoch the epoch that the marker carries: with transactions version 2 already that of what comes next
     * @param transactionVersion the version of transactions that the coordinator ended this one with
     * @param nowMs the marker's timestamp, milliseconds since the epoch
     * @param whenDone told, on the log writer's thread, that the marker is durable or what is wrong
     */
    public MarkerTask(
            PartitionReplica replica,
            int leaderEpoch,
            Sender sender,
            long producerId,
            short producerEpoch,
            EndTransactionMarker marker,
            short transactionVersion,
            long nowMs,
            Consumer<ErrorCode> whenDone) {
        super(replica, marker.toBatch(nowMs, producerId, producerEpoch), leaderEpoch, true);
        this.marker = marker;
        this.sender = sender;
        this.epochBumped = transactionVersion >= FIRST_VERSION_WITH_BUMPED_EPOCH;
        this.whenDone = whenDone;
    }

    EndTransactionMarker marker() {
        return marker;
    }

    Sender sender() {
        return sender;
    }

    boolean epochBumped() {
        return epochBumped;
    }

    @Override
    protected void onOutcome() {
        whenDone.accept(error());
    }

    @Override
    protected void onReleased() {
        // The batch is this task's own memory.
    }
}
