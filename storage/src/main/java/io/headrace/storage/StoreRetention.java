package io.headrace.storage;

import io.headrace.storage.disk.DiskFullException;
import io.headrace.storage.log.DeletedFiles;
import io.headrace.storage.log.PartitionLog;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** Removes segments that retention has no use for, in every open partition, and producers that were silent too long. */
final class StoreRetention {
    private final LogStore store;
    private volatile Consumer<DeletedFiles> deleteLater;

    StoreRetention(LogStore store, PartitionDirectories directories, Executor io) {
        this.store = store;
        this.deleteLater = files -> io.execute(() -> directories.deleteFiles(files));
    }

    void onDeletedFiles(Consumer<DeletedFiles> action) {
        deleteLater = action;
    }

    /** Looks at every partition. On the log writer's thread. */
    void run(long nowMs) {
        for (PartitionReplica replica : store.replicas()) {
            if (replica.status() == PartitionReplica.Status.OPEN && store.isWritable()) {
                retain(replica, nowMs);
            }
        }
    }

    private void retain(PartitionReplica replica, long nowMs) {
        PartitionLog log = replica.log();
        log.producers().removeExpired(nowMs);
        try {
            DeletedFiles removed = log.deleteOldSegments(nowMs);
            if (!removed.isEmpty()) {
                store.markDirty(replica);
                store.checkpointer().logStartMoved(replica, log.logStartOffset());
                replica.publish();
                deleteLater.accept(removed);
            }
        } catch (DiskFullException e) {
            store.reportDiskFull(e, nowMs);
        } catch (IOException e) {
            replica.takeOffline(e);
        }
    }
}
