package io.headrace.core.coordinator;

import org.jspecify.annotations.Nullable;

/**
 * One record for the log, in Kafka's format for the internal topic that the coordinator keeps its state in.
 *
 * @param key the encoded key, two bytes of record type included
 * @param value the encoded value, two bytes of version included; null deletes the key
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier between two owners; never compared
public record StateRecord(byte[] key, byte @Nullable [] value) {}
