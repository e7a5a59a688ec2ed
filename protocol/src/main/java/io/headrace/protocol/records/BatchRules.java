package io.headrace.protocol.records;

/**
 * What a topic demands of the batches that clients produce to it.
 *
 * @param batchBytesMax {@code max.message.bytes}: largest batch, as sent, header included
 * @param keysRequired whether the topic is compacted, so that a record without a key makes no sense
 * @param timestampType {@code message.timestamp.type}
 * @param timestampBeforeMaxMs {@code message.timestamp.before.max.ms}: how far a record may lie in the past
 * @param timestampAfterMaxMs {@code message.timestamp.after.max.ms}: how far it may lie in the future
 * @param decompressionLimit how large compressed records may grow while they are checked
 */
public record BatchRules(
        int batchBytesMax,
        boolean keysRequired,
        TimestampType timestampType,
        long timestampBeforeMaxMs,
        long timestampAfterMaxMs,
        DecompressionLimit decompressionLimit) {
    /** Whether a record of this timestamp may be appended now. Records without a timestamp may. */
    boolean allowsTimestamp(long timestamp, long nowMs) {
        if (timestampType == TimestampType.LOG_APPEND_TIME || timestamp == RecordBatch.NO_TIMESTAMP) {
            return true;
        }
        long ageMs = nowMs - timestamp;
        return ageMs <= timestampBeforeMaxMs && -ageMs <= timestampAfterMaxMs;
    }
}
