package io.headrace.core.partition;

/**
 * A transaction's part in one partition, ended by a marker.
 *
 * @param producerId whose transaction it was
 * @param firstOffset its first record here
 * @param markerOffset where the marker lies
 * @param aborted whether its records must be hidden from readers of committed data
 * @param lastStableOffset where the oldest transaction still open began when this one ended, or just past the marker
 */
public record CompletedTransaction(
        long producerId, long firstOffset, long markerOffset, boolean aborted, long lastStableOffset) {}
