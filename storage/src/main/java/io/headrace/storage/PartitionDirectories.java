package io.headrace.storage;

import io.headrace.core.TopicIdPartition;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.log.DeletedFiles;
import io.headrace.storage.log.LogFootprint;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;

/** The partitions' directories in a data directory: how large they are, and how they go away. Any thread. */
final class PartitionDirectories {
    private static final Logger LOG = System.getLogger(PartitionDirectories.class.getName());
    static final Pattern PARTITION = Pattern.compile(".+-\\d+");
    private static final String DELETED_SUFFIX = "-delete";
    private static final String STRAY_SUFFIX = "-stray";
    /** What file systems allow. */
    private static final int NAME_LENGTH_MAX = 255;

    private final Disk disk;
    private final Path dir;
    private final Executor io;
    /** Directories out of use; one task walks them all, however many a deletion of topics brings at once. */
    private final Queue<Path> doomed = new ConcurrentLinkedQueue<>();

    private final AtomicBoolean deleting = new AtomicBoolean();

    PartitionDirectories(Disk disk, Path dir, Executor io) {
        this.disk = disk;
        this.dir = dir;
        this.io = io;
    }

    /** What was being deleted when the power failed. */
    void deleteLeftovers() throws IOException {
        for (String name : disk.list(dir)) {
            if (name.endsWith(DELETED_SUFFIX)) {
                doomed.add(dir.resolve(name));
            }
        }
        deleteInBackground();
    }

    /** The names of the partitions' directories; those that are being deleted are not among them. */
    List<String> partitions() {
        try {
            return list();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "Cannot list " + dir, e);
            return List.of();
        }
    }

    /** As {@link #partitions}, for who must not miss any. */
    List<String> list() throws IOException {
        return disk.list(dir).stream()
                .filter(name -> PARTITION.matcher(name).matches())
                .toList();
    }

    boolean exists(String directoryName) {
        return disk.isDirectory(dir.resolve(directoryName));
    }

    /** Whether the directory of this name was made for another topic. */
    boolean isAnothers(TopicIdPartition id) throws IOException {
        UUID owner = LogFootprint.topicId(disk, dir.resolve(id.directoryName()));
        return owner != null && !owner.equals(id.topicId());
    }

    /**
     * Makes a directory unless there is one; {@link #syncNames} makes it durable.
     *
     * @return whether there was none
     */
    boolean create(String directoryName) throws IOException {
        Path created = dir.resolve(directoryName);
        boolean missing = !disk.isDirectory(created);
        if (missing) {
            disk.createDirectory(created);
        }
        return missing;
    }

    /** Makes durable which directories there are. */
    void syncNames() throws IOException {
        disk.syncDirectory(dir);
    }

    /** Takes a directory out of use, and deletes it in the background. */
    void moveAway(String directoryName, UUID topicId) throws IOException {
        Path moved = dir.resolve(otherName(directoryName, topicId, DELETED_SUFFIX));
        disk.rename(dir.resolve(directoryName), moved);
        doomed.add(moved);
        deleteInBackground();
    }

    private void deleteInBackground() {
        if (!doomed.isEmpty() && deleting.compareAndSet(false, true)) {
            try {
                io.execute(this::deleteDoomed);
            } catch (RejectedExecutionException e) {
                deleting.set(false);
                LOG.log(Level.DEBUG, "{0} directories wait for the next deletion or start to go", doomed.size());
            }
        }
    }

    private void deleteDoomed() {
        try {
            List<Path> moved = takeDoomed();
            while (!moved.isEmpty()) {
                deleteTrees(moved);
                moved = takeDoomed();
            }
        } finally {
            deleting.set(false);
        }
        // What came after the last look and before the flag was down started no task.
        deleteInBackground();
    }

    private List<Path> takeDoomed() {
        List<Path> taken = new ArrayList<>();
        for (Path next = doomed.poll(); next != null; next = doomed.poll()) {
            taken.add(next);
        }
        return taken;
    }

    private void deleteTrees(List<Path> moved) {
        try {
            // If the old names came back after a power cut, they must come back with all that was in them: whose they
            // were, above all.
            disk.syncDirectory(dir);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "Deleting " + moved + " failed; the next start tries again", e);
            return;
        }
        moved.forEach(this::deleteTree);
    }

    /**
     * Takes a directory out of use and keeps it.
     *
     * @return its new name
     */
    String setAside(String directoryName, UUID topicId) throws IOException {
        String kept = strayName(directoryName, topicId);
        disk.rename(dir.resolve(directoryName), dir.resolve(kept));
        return kept;
    }

    /** The name that {@link #setAside} gives. */
    static String strayName(String directoryName, UUID topicId) {
        return otherName(directoryName, topicId, STRAY_SUFFIX);
    }

    /** A long topic name is cut, but not the number of the partition. */
    private static String otherName(String directoryName, UUID topicId, String suffix) {
        int dash = directoryName.lastIndexOf('-');
        String end = directoryName.substring(dash) + "." + topicId + suffix;
        return directoryName.substring(0, Math.min(dash, NAME_LENGTH_MAX - end.length())) + end;
    }

    private void deleteTree(Path directory) {
        try {
            for (String name : disk.list(directory)) {
                disk.delete(directory.resolve(name));
            }
            disk.delete(directory);
            LOG.log(Level.INFO, "Deleted {0}", directory.getFileName());
        } catch (IOException e) {
            LOG.log(Level.WARNING, "Deleting " + directory + " failed; the next start tries again", e);
        }
    }

    /** Gives the space of files back that were renamed. */
    void deleteFiles(DeletedFiles files) {
        try {
            files.delete(disk);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "Deleting files of " + files.dir() + " failed; the next start tries again", e);
        }
    }

    /** The size of the segments in a directory; 0 if there is none. */
    long sizeBytes(String directoryName) throws IOException {
        Path partitionDir = dir.resolve(directoryName);
        long size = 0;
        for (String name : disk.list(partitionDir)) {
            if (name.endsWith(".log")) {
                size += disk.sizeBytes(partitionDir.resolve(name));
            }
        }
        return size;
    }

    /** The size of the file system; 0 if it cannot be told. */
    long totalBytes() {
        return bytesOfDisk(disk::totalBytes);
    }

    /** What the file system has left; 0 if it cannot be told. */
    long usableBytes() {
        return bytesOfDisk(disk::usableBytes);
    }

    private interface DiskQuestion {
        long ask(Path dir) throws IOException;
    }

    private long bytesOfDisk(DiskQuestion question) {
        try {
            return question.ask(dir);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "Cannot ask for the size of the disk of " + dir, e);
            return 0;
        }
    }
}
