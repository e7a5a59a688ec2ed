package io.headrace.cli.transaction;

import io.headrace.cli.client.TopicPartition;

/**
 * A transaction that a partition's leader holds open: it has records and no marker, so readers of committed records stop
 * before it.
 *
 * @param coordinatorEpoch of the last marker of this producer, -1 when there was none
 * @param startOffset of its first record
 * @param lastTimestampMs when the producer last wrote, in milliseconds since 1970
 */
record OpenTransaction(
        TopicPartition partition,
        int leaderId,
        long producerId,
        short producerEpoch,
        int coordinatorEpoch,
        long startOffset,
        long lastTimestampMs) {}
