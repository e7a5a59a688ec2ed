package io.headrace.storage.disk;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A place for files. Everything the broker stores goes through here, so that tests can lose power, tear writes and fail
 * syncs.
 *
 * <p>A name is durable only after {@link #syncDirectory} of its directory, contents only after {@link DiskFile#sync}.
 * Safe for use by many threads.
 */
public interface Disk {
    /**
     * Opens a file.
     *
     * @throws java.nio.file.NoSuchFileException if it is absent and {@code mode} does not create it
     * @throws java.nio.file.FileAlreadyExistsException if it is present and {@code mode} is {@code CREATE_NEW}
     * @throws DiskFullException if there is no room to create it
     */
    DiskFile open(Path path, OpenMode mode) throws IOException;

    /**
     * Opens an existing file whose bytes will be overwritten and synced again and again, in whole pages of 4 KiB and by one
     * thread. Where the system allows it, such writes go past the page cache to the disk. The file can be read as any other.
     *
     * @throws java.nio.file.NoSuchFileException if it is absent
     */
    default DiskFile openForOverwrites(Path path) throws IOException {
        return open(path, OpenMode.READ_WRITE);
    }

    /** Creates a directory whose parent exists; does nothing when it is there already. */
    void createDirectory(Path dir) throws IOException;

    /** The names in a directory, sorted; empty when the directory is missing. */
    List<String> list(Path dir) throws IOException;

    /** Whether there is a file or directory of this name. */
    boolean exists(Path path);

    /** Whether there is a directory of this name. */
    boolean isDirectory(Path path);

    /** The length of a file in bytes. */
    long sizeBytes(Path path) throws IOException;

    /** When a file was last written, milliseconds since the epoch. */
    long lastModifiedMs(Path path) throws IOException;

    /** Gives a file or directory a new name, atomically replacing a file that has it. Durable after directory syncs. */
    void rename(Path from, Path to) throws IOException;

    /** Removes a file or an empty directory; does nothing when it is missing. Open files stay readable. */
    void delete(Path path) throws IOException;

    /** Makes creations, renames and deletions in {@code dir} durable. A failure is final, as in {@link DiskFile#sync}. */
    void syncDirectory(Path dir) throws IOException;

    /** How large the file system of a directory is. */
    long totalBytes(Path dir) throws IOException;

    /** Bytes that can still be written to the file system of {@code dir}. */
    long usableBytes(Path dir) throws IOException;

    /**
     * Takes an exclusive lock on a file, creating it if need be.
     *
     * @throws LockHeldException at once if it is held, in this process or another
     */
    DiskLock lock(Path file) throws IOException;
}
