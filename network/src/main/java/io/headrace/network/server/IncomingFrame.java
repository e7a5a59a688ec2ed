package io.headrace.network.server;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * A received frame, without its size prefix, in the memory it was received into.
 *
 * <p>Counted references: it is handed over with one, which the network takes back when
 * {@link ConnectionHandler#onFrame} returns. The bytes must not be touched after the last release: the memory is used
 * again for other frames.
 */
public final class IncomingFrame {
    private static final VarHandle REFERENCES;

    static {
        try {
            REFERENCES = MethodHandles.lookup().findVarHandle(IncomingFrame.class, "references", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final ReceiveBuffer memory;
    private final ByteBuffer buffer;
    private final ResponseSlot slot;

    @SuppressWarnings("unused") // through REFERENCES
    private volatile int references = 1;

    /** Takes over one reference to {@code memory}. */
    IncomingFrame(ReceiveBuffer memory, int start, int sizeBytes, ResponseSlot slot) {
        this.memory = memory;
        this.buffer = memory.slice(start, sizeBytes);
        this.slot = slot;
    }

    /**
     * The bytes, from position to limit, in direct memory; big endian. It is the same object at each call, and the bytes
     * may be changed in place by the one who works on the frame.
     *
     * @throws IllegalStateException when the frame was released
     */
    public ByteBuffer buffer() {
        if ((int) REFERENCES.getVolatile(this) <= 0) {
            throw new IllegalStateException("The frame was released");
        }
        return buffer;
    }

    /** Where the answer to this frame goes. */
    public ResponseSlot slot() {
        return slot;
    }

    /** The connection it came on. */
    public Connection connection() {
        return slot.connection();
    }

    /** Keeps the memory until one more {@link #release()}. From any thread that holds a reference. */
    public IncomingFrame retain() {
        int before = (int) REFERENCES.getAndAdd(this, 1);
        if (before <= 0) {
            throw new IllegalStateException("The frame was released");
        }
        return this;
    }

    /** Gives one reference back; with the last one the memory is free for other use. From any thread. */
    public void release() {
        int before = (int) REFERENCES.getAndAdd(this, -1);
        if (before == 1) {
            memory.release();
        } else if (before <= 0) {
            throw new IllegalStateException("The frame was released more often than retained");
        }
    }
}
