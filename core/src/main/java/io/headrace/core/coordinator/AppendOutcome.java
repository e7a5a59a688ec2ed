package io.headrace.core.coordinator;

import io.headrace.protocol.ErrorCode;

/**
 * What is to be done once it is known whether an append reached the disks.
 *
 * @param <E> what a coordinator's inputs lead to
 */
public interface AppendOutcome<E extends InputEffects> {
    /** The records are below the high watermark, and applied. */
    void durable(E effects);

    /**
     * It takes long, and the outcome is still open. Whoever only waits for an answer gets an error now; what changes the
     * coordinator's state must go on waiting.
     */
    default void overdue(E effects) {}

    /** The records are not in the log and never will be. */
    void failed(ErrorCode error, E effects);
}
