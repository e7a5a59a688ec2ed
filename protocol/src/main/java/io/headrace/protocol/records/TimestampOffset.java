package io.headrace.protocol.records;

/** A record's timestamp in ms and its offset. */
public record TimestampOffset(long timestamp, long offset) {}
