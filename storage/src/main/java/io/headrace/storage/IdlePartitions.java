package io.headrace.storage;

import io.headrace.storage.log.PartitionLog;
import java.io.IOException;

/**
 * Closes the logs of partitions that nobody has used for a while, so that idle costs nothing: no file handle, no producer
 * states, no indexes.
 *
 * <p>In two steps, so that the writer does not wait for the disk: a checkpoint also brings to disk what makes the next opening
 * cheap, a producer snapshot at the log's end and complete indexes; when it has ended and still nobody has come, the log is let
 * go of. Owned by the log writer.
 */
final class IdlePartitions {
    /** How long a partition must not have been used. */
    static final long IDLE_MS = 600_000;

    private static final long CHECK_INTERVAL_MS = IDLE_MS / 10;

    private final LogStore store;
    private final StoreRetention retention;
    private long lastCheckMs = Long.MIN_VALUE / 2;

    IdlePartitions(LogStore store, StoreRetention retention) {
        this.store = store;
        this.retention = retention;
    }

    /** Looks at the open partitions, if it is time to. While a checkpoint runs nothing can be closed. */
    void check(long nowMs) {
        long steadyMs = store.steadyMs(nowMs);
        if (steadyMs - lastCheckMs < CHECK_INTERVAL_MS || store.isCheckpointing() || !store.isWritable()) {
            return;
        }
        lastCheckMs = steadyMs;
        for (PartitionReplica replica : store.replicas()) {
            if (replica.status() == PartitionReplica.Status.OPEN
                    && replica.isIdle(steadyMs, IDLE_MS)
                    && mayBeClosed(replica)) {
                closeOrPrepare(replica);
            }
        }
    }

    private boolean mayBeClosed(PartitionReplica replica) {
        PartitionLog log = replica.log();
        // A cleaner may be at work on a compacted log. What an open transaction waits for is soon to come.
        return !replica.config().compact()
                && !retention.isBusyWith(replica)
                && log.view().lastStableOffset() == log.logEndOffset();
    }

    private void closeOrPrepare(PartitionReplica replica) {
        PartitionLog log = replica.log();
        boolean stored = store.checkpointer().recoveryPoint(replica.id().directoryName()) == log.logEndOffset();
        if (replica.dirty || !stored || !log.isComplete()) {
            replica.completeWithCheckpoint = true;
            store.markDirty(replica);
            return;
        }
        try {
            replica.closeIdle();
        } catch (IOException e) {
            replica.takeOffline(e);
        }
    }
}
