package io.headrace.network.loop;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Hands tasks from many threads to one loop with a single wake-up however many there are.
 *
 * <p>A linked stack that the loop takes whole and turns around, so that tasks run in the order they were put in. Its
 * length is bounded by what produces the tasks (requests in progress), not here.
 */
final class LoopMailbox {
    private record Node(Runnable task, @Nullable Node next) {}

    private final AtomicReference<@Nullable Node> newest = new AtomicReference<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();

    /** Adds a task without waking anyone. */
    void add(Runnable task) {
        Node seen;
        do {
            seen = newest.get();
        } while (!newest.compareAndSet(seen, new Node(task, seen)));
    }

    /** True once for a mailbox that has tasks and no drain on its way: the caller must schedule one. */
    boolean needsDrain() {
        return newest.get() != null && !scheduled.get() && scheduled.compareAndSet(false, true);
    }

    /** Runs all that was added before the call. A task added later finds the mailbox in need of a drain again. */
    void drain(TaskFailure onFailure) {
        scheduled.set(false);
        Node node = reverse(newest.getAndSet(null));
        while (node != null) {
            try {
                node.task.run();
            } catch (RuntimeException | Error failure) {
                onFailure.report(failure);
            }
            node = node.next;
        }
    }

    private static @Nullable Node reverse(@Nullable Node newestFirst) {
        Node result = null;
        for (Node node = newestFirst; node != null; node = node.next) {
            result = new Node(node.task, result);
        }
        return result;
    }

    /** What to do about a task that threw. */
    @FunctionalInterface
    interface TaskFailure {
        void report(Throwable failure);
    }
}
