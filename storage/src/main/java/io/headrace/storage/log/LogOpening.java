package io.headrace.storage.log;

import io.headrace.core.config.TopicConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;

/**
 * What is known of a partition's log that is about to be opened.
 *
 * @param dir the partition's directory, whose parent exists
 * @param topicId written to, or compared with, {@code partition.metadata}
 * @param memory lent to what looks through the batches
 * @param recoveryPoint everything below was synced, as last returned by {@link PartitionLog#recoveryPoint} and stored
 *     elsewhere; -1 if another program wrote the log and that is not known
 * @param logStartOffset as last stored elsewhere; 0 if unknown
 * @param cleanShutdown whether the log was {@link PartitionLog#close}d
 * @param nowMs what the wall clock shows, as to all that is asked of the log later: segments are as old as it says
 * @param steadyMs the time that producers are remembered by, which need not go with the wall clock
 */
public record LogOpening(
        OpenFiles files,
        Path dir,
        UUID topicId,
        TopicConfig config,
        ProducerLimits producerLimits,
        RecoveryMemory memory,
        long recoveryPoint,
        long logStartOffset,
        boolean cleanShutdown,
        long nowMs,
        long steadyMs) {

    /**
     * Opens the log, creating it if the directory is empty or missing. Afterwards all of it is durable.
     *
     * <p>After a clean shutdown this reads the end of the last segment and a snapshot. Otherwise it also checks everything
     * past the recovery point, and cuts the log where the first batch is torn.
     *
     * @throws CorruptLogException if what was synced is not there as it was
     * @throws InconsistentTopicIdException if the directory belongs to another topic
     */
    public PartitionLog open() throws IOException {
        PartitionLog log = openUnsynced();
        try {
            log.syncRecovered();
        } catch (IOException e) {
            log.abandon();
            throw e;
        }
        return log;
    }

    /**
     * As {@link #open}, but what was found past the recovery point is not durable yet: it is left to the next {@link
     * PartitionLog#flush}, as if it had just been appended. For who has it elsewhere until then, or calls {@link
     * PartitionLog#syncRecovered}.
     */
    public PartitionLog openUnsynced() throws IOException {
        return new PartitionLog(new LogRecovery(this).run(), this);
    }
}
