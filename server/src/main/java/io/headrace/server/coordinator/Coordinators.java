package io.headrace.server.coordinator;

import io.headrace.core.coordinator.Coordinator;
import io.headrace.protocol.ErrorCode;
import java.util.function.Consumer;

/**
 * All coordinators of one kind on this broker: one for each partition of their internal topic that it leads.
 *
 * <p>Everything happens on one thread; the methods for requests may be called from any. Nothing happens before {@link #start}
 * or {@link #begin}.
 *
 * @param <C> the kind of coordinator
 */
public interface Coordinators<C extends Coordinator> {
    /** The coordinators by partition, and their thread. For the other methods here. */
    CoordinatorShards<C> shards();

    /** Begins to follow the metadata and to read the partitions led here. */
    default void start() {
        begin();
        shards().startThread();
    }

    /** As {@link #start}, but without a thread: for a caller that runs them with {@link #runOnce}. */
    default void begin() {
        shards().begin();
    }

    /** Does what is queued and what is due, after {@link #begin}; false if there was nothing to do. */
    default boolean runOnce() {
        return shards().runOnce();
    }

    /** Whether {@link #runOnce} would do nothing now. By the same caller. */
    default boolean isIdle() {
        return shards().isIdle();
    }

    /** Sends everyone who waits to look for another coordinator, and ends the thread. */
    default void stop() throws InterruptedException {
        shards().stop();
    }

    /**
     * Hands a request to the coordinator of its key.
     *
     * @param key the group id or transactional id that the coordinator is found by
     * @param refused told instead, on any thread, when there is none to take it: NOT_COORDINATOR,
     *     COORDINATOR_LOAD_IN_PROGRESS, or COORDINATOR_NOT_AVAILABLE when too much waits already
     */
    default void submit(String key, CoordinatorShards.Input<C> input, Consumer<ErrorCode> refused) {
        shards().submit(key, input, refused);
    }
}
