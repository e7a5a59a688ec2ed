package io.headrace.network.server;

import io.headrace.protocol.wire.Payload;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An answer: the bytes after the size prefix, in parts. Parts are {@link io.headrace.protocol.wire.BufferPayload} or
 * {@link FilePayload}; their bytes must not change until the frame is released. Positions of the buffers are not moved.
 */
public final class OutgoingFrame {
    private final List<? extends Payload> parts;
    private final int sizeBytes;
    private @Nullable Runnable onReleased;

    /**
     * @param parts sent one after the other
     * @param onReleased run once when the frame was written or dropped, on any thread; null for nothing
     */
    public OutgoingFrame(List<? extends Payload> parts, @Nullable Runnable onReleased) {
        this.parts = parts;
        this.onReleased = onReleased;
        long size = 0;
        for (int i = 0; i < parts.size(); i++) {
            size += parts.get(i).sizeBytes();
        }
        this.sizeBytes = Math.toIntExact(size);
    }

    /** A frame that needs nothing done after it was sent. */
    public OutgoingFrame(List<? extends Payload> parts) {
        this(parts, null);
    }

    List<? extends Payload> parts() {
        return parts;
    }

    /** The bytes announced by the size prefix, which is not counted. */
    public int sizeBytes() {
        return sizeBytes;
    }

    /** Drops the frame: lets go of its parts from {@code fromPart} on, the ones before were sent and let go. */
    void release(int fromPart) {
        for (int i = fromPart; i < parts.size(); i++) {
            if (parts.get(i) instanceof FilePayload file) {
                file.release();
            }
        }
        finish();
    }

    /** All parts were sent. */
    void finish() {
        Runnable action = onReleased;
        onReleased = null;
        if (action != null) {
            action.run();
        }
    }
}
