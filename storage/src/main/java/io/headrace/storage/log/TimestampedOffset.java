package io.headrace.storage.log;

/**
 * A record found by its time.
 *
 * @param timestampMs the record's timestamp
 * @param leaderEpoch the epoch its batch was written in
 */
public record TimestampedOffset(long timestampMs, long offset, int leaderEpoch) {}
