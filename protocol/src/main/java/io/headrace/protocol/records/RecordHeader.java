package io.headrace.protocol.records;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A key and value that travel with a record. Kept as bytes, so that a key that is no valid UTF-8 survives being copied.
 *
 * @param keyBytes the key, UTF-8 by convention
 * @param value null is a value of its own and differs from an empty one
 */
public record RecordHeader(ByteBuffer keyBytes, @Nullable ByteBuffer value) {
    /** The key is encoded as UTF-8, the value wrapped and not copied. */
    public static RecordHeader of(String key, byte @Nullable [] value) {
        return new RecordHeader(
                ByteBuffer.wrap(key.getBytes(StandardCharsets.UTF_8)), value == null ? null : ByteBuffer.wrap(value));
    }

    /** The key as text; bytes that are no UTF-8 become replacement characters. */
    public String key() {
        return StandardCharsets.UTF_8.decode(keyBytes.duplicate()).toString();
    }
}
