package io.headrace.core.coordinator;

/**
 * An answer that is due.
 *
 * @param waiter who asked
 * @param response what to answer
 */
public record Reply<R>(Waiter<R> waiter, R response) {
    /** Hands the answer over. For the shell to call; the core never does. */
    public void deliver() {
        waiter.answer(response);
    }
}
