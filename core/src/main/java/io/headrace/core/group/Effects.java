package io.headrace.core.group;

import io.headrace.core.coordinator.AppendOutcome;
import io.headrace.core.coordinator.DelayedReply;
import io.headrace.core.coordinator.InputEffects;
import io.headrace.core.coordinator.Waiter;
import io.headrace.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Collects what one input leads to: changes to write, what to do about their outcome, and answers. */
final class Effects extends InputEffects {
    final List<GroupChange> changes = new ArrayList<>();
    final List<AppendOutcome<Effects>> outcomes = new ArrayList<>();
    long producerId = CommittedOffset.NO_PRODUCER_ID;
    short producerEpoch = -1;

    Effects(long nowMs) {
        super(nowMs);
    }

    /** Writes a change. All changes of one input go to the log together. */
    void write(GroupChange change) {
        changes.add(change);
    }

    /** Asks to be told how the append of this input's changes ended; there must be some. */
    void whenAppended(AppendOutcome<Effects> outcome) {
        outcomes.add(outcome);
    }

    /** Answers when what the input writes is durable; at once if it writes nothing. */
    <R> void replyWhenAppended(Waiter<R> waiter, R response, Function<ErrorCode, R> onFailure) {
        if (changes.isEmpty()) {
            reply(waiter, response);
        } else {
            whenAppended(new DelayedReply<>(waiter, response, onFailure));
        }
    }
}
