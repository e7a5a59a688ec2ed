package io.headrace.core.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.Waiter;
import org.jspecify.annotations.Nullable;

/** An answer a test waits for; there may be one only. */
final class Answer<R> implements Waiter<R> {
    private @Nullable R response;

    @Override
    public void answer(R answered) {
        assertThat(response).as("a second answer: %s", answered).isNull();
        response = answered;
    }

    boolean isOutstanding() {
        return response == null;
    }

    R response() {
        if (response == null) {
            throw new AssertionError("Not answered");
        }
        return response;
    }
}
