package io.headrace.network.server;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the memory that received frames take, over all connections.
 *
 * <p>When it is used up, connections stop reading until half of the excess has gone. If everything is held by frames
 * that have arrived in part, nothing would ever be freed; so one connection at a time, the one with the permit, may read
 * on until its frame is whole. The bound can therefore be passed by one frame and a receive buffer per connection.
 */
final class InboundBudget {
    private final long bytesMax;
    private final long resumeBelow;
    private final Runnable wakeReaders;
    private final AtomicLong used = new AtomicLong();
    private final AtomicReference<@Nullable Object> permitHolder = new AtomicReference<>();
    private volatile boolean readersWait;

    /**
     * @param wakeReaders called by any thread when connections that were refused should ask again
     */
    InboundBudget(long bytesMax, Runnable wakeReaders) {
        this.bytesMax = bytesMax;
        this.resumeBelow = bytesMax - bytesMax / 8;
        this.wakeReaders = wakeReaders;
    }

    long usedBytes() {
        return used.get();
    }

    boolean hasRoom(int bytes) {
        return used.get() + bytes <= bytesMax;
    }

    void charge(int bytes) {
        used.addAndGet(bytes);
    }

    void credit(int bytes) {
        long left = used.addAndGet(-bytes);
        if (readersWait && left < resumeBelow) {
            wake();
        }
    }

    /** Whether the reader may receive more; one that may not is woken when it is worth asking again. */
    boolean mayRead(Object reader, boolean inFrame) {
        if (used.get() < bytesMax) {
            return true;
        }
        if (inFrame && (permitHolder.get() == reader || permitHolder.compareAndSet(null, reader))) {
            return true;
        }
        readersWait = true;
        // What was freed between the look above and the flag must not be missed.
        return used.get() < resumeBelow;
    }

    /** The reader has completed its frame, or ended. */
    void giveBackPermit(Object reader) {
        if (permitHolder.get() == reader) {
            permitHolder.set(null);
            if (readersWait) {
                wake();
            }
        }
    }

    private void wake() {
        readersWait = false;
        wakeReaders.run();
    }
}
