package io.headrace.core.group;

import io.headrace.protocol.ErrorCode;
import java.util.function.Function;

/** An answer that waits for the records it promises. */
record ReplyOutcome<R>(Waiter<R> waiter, R response, Function<ErrorCode, R> onFailure) implements AppendOutcome {
    @Override
    public void durable(Effects effects) {
        effects.reply(waiter, response);
    }

    @Override
    public void failed(ErrorCode error, Effects effects) {
        effects.reply(waiter, onFailure.apply(error));
    }

    /** Answers when what the input writes is durable; at once if it writes nothing. */
    static <R> void answer(Waiter<R> waiter, R response, Function<ErrorCode, R> onFailure, Effects effects) {
        if (effects.changes.isEmpty()) {
            effects.reply(waiter, response);
        } else {
            effects.whenAppended(new ReplyOutcome<>(waiter, response, onFailure));
        }
    }
}
