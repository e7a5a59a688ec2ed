package io.headrace.core.transaction;

import io.headrace.core.coordinator.AppendOutcome;
import io.headrace.core.coordinator.InputEffects;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects what one input leads to: changes to write and what to do about their outcome, answers, markers. */
final class Effects extends InputEffects {
    /**
     * A change on its way to the log.
     *
     * @param next what it makes of the transactional id; null if that expires
     */
    record Write(Transaction transaction, @Nullable TransactionMetadata next, AppendOutcome<Effects> outcome) {}

    final List<Write> writes = new ArrayList<>();

    Effects(long nowMs) {
        super(nowMs);
    }

    /** Writes a change; until its outcome is known the transaction is moving. */
    void write(Transaction transaction, TransactionMetadata next, AppendOutcome<Effects> outcome) {
        transaction.pending = next.state();
        writes.add(new Write(transaction, next, outcome));
    }

    /** Writes that a transactional id is forgotten. */
    void writeExpiry(Transaction transaction, AppendOutcome<Effects> outcome) {
        transaction.pending = TransactionState.DEAD;
        writes.add(new Write(transaction, null, outcome));
    }
}
