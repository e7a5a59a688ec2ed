package io.headrace.core.coordinator;

/**
 * Whoever waits for an answer: the shell's own object, which the core carries about without ever calling it.
 *
 * @param <R> the answer's type
 */
public interface Waiter<R> {
    /** Takes the answer. Called by the shell, once, through {@link Reply#deliver()}. */
    void answer(R response);
}
