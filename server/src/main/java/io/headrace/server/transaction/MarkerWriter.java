package io.headrace.server.transaction;

import io.headrace.protocol.ErrorCode;
import java.util.function.Consumer;

/** Writes the markers that end transactions to the partitions that took part in them. */
public interface MarkerWriter {
    /**
     * Writes a marker. In {@code __consumer_offsets} the transaction's offsets become visible, or are dropped, with it. Must
     * not block.
     *
     * @param coordinatorEpoch the epoch of the coordinator, which a partition compares with that of the last marker
     * @param transactionVersion the {@code transaction.version} that the client acted by: 0 or 2
     * @param done gets NONE when the marker is durable, or why it is not in the log; once, on any thread; must be quick
     */
    void append(
            String topic,
            int partition,
            long producerId,
            short producerEpoch,
            int coordinatorEpoch,
            boolean commit,
            short transactionVersion,
            Consumer<ErrorCode> done);
}
