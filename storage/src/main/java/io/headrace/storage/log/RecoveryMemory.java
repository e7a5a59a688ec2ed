package io.headrace.storage.log;

import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What the recoveries of many logs share: the buffers they read through, one for each that runs, and how many batches they may
 * remember together. Safe for use by many threads.
 */
public final class RecoveryMemory {
    /** Holds several batches of a usual size. A batch that is larger is read a part at a time. */
    static final int BUFFER_BYTES = 512 * 1024;
    /** What a reader needs of memory for less than this is not worth a buffer. */
    private static final int SMALL_BYTES = 64 * 1024;
    /** Of twelve bytes each; as many as a full journal has of small batches. */
    private static final int BATCHES_MAX = 4 << 20;

    private final Queue<ByteBuffer> buffers = new ConcurrentLinkedQueue<>();
    private final AtomicInteger batchesLeft = new AtomicInteger(BATCHES_MAX);
    private volatile boolean keeps;

    /** Many logs are about to be opened: buffers are kept for the next, until {@link #end}. */
    public void begin() {
        keeps = true;
        batchesLeft.set(BATCHES_MAX);
    }

    /** Lets the buffers go. */
    public void end() {
        keeps = false;
        buffers.clear();
    }

    /** A buffer through which so much is read. */
    ByteBuffer take(long bytes) {
        if (bytes <= SMALL_BYTES) {
            return ByteBuffer.allocate((int) bytes);
        }
        ByteBuffer kept = buffers.poll();
        return kept == null ? ByteBuffer.allocateDirect(BUFFER_BYTES) : kept;
    }

    /** It is not used any more. */
    void give(ByteBuffer buffer) {
        if (keeps && buffer.isDirect()) {
            buffers.add(buffer);
        }
    }

    /** Whether so many batches more may be remembered. */
    boolean reserve(int batches) {
        if (!keeps || batchesLeft.addAndGet(-batches) < 0) {
            return false;
        }
        return true;
    }
}
