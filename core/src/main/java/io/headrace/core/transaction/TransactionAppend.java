package io.headrace.core.transaction;

import io.headrace.core.coordinator.Appends;
import java.util.List;

/** What one input wrote, each change with what waits for it. */
record TransactionAppend(List<Effects.Write> writes) implements Appends.Append<Effects> {
    @Override
    public void overdue(Effects effects) {
        writes.forEach(write -> write.outcome().overdue(effects));
    }
}
