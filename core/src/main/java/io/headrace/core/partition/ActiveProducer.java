package io.headrace.core.partition;

/**
 * What a partition remembers of a producer, for people who ask.
 *
 * @param producerId the producer
 * @param epoch the newest epoch seen
 * @param lastSequence the sequence number of its last record; -1 if none is known in this epoch
 * @param lastTimestampMs when it last wrote, milliseconds since the epoch
 * @param coordinatorEpoch the epoch of the coordinator that wrote its last marker; -1 before the first
 * @param transactionFirstOffset where its open transaction began; -1 if there is none
 */
public record ActiveProducer(
        long producerId,
        short epoch,
        int lastSequence,
        long lastTimestampMs,
        int coordinatorEpoch,
        long transactionFirstOffset) {}
