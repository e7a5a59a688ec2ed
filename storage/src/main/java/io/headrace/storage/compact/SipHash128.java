package io.headrace.storage.compact;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * SipHash-2-4 with 128 bits of result (Aumasson, Bernstein, 2012): a short secret makes it impossible to look for two inputs
 * with the same hash beforehand, at a fraction of the cost of a hash without one. Not thread-safe.
 */
final class SipHash128 {
    private final long key0;
    private final long key1;
    private long v0;
    private long v1;
    private long v2;
    private long v3;
    private long low;
    private long high;

    /** The secret's two halves. */
    SipHash128(long key0, long key1) {
        this.key0 = key0;
        this.key1 = key1;
    }

    /** Hashes what remains of a buffer, whose position stays; {@link #low} and {@link #high} have the result. */
    void hash(ByteBuffer input) {
        boolean reversed = input.order() == ByteOrder.BIG_ENDIAN;
        int length = input.remaining();
        int position = input.position();
        int wordsEnd = position + (length & ~7);
        v0 = key0 ^ 0x736f6d6570736575L;
        v1 = key1 ^ 0x646f72616e646f6dL ^ 0xee;
        v2 = key0 ^ 0x6c7967656e657261L;
        v3 = key1 ^ 0x7465646279746573L;
        for (; position < wordsEnd; position += Long.BYTES) {
            long word = input.getLong(position);
            compress(reversed ? Long.reverseBytes(word) : word);
        }
        long last = (long) length << 56;
        for (int shift = 0; position < input.limit(); position++, shift += 8) {
            last |= (input.get(position) & 0xffL) << shift;
        }
        compress(last);
        v2 ^= 0xee;
        rounds(4);
        low = v0 ^ v1 ^ v2 ^ v3;
        v1 ^= 0xdd;
        rounds(4);
        high = v0 ^ v1 ^ v2 ^ v3;
    }

    private void compress(long word) {
        v3 ^= word;
        rounds(2);
        v0 ^= word;
    }

    private void rounds(int count) {
        long a = v0;
        long b = v1;
        long c = v2;
        long d = v3;
        for (int i = 0; i < count; i++) {
            a += b;
            c += d;
            b = Long.rotateLeft(b, 13) ^ a;
            d = Long.rotateLeft(d, 16) ^ c;
            a = Long.rotateLeft(a, 32);
            c += b;
            a += d;
            b = Long.rotateLeft(b, 17) ^ c;
            d = Long.rotateLeft(d, 21) ^ a;
            c = Long.rotateLeft(c, 32);
        }
        v0 = a;
        v1 = b;
        v2 = c;
        v3 = d;
    }

    /** Bytes 0 to 7 of the hash, the first one the lowest. */
    long low() {
        return low;
    }

    /** Bytes 8 to 15. */
    long high() {
        return high;
    }
}
