package io.headrace.cli.produce;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A line taken apart.
 *
 * @param key null when there is no separator on the line, or none is looked for
 */
@SuppressWarnings("ArrayRecordComponent") // short-lived, never compared
record KeyedLine(byte @Nullable [] key, byte[] value) {
    static KeyedLine split(byte[] line, byte @Nullable [] separator) {
        int at = separator == null || separator.length == 0 ? -1 : indexOf(line, separator);
        if (separator == null || at < 0) {
            return new KeyedLine(null, line);
        }
        return new KeyedLine(Arrays.copyOf(line, at), Arrays.copyOfRange(line, at + separator.length, line.length));
    }

    private static int indexOf(byte[] line, byte[] separator) {
        for (int i = 0; i + separator.length <= line.length; i++) {
            if (Arrays.equals(line, i, i + separator.length, separator, 0, separator.length)) {
                return i;
            }
        }
        return -1;
    }
}
