package io.headrace.core.coordinator;

import io.headrace.protocol.ErrorCode;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Decides about everything whose state lies in one partition of an internal topic.
 *
 * <p>Life: {@link #replay} every record of the partition from log start to high watermark, then {@link #onLoaded}; from
 * then on requests, append outcomes and timeouts in any order; {@link #onUnloaded} when the partition's lead is lost. Each
 * input returns a {@link Step} to be carried out.
 *
 * <p>Owned by one thread, which also says what time it is. Times are milliseconds since the epoch, and run evenly whatever is
 * done to the wall clock.
 */
public interface Coordinator {
    /**
     * Tells what the wall clock shows at a moment of the coordinators' time, for the times that records speak of. Before any
     * other call, and again before each that may write something.
     */
    void showWallClock(long nowMs, long nowByWallMs);

    /**
     * Takes in a record of the log. Records of other kinds are passed over, and what deletes something unknown changes
     * nothing.
     *
     * @param logOffset where the record lies
     * @param producerId the producer if the record's batch is transactional, else -1
     * @param producerEpoch that producer's epoch in the batch, -1 if it is not transactional
     * @param key the record's key, null for a record that has none
     * @param value the record's value, null for a tombstone
     * @throws io.headrace.protocol.wire.MalformedMessageException if key or value is damaged
     */
    void replay(
            long logOffset, long producerId, short producerEpoch, @Nullable ByteBuffer key, @Nullable ByteBuffer value);

    /** Takes in a transaction's end marker that lies in the partition itself, read from the log or written just now. */
    void applyTransactionEnd(long producerId, boolean commit);

    /** How many groups, or transactional ids, there are. */
    int size();

    /** Names all of them, in no particular order. */
    void forEachKey(Consumer<String> action);

    /** All records were replayed. */
    Step onLoaded(long nowMs);

    /** The partition is coordinated elsewhere from now on: everyone who waits is sent there. */
    Step onUnloaded(long nowMs);

    /** Call {@link #onTimeout} at this time at the latest; {@link Long#MAX_VALUE} if there is nothing to wait for. */
    long nextDeadlineMs();

    /** Handles one deadline that has passed. Call again as long as {@link #nextDeadlineMs} is not after {@code nowMs}. */
    Step onTimeout(long nowMs);

    /**
     * The records of a step are below the high watermark.
     *
     * @param baseOffset the log offset of the first of them
     */
    Step onDurable(long appendId, long baseOffset, long nowMs);

    /** The records of a step are not in the log and never will be; whoever waited for them is told to try again. */
    Step onAppendFailed(long appendId, ErrorCode error, long nowMs);
}
