package io.headrace.core.coordinator;

import io.headrace.protocol.ErrorCode;
import java.util.function.Function;

/**
 * An answer that waits for the records it promises.
 *
 * @param <R> the answer
 * @param <E> what a coordinator's inputs lead to
 */
public final class DelayedReply<R, E extends InputEffects> implements AppendOutcome<E> {
    private final Waiter<R> waiter;
    private final R response;
    private final Function<ErrorCode, R> onFailure;
    private boolean answered = false;

    /**
     * @param response what to answer once the records are durable
     * @param onFailure what to answer if they are not, or not in time
     */
    public DelayedReply(Waiter<R> waiter, R response, Function<ErrorCode, R> onFailure) {
        this.waiter = waiter;
        this.response = response;
        this.onFailure = onFailure;
    }

    @Override
    public void durable(E effects) {
        answer(response, effects);
    }

    @Override
    public void overdue(E effects) {
        failed(ErrorCode.COORDINATOR_NOT_AVAILABLE, effects);
    }

    @Override
    public void failed(ErrorCode error, E effects) {
        answer(onFailure.apply(error), effects);
    }

    private void answer(R answer, E effects) {
        if (!answered) {
            answered = true;
            effects.reply(waiter, answer);
        }
    }
}
