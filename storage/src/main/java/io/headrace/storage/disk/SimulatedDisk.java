package io.headrace.storage.disk;

import io.headrace.storage.disk.SimulatedDirectory.Assignment;
import io.headrace.storage.disk.SimulatedDirectory.Change;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that can lose power and fail, for tests and simulation.
 *
 * <p>What is synced survives {@link #crash}; of everything else any part may. Contents and names are lost independently, as
 * on a real file system: a synced file in an unsynced directory can be gone, and a renamed one can be empty. Syncing a file
 * does not make its name durable.
 *
 * <p>Calls that change something are numbered from 1 as {@link #steps() steps}, so that a test can run a scenario once to
 * count them and then once for each step with the power cut there. The same calls and the same seeds give the same
 * outcome. Paths are taken from the root, which exists; other directories have to be created.
 */
public final class SimulatedDisk implements Disk {
    /** The kinds of calls that can be made to fail. */
    public enum Operation {
        OPEN,
        CREATE,
        READ,
        WRITE,
        TRUNCATE,
        SYNC,
        CREATE_DIRECTORY,
        LIST,
        RENAME,
        DELETE,
        SYNC_DIRECTORY;

        boolean counts() {
            return this != OPEN && this != READ && this != LIST;
        }
    }

    /** Says which calls fail with an input/output error. */
    @FunctionalInterface
    public interface Fault {
        /**
         * Whether this call fails.
         *
         * @param step the number of this step; for calls that change nothing, of the last step before
         */
        boolean hits(Operation operation, Path path, long step);
    }

    /** What a power cut does to creations, renames and deletions in directories that were not synced. */
    public enum DirectoryLoss {
        /** Those before some moment are kept, as on a journaling file system. */
        PREFIX,
        /** Any of them may be kept, which is all that POSIX promises. */
        ANY_SUBSET
    }

    private static final Fault NO_FAULT = (operation, path, step) -> false;

    private final SimulatedDirectory root;
    private final List<Change> pendingChanges = new ArrayList<>();
    private final Set<Path> locks = new HashSet<>();
    private Fault fault = NO_FAULT;
    private Fault shortage = NO_FAULT;
    private long capacityBytes = Long.MAX_VALUE;
    private long timeMs;
    private long steps;
    private long cutAtStep = Long.MAX_VALUE;
    private boolean powerless;

    /** An empty disk. */
    public SimulatedDisk() {
        this(new SimulatedDirectory());
    }

    private SimulatedDisk(SimulatedDirectory root) {
        this.root = root;
    }

    /** How many steps there were. */
    public synchronized long steps() {
        return steps;
    }

    /**
     * Cuts the power during a step: a write or a change of names of that number may get through in part or whole, a sync has
     * no effect, and every call from then on throws {@link PowerCutException}.
     */
    public synchronized void cutPowerAtStep(long step) {
        cutAtStep = step;
    }

    /** Makes the calls fail that {@code fault} says, until told otherwise. A failed sync loses what was not flushed. */
    public synchronized void failWhen(Fault fault) {
        this.fault = fault;
    }

    /** Makes the calls fail for want of room that {@code shortage} says, until told otherwise; nothing of them is done. */
    public synchronized void runOutOfRoomWhen(Fault shortage) {
        this.shortage = shortage;
    }

    /** Ends {@link #failWhen} and {@link #runOutOfRoomWhen}. */
    public synchronized void failNever() {
        fault = NO_FAULT;
        shortage = NO_FAULT;
    }

    /** Limits the sum of all file sizes; what would pass it throws {@link DiskFullException} after writing what fits. */
    public synchronized void limitCapacity(long bytes) {
        capacityBytes = bytes;
    }

    /** Sets the clock by which files get their time of last modification; it stands at 0 until then. */
    public synchronized void setTimeMs(long nowMs) {
        timeMs = nowMs;
    }

    /** Inverts one bit of a file, in the cache and on the disk; bit 0 is the lowest of the first byte. */
    public synchronized void flipBit(Path file, long bitIndex) throws IOException {
        contents(file).flipBit(bitIndex);
    }

    /** As {@link #crash(Random, DirectoryLoss)} of a journaling file system. */
    public SimulatedDisk crash(Random random) {
        return crash(random, DirectoryLoss.PREFIX);
    }

    /**
     * Cuts the power now and gives the disk that is there when it comes back: without faults, limits, locks or planned cuts,
     * and with steps counted anew. This one stays dead, and can be asked again for another outcome.
     */
    public synchronized SimulatedDisk crash(Random random, DirectoryLoss loss) {
        powerless = true;
        // The first numbers of a java.util.Random with a small seed hardly differ from seed to seed; these do.
        SplittableRandom mixed = new SplittableRandom(random.nextLong());
        List<Change> kept =
                switch (loss) {
                    case PREFIX -> pendingChanges.subList(0, mixed.nextInt(pendingChanges.size() + 1));
                    case ANY_SUBSET ->
                        pendingChanges.stream()
                                .filter(change -> mixed.nextBoolean())
                                .toList();
                };
        return new SimulatedDisk(SimulatedDirectory.crashed(root, kept, mixed));
    }

    /**
     * Ends the process that uses this disk but not the system, and gives the disk the next process sees: nothing is lost,
     * what was not flushed still can be. This one stays dead.
     */
    public synchronized SimulatedDisk kill() {
        powerless = true;
        SimulatedDirectory.Copier copier = new SimulatedDirectory.Copier();
        SimulatedDisk next = new SimulatedDisk((SimulatedDirectory) copier.copy(root));
        pendingChanges.forEach(change -> next.pendingChanges.add(copier.copy(change)));
        return next;
    }

    @Override
    public synchronized DiskFile open(Path path, OpenMode mode) throws IOException {
        start(Operation.OPEN, path);
        @Nullable SimulatedInode inode = find(path);
        boolean creates = mode == OpenMode.CREATE || mode == OpenMode.CREATE_NEW;
        if (inode == null && !creates) {
            throw new NoSuchFileException(path.toString());
        }
        if (inode != null && mode == OpenMode.CREATE_NEW) {
            throw new FileAlreadyExistsException(path.toString());
        }
        if (inode == null) {
            SimulatedContents created = new SimulatedContents();
            change(Operation.CREATE, path, List.of(new Assignment(parent(path), name(path), created)));
            return new SimulatedFile(this, path, created, true);
        }
        return new SimulatedFile(this, path, contents(path), mode.writable());
    }

    @Override
    public synchronized void createDirectory(Path dir) throws IOException {
        @Nullable SimulatedInode inode = find(dir);
        if (inode instanceof SimulatedContents) {
            throw new FileAlreadyExistsException(dir.toString());
        }
        if (inode == null) {
            SimulatedDirectory created = new SimulatedDirectory();
            change(Operation.CREATE_DIRECTORY, dir, List.of(new Assignment(parent(dir), name(dir), created)));
        }
    }

    @Override
    public synchronized List<String> list(Path dir) throws IOException {
        start(Operation.LIST, dir);
        return find(dir) == null
                ? List.of()
                : List.copyOf(directory(dir).entries.keySet());
    }

    @Override
    public synchronized boolean exists(Path path) {
        return find(path) != null;
    }

    @Override
    public synchronized boolean isDirectory(Path path) {
        return find(path) instanceof SimulatedDirectory;
    }

    @Override
    public synchronized long sizeBytes(Path path) throws IOException {
        return sizeBytes(contents(path));
    }

    @Override
    public synchronized long lastModifiedMs(Path path) throws IOException {
        checkPower("last modified " + path);
        return contents(path).lastModifiedMs();
    }

    @Override
    public synchronized void rename(Path from, Path to) throws IOException {
        @Nullable SimulatedInode moved = find(from);
        if (moved == null) {
            throw new NoSuchFileException(from.toString());
        }
        @Nullable SimulatedInode replaced = find(to);
        if (replaced == moved) {
            return;
        }
        if (replaced instanceof SimulatedDirectory directory && !directory.entries.isEmpty()) {
            throw new DirectoryNotEmptyException(to.toString());
        }
        Assignment away = new Assignment(parent(from), name(from), null);
        Assignment there = new Assignment(parent(to), name(to), moved);
        change(Operation.RENAME, from, List.of(away, there));
    }

    @Override
    public synchronized void delete(Path path) throws IOException {
        @Nullable SimulatedInode inode = find(path);
        if (inode instanceof SimulatedDirectory directory && !directory.entries.isEmpty()) {
            throw new DirectoryNotEmptyException(path.toString());
        }
        if (inode != null) {
            change(Operation.DELETE, path, List.of(new Assignment(parent(path), name(path), null)));
        }
    }

    @Override
    public synchronized void syncDirectory(Path dir) throws IOException {
        boolean cut = start(Operation.SYNC_DIRECTORY, dir);
        SimulatedDirectory directory = directory(dir);
        if (!cut) {
            SimulatedDirectory.sync(directory, pendingChanges);
        }
        finish(cut, Operation.SYNC_DIRECTORY, dir);
    }

    @Override
    public synchronized long totalBytes(Path dir) throws IOException {
        directory(dir);
        return capacityBytes;
    }

    @Override
    public synchronized long usableBytes(Path dir) throws IOException {
        directory(dir);
        return capacityBytes == Long.MAX_VALUE ? capacityBytes : Math.max(0, capacityBytes - root.usedBytes());
    }

    @Override
    public synchronized DiskLock lock(Path file) throws IOException {
        open(file, OpenMode.CREATE).close();
        Path key = file.normalize();
        if (!locks.add(key)) {
            throw new LockHeldException(file);
        }
        return () -> {
            synchronized (this) {
                locks.remove(key);
            }
        };
    }

    synchronized long sizeBytes(SimulatedContents contents) throws IOException {
        checkPower("size");
        return contents.current().sizeBytes();
    }

    synchronized int read(Path path, SimulatedContents contents, ByteBuffer target, long position) throws IOException {
        start(Operation.READ, path);
        return contents.current().read(target, position);
    }

    synchronized void write(Path path, SimulatedContents contents, byte[] data, long position) throws IOException {
        boolean cut = start(Operation.WRITE, path);
        long room = roomFor(contents, position, data.length);
        contents.write(room == data.length ? data : Arrays.copyOf(data, (int) room), position, timeMs);
        finish(cut, Operation.WRITE, path);
        if (room < data.length) {
            throw new DiskFullException(
                    "Cannot write " + path + " at position " + (position + room) + ": no space (simulated)", null);
        }
    }

    private long roomFor(SimulatedContents contents, long position, int length) {
        if (capacityBytes == Long.MAX_VALUE) {
            return length;
        }
        long free = Math.max(0, capacityBytes - root.usedBytes());
        long end = Math.min(position + length, contents.current().sizeBytes() + free);
        return Math.max(0, end - position);
    }

    synchronized void truncate(Path path, SimulatedContents contents, long sizeBytes) throws IOException {
        boolean cut = start(Operation.TRUNCATE, path);
        contents.truncate(sizeBytes);
        finish(cut, Operation.TRUNCATE, path);
    }

    synchronized void sync(Path path, SimulatedContents contents) throws IOException {
        boolean cut;
        try {
            cut = start(Operation.SYNC, path);
        } catch (PowerCutException e) {
            throw e;
        } catch (IOException e) {
            contents.loseUnflushed();
            throw e;
        }
        if (!cut) {
            contents.sync();
        }
        finish(cut, Operation.SYNC, path);
    }

    private void change(Operation operation, Path path, List<Assignment> assignments) throws IOException {
        boolean cut = start(operation, path);
        Change change = new Change(assignments);
        change.apply();
        pendingChanges.add(change);
        finish(cut, operation, path);
    }

    /** Counts a step and fails if it is to fail; returns whether the power is cut during it. */
    private boolean start(Operation operation, Path path) throws IOException {
        checkPower(operation + " " + path);
        if (operation.counts()) {
            steps++;
        }
        if (fault.hits(operation, path, steps)) {
            throw new IOException("Cannot " + operation + " " + path + ": input/output error (simulated)");
        }
        if (shortage.hits(operation, path, steps)) {
            throw new DiskFullException("Cannot " + operation + " " + path + ": no space (simulated)", null);
        }
        return operation.counts() && steps >= cutAtStep;
    }

    private void finish(boolean cut, Operation operation, Path path) throws IOException {
        powerless |= cut;
        checkPower(operation + " " + path);
    }

    private void checkPower(String action) throws PowerCutException {
        if (powerless) {
            throw new PowerCutException(action);
        }
    }

    private @Nullable SimulatedInode find(Path path) {
        SimulatedInode inode = root;
        for (Path element : path.normalize()) {
            if (element.toString().isEmpty()) {
                continue;
            }
            if (!(inode instanceof SimulatedDirectory directory)) {
                return null;
            }
            SimulatedInode next = directory.entries.get(element.toString());
            if (next == null) {
                return null;
            }
            inode = next;
        }
        return inode;
    }

    private SimulatedContents contents(Path path) throws IOException {
        @Nullable SimulatedInode inode = find(path);
        if (inode == null) {
            throw new NoSuchFileException(path.toString());
        }
        if (inode instanceof SimulatedContents contents) {
            return contents;
        }
        throw new IOException(path + " is a directory");
    }

    private SimulatedDirectory directory(Path path) throws IOException {
        @Nullable SimulatedInode inode = find(path);
        if (inode == null) {
            throw new NoSuchFileException(path.toString());
        }
        if (inode instanceof SimulatedDirectory directory) {
            return directory;
        }
        throw new NotDirectoryException(path.toString());
    }

    private SimulatedDirectory parent(Path path) throws IOException {
        @Nullable Path parent = path.normalize().getParent();
        return parent == null ? root : directory(parent);
    }

    private static String name(Path path) {
        return Objects.requireNonNull(path.normalize().getFileName(), "the root has no name")
                .toString();
    }
}
