package io.headrace.storage;

import io.headrace.storage.checkpoint.CorruptCheckpointException;
import io.headrace.storage.checkpoint.OffsetCheckpoint;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.OpenMode;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a stop in order leaves for the next start: that logs are as they were closed and need no look at what follows their
 * recovery points.
 *
 * <p>Logs are opened when they are first used, so there may have been one that a crash left and that nobody has opened
 * before the stop: nothing is known of its end. Then there is, in place of Kafka's empty file that vouches for everything, a
 * file of our own that names what it does not vouch for. Immutable.
 */
final class CleanShutdownMark {
    /** Kafka's name. */
    static final String COMPLETE = ".kafka_cleanshutdown";
    /** A checkpoint with the recovery points of those logs that were not looked at since a crash. */
    static final String WITH_EXCEPTIONS = ".headrace_cleanshutdown";

    private static final Logger LOG = System.getLogger(CleanShutdownMark.class.getName());

    private final boolean found;
    private final Set<String> exceptions;

    private CleanShutdownMark(boolean found, Set<String> exceptions) {
        this.found = found;
        this.exceptions = exceptions;
    }

    /** Reads the mark in a data directory and removes it: after a crash it would vouch for files it has never seen. */
    static CleanShutdownMark take(Disk disk, Path dir) throws IOException {
        Path complete = dir.resolve(COMPLETE);
        Path partial = dir.resolve(WITH_EXCEPTIONS);
        CleanShutdownMark mark = new CleanShutdownMark(false, Set.of());
        if (disk.exists(complete)) {
            mark = new CleanShutdownMark(true, Set.of());
        } else if (disk.exists(partial)) {
            mark = read(new OffsetCheckpoint(disk, partial));
        }
        boolean gone = false;
        for (Path path : new Path[] {complete, partial}) {
            if (disk.exists(path)) {
                disk.delete(path);
                gone = true;
            }
        }
        if (gone) {
            disk.syncDirectory(dir);
        }
        return mark;
    }

    private static CleanShutdownMark read(OffsetCheckpoint file) throws IOException {
        try {
            return new CleanShutdownMark(true, Set.copyOf(file.read().keySet()));
        } catch (CorruptCheckpointException e) {
            LOG.log(
                    Level.WARNING,
                    "Every log will be looked at as after a crash, for the mark of the last stop is damaged",
                    e);
            return new CleanShutdownMark(false, Set.of());
        }
    }

    /**
     * Leaves the mark of the stop that ends what began with this one; durable on return.
     *
     * @param replicas those that are open have just been closed in order
     */
    void leaveNext(
            Disk disk,
            Path dir,
            PartitionDirectories directories,
            Checkpointer checkpointer,
            Iterable<PartitionReplica> replicas)
            throws IOException {
        Map<String, Long> left = new TreeMap<>();
        if (!found || !exceptions.isEmpty()) {
            for (String name : directories.list()) {
                if (!vouchesFor(name)) {
                    left.put(name, checkpointer.recoveryPoint(name));
                }
            }
            for (PartitionReplica replica : replicas) {
                if (replica.status() == PartitionReplica.Status.OPEN || replica.isInOrder(false)) {
                    left.remove(replica.id().directoryName());
                }
            }
        }
        if (left.isEmpty()) {
            disk.open(dir.resolve(COMPLETE), OpenMode.CREATE).close();
            disk.syncDirectory(dir);
        } else {
            new OffsetCheckpoint(disk, dir.resolve(WITH_EXCEPTIONS)).write(left);
        }
    }

    /** Whether there was a stop in order, even if it does not vouch for what an earlier crash left. */
    boolean isFound() {
        return found;
    }

    /** Whether the log in this directory, if it has not been opened since, is as it was closed. */
    boolean vouchesFor(String directoryName) {
        return found && !exceptions.contains(directoryName);
    }
}
