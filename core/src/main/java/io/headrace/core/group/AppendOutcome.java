package io.headrace.core.group;

import io.headrace.protocol.ErrorCode;

/** What is to be done once it is known whether an append reached the disks. */
interface AppendOutcome {
    /** The records are below the high watermark, and applied. */
    void durable(Effects effects);

    /**
     * It takes long, and the outcome is still open. Whoever only waits for an answer gets an error now; what changes the
     * state of a group must go on waiting.
     */
    default void overdue(Effects effects) {}

    /** The records are not in the log and never will be. */
    void failed(ErrorCode error, Effects effects);
}
