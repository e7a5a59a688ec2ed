package io.headrace.core.config;

import static io.headrace.core.config.ConfigKey.booleanKey;
import static io.headrace.core.config.ConfigKey.doubleKey;
import static io.headrace.core.config.ConfigKey.intKey;
import static io.headrace.core.config.ConfigKey.listKey;
import static io.headrace.core.config.ConfigKey.longKey;
import static io.headrace.core.config.ConfigKey.stringKey;

import io.headrace.core.config.ConfigKey.Synonym;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** The keys that a topic can override, and the broker keys that each takes its default from. */
public final class TopicConfigKeys {
    public static final String CLEANUP_POLICY = "cleanup.policy";
    public static final String COMPRESSION_GZIP_LEVEL = "compression.gzip.level";
    public static final String COMPRESSION_LZ4_LEVEL = "compression.lz4.level";
    public static final String COMPRESSION_TYPE = "compression.type";
    public static final String COMPRESSION_ZSTD_LEVEL = "compression.zstd.level";
    public static final String DELETE_RETENTION_MS = "delete.retention.ms";
    public static final String DURABILITY = "durability";
    public static final String FILE_DELETE_DELAY_MS = "file.delete.delay.ms";
    public static final String FLUSH_MESSAGES = "flush.messages";
    public static final String FLUSH_MS = "flush.ms";
    public static final String FOLLOWER_REPLICATION_THROTTLED_REPLICAS = "follower.replication.throttled.replicas";
    public static final String INDEX_INTERVAL_BYTES = "index.interval.bytes";
    public static final String INTERNAL_SEGMENT_BYTES = "internal.segment.bytes";
    public static final String LEADER_REPLICATION_THROTTLED_REPLICAS = "leader.replication.throttled.replicas";
    public static final String LOCAL_RETENTION_BYTES = "local.retention.bytes";
    public static final String LOCAL_RETENTION_MS = "local.retention.ms";
    public static final String MAX_COMPACTION_LAG_MS = "max.compaction.lag.ms";
    public static final String MAX_MESSAGE_BYTES = "max.message.bytes";
    public static final String MESSAGE_TIMESTAMP_AFTER_MAX_MS = "message.timestamp.after.max.ms";
    public static final String MESSAGE_TIMESTAMP_BEFORE_MAX_MS = "message.timestamp.before.max.ms";
    public static final String MESSAGE_TIMESTAMP_TYPE = "message.timestamp.type";
    public static final String MIN_CLEANABLE_DIRTY_RATIO = "min.cleanable.dirty.ratio";
    public static final String MIN_COMPACTION_LAG_MS = "min.compaction.lag.ms";
    public static final String MIN_INSYNC_REPLICAS = "min.insync.replicas";
    public static final String PREALLOCATE = "preallocate";
    public static final String REMOTE_LOG_COPY_DISABLE = "remote.log.copy.disable";
    public static final String REMOTE_LOG_DELETE_ON_DISABLE = "remote.log.delete.on.disable";
    public static final String REMOTE_STORAGE_ENABLE = "remote.storage.enable";
    public static final String RETENTION_BYTES = "retention.bytes";
    public static final String RETENTION_MS = "retention.ms";
    public static final String SEGMENT_BYTES = "segment.bytes";
    public static final String SEGMENT_INDEX_BYTES = "segment.index.bytes";
    public static final String SEGMENT_JITTER_MS = "segment.jitter.ms";
    public static final String SEGMENT_MS = "segment.ms";
    public static final String UNCLEAN_LEADER_ELECTION_ENABLE = "unclean.leader.election.enable";

    static final long MILLIS_PER_HOUR = TimeUnit.HOURS.toMillis(1);
    static final long MILLIS_PER_MINUTE = TimeUnit.MINUTES.toMillis(1);
    private static final long WEEK_MS = TimeUnit.DAYS.toMillis(7);
    private static final Pattern PARTITION_AND_BROKER = Pattern.compile("\\d+:\\d+");

    /** Kafka 4.3's topic keys, with their types, defaults and ranges, and {@link #DURABILITY}, which is ours. */
    public static final ConfigSchema SCHEMA = new ConfigSchema(List.of(
            listKey(CLEANUP_POLICY, "delete")
                    .rule(ConfigRule.listOf("compact", "delete"))
                    .from(same("log.cleanup.policy"))
                    .doc("What happens to old records: deleted, compacted to the last one of each key, or" + " both."),
            intKey(COMPRESSION_GZIP_LEVEL, -1)
                    .rule(gzipLevel())
                    .from(same(COMPRESSION_GZIP_LEVEL))
                    .doc("The gzip level used when the broker itself compresses this topic with gzip."),
            intKey(COMPRESSION_LZ4_LEVEL, 9)
                    .between(1, 17)
                    .from(same(COMPRESSION_LZ4_LEVEL))
                    .doc("The lz4 level used when the broker itself compresses this topic with lz4."),
            stringKey(COMPRESSION_TYPE, "producer")
                    .rule(ConfigRule.oneOf(CompressionType.names()))
                    .from(same(COMPRESSION_TYPE))
                    .doc("How batches are compressed on disk; producer keeps what each producer chose."),
            intKey(COMPRESSION_ZSTD_LEVEL, 3)
                    .between(-131072, 22)
                    .from(same(COMPRESSION_ZSTD_LEVEL))
                    .doc("The zstd level used when the broker itself compresses this topic with zstd."),
            longKey(DELETE_RETENTION_MS, TimeUnit.DAYS.toMillis(1))
                    .atLeast(0)
                    .from(same("log.cleaner.delete.retention.ms"))
                    .doc("How long compaction keeps a tombstone, so that slow readers still learn of the"
                            + " deletion."),
            stringKey(DURABILITY, "fsync")
                    .rule(ConfigRule.oneOf("fsync", "os"))
                    .from(same(DURABILITY))
                    .doc("When a record counts as durable: fsync once it is on disk, os once the operating"
                            + " system has it."),
            longKey(FILE_DELETE_DELAY_MS, 60_000L)
                    .atLeast(0)
                    .from(same("log.segment.delete.delay.ms"))
                    .doc("How long a deleted segment's file stays before it is removed from the disk."),
            longKey(FLUSH_MESSAGES, Long.MAX_VALUE)
                    .atLeast(1)
                    .from(same("log.flush.interval.messages"))
                    .doc("1 has every record synced, whatever durability says; other values have no effect."),
            longKey(FLUSH_MS, Long.MAX_VALUE)
                    .atLeast(0)
                    .from(same("log.flush.interval.ms"), same("log.flush.scheduler.interval.ms"))
                    .doc("Accepted for compatibility: durability decides when records are synced."),
            listKey(FOLLOWER_REPLICATION_THROTTLED_REPLICAS, "")
                    .rule(throttledReplicas())
                    .doc("Replicas whose fetching is throttled, as partition:broker, or * for all."),
            intKey(INDEX_INTERVAL_BYTES, 4096)
                    .atLeast(0)
                    .from(same("log.index.interval.bytes"))
                    .doc("How many bytes of log lie between two entries of the offset index."),
            intKey(INTERNAL_SEGMENT_BYTES, null).hidden().doc("A segment size below the usual minimum, for tests."),
            listKey(LEADER_REPLICATION_THROTTLED_REPLICAS, "")
                    .rule(throttledReplicas())
                    .doc("Replicas that the leader throttles, as partition:broker, or * for all."),
            longKey(LOCAL_RETENTION_BYTES, -2L)
                    .atLeast(-2)
                    .from(same("log.local.retention.bytes"))
                    .doc("Bytes of a tiered partition kept locally; -2 takes retention.bytes."),
            longKey(LOCAL_RETENTION_MS, -2L)
                    .atLeast(-2)
                    .from(same("log.local.retention.ms"))
                    .doc("Milliseconds that a tiered segment is kept locally; -2 takes retention.ms."),
            longKey(MAX_COMPACTION_LAG_MS, Long.MAX_VALUE)
                    .atLeast(1)
                    .from(same("log.cleaner.max.compaction.lag.ms"))
                    .doc("The longest time that a record of a compacted topic may wait for compaction."),
            intKey(MAX_MESSAGE_BYTES, 1_048_588)
                    .atLeast(0)
                    .from(same("message.max.bytes"))
                    .doc("The largest record batch the topic accepts, as it arrives, compressed."),
            longKey(MESSAGE_TIMESTAMP_AFTER_MAX_MS, TimeUnit.HOURS.toMillis(1))
                    .atLeast(0)
                    .from(same("log.message.timestamp.after.max.ms"))
                    .doc("How far ahead of the broker's clock a producer's timestamp may be."),
            longKey(MESSAGE_TIMESTAMP_BEFORE_MAX_MS, Long.MAX_VALUE)
                    .atLeast(0)
                    .from(same("log.message.timestamp.before.max.ms"))
                    .doc("How far behind the broker's clock a producer's timestamp may be."),
            stringKey(MESSAGE_TIMESTAMP_TYPE, "CreateTime")
                    .rule(ConfigRule.oneOf("CreateTime", "LogAppendTime"))
                    .from(same("log.message.timestamp.type"))
                    .doc("Whether a record keeps its producer's timestamp or gets the time of its append."),
            doubleKey(MIN_CLEANABLE_DIRTY_RATIO, 0.5)
                    .between(0, 1)
                    .from(same("log.cleaner.min.cleanable.ratio"))
                    .doc("The share of not yet compacted bytes from which a log is worth compacting."),
            longKey(MIN_COMPACTION_LAG_MS, 0L)
                    .atLeast(0)
                    .from(same("log.cleaner.min.compaction.lag.ms"))
                    .doc("The shortest time that a record stays before compaction may drop it."),
            intKey(MIN_INSYNC_REPLICAS, 1)
                    .atLeast(1)
                    .from(same(MIN_INSYNC_REPLICAS))
                    .doc("How many replicas must be in sync for a write with acks=all to be accepted."),
            booleanKey(PREALLOCATE, false)
                    .from(same("log.preallocate"))
                    .doc("Accepted for compatibility: the journal is what is preallocated here."),
            booleanKey(REMOTE_LOG_COPY_DISABLE, false)
                    .doc("Whether a tiered topic stops copying segments to remote storage."),
            booleanKey(REMOTE_LOG_DELETE_ON_DISABLE, false)
                    .doc("Whether remote segments are deleted when tiering is switched off for the topic."),
            booleanKey(REMOTE_STORAGE_ENABLE, false).doc("Whether the topic's old segments go to remote storage."),
            longKey(RETENTION_BYTES, -1L)
                    .from(same("log.retention.bytes"))
                    .doc("The size a partition may grow to before its oldest segments are deleted; -1 for"
                            + " no limit."),
            longKey(RETENTION_MS, WEEK_MS)
                    .atLeast(-1)
                    .from(
                            same("log.retention.ms"),
                            new Synonym("log.retention.minutes", MILLIS_PER_MINUTE),
                            new Synonym("log.retention.hours", MILLIS_PER_HOUR))
                    .doc("How long records are kept before their segment is deleted; -1 for ever."),
            intKey(SEGMENT_BYTES, 1_073_741_824)
                    .atLeast(1_048_576)
                    .from(same("log.segment.bytes"))
                    .doc("The size at which a new segment is begun; retention works on whole segments."),
            intKey(SEGMENT_INDEX_BYTES, 10_485_760)
                    .atLeast(4)
                    .from(same("log.index.size.max.bytes"))
                    .doc("The largest size of a segment's offset index."),
            longKey(SEGMENT_JITTER_MS, 0L)
                    .atLeast(0)
                    .from(same("log.roll.jitter.ms"), new Synonym("log.roll.jitter.hours", MILLIS_PER_HOUR))
                    .doc("The most that is taken at random off segment.ms, so that segments do not all roll"
                            + " at once."),
            longKey(SEGMENT_MS, WEEK_MS)
                    .atLeast(1)
                    .from(same("log.roll.ms"), new Synonym("log.roll.hours", MILLIS_PER_HOUR))
                    .doc("The age at which a new segment is begun even if the current one is not full."),
            booleanKey(UNCLEAN_LEADER_ELECTION_ENABLE, false)
                    .from(same(UNCLEAN_LEADER_ELECTION_ENABLE))
                    .doc("Whether a replica that is not in sync may lead as a last resort, at the price of"
                            + " lost records.")));

    private TopicConfigKeys() {}

    /**
     * Checks a topic's overrides, each alone and together.
     *
     * @throws InvalidConfigException at the first that is unknown or wrong, in the order of the names
     */
    public static void validate(Map<String, String> overrides) {
        for (Map.Entry<String, String> override : new TreeMap<>(overrides).entrySet()) {
            Object ignored = checkedKey(override.getKey()).parse(override.getValue());
        }
        checkCompactionLags(overrides);
        checkRemoteStorage(overrides);
    }

    private static ConfigKey checkedKey(String name) {
        ConfigKey key = SCHEMA.find(name);
        if (key == null) {
            String nearest = SCHEMA.nearest(name);
            throw new InvalidConfigException(
                    name,
                    "Unknown topic config name: " + name + (nearest == null ? "" : ", did you mean " + nearest + "?"));
        }
        return key;
    }

    private static void checkCompactionLags(Map<String, String> overrides) {
        long shortest = longValue(overrides, MIN_COMPACTION_LAG_MS);
        long longest = longValue(overrides, MAX_COMPACTION_LAG_MS);
        if (shortest > longest) {
            throw new InvalidConfigException(
                    MIN_COMPACTION_LAG_MS,
                    MIN_COMPACTION_LAG_MS + " (" + shortest + ") must not be above " + MAX_COMPACTION_LAG_MS + " ("
                            + longest + ")");
        }
    }

    private static void checkRemoteStorage(Map<String, String> overrides) {
        String enabled = overrides.get(REMOTE_STORAGE_ENABLE);
        if (enabled != null && Boolean.parseBoolean(enabled.trim())) {
            throw new InvalidConfigException(
                    REMOTE_STORAGE_ENABLE,
                    REMOTE_STORAGE_ENABLE + "=true needs tiered storage, which this broker does not have");
        }
    }

    private static long longValue(Map<String, String> overrides, String name) {
        ConfigKey key = SCHEMA.key(name);
        String text = overrides.get(name);
        return (Long) key.parse(text == null ? Objects.requireNonNull(key.defaultText()) : text);
    }

    private static Synonym same(String brokerKey) {
        return new Synonym(brokerKey, 1);
    }

    static ConfigRule gzipLevel() {
        return new ConfigRule("between 1 and 9, or -1 for gzip's own default", value -> {
            int level = (Integer) value;
            return level == -1 || (level >= 1 && level <= 9);
        });
    }

    private static ConfigRule throttledReplicas() {
        return ConfigRule.list(
                "* or a list of partition:broker",
                list -> list.equals(List.of("*"))
                        || list.stream()
                                .allMatch(element ->
                                        PARTITION_AND_BROKER.matcher(element).matches()));
    }
}
