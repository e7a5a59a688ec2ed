package io.headrace.core.group;

import io.headrace.core.coordinator.AppendOutcome;
import io.headrace.core.coordinator.Appends;
import io.headrace.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/** What one input wrote, and what waits for it. */
final class GroupAppend implements Appends.Append<Effects> {
    final List<GroupChange> changes;
    final long producerId;
    final short producerEpoch;
    private final List<AppendOutcome<Effects>> outcomes;

    GroupAppend(Effects effects) {
        this.changes = List.copyOf(effects.changes);
        this.producerId = effects.producerId;
        this.producerEpoch = effects.producerEpoch;
        this.outcomes = new ArrayList<>(effects.outcomes);
    }

    /** Does something once this and everything written before is settled, this way or that. */
    void whenSettled(AppendOutcome<Effects> outcome) {
        outcomes.add(outcome);
    }

    void durable(Effects effects) {
        outcomes.forEach(outcome -> outcome.durable(effects));
    }

    @Override
    public void overdue(Effects effects) {
        outcomes.forEach(outcome -> outcome.overdue(effects));
    }

    void failed(ErrorCode error, Effects effects) {
        outcomes.forEach(outcome -> outcome.failed(error, effects));
    }
}
