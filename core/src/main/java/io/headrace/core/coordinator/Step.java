package io.headrace.core.coordinator;

import io.headrace.core.partition.VerificationGuard;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the shell does after an input: append the records as one batch, then send the replies.
 *
 * <p>The replies do not depend on the records; answers that do are kept back and come with the step of
 * {@link Coordinator#onDurable} or {@link Coordinator#onAppendFailed}, one of which the shell must call for
 * every step that has records.
 *
 * @param appendId names the append when its outcome is reported; -1 when there is nothing to append
 * @param records what to append, in this order and at consecutive offsets; may be empty
 * @param producerId the producer to append as, -1 outside transactions
 * @param producerEpoch that producer's epoch, -1 outside transactions
 * @param guard under what the producer's transaction was verified to have the partition in it; null if there was no need to
 * @param replies answers to send now
 * @param notes lines for the broker's log: changes of state only
 */
public record Step(
        long appendId,
        List<StateRecord> records,
        long producerId,
        short producerEpoch,
        @Nullable VerificationGuard guard,
        List<Reply<?>> replies,
        List<String> notes) {
    private static final long NO_APPEND = -1;

    /** Nothing to append, answer or log. */
    public static final Step NOTHING = new Step(NO_APPEND, List.of(), -1L, (short) -1, List.of(), List.of());

    /** A step of a coordinator that appends as nobody in particular, or as a producer. */
    public Step(
            long appendId,
            List<StateRecord> records,
            long producerId,
            short producerEpoch,
            List<Reply<?>> replies,
            List<String> notes) {
        this(appendId, records, producerId, producerEpoch, null, replies, notes);
    }

    /** A step that writes nothing. */
    public static Step withoutAppend(List<Reply<?>> replies, List<String> notes) {
        return replies.isEmpty() && notes.isEmpty()
                ? NOTHING
                : new Step(NO_APPEND, List.of(), -1L, (short) -1, replies, notes);
    }

    /** This step, its records to be appended only as long as the guard holds. */
    public Step verifiedUnder(@Nullable VerificationGuard newGuard) {
        return new Step(appendId, records, producerId, producerEpoch, newGuard, replies, notes);
    }

    /** Whether there are records to append. */
    public boolean hasRecords() {
        return !records.isEmpty();
    }
}
