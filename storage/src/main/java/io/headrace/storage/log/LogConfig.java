package io.headrace.storage.log;

import io.headrace.core.config.TopicConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What a topic's configuration says about the files of its partitions. Each value has Kafka's name and default.
 *
 * @param segmentBytes {@code segment.bytes}: size at which a new segment begins
 * @param segmentMs {@code segment.ms}: age, by record timestamps, at which a new segment begins
 * @param segmentJitterMs {@code segment.jitter.ms}: that age is shortened by a random time up to this
 * @param segmentIndexBytes {@code segment.index.bytes}: size of an index at which a new segment begins
 * @param indexIntervalBytes {@code index.interval.bytes}: how much log lies between two index entries
 * @param retentionMs {@code retention.ms}: age at which segments are deleted; -1 never
 * @param retentionBytes {@code retention.bytes}: size of the partition beyond which old segments are deleted; -1 none
 * @param fileDeleteDelayMs {@code file.delete.delay.ms}: how long a deleted segment stays on disk
 * @param cleanupDelete whether {@code cleanup.policy} contains delete
 * @param cleanupCompact whether {@code cleanup.policy} contains compact
 * @param deleteRetentionMs {@code delete.retention.ms}: how long compaction keeps tombstones
 * @param minCompactionLagMs {@code min.compaction.lag.ms}
 * @param maxCompactionLagMs {@code max.compaction.lag.ms}
 * @param minCleanableDirtyRatio {@code min.cleanable.dirty.ratio}
 * @param maxMessageBytes {@code max.message.bytes}: largest batch accepted
 * @param flushMessages {@code flush.messages}
 * @param flushMs {@code flush.ms}
 */
public record LogConfig(
        int segmentBytes,
        long segmentMs,
        long segmentJitterMs,
        int segmentIndexBytes,
        int indexIntervalBytes,
        long retentionMs,
        long retentionBytes,
        long fileDeleteDelayMs,
        boolean cleanupDelete,
        boolean cleanupCompact,
        long deleteRetentionMs,
        long minCompactionLagMs,
        long maxCompactionLagMs,
        double minCleanableDirtyRatio,
        int maxMessageBytes,
        long flushMessages,
        long flushMs) {

    /** Kafka's defaults. */
    public static final LogConfig DEFAULT = of(Map.of());

    /**
     * A configuration from a topic's effective values, by Kafka's names. What is missing has Kafka's default; names that say
     * nothing about the log are skipped. Values were validated when they were set.
     *
     * @throws NumberFormatException if a value is no number where one is needed
     */
    public static LogConfig of(Map<String, String> values) {
        String segmentBytes = values.getOrDefault("segment.bytes", "1073741824");
        String policy = values.getOrDefault("cleanup.policy", "delete");
        List<String> policies =
                Arrays.stream(policy.split(",", -1)).map(String::trim).toList();
        return new LogConfig(
                // Kafka's way to let tests have segments smaller than it allows users.
                Integer.parseInt(values.getOrDefault("internal.segment.bytes", segmentBytes)),
                number(values, "segment.ms", 604_800_000L),
                number(values, "segment.jitter.ms", 0),
                (int) number(values, "segment.index.bytes", 10_485_760),
                (int) number(values, "index.interval.bytes", 4096),
                number(values, "retention.ms", 604_800_000L),
                number(values, "retention.bytes", -1),
                number(values, "file.delete.delay.ms", 60_000),
                policies.contains("delete"),
                policies.contains("compact"),
                number(values, "delete.retention.ms", 86_400_000L),
                number(values, "min.compaction.lag.ms", 0),
                number(values, "max.compaction.lag.ms", Long.MAX_VALUE),
                Double.parseDouble(values.getOrDefault("min.cleanable.dirty.ratio", "0.5")),
                (int) number(values, "max.message.bytes", 1_048_588),
                number(values, "flush.messages", Long.MAX_VALUE),
                number(values, "flush.ms", Long.MAX_VALUE));
    }

    /** What a topic's configuration says of its logs. */
    public static LogConfig of(TopicConfig topic) {
        return new LogConfig(
                topic.segmentBytes(),
                topic.segmentMs(),
                topic.segmentJitterMs(),
                topic.segmentIndexBytes(),
                topic.indexIntervalBytes(),
                topic.retentionMs(),
                topic.retentionBytes(),
                topic.fileDeleteDelayMs(),
                topic.delete(),
                topic.compact(),
                topic.deleteRetentionMs(),
                topic.minCompactionLagMs(),
                topic.maxCompactionLagMs(),
                topic.minCleanableDirtyRatio(),
                topic.maxMessageBytes(),
                topic.flushMessages(),
                topic.flushMs());
    }

    private static long number(Map<String, String> values, String name, long otherwise) {
        String value = values.get(name);
        return value == null ? otherwise : Long.parseLong(value.trim());
    }
}
