package io.headrace.core.config;

import io.headrace.protocol.records.BatchRules;
import io.headrace.protocol.records.DecompressionLimit;
import io.headrace.protocol.records.TimestampType;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A topic's effective configuration: its overrides over the broker's defaults over the built-in ones. Sizes are in
 * bytes, times in milliseconds.
 *
 * @param compact whether old records give way to newer ones of the same key
 * @param delete whether old segments are deleted; with neither this nor {@code compact} everything is kept
 * @param compressionType how batches are compressed on disk
 * @param compressionLevel the level for that compression where it has one; 0 otherwise
 * @param deleteRetentionMs how long compaction keeps tombstones
 * @param fsync whether a record counts as durable only when it is on disk, not when the operating system has it
 * @param fileDeleteDelayMs how long a deleted segment's file stays
 * @param indexIntervalBytes bytes of log between two index entries
 * @param maxCompactionLagMs longest wait for compaction
 * @param batchRules what a batch must be like to be accepted, made once as each produced batch needs it
 * @param minCleanableDirtyRatio share of uncompacted bytes from which compaction is worth it
 * @param minCompactionLagMs shortest stay before compaction
 * @param minInsyncReplicas replicas that must be in sync for acks=all
 * @param retentionBytes size limit of a partition; negative for none
 * @param retentionMs age limit of records; -1 for none
 * @param segmentBytes size at which a new segment begins
 * @param segmentIndexBytes largest offset index
 * @param segmentJitterMs most that is randomly taken off {@code segmentMs}
 * @param segmentMs age at which a new segment begins
 */
public record TopicConfig(
        boolean compact,
        boolean delete,
        CompressionType compressionType,
        int compressionLevel,
        long deleteRetentionMs,
        boolean fsync,
        long fileDeleteDelayMs,
        int indexIntervalBytes,
        long maxCompactionLagMs,
        BatchRules batchRules,
        double minCleanableDirtyRatio,
        long minCompactionLagMs,
        int minInsyncReplicas,
        long retentionBytes,
        long retentionMs,
        int segmentBytes,
        int segmentIndexBytes,
        long segmentJitterMs,
        long segmentMs) {

    /** What a topic has without overrides, on a broker without settings. */
    public static final TopicConfig DEFAULT = of(Map.of());

    static final String DECOMPRESSED_BATCH_BYTES_MAX = "headrace.batch.decompressed.bytes.max";

    /**
     * The age in ms at which a new segment begins: {@code segmentMs}, or sooner if its records must be compacted sooner, as
     * a segment that is still written cannot be (KIP-354).
     */
    public long rollMs() {
        return compact && maxCompactionLagMs > 0 ? Math.min(maxCompactionLagMs, segmentMs) : segmentMs;
    }

    /** The configuration of a topic with these overrides on a broker without settings of its own. */
    public static TopicConfig of(Map<String, String> overrides) {
        return of(overrides, Map.of());
    }

    /**
     * The configuration of a topic.
     *
     * @param overrides the topic's own values, by topic key
     * @param brokerValues what is set on the broker, by broker key; keys that are not set are absent
     * @throws InvalidConfigException when a value is wrong
     */
    public static TopicConfig of(Map<String, String> overrides, Map<String, String> brokerValues) {
        Reader reader = new Reader(overrides, brokerValues);
        List<String> policies = reader.list(TopicConfigKeys.CLEANUP_POLICY);
        CompressionType compression = CompressionType.forName(reader.text(TopicConfigKeys.COMPRESSION_TYPE));
        return new TopicConfig(
                policies.contains("compact"),
                policies.contains("delete"),
                compression,
                reader.compressionLevel(compression),
                reader.number(TopicConfigKeys.DELETE_RETENTION_MS),
                reader.fsync(),
                reader.number(TopicConfigKeys.FILE_DELETE_DELAY_MS),
                reader.integer(TopicConfigKeys.INDEX_INTERVAL_BYTES),
                reader.number(TopicConfigKeys.MAX_COMPACTION_LAG_MS),
                reader.batchRules(policies.contains("compact")),
                (Double) reader.value(TopicConfigKeys.MIN_CLEANABLE_DIRTY_RATIO),
                reader.number(TopicConfigKeys.MIN_COMPACTION_LAG_MS),
                reader.integer(TopicConfigKeys.MIN_INSYNC_REPLICAS),
                reader.number(TopicConfigKeys.RETENTION_BYTES),
                reader.number(TopicConfigKeys.RETENTION_MS),
                reader.segmentBytes(),
                reader.integer(TopicConfigKeys.SEGMENT_INDEX_BYTES),
                reader.number(TopicConfigKeys.SEGMENT_JITTER_MS),
                reader.number(TopicConfigKeys.SEGMENT_MS));
    }

    /** Whether records get the time of their append in place of the producer's. */
    public boolean logAppendTime() {
        return batchRules.timestampType() == TimestampType.LOG_APPEND_TIME;
    }

    /**
     * The text that a topic key has when the topic does not override it: the first of its broker keys that is set, turned
     * into the topic key's unit, else the built-in default. Null when there is neither.
     */
    public static @Nullable String inherited(ConfigKey topicKey, Map<String, String> brokerValues) {
        for (ConfigKey.Synonym synonym : topicKey.synonyms()) {
            String text = brokerValues.get(synonym.broker());
            if (text != null) {
                boolean forEver = topicKey.name().equals(TopicConfigKeys.RETENTION_MS)
                        && text.trim().startsWith("-");
                return forEver ? "-1" : inTopicUnit(text, synonym.factor());
            }
        }
        return topicKey.defaultText();
    }

    private static String inTopicUnit(String text, long factor) {
        if (factor == 1) {
            return text;
        }
        long count = Long.parseLong(text.trim());
        // A negative number of hours or minutes means without limit.
        return Long.toString(count < 0 ? -1 : Math.multiplyExact(count, factor));
    }

    private record Reader(Map<String, String> overrides, Map<String, String> brokerValues) {

        Object value(String name) {
            ConfigKey key = TopicConfigKeys.SCHEMA.key(name);
            String text = overrides.get(name);
            if (text == null) {
                text = inherited(key, brokerValues);
            }
            if (text == null) {
                throw new IllegalStateException("Topic key " + name + " has no default");
            }
            return key.parse(text);
        }

        long number(String name) {
            return (Long) value(name);
        }

        int integer(String name) {
            return (Integer) value(name);
        }

        String text(String name) {
            return (String) value(name);
        }

        List<String> list(String name) {
            return ((List<?>) value(name)).stream().map(Object::toString).toList();
        }

        /** A file that says to sync after each record says what durability says here. */
        boolean fsync() {
            return text(TopicConfigKeys.DURABILITY).equals("fsync") || number(TopicConfigKeys.FLUSH_MESSAGES) == 1;
        }

        BatchRules batchRules(boolean compact) {
            return new BatchRules(
                    integer(TopicConfigKeys.MAX_MESSAGE_BYTES),
                    compact,
                    text(TopicConfigKeys.MESSAGE_TIMESTAMP_TYPE).equals("LogAppendTime")
                            ? TimestampType.LOG_APPEND_TIME
                            : TimestampType.CREATE_TIME,
                    number(TopicConfigKeys.MESSAGE_TIMESTAMP_BEFORE_MAX_MS),
                    number(TopicConfigKeys.MESSAGE_TIMESTAMP_AFTER_MAX_MS),
                    DecompressionLimit.ofBatchBytes(decompressedBatchBytesMax()));
        }

        int decompressedBatchBytesMax() {
            ConfigKey key = BrokerConfigKeys.SCHEMA.key(DECOMPRESSED_BATCH_BYTES_MAX);
            String text = brokerValues.getOrDefault(key.name(), String.valueOf(key.defaultText()));
            return (Integer) key.parse(text);
        }

        int compressionLevel(CompressionType type) {
            return switch (type) {
                case GZIP -> integer(TopicConfigKeys.COMPRESSION_GZIP_LEVEL);
                case LZ4 -> integer(TopicConfigKeys.COMPRESSION_LZ4_LEVEL);
                case ZSTD -> integer(TopicConfigKeys.COMPRESSION_ZSTD_LEVEL);
                case UNCOMPRESSED, SNAPPY, PRODUCER -> 0;
            };
        }

        int segmentBytes() {
            return overrides.containsKey(TopicConfigKeys.INTERNAL_SEGMENT_BYTES)
                    ? integer(TopicConfigKeys.INTERNAL_SEGMENT_BYTES)
                    : integer(TopicConfigKeys.SEGMENT_BYTES);
        }
    }
}
