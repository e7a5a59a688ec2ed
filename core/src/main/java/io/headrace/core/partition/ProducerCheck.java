package io.headrace.core.partition;

import io.headrace.protocol.ErrorCode;

/** What to do with a batch that carries a producer id: append it, answer as if it had been appended now, or refuse it. */
public sealed interface ProducerCheck {
    /** The batch comes next in its producer's sequence. Append it. */
    ProducerCheck ACCEPTED = new Accepted();

    /** The batch comes next; see {@link #ACCEPTED}. */
    record Accepted() implements ProducerCheck {}

    /**
     * The batch is already in the log, so the producer missed the answer. Append nothing and answer without error.
     *
     * @param baseOffset the offset that the batch got when it was appended
     * @param lastOffset the offset of its last record
     * @param timestampMs the max timestamp of the stored batch: its log append time if the topic has those
     */
    record Duplicate(long baseOffset, long lastOffset, long timestampMs) implements ProducerCheck {}

    /** The batch must not be appended; answer with this error. */
    record Rejected(ErrorCode error) implements ProducerCheck {}
}
