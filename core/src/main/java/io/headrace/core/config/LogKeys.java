package io.headrace.core.config;

import static io.headrace.core.config.ConfigKey.booleanKey;
import static io.headrace.core.config.ConfigKey.doubleKey;
import static io.headrace.core.config.ConfigKey.intKey;
import static io.headrace.core.config.ConfigKey.listKey;
import static io.headrace.core.config.ConfigKey.longKey;
import static io.headrace.core.config.ConfigKey.stringKey;

import java.util.List;

/** The broker's keys about the logs on disk, and what topics inherit from the broker. */
final class LogKeys {
    static final List<ConfigKey> KEYS = List.of(
            listKey("log.dirs", null)
                    .rule(ConfigRule.noEmptyElements())
                    .high()
                    .doc("The data directories, separated by commas."),
            listKey("log.dir", "./headrace-data")
                    .rule(ConfigRule.noEmptyElements())
                    .high()
                    .doc("The data directory, when log.dirs is not set."),
            intKey("log.segment.bytes", 1_073_741_824)
                    .atLeast(1_048_576)
                    .high()
                    .clusterWide()
                    .doc("The size at which a new segment is begun, for topics that do not say."),
            longKey("log.roll.ms", null)
                    .high()
                    .clusterWide()
                    .doc("The age at which a new segment is begun; log.roll.hours when not set."),
            intKey("log.roll.hours", 168).atLeast(1).high().doc("The age in hours at which a new segment is begun."),
            longKey("log.roll.jitter.ms", null)
                    .high()
                    .clusterWide()
                    .doc("The most taken at random off the age at which segments roll."),
            intKey("log.roll.jitter.hours", 0)
                    .atLeast(0)
                    .high()
                    .doc("The most taken at random, in hours, off the age at which segments roll."),
            longKey("log.retention.ms", null)
                    .high()
                    .clusterWide()
                    .doc("How long records are kept; -1 for ever; log.retention.minutes when not set."),
            intKey("log.retention.minutes", null)
                    .high()
                    .doc("How long records are kept, in minutes; log.retention.hours when not set."),
            intKey("log.retention.hours", 168).high().doc("How long records are kept, in hours."),
            longKey("log.retention.bytes", -1L)
                    .high()
                    .clusterWide()
                    .doc("The size a partition may grow to; -1 for no limit."),
            longKey("log.retention.check.interval.ms", 300_000L)
                    .atLeast(1)
                    .doc("How often segments are looked at for deletion."),
            listKey("log.cleanup.policy", "delete")
                    .rule(ConfigRule.listOf("compact", "delete"))
                    .clusterWide()
                    .doc("What happens to old records of topics that do not say: delete, compact or both."),
            booleanKey("log.cleaner.enable", true).doc("Whether compacted topics are compacted."),
            intKey("log.cleaner.threads", 1)
                    .atLeast(0)
                    .clusterWide()
                    .doc("0 at the start has nothing compacted; more have one thread compact."),
            longKey("log.cleaner.backoff.ms", 15000L)
                    .atLeast(0)
                    .clusterWide()
                    .doc("How long compaction rests when there is nothing to do."),
            longKey("log.cleaner.dedupe.buffer.size", 134_217_728L)
                    .clusterWide()
                    .doc("The memory for compaction's map of keys."),
            intKey("log.cleaner.io.buffer.size", 524_288)
                    .atLeast(0)
                    .clusterWide()
                    .doc("The memory for compaction's reads and writes."),
            doubleKey("log.cleaner.io.buffer.load.factor", 0.9)
                    .clusterWide()
                    .doc("How full compaction's map of keys may get."),
            doubleKey("log.cleaner.io.max.bytes.per.second", Double.MAX_VALUE)
                    .clusterWide()
                    .doc("The rate of reading and writing that compaction keeps below."),
            doubleKey("log.cleaner.min.cleanable.ratio", 0.5)
                    .between(0, 1)
                    .clusterWide()
                    .doc("The share of not yet compacted bytes from which a log is worth compacting."),
            longKey("log.cleaner.delete.retention.ms", 86_400_000L)
                    .atLeast(0)
                    .clusterWide()
                    .doc("How long compaction keeps tombstones."),
            longKey("log.cleaner.min.compaction.lag.ms", 0L)
                    .atLeast(0)
                    .clusterWide()
                    .doc("The shortest time that a record stays before compaction may drop it."),
            longKey("log.cleaner.max.compaction.lag.ms", Long.MAX_VALUE)
                    .atLeast(1)
                    .clusterWide()
                    .doc("The longest time that a record may wait for compaction."),
            longKey("log.flush.interval.messages", Long.MAX_VALUE)
                    .atLeast(1)
                    .high()
                    .clusterWide()
                    .doc("1 has every record synced, whatever durability says; other values have no effect."),
            longKey("log.flush.interval.ms", null)
                    .high()
                    .clusterWide()
                    .doc("Accepted for compatibility: durability decides when records are synced."),
            longKey("log.flush.scheduler.interval.ms", Long.MAX_VALUE)
                    .high()
                    .doc("Accepted for compatibility: durability decides when records are synced."),
            intKey("log.flush.offset.checkpoint.interval.ms", 60000)
                    .atLeast(0)
                    .high()
                    .doc("How often a checkpoint writes down recovery points and log start offsets."),
            intKey("log.flush.start.offset.checkpoint.interval.ms", 60000)
                    .atLeast(0)
                    .high()
                    .doc("Accepted for compatibility: log.flush.offset.checkpoint.interval.ms goes for both."),
            longKey("log.segment.delete.delay.ms", 60000L)
                    .atLeast(0)
                    .high()
                    .clusterWide()
                    .doc("How long a deleted segment's file stays before it is removed."),
            intKey("log.index.size.max.bytes", 10_485_760)
                    .atLeast(4)
                    .clusterWide()
                    .doc("The largest size of an offset index."),
            intKey("log.index.interval.bytes", 4096)
                    .atLeast(0)
                    .clusterWide()
                    .doc("How many bytes of log lie between two entries of the offset index."),
            booleanKey("log.preallocate", false)
                    .clusterWide()
                    .doc("Accepted for compatibility: the journal is what is preallocated here."),
            stringKey("log.message.timestamp.type", "CreateTime")
                    .rule(ConfigRule.oneOf("CreateTime", "LogAppendTime"))
                    .clusterWide()
                    .doc("Whether records keep the producer's timestamp or get the time of their append."),
            longKey("log.message.timestamp.before.max.ms", Long.MAX_VALUE)
                    .atLeast(0)
                    .clusterWide()
                    .doc("How far behind the broker's clock a timestamp may be."),
            longKey("log.message.timestamp.after.max.ms", 3_600_000L)
                    .atLeast(0)
                    .clusterWide()
                    .doc("How far ahead of the broker's clock a timestamp may be."),
            longKey("log.local.retention.bytes", -2L)
                    .atLeast(-2)
                    .clusterWide()
                    .doc("Bytes of a tiered partition kept locally; -2 takes log.retention.bytes."),
            longKey("log.local.retention.ms", -2L)
                    .atLeast(-2)
                    .clusterWide()
                    .doc("Milliseconds that a tiered segment is kept locally; -2 takes log.retention.ms."),
            longKey("log.dir.failure.timeout.ms", 30000L)
                    .atLeast(1)
                    .low()
                    .doc("How long a broker with a failed directory waits for its leaders to move before it stops."),
            longKey("log.initial.task.delay.ms", 30000L)
                    .atLeast(0)
                    .low()
                    .hidden()
                    .doc("How long after the start the background tasks of the log begin."),
            intKey("num.recovery.threads.per.data.dir", 2)
                    .atLeast(1)
                    .high()
                    .clusterWide()
                    .doc("The threads that recover logs at the start."),
            intKey("num.replica.alter.log.dirs.threads", null)
                    .high()
                    .doc("The threads that move replicas between data directories."),
            listKey("cordoned.log.dirs", "")
                    .rule(ConfigRule.noEmptyElements())
                    .perBroker()
                    .doc("Data directories that get no new replicas."),
            intKey("message.max.bytes", 1_048_588)
                    .atLeast(0)
                    .high()
                    .clusterWide()
                    .doc("The largest record batch that topics accept which do not say."),
            stringKey("compression.type", "producer")
                    .rule(ConfigRule.oneOf(CompressionType.names()))
                    .high()
                    .clusterWide()
                    .doc("How batches of topics that do not say are compressed on disk."),
            intKey("compression.gzip.level", -1)
                    .rule(TopicConfigKeys.gzipLevel())
                    .clusterWide()
                    .doc("The gzip level where the broker itself compresses."),
            intKey("compression.lz4.level", 9)
                    .between(1, 17)
                    .clusterWide()
                    .doc("The lz4 level where the broker itself compresses."),
            intKey("compression.zstd.level", 3)
                    .between(-131072, 22)
                    .clusterWide()
                    .doc("The zstd level where the broker itself compresses."),
            intKey("min.insync.replicas", 1)
                    .atLeast(1)
                    .high()
                    .clusterWide()
                    .doc("How many replicas must be in sync for a write with acks=all to be accepted."),
            booleanKey("unclean.leader.election.enable", false)
                    .high()
                    .clusterWide()
                    .doc("Whether a replica out of sync may lead as a last resort, at the price of lost records."),
            longKey("unclean.leader.election.interval.ms", 300_000L)
                    .atLeast(1)
                    .hidden()
                    .doc("How often partitions without a leader are looked at for an unclean election."),
            booleanKey("remote.log.storage.system.enable", false)
                    .doc("Whether tiered storage is on; this broker has none."),
            intKey("background.threads", 10).atLeast(1).high().clusterWide().doc("The threads for background work."),
            stringKey("durability", "fsync")
                    .rule(ConfigRule.oneOf("fsync", "os"))
                    .high()
                    .clusterWide()
                    .doc("When a record counts as durable: fsync once it is on disk, os once the operating system"
                            + " has it."),
            intKey(TopicConfig.DECOMPRESSED_BATCH_BYTES_MAX, 67_108_864)
                    .between(1_048_576, Integer.MAX_VALUE - 64)
                    .low()
                    .clusterWide()
                    .doc("The most bytes that the records of one compressed batch may have once they are"
                            + " decompressed."),
            longKey("headrace.disk.reserve.bytes", 134_217_728L)
                    .between(0, 1L << 40)
                    .doc("How much room on the disk appends leave alone, for checkpoints, deletions and the next"
                            + " start; 0 to use it up."));

    private LogKeys() {}
}
