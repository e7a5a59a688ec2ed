package io.headrace.server.api;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/**
 * Answers Produce requests that wait for the disk for longer than their clients allow: while a sync hangs, clients are told so
 * rather than left waiting.
 *
 * <p>Belongs to one network loop. A request costs its place in a queue; while there is one in it, the queue is looked through
 * once a second, so an answer may be late by that much.
 */
final class ProduceTimeouts {
    private static final int CHECK_MS = 1_000;

    private final LongSupplier monotonicMs;
    /** In the order of their arrival, which is mostly that of their answers. */
    private final Deque<PendingProduce> waiting = new ArrayDeque<>();

    private boolean checking;

    /** @param monotonicMs a clock that never goes back, milliseconds */
    ProduceTimeouts(LongSupplier monotonicMs) {
        this.monotonicMs = monotonicMs;
    }

    /**
     * Watches a request that has been started.
     *
     * @param timeoutMs how long the client waits. It gets a second at the least: a sync takes its time on a sound disk too,
     *     and Kafka counts the wait for other replicas alone
     */
    void watch(PendingProduce produce, int timeoutMs) {
        PendingProduce oldest = waiting.peek();
        while (oldest != null && oldest.isAnswered()) {
            waiting.remove();
            oldest = waiting.peek();
        }
        if (!produce.isAnswered()) {
            produce.setDeadline(monotonicMs.getAsLong() + Math.max(timeoutMs, CHECK_MS));
            waiting.add(produce);
            if (!checking) {
                checking = true;
                produce.schedule(this::check, CHECK_MS);
            }
        }
    }

    private void check() {
        long nowMs = monotonicMs.getAsLong();
        waiting.removeIf(produce -> produce.answerIfLate(nowMs));
        PendingProduce oldest = waiting.peek();
        checking = oldest != null;
        if (oldest != null) {
            oldest.schedule(this::check, CHECK_MS);
        }
    }
}
