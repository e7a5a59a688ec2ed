package io.headrace.storage;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TopicConfig;
import io.headrace.storage.checkpoint.CleanerCheckpoint;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFullException;
import io.headrace.storage.log.CleanedSegment;
import io.headrace.storage.log.CorruptLogException;
import io.headrace.storage.log.DeletedFiles;
import io.headrace.storage.log.OpenFiles;
import io.headrace.storage.log.PartitionLog;
import io.headrace.storage.log.SealedSegment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A store as compaction sees it: what it has to ask of the log writer, it asks here, and waits for the answer. For one
 * thread, which is not the log writer's.
 */
public final class StoreCompaction {
    /** The files of one segment that is being written. */
    private static final int OPEN_FILES_MAX = 4;

    private final LogStore store;
    private final Runnable afterQueueing;
    private final OpenFiles openFiles;

    /**
     * @param afterQueueing runs when something was queued for the log writer; where that has no thread of its own, this lets
     *     it work
     */
    public StoreCompaction(LogStore store, Runnable afterQueueing) {
        this.store = store;
        this.afterQueueing = afterQueueing;
        this.openFiles = new OpenFiles(store.disk(), OPEN_FILES_MAX);
    }

    /** How far logs are clean. */
    public CleanerCheckpoint checkpoint() {
        return store.checkpointer().cleaned();
    }

    /** Where its files are. */
    public Disk disk() {
        return store.disk();
    }

    /** The data directory. */
    public Path directory() {
        return store.directory();
    }

    /** False for good once the data directory has failed. */
    public boolean isWritable() {
        return store.isWritable();
    }

    /** The partition if it was used since the start, else null. */
    public @Nullable PartitionReplica replicaIfPresent(TopicIdPartition id) {
        return store.replicaIfPresent(id);
    }

    /** The partition, its handle made if need be; null if its topic was deleted meanwhile. */
    public @Nullable PartitionReplica replica(TopicIdPartition id, TopicConfig config) {
        PartitionReplica known = store.replicaIfPresent(id);
        if (known != null) {
            return known;
        }
        PartitionReplica made = store.replica(id, config);
        // Those who follow the metadata find the handle from now on; what changed before, nobody will tell it.
        TopicCatalog.Topic topic = store.opener().catalog().find(id.topicId());
        if (topic == null) {
            store.delete(id);
            return null;
        }
        store.updateConfig(made, topic.config());
        return made;
    }

    /** A partition's log. */
    public CompactionTarget target(PartitionReplica replica) {
        return new Target(replica);
    }

    /** Asks for a checkpoint, after which more of the logs is safe. */
    public void checkpointSoon() {
        store.writer().enqueueInternal(WriterTask.of(nowMs -> store.wantCheckpoint()));
        afterQueueing.run();
    }

    private <T> @Nullable T onWriter(LongFunction<@Nullable T> action) throws IOException {
        CompletableFuture<@Nullable T> outcome = new CompletableFuture<>();
        store.writer().enqueueInternal(WriterTask.of(nowMs -> {
            try {
                outcome.complete(action.apply(nowMs));
            } catch (CompletionException e) {
                outcome.completeExceptionally(e.getCause() == null ? e : e.getCause());
            } catch (RuntimeException | Error e) {
                outcome.completeExceptionally(e);
                throw e;
            }
        }));
        afterQueueing.run();
        try {
            CompletableFuture.anyOf(outcome, store.writer().broken()).join();
            return outcome.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private final class Target implements CompactionTarget {
        private final PartitionReplica replica;

        Target(PartitionReplica replica) {
            this.replica = replica;
        }

        @Override
        public Path directory() {
            return store.directory().resolve(replica.id().directoryName());
        }

        @Override
        public OpenFiles openFiles() {
            return openFiles;
        }

        @Override
        public @Nullable Source begin() throws IOException {
            return onWriter(nowMs -> {
                boolean absent = replica.status() == PartitionReplica.Status.UNOPENED && !store.hasFiles(replica.id());
                if (absent || !store.isWritable() || !replica.ensureOpen(nowMs)) {
                    return null;
                }
                PartitionLog log = replica.log();
                long stored = store.checkpointer().recoveryPoint(replica.id().directoryName());
                if (stored < log.recoveryPoint()) {
                    store.markDirty(replica); // only so that it is written down
                }
                long safeOffset = Math.min(stored, log.recoveryPoint());
                return new Source(log.view(), safeOffset, log.producers().lastRecords(), replica.config());
            });
        }

        @Override
        public @Nullable DeletedFiles replace(List<SealedSegment> replaced, CleanedSegment cleaned) throws IOException {
            return onWriter(nowMs -> {
                if (!store.isWritable() || replica.status() != PartitionReplica.Status.OPEN) {
                    return null;
                }
                try {
                    DeletedFiles deleted = replica.log().replaceSegments(replaced, cleaned);
                    if (deleted != null) {
                        replica.publish();
                    }
                    return deleted;
                } catch (DiskFullException e) {
                    replica.publish();
                    throw new CompletionException(e);
                } catch (CorruptLogException e) {
                    replica.takeOffline(e);
                    throw new CompletionException(e);
                } catch (IOException e) {
                    store.fail(e);
                    throw new CompletionException(e);
                }
            });
        }

        @Override
        public void delete(DeletedFiles files) throws IOException {
            try {
                files.syncRename(store.disk());
            } catch (IOException e) {
                onSyncFailed(e);
                throw e;
            }
            store.deleteLater(files);
        }

        @Override
        public void onSyncFailed(IOException cause) {
            if (!(cause instanceof DiskFullException) && !replica.isDeleted()) {
                store.fail(cause);
            }
        }
    }
}
