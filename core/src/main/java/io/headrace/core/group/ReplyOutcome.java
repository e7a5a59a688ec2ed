package io.headrace.core.group;

import io.headrace.core.coordinator.Waiter;
import io.headrace.protocol.ErrorCode;
import java.util.function.Function;

/** An answer that waits for the records it promises. */
final class ReplyOutcome<R> implements AppendOutcome {
    private final Waiter<R> waiter;
    private final R response;
    private final Function<ErrorCode, R> onFailure;
    private boolean answered = false;

    private ReplyOutcome(Waiter<R> waiter, R response, Function<ErrorCode, R> onFailure) {
        this.waiter = waiter;
        this.response = response;
        this.onFailure = onFailure;
    }

    /** Answers when what the input writes is durable; at once if it writes nothing. */
    static <R> void answer(Waiter<R> waiter, R response, Function<ErrorCode, R> onFailure, Effects effects) {
        if (effects.changes.isEmpty()) {
            effects.reply(waiter, response);
        } else {
            effects.whenAppended(new ReplyOutcome<>(waiter, response, onFailure));
        }
    }

    @Override
    public void durable(Effects effects) {
        answer(response, effects);
    }

    @Override
    public void overdue(Effects effects) {
        failed(ErrorCode.COORDINATOR_NOT_AVAILABLE, effects);
    }

    @Override
    public void failed(ErrorCode error, Effects effects) {
        answer(onFailure.apply(error), effects);
    }

    private void answer(R answer, Effects effects) {
        if (!answered) {
            answered = true;
            effects.reply(waiter, answer);
        }
    }
}
