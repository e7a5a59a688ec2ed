package io.headrace.core.transaction;

import io.headrace.core.coordinator.Reply;
import io.headrace.core.coordinator.Waiter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects what one input leads to: changes to write and what to do about their outcome, answers, markers. */
final class Effects {
    /**
     * A change on its way to the log.
     *
     * @param next what it makes of the transactional id; null if that expires
     */
    record Write(Transaction transaction, @Nullable TransactionMetadata next, AppendOutcome outcome) {}

    final long nowMs;
    final List<Write> writes = new ArrayList<>();
    final List<Reply<?>> replies = new ArrayList<>();
    final List<String> notes = new ArrayList<>();

    Effects(long nowMs) {
        this.nowMs = nowMs;
    }

    /** Answers at once. */
    <R> void reply(Waiter<R> waiter, R response) {
        replies.add(new Reply<>(waiter, response));
    }

    /** Writes a change; until its outcome is known the transaction is moving. */
    void write(Transaction transaction, TransactionMetadata next, AppendOutcome outcome) {
        transaction.pending = next.state();
        writes.add(new Write(transaction, next, outcome));
    }

    /** Writes that a transactional id is forgotten. */
    void writeExpiry(Transaction transaction, AppendOutcome outcome) {
        transaction.pending = TransactionState.DEAD;
        writes.add(new Write(transaction, null, outcome));
    }

    /** Adds a line for the broker's log; for changes of state only. */
    void note(String line) {
        notes.add(line);
    }
}
