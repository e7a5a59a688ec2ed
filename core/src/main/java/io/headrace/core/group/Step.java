package io.headrace.core.group;

import java.util.List;

/**
 * What the shell does after an input: append the records as one batch, then send the replies.
 *
 * <p>The replies do not depend on the records; answers that do are kept back and come with the step of
 * {@link GroupCoordinator#onDurable} or {@link GroupCoordinator#onAppendFailed}, one of which the shell must call for
 * every step that has records.
 *
 * @param appendId names the append when its outcome is reported; -1 when there is nothing to append
 * @param records what to append, in this order and at consecutive offsets; may be empty
 * @param producerId the producer to append as, -1 outside transactions
 * @param producerEpoch that producer's epoch, -1 outside transactions
 * @param replies answers to send now
 * @param notes lines for the broker's log: changes of state only
 */
public record Step(
        long appendId,
        List<GroupRecord> records,
        long producerId,
        short producerEpoch,
        List<Reply<?>> replies,
        List<String> notes) {
    static final long NO_APPEND = -1;
    /** Nothing to append, answer or log. */
    public static final Step NOTHING = new Step(NO_APPEND, List.of(), -1L, (short) -1, List.of(), List.of());

    /** Whether there are records to append. */
    public boolean hasRecords() {
        return !records.isEmpty();
    }
}
