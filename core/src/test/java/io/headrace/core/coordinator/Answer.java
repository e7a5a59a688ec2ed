package io.headrace.core.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;

/** An answer a test waits for; there may be one only. */
public final class Answer<R> implements Waiter<R> {
    private @Nullable R response;

    @Override
    public void answer(R answered) {
        assertThat(response).as("a second answer: %s", answered).isNull();
        response = answered;
    }

    /** Whether it is still waited for. */
    public boolean isOutstanding() {
        return response == null;
    }

    /** What was answered. */
    public R response() {
        if (response == null) {
            throw new AssertionError("Not answered");
        }
        return response;
    }
}
