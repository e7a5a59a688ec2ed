package io.headrace.storage;

import io.headrace.core.config.TopicConfig;
import io.headrace.protocol.records.BatchRules;
import io.headrace.protocol.records.TimestampType;
import io.headrace.storage.journal.JournalOptions;
import io.headrace.storage.log.ProducerLimits;

/** Configurations with which a few batches roll segments and fill the journal. */
final class SmallTopics {
    static final int PAGE = 4096;
    static final StoreOptions OPTIONS = new StoreOptions(
            new JournalOptions(2 * PAGE, 3 * PAGE, 12 * PAGE, 2 * PAGE), 500, 100, 100, 1_000, ProducerLimits.DEFAULT);

    private SmallTopics() {}

    static TopicConfig topic(boolean fsync) {
        return topic(fsync, -1, false);
    }

    static TopicConfig topic(boolean fsync, long retentionBytes, boolean logAppendTime) {
        TopicConfig other = TopicConfig.DEFAULT;
        return new TopicConfig(
                false,
                true,
                other.compressionType(),
                other.compressionLevel(),
                other.deleteRetentionMs(),
                fsync,
                other.fileDeleteDelayMs(),
                256,
                other.maxCompactionLagMs(),
                rules(other.batchRules(), logAppendTime),
                other.minCleanableDirtyRatio(),
                other.minCompactionLagMs(),
                other.minInsyncReplicas(),
                retentionBytes,
                -1,
                2_000,
                other.segmentIndexBytes(),
                0,
                other.segmentMs());
    }

    private static BatchRules rules(BatchRules other, boolean logAppendTime) {
        return new BatchRules(
                other.batchBytesMax(),
                other.keysRequired(),
                logAppendTime ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME,
                other.timestampBeforeMaxMs(),
                other.timestampAfterMaxMs(),
                other.decompressionLimit());
    }
}
