package io.headrace.storage.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Replaces a small file so that after a power cut it holds the old contents or the new, never a mix.
 *
 * <p>The new contents go to a file of the same name with {@link #TEMPORARY_SUFFIX}, are synced, and take over the name; the
 * directory is synced last. A leftover temporary file means nothing and is overwritten by the next replacement. Whether the
 * contents are what was once written is for the caller to check: put a checksum in.
 */
public final class AtomicFile {
    /** What the name of an unfinished replacement ends with. */
    public static final String TEMPORARY_SUFFIX = ".tmp";

    private AtomicFile() {}

    /**
     * Replaces or creates {@code file}, and returns when that is durable.
     *
     * @throws DiskFullException if there is no room; the old contents are untouched, and trying again later is fine
     * @throws IOException otherwise; whether the old or the new contents survive a power cut is then unknown
     */
    public static void replace(Disk disk, Path file, ByteBuffer contents) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + TEMPORARY_SUFFIX);
        try (DiskFile target = disk.open(temporary, OpenMode.CREATE)) {
            target.truncate(0);
            target.write(contents, 0);
            target.sync();
        }
        disk.rename(temporary, file);
        Path parent = file.getParent();
        disk.syncDirectory(parent == null ? Path.of("") : parent);
    }

    /**
     * Reads a whole file.
     *
     * @param sizeBytesMax a longer file is refused, so that a damaged one cannot exhaust memory
     * @return the contents, ready to be read; null when there is no such file
     */
    public static @Nullable ByteBuffer read(Disk disk, Path file, int sizeBytesMax) throws IOException {
        try (DiskFile source = disk.open(file, OpenMode.READ)) {
            long size = source.sizeBytes();
            if (size > sizeBytesMax) {
                throw new IOException(file + " has " + size + " bytes, more than the " + sizeBytesMax + " it can have");
            }
            ByteBuffer contents = ByteBuffer.allocate((int) size);
            source.read(contents, 0);
            return contents.flip();
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Whether {@code name} is that of an unfinished replacement, which a listing should skip. */
    public static boolean isTemporary(String name) {
        return name.endsWith(TEMPORARY_SUFFIX);
    }
}
