package io.headrace.server.api;

import java.util.List;
import java.util.UUID;

/** What clients are asked to push of their own metrics (KIP-714): nothing, as nothing here receives it. */
final class TelemetrySubscription {
    /** Kafka's default. */
    static final int PUSH_INTERVAL_MS = 300_000;

    /** The ids of the codecs that clients may compress with, the best first: zstd, lz4, gzip, snappy. */
    static final List<Byte> COMPRESSION_TYPES = List.of((byte) 4, (byte) 3, (byte) 1, (byte) 2);

    private TelemetrySubscription() {}

    /** What a client is to say with what it pushes: there is one subscription for each client, which never changes. */
    static int id(UUID clientInstanceId) {
        return clientInstanceId.hashCode();
    }
}
