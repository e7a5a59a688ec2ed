package io.headrace.protocol.records;

/** The arrays that {@link BlockInputStream}s need, kept from one stream to the next by whoever opens them. */
final class BlockBuffers {
    /** Larger arrays are given back rather than kept. */
    private static final int KEPT_BYTES_MAX = 256 << 10;

    private static final byte[] NOTHING = new byte[0];

    private byte[] compressed = NOTHING;
    private byte[] block = NOTHING;

    /** An array for at least {@code size} compressed bytes; the same one until a larger one is asked for. */
    byte[] compressed(int size) {
        if (compressed.length < size) {
            compressed = new byte[size];
        }
        return compressed;
    }

    /** An array for a block of at least {@code size} bytes and the slack behind it. */
    byte[] block(int size) {
        if (block.length < size + BlockCopy.SLACK_BYTES) {
            block = new byte[size + BlockCopy.SLACK_BYTES];
        }
        return block;
    }

    /** Called when a stream is done with the arrays. */
    void trim() {
        if (compressed.length > KEPT_BYTES_MAX) {
            compressed = NOTHING;
        }
        if (block.length > KEPT_BYTES_MAX) {
            block = NOTHING;
        }
    }
}
