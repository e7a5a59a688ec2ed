package io.headrace.protocol.wire;

/**
 * Bytes that pass through the broker without being copied or looked at: the records of a partition, in memory or in a
 * file. The network layer knows how to send each kind.
 */
public interface Payload {
    int sizeBytes();
}
