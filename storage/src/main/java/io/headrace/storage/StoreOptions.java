package io.headrace.storage;

import io.headrace.storage.journal.JournalOptions;
import io.headrace.storage.log.ProducerLimits;

/**
 * Limits and intervals of a {@link LogStore}.
 *
 * @param journal the sizes of the journal
 * @param checkpointIntervalMs how long appended data stays in the journal only, in a quiet broker
 * @param openFilesMax how many files of idle partitions stay open
 * @param dirtyPartitionsMax how many partitions have data in the journal only before a checkpoint begins; each holds files
 *     open until it is done, and at twice as many the log writer waits for it
 * @param queuedTasksMax how many appends wait for the log writer before more are refused
 * @param producerLimits how many producer ids are remembered for each partition, and how long
 * @param diskReserveBytes how much room on the disk appends leave alone; 0 to use it up
 */
public record StoreOptions(
        JournalOptions journal,
        long checkpointIntervalMs,
        int openFilesMax,
        int dirtyPartitionsMax,
        int queuedTasksMax,
        ProducerLimits producerLimits,
        long diskReserveBytes) {

    /** With nothing reserved on the disk. */
    public StoreOptions(
            JournalOptions journal,
            long checkpointIntervalMs,
            int openFilesMax,
            int dirtyPartitionsMax,
            int queuedTasksMax,
            ProducerLimits producerLimits) {
        this(journal, checkpointIntervalMs, openFilesMax, dirtyPartitionsMax, queuedTasksMax, producerLimits, 0);
    }

    /** The same with another reserve on the disk. */
    public StoreOptions withDiskReserveBytes(long bytes) {
        return new StoreOptions(
                journal, checkpointIntervalMs, openFilesMax, dirtyPartitionsMax, queuedTasksMax, producerLimits, bytes);
    }

    /** The values for a broker on a laptop or a server. */
    public static StoreOptions defaults() {
        return new StoreOptions(JournalOptions.defaults(), 60_000, 1_000, 4_000, 100_000, ProducerLimits.DEFAULT);
    }

    /** The same with another interval between checkpoints, in milliseconds. */
    public StoreOptions checkpointEvery(long intervalMs) {
        return new StoreOptions(
                journal,
                intervalMs,
                openFilesMax,
                dirtyPartitionsMax,
                queuedTasksMax,
                producerLimits,
                diskReserveBytes);
    }

    /** The same with other limits on the producers of each partition. */
    public StoreOptions withProducerLimits(ProducerLimits limits) {
        return new StoreOptions(
                journal,
                checkpointIntervalMs,
                openFilesMax,
                dirtyPartitionsMax,
                queuedTasksMax,
                limits,
                diskReserveBytes);
    }
}
