package io.headrace.core.transaction;

import io.headrace.protocol.ErrorCode;

/** What is to be done once it is known whether a change reached the disks. */
interface AppendOutcome {
    /** It is below the high watermark, and applied. */
    void durable(Effects effects);

    /** It takes long, and the outcome is still open. Whoever only waits for an answer gets an error now. */
    default void overdue(Effects effects) {}

    /** It is not in the log and never will be. */
    void failed(ErrorCode error, Effects effects);
}
