package io.headrace.core.config;

import java.util.Arrays;
import java.util.Locale;

/** How a topic's batches are compressed on disk. */
public enum CompressionType {
    UNCOMPRESSED,
    ZSTD,
    LZ4,
    SNAPPY,
    GZIP,
    /** As each producer sent them. */
    PRODUCER;

    /** The type that a {@code compression.type} value names. */
    static CompressionType forName(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }

    static String[] names() {
        return Arrays.stream(values())
                .map(type -> type.name().toLowerCase(Locale.ROOT))
                .toArray(String[]::new);
    }
}
