package io.headrace.core.transaction;

import io.headrace.core.coordinator.Waiter;
import io.headrace.protocol.ErrorCode;
import java.util.function.Function;

/** An answer that waits for the record it promises. */
final class AnswerOutcome<R> implements AppendOutcome {
    private final Waiter<R> waiter;
    private final R response;
    private final Function<ErrorCode, R> onFailure;
    private boolean answered = false;

    AnswerOutcome(Waiter<R> waiter, R response, Function<ErrorCode, R> onFailure) {
        this.waiter = waiter;
        this.response = response;
        this.onFailure = onFailure;
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
