package io.headrace.protocol.records;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One record with the offset and timestamp that its batch gives it. Owns its bytes: it stays valid when the batch's
 * buffer is reused.
 *
 * @param timestamp ms since 1970, or -1 for none
 * @param key null for a record without one
 * @param value null for a tombstone
 */
@SuppressWarnings("JavaLangClash") // the protocol's own word for it
public record Record(
        long offset,
        long timestamp,
        @Nullable ByteBuffer key,
        @Nullable ByteBuffer value,
        List<RecordHeader> headers) {
    public Record {
        headers = List.copyOf(headers);
    }
}
