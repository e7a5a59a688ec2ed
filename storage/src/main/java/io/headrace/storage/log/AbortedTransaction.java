package io.headrace.storage.log;

import io.headrace.core.partition.CompletedTransaction;

/**
 * An aborted transaction whose records a reader of committed data skips.
 *
 * @param producerId whose it was
 * @param firstOffset the first record of it in the partition
 * @param lastOffset the marker that aborted it
 * @param lastStableOffset the last stable offset once it was aborted
 */
public record AbortedTransaction(long producerId, long firstOffset, long lastOffset, long lastStableOffset) {
    static AbortedTransaction of(CompletedTransaction completed) {
        return new AbortedTransaction(
                completed.producerId(),
                completed.firstOffset(),
                completed.markerOffset(),
                completed.lastStableOffset());
    }
}
