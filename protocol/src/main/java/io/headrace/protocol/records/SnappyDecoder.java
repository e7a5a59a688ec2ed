package io.headrace.protocol.records;

import java.io.IOException;

/**
 * Decodes the elements of one snappy block: literals and copies from what has been decoded, after the format description
 * that comes with Google's snappy.
 */
final class SnappyDecoder {
    private SnappyDecoder() {}

    /**
     * Decodes the elements between {@code start} and {@code end} of {@code source} into exactly the first {@code size}
     * bytes of {@code block}, which is longer by {@link BlockCopy#SLACK_BYTES}.
     */
    static void decode(byte[] source, int start, int end, byte[] block, int size) throws IOException {
        int in = start;
        int out = 0;
        while (in < end) {
            int tag = source[in++] & 0xff;
            int kind = tag & 3;
            if (kind == 0) {
                int length = (tag >>> 2) + 1;
                if (length > 60) {
                    int lengthBytes = length - 60;
                    if (lengthBytes > end - in) {
                        throw malformed();
                    }
                    length = littleEndian(source, in, lengthBytes) + 1;
                    in += lengthBytes;
                }
                if (length <= 0 || length > end - in || length > size - out) {
                    throw malformed();
                }
                BlockCopy.literal(source, in, block, out, length);
                in += length;
                out += length;
            } else {
                int distanceBytes = kind == 3 ? 4 : kind;
                if (distanceBytes > end - in) {
                    throw malformed();
                }
                int length;
                int distance;
                if (kind == 1) {
                    length = 4 + ((tag >>> 2) & 7);
                    distance = ((tag >>> 5) << 8) | (source[in] & 0xff);
                } else {
                    length = 1 + (tag >>> 2);
                    distance = littleEndian(source, in, distanceBytes);
                }
                in += distanceBytes;
                if (distance <= 0 || distance > out || length > size - out) {
                    throw malformed();
                }
                BlockCopy.match(block, out, distance, length);
                out += length;
            }
        }
        if (out != size) {
            throw malformed();
        }
    }

    private static int littleEndian(byte[] source, int position, int count) {
        int value = 0;
        for (int i = 0; i < count; i++) {
            value |= (source[position + i] & 0xff) << (8 * i);
        }
        return value;
    }

    private static IOException malformed() {
        return new IOException("malformed snappy block");
    }
}
