package io.headrace.network.client;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Puts answers together from the bytes that arrive. An answer takes memory as it comes, not as it announces. */
final class AnswerFrames {
    private static final int PREFIX_BYTES = 4;
    private static final int FIRST_BYTES = 64 << 10;

    private final int bytesMax;
    private int prefixBytes;
    private int size;
    private byte @Nullable [] body;
    private int filled;

    AnswerFrames(int bytesMax) {
        this.bytesMax = bytesMax;
    }

    /**
     * Takes bytes from {@code in} up to the end of a frame.
     *
     * @return a whole frame, or null when all of {@code in} was taken without completing one
     * @throws IllegalArgumentException when a size is not one of a frame
     */
    @Nullable
    ByteBuffer next(ByteBuf in) {
        while (body == null) {
            if (!in.isReadable()) {
                return null;
            }
            size = size << 8 | in.readUnsignedByte();
            if (++prefixBytes == PREFIX_BYTES) {
                if (size < 0 || size > bytesMax) {
                    throw new IllegalArgumentException("the broker announced an answer of " + size + " bytes");
                }
                body = new byte[Math.min(size, FIRST_BYTES)];
                filled = 0;
            }
        }
        byte[] target = body;
        while (filled < size && in.isReadable()) {
            if (filled == target.length) {
                target = Arrays.copyOf(target, (int) Math.min(size, target.length * 4L));
                body = target;
            }
            int count = Math.min(in.readableBytes(), target.length - filled);
            in.readBytes(target, filled, count);
            filled += count;
        }
        if (filled < size) {
            return null;
        }
        body = null;
        prefixBytes = 0;
        size = 0;
        return ByteBuffer.wrap(target);
    }
}
