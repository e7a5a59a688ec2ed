package io.headrace.protocol.records;

import java.io.IOException;

/**
 * Decodes one LZ4 block: a series of literals, each but the last followed by a copy of what has been decoded, after the
 * LZ4 block format description.
 */
final class Lz4Decoder {
    private static final int MATCH_LENGTH_MIN = 4;
    /** A length of 15 in the token goes on in the bytes that follow. */
    private static final int LENGTH_CONTINUES = 15;

    private final byte[] source;
    private final int end;
    private int in;

    private Lz4Decoder(byte[] source, int size) {
        this.source = source;
        this.end = size;
    }

    /**
     * Decodes the first {@code size} bytes of {@code source}, at most {@code room} bytes of output, into {@code block},
     * which is longer by {@link BlockCopy#SLACK_BYTES}.
     *
     * @return how many bytes there were
     */
    static int decode(byte[] source, int size, byte[] block, int room) throws IOException {
        return new Lz4Decoder(source, size).decode(block, room);
    }

    private int decode(byte[] block, int room) throws IOException {
        int out = 0;
        while (in < end) {
            int token = source[in++] & 0xff;
            int literals = token >>> 4;
            if (literals == LENGTH_CONTINUES) {
                literals = longLength();
            }
            if (literals > end - in || literals > room - out) {
                throw malformed();
            }
            BlockCopy.literal(source, in, block, out, literals);
            in += literals;
            out += literals;
            if (in == end) {
                return out;
            }
            if (end - in < 2) {
                throw malformed();
            }
            int distance = (source[in] & 0xff) | (source[in + 1] & 0xff) << 8;
            in += 2;
            int length = token & LENGTH_CONTINUES;
            if (length == LENGTH_CONTINUES) {
                length = longLength();
            }
            length += MATCH_LENGTH_MIN;
            if (distance == 0 || distance > out || length > room - out) {
                throw malformed();
            }
            BlockCopy.match(block, out, distance, length);
            out += length;
        }
        // A block ends with literals, of which there may be none, but not without saying so.
        throw malformed();
    }

    /** Each byte adds to the length, up to and including the first that is not 255. */
    private int longLength() throws IOException {
        int length = LENGTH_CONTINUES;
        while (in < end) {
            int next = source[in++] & 0xff;
            length += next;
            if (next != 0xff) {
                return length;
            }
        }
        throw malformed();
    }

    private static IOException malformed() {
        return new IOException("malformed LZ4 block");
    }
}
