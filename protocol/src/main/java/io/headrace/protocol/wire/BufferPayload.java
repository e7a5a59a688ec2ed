package io.headrace.protocol.wire;

import java.nio.ByteBuffer;

/**
 * Bytes in memory: what lies between the buffer's position and its limit.
 *
 * <p>The buffer is not copied. Whoever holds the payload reads it through {@code buffer().duplicate()}, so that the
 * position, which {@link #sizeBytes} and {@link #equals} depend on, stays where it is.
 */
public record BufferPayload(ByteBuffer buffer) implements Payload {
    public static final BufferPayload EMPTY =
            new BufferPayload(ByteBuffer.allocate(0).asReadOnlyBuffer());

    /** All of the array, which is not copied. */
    public static BufferPayload of(byte[] bytes) {
        return new BufferPayload(ByteBuffer.wrap(bytes));
    }

    @Override
    public int sizeBytes() {
        return buffer.remaining();
    }

    @Override
    public String toString() {
        return "BufferPayload(" + sizeBytes() + " bytes)";
    }
}
