package io.headrace.storage.journal;

import io.headrace.storage.disk.AtomicFile;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.DiskFullException;
import io.headrace.storage.disk.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The files of a journal: the live ones in the order of their groups, and the free ones.
 *
 * <p>A file under its final name is always fully allocated and zero-filled or holds old groups; while it is being prepared
 * it has a temporary name, and what a crash leaves under such a name is deleted. Safe for use by the journal's thread, one
 * that prepares files and one that checkpoints.
 */
final class JournalFiles {
    private static final String NAME_PREFIX = "journal-";
    private static final int ZEROS_BYTES = 1024 * 1024;

    private record Live(JournalFile file, long firstSequence) {}

    private final Disk disk;
    private final Path dir;
    private final JournalOptions options;

    /** Held while a file is prepared, so that there is one preparation at a time. */
    private final Object preparation = new Object();

    // All below are guarded by this.
    private final Deque<Live> live = new ArrayDeque<>();
    private final Deque<JournalFile> free = new ArrayDeque<>();
    private long nextNumber;
    private long totalBytes;
    private long tail = 1;
    private long recordedTail = 1;

    private JournalFiles(Disk disk, Path dir, JournalOptions options) {
        this.disk = disk;
        this.dir = dir;
        this.options = options;
    }

    /** Opens the files there are, all of them free, and removes unfinished ones. */
    static JournalFiles open(Disk disk, Path dir, JournalOptions options) throws IOException {
        if (!disk.isDirectory(dir)) {
            disk.createDirectory(dir);
        }
        // Also when it was there: the process that made it may have died before this.
        disk.syncDirectory(Objects.requireNonNull(dir.getParent(), "a journal is in some directory"));
        JournalFiles files = new JournalFiles(disk, dir, options);
        try {
            files.load();
        } catch (IOException e) {
            files.close();
            throw e;
        }
        return files;
    }

    private synchronized void load() throws IOException {
        for (String name : disk.list(dir)) {
            if (AtomicFile.isTemporary(name)) {
                disk.delete(dir.resolve(name));
            } else if (name.startsWith(NAME_PREFIX)) {
                nextNumber = Math.max(nextNumber, number(name) + 1);
                DiskFile file = disk.openForOverwrites(dir.resolve(name));
                add(new JournalFile(dir.resolve(name), file, file.sizeBytes()));
            }
        }
        // The process that gave these names may have died of a failed sync, before they were durable.
        disk.syncDirectory(dir);
    }

    private long number(String name) throws IOException {
        try {
            return Long.parseLong(name.substring(NAME_PREFIX.length()));
        } catch (NumberFormatException e) {
            throw new IOException("Not a name of a journal file: " + dir.resolve(name), e);
        }
    }

    private synchronized void add(JournalFile file) {
        free.add(file);
        totalBytes += file.sizeBytes();
    }

    private synchronized void remove(JournalFile file) {
        free.remove(file);
        totalBytes -= file.sizeBytes();
    }

    private synchronized @Nullable JournalFile firstFree() {
        return free.peekFirst();
    }

    synchronized List<JournalFile> all() {
        List<JournalFile> files = new ArrayList<>(free);
        live.forEach(one -> files.add(one.file()));
        return files;
    }

    /** Appends a file to the live ones; its first group has {@code firstSequence}. */
    synchronized void use(JournalFile file, long firstSequence) {
        free.remove(file);
        live.addLast(new Live(file, firstSequence));
    }

    /** A free file for a group of {@code groupBytes}, still free; null when there is none. */
    synchronized @Nullable JournalFile peekFree(long groupBytes) {
        for (JournalFile file : free) {
            if (neededBytes(groupBytes) <= file.sizeBytes()) {
                return file;
            }
        }
        return null;
    }

    /** As {@link #peekFree}, preparing a file if there is none. */
    JournalFile freeOrPrepared(long groupBytes) throws IOException {
        synchronized (preparation) {
            JournalFile file = peekFree(groupBytes);
            return file == null ? prepare(groupBytes) : file;
        }
    }

    /** Prepares a file unless one is free. */
    boolean canPrepareAhead() {
        return peekFree(JournalFormat.PAGE_BYTES) == null && hasRoom(options.fileBytes());
    }

    boolean prepareAhead() throws IOException {
        synchronized (preparation) {
            if (!canPrepareAhead()) {
                return false;
            }
            prepare(JournalFormat.PAGE_BYTES);
            return true;
        }
    }

    /** A page is kept so that the tail can always be recorded at the end of the file. */
    private static long neededBytes(long groupBytes) {
        return groupBytes + JournalFormat.PAGE_BYTES;
    }

    private JournalFile prepare(long groupBytes) throws IOException {
        long size = Math.max(isEmpty() ? options.firstFileBytes() : options.fileBytes(), neededBytes(groupBytes));
        makeRoom(size);
        Path path = dir.resolve(NAME_PREFIX + takeNumber());
        Path temporary = dir.resolve(path.getFileName() + AtomicFile.TEMPORARY_SUFFIX);
        DiskFile file = disk.open(temporary, OpenMode.CREATE_NEW);
        try {
            fillWithZeros(file, size);
            file.sync();
            disk.rename(temporary, path);
            disk.syncDirectory(dir);
        } catch (IOException e) {
            abandon(file, temporary, e);
            throw e;
        }
        file.close();
        JournalFile prepared = new JournalFile(path, disk.openForOverwrites(path), size);
        add(prepared);
        return prepared;
    }

    /** Gives up free files, which are all too small, for one that is large enough. */
    private void makeRoom(long size) throws IOException {
        for (JournalFile file = firstFree(); file != null && !hasRoom(size); file = firstFree()) {
            file.file().close();
            disk.delete(file.path());
            remove(file);
        }
        if (!hasRoom(size) && !mayExceedCapacity()) {
            throw new JournalFullException(dir, options.capacityBytes());
        }
    }

    private static void fillWithZeros(DiskFile file, long size) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(size, ZEROS_BYTES));
        for (long position = 0; position < size; position += zeros.limit()) {
            file.write(zeros.clear().limit((int) Math.min(size - position, zeros.capacity())), position);
        }
    }

    /** Gives the space back when the disk is full; after any other error the next start tidies up. */
    private void abandon(DiskFile file, Path temporary, IOException error) {
        try {
            file.close();
            if (error instanceof DiskFullException) {
                disk.delete(temporary);
            }
        } catch (IOException e) {
            error.addSuppressed(e);
        }
    }

    /** Reads all files; none is made or removed meanwhile. */
    void replay(JournalEntry.Consumer consumer) throws IOException {
        synchronized (preparation) {
            new JournalRecovery(all()).run(consumer);
        }
    }

    private synchronized boolean isEmpty() {
        return totalBytes == 0;
    }

    private synchronized boolean hasRoom(long size) {
        return totalBytes + size <= options.capacityBytes();
    }

    private synchronized long takeNumber() {
        return nextNumber++;
    }

    /** Groups below {@code newTail} are not needed any more, once that is recorded in a group. */
    synchronized void moveTail(long newTail) {
        tail = Math.max(tail, newTail);
    }

    synchronized long tail() {
        return tail;
    }

    /** Whether files become free when the tail is recorded. */
    synchronized boolean recordingFrees() {
        return tail > recordedTail && live.size() > 1 && secondLive() <= tail;
    }

    /** A journal at its capacity gets one file more if that is the only way for it to shrink. */
    private synchronized boolean mayExceedCapacity() {
        return live.size() == 1 || recordingFrees();
    }

    synchronized boolean isTailRecorded() {
        return tail == recordedTail;
    }

    /** A durable group says that {@code newRecordedTail} is the tail: files wholly below are free now. */
    synchronized void tailIsRecorded(long newRecordedTail) {
        recordedTail = newRecordedTail;
        while (live.size() > 1 && secondLive() <= newRecordedTail) {
            free.addLast(live.removeFirst().file());
        }
    }

    private long secondLive() {
        Iterator<Live> files = live.iterator();
        files.next();
        return files.next().firstSequence();
    }

    /** The size of all live files. */
    synchronized long liveBytes() {
        return live.stream().mapToLong(one -> one.file().sizeBytes()).sum();
    }

    void close() throws IOException {
        for (JournalFile file : all()) {
            file.file().close();
        }
    }
}
