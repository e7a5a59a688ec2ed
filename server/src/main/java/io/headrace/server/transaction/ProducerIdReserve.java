package io.headrace.server.transaction;

import io.headrace.core.transaction.ProducerIdSource;
import io.headrace.protocol.ErrorCode;
import io.headrace.server.producer.ProducerIds;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;

/**
 * A few producer ids at hand, as coordinators decide at once and cannot wait for one. Owned by the coordinators' thread.
 *
 * <p>It is empty until somebody needs an id for the first time, so that a broker without transactions never asks for any.
 */
final class ProducerIdReserve implements ProducerIdSource {
    private static final int SIZE = 16;
    private static final int WAITING_MAX = 10_000;

    private final ProducerIds producerIds;
    private final Executor owner;
    private final Deque<Long> ids = new ArrayDeque<>();
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private int asked = 0;

    /** @param owner runs tasks on the coordinators' thread */
    ProducerIdReserve(ProducerIds producerIds, Executor owner) {
        this.producerIds = producerIds;
        this.owner = owner;
    }

    @Override
    public long next() {
        Long id = ids.poll();
        refill();
        return id == null ? NONE : id;
    }

    /** Keeps a task until there is an id, or none can be had now; false if there is one already, or too many tasks wait. */
    boolean await(Runnable task) {
        if (!ids.isEmpty() || waiting.size() >= WAITING_MAX) {
            return false;
        }
        waiting.add(task);
        refill();
        return true;
    }

    private void refill() {
        while (ids.size() + asked < SIZE) {
            asked++;
            producerIds.allocate((error, id) -> owner.execute(() -> receive(error, id)));
        }
    }

    private void receive(ErrorCode error, long id) {
        asked--;
        if (error == ErrorCode.NONE) {
            ids.add(id);
        }
        // As many as there are ids for; when none is on its way, the rest can only be told so.
        while (!waiting.isEmpty() && (!ids.isEmpty() || asked == 0)) {
            waiting.remove().run();
        }
    }
}
