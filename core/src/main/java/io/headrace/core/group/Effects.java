package io.headrace.core.group;

import io.headrace.core.coordinator.Reply;
import io.headrace.core.coordinator.Waiter;
import java.util.ArrayList;
import java.util.List;

/** Collects what one input leads to: changes to write, what to do about their outcome, and answers. */
final class Effects {
    final long nowMs;
    final List<GroupChange> changes = new ArrayList<>();
    final List<AppendOutcome> outcomes = new ArrayList<>();
    final List<Reply<?>> replies = new ArrayList<>();
    final List<String> notes = new ArrayList<>();
    long producerId = CommittedOffset.NO_PRODUCER_ID;
    short producerEpoch = -1;

    Effects(long nowMs) {
        this.nowMs = nowMs;
    }

    /** Answers at once. */
    <R> void reply(Waiter<R> waiter, R response) {
        replies.add(new Reply<>(waiter, response));
    }

    /** Writes a change. All changes of one input go to the log together. */
    void write(GroupChange change) {
        changes.add(change);
    }

    /** Asks to be told how the append of this input's changes ended; there must be some. */
    void whenAppended(AppendOutcome outcome) {
        outcomes.add(outcome);
    }

    /** Adds a line for the broker's log; for changes of state only. */
    void note(String line) {
        notes.add(line);
    }
}
