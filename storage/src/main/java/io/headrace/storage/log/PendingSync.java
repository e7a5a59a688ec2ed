package io.headrace.storage.log;

import io.headrace.storage.disk.AtomicFile;
import io.headrace.storage.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What has to reach the disk so that everything below {@link #recoveryPoint} is safe. Made by a log's writer; run once, by
 * any thread; then handed back with {@link PartitionLog#onSynced}. At most one for each log at a time.
 */
public final class PendingSync {
    private final Disk disk;
    private final Path dir;
    private final List<FileRef> files;
    private final @Nullable LeaderEpochs leaderEpochs;
    private final boolean directoryChanged;
    private final long recoveryPoint;
    private final int generation;
    /** Whether everything is on the disk. */
    private volatile boolean done;

    private volatile @Nullable IOException syncFailure;

    PendingSync(
            Disk disk,
            Path dir,
            Collection<FileRef> files,
            @Nullable LeaderEpochs leaderEpochs,
            boolean directoryChanged,
            long recoveryPoint,
            int generation) {
        this.disk = disk;
        this.dir = dir;
        this.files = List.copyOf(files);
        this.leaderEpochs = leaderEpochs;
        this.directoryChanged = directoryChanged;
        this.recoveryPoint = recoveryPoint;
        this.generation = generation;
    }

    /** Everything below is durable in the segments once this has run. */
    public long recoveryPoint() {
        return recoveryPoint;
    }

    int generation() {
        return generation;
    }

    /** What has to be synced still; empty once this has run. */
    List<FileRef> files() {
        return files;
    }

    boolean isDone() {
        return done;
    }

    /** A failed sync, after which the files must not be trusted; null if there was none. */
    @Nullable
    IOException syncFailure() {
        return syncFailure;
    }

    /**
     * Syncs the files. If there was no room for a file that must be written, the next {@link PartitionLog#flush} hands
     * out everything again.
     *
     * @throws io.headrace.storage.disk.DiskFullException if there is no room, but the batches are durable; once there is, a new one may be run
     * @throws IOException otherwise; that is final for the whole data directory: what was written may be lost, and must not
     *     be synced again
     */
    public void run() throws IOException {
        try {
            for (FileRef ref : files) {
                ref.file().sync();
            }
            if (directoryChanged) {
                disk.syncDirectory(dir);
            }
        } catch (IOException e) {
            syncFailure = e;
            files.forEach(FileRef::release);
            throw e;
        }
        if (leaderEpochs != null) {
            AtomicFile.replace(disk, dir.resolve(LogFiles.LEADER_EPOCHS), ByteBuffer.wrap(leaderEpochs.encode()));
        }
        done = true;
        files.forEach(FileRef::release);
    }
}
