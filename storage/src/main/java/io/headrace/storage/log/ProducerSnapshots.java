package io.headrace.storage.log;

import io.headrace.core.partition.CorruptSnapshotException;
import io.headrace.core.partition.ProducerSnapshotFormat;
import io.headrace.core.partition.ProducerStates;
import io.headrace.storage.disk.AtomicFile;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * The producer snapshots of a partition: files named after the offset up to which the log is folded into them. A damaged one
 * costs a longer replay and nothing else, so they are written without ceremony. Owned by the log's writer.
 */
final class ProducerSnapshots {
    private static final Logger LOGGER = System.getLogger(ProducerSnapshots.class.getName());

    /** The newest may have been written just before the power went. */
    private static final int KEPT = 2;

    private static final int SIZE_BYTES_MAX = 1 << 30;

    private final Disk disk;
    private final Path dir;
    private final NavigableSet<Long> offsets = new TreeSet<>();

    /** @param names the names of all files in {@code dir} */
    ProducerSnapshots(Disk disk, Path dir, List<String> names) {
        this.disk = disk;
        this.dir = dir;
        for (String name : names) {
            if (LogFiles.is(name, LogFiles.SNAPSHOT)) {
                offsets.add(LogFiles.offset(name));
            }
        }
    }

    boolean contains(long offset) {
        return offsets.contains(offset);
    }

    /**
     * Writes a snapshot.
     *
     * @param offset the log end it stands for
     * @return the open file for the caller to sync and release
     */
    FileRef write(ProducerStates states, long offset) throws IOException {
        ByteBuffer bytes = ProducerSnapshotFormat.encode(states);
        FileRef ref = new FileRef(disk.open(path(offset), OpenMode.CREATE));
        try {
            DiskFile file = ref.file();
            file.truncate(0);
            file.write(bytes, 0);
        } catch (IOException e) {
            ref.release();
            throw e;
        }
        offsets.add(offset);
        return ref;
    }

    private Path path(long offset) {
        return LogFiles.path(dir, offset, LogFiles.SNAPSHOT);
    }

    /**
     * Loads the newest usable snapshot that is not beyond {@code endOffset}, and deletes those that cannot be used.
     *
     * @return the offset to replay the log from; {@code startOffset} if there is no snapshot
     */
    long loadNewest(ProducerStates states, long startOffset, long endOffset, long nowMs) throws IOException {
        deleteAfter(endOffset);
        while (!offsets.isEmpty() && offsets.last() >= startOffset) {
            long newest = offsets.last();
            try {
                ByteBuffer bytes = AtomicFile.read(disk, path(newest), SIZE_BYTES_MAX);
                if (bytes != null) {
                    ProducerSnapshotFormat.decode(bytes, states, nowMs);
                    return newest;
                }
            } catch (CorruptSnapshotException e) {
                LOGGER.log(Level.WARNING, "Skipping {0}: {1}", path(newest), e.getMessage());
            }
            delete(newest);
        }
        states.clear();
        return startOffset;
    }

    /**
     * Deletes the snapshots of a log end that is not part of the log any more, for good: one that a power cut brought back would
     * be taken for a snapshot of what is appended there next.
     */
    void deleteAfter(long endOffset) throws IOException {
        boolean deleted = false;
        while (!offsets.isEmpty() && offsets.last() > endOffset) {
            delete(offsets.last());
            deleted = true;
        }
        if (deleted) {
            disk.syncDirectory(dir);
        }
    }

    /** Deletes the snapshots that newer ones make superfluous, provided that those up to {@code syncedOffset} are safe. */
    void prune(long syncedOffset) throws IOException {
        int safe = offsets.headSet(syncedOffset, true).size();
        for (int excess = safe - KEPT; excess > 0; excess--) {
            delete(offsets.first());
        }
    }

    void deleteAll() throws IOException {
        deleteAfter(-1);
    }

    private void delete(long offset) throws IOException {
        disk.delete(path(offset));
        offsets.remove(offset);
    }
}
