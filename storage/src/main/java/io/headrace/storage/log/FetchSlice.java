package io.headrace.storage.log;

import org.jspecify.annotations.Nullable;

/**
 * What a read found.
 *
 * @param records whole batches, the first of which contains or follows the offset asked for; null when there are none. The
 *     caller releases it
 * @param nextOffset where to go on reading; the offset asked for when there are no batches
 */
public record FetchSlice(@Nullable FileSlice records, long nextOffset) {
    public int sizeBytes() {
        return records == null ? 0 : records.sizeBytes();
    }
}
