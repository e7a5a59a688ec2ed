package io.headrace.protocol.records;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The two copies that decoders of the LZ family live on, eight bytes at a time. Every access is checked by the virtual
 * machine. Copies may write up to {@link #SLACK_BYTES} beyond their end, into bytes of the block not yet decoded.
 */
final class BlockCopy {
    /** Room that a block's array has behind the longest block. */
    static final int SLACK_BYTES = 16;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final int STEP = Long.BYTES;

    private BlockCopy() {}

    /** Copies {@code length} bytes of the input, all of which exist, to the block. */
    static void literal(byte[] source, int in, byte[] block, int out, int length) {
        if (length <= 2 * STEP && in + 2 * STEP <= source.length) {
            LONGS.set(block, out, (long) LONGS.get(source, in));
            LONGS.set(block, out + STEP, (long) LONGS.get(source, in + STEP));
        } else {
            System.arraycopy(source, in, block, out, length);
        }
    }

    /**
     * Repeats {@code length} bytes that begin {@code distance} before {@code out}. They may include bytes that this very
     * copy writes: that is how runs are encoded.
     */
    static void match(byte[] block, int out, int distance, int length) {
        int end = out + length;
        int to = out;
        if (distance >= STEP) {
            for (; to < end; to += STEP) {
                LONGS.set(block, to, (long) LONGS.get(block, to - distance));
            }
        } else {
            for (; to < end; to++) {
                block[to] = block[to - distance];
            }
        }
    }
}
