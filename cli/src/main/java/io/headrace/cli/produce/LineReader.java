package io.headrace.cli.produce;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Splits a stream into lines of bytes, without their newline. A last line needs none. */
final class LineReader {
    private static final int BLOCK_BYTES = 64 << 10;

    private final InputStream in;
    private final int lineBytesMax;
    private byte[] buffer = new byte[BLOCK_BYTES];
    private int start;
    private int end;
    private boolean ended;

    /**
     * @param lineBytesMax a longer line is an error, found before it fills the memory
     */
    LineReader(InputStream in, int lineBytesMax) {
        this.in = in;
        this.lineBytesMax = lineBytesMax;
    }

    /** The next line, or null at the end. */
    byte @Nullable [] next() throws IOException {
        int searched = start;
        while (true) {
            for (int i = searched; i < end; i++) {
                if (buffer[i] == '\n') {
                    byte[] line = Arrays.copyOfRange(buffer, start, i);
                    start = i + 1;
                    return line;
                }
            }
            searched = end - start;
            if (ended) {
                byte[] last = end > start ? Arrays.copyOfRange(buffer, start, end) : null;
                start = end;
                return last;
            }
            fill();
        }
    }

    private void fill() throws IOException {
        if (start > 0) {
            System.arraycopy(buffer, start, buffer, 0, end - start);
            end -= start;
            start = 0;
        }
        if (end == buffer.length) {
            if (end > lineBytesMax) {
                throw new IOException("a line is longer than " + lineBytesMax + " bytes");
            }
            buffer = Arrays.copyOf(buffer, 2 * buffer.length);
        }
        int count = in.read(buffer, end, buffer.length - end);
        if (count < 0) {
            ended = true;
        } else {
            end += count;
        }
    }

    /** Whether the next line may have to be waited for. */
    boolean mayBlock() throws IOException {
        for (int i = start; i < end; i++) {
            if (buffer[i] == '\n') {
                return false;
            }
        }
        return !ended && in.available() == 0;
    }
}
