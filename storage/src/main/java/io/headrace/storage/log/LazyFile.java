package io.headrace.storage.log;

import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file of a segment that is opened when used and closed when others are used more. Holds no path, as there are several
 * for each segment and mostly nobody uses them.
 *
 * <p>Ends by {@link #retire}: then no new user gets in, while those inside finish undisturbed. Safe for use by many threads.
 */
final class LazyFile {
    private final OpenFiles files;
    private final Path dir;
    private final long baseOffset;
    private final String suffix;
    private volatile @Nullable FileRef current;
    private volatile boolean retired;
    /** Opened earlier and closed by the cache, but not yet by all their users; null when there are none. */
    private @Nullable List<FileRef> lingering;

    LazyFile(OpenFiles files, Path dir, long baseOffset, String suffix) {
        this.files = files;
        this.dir = dir;
        this.baseOffset = baseOffset;
        this.suffix = suffix;
    }

    Path path() {
        return LogFiles.path(dir, baseOffset, suffix);
    }

    /**
     * The file, opened for reading and writing; the caller releases it.
     *
     * @throws StaleLogViewException if it was retired
     * @throws java.nio.file.NoSuchFileException if it does not exist
     */
    FileRef acquire() throws IOException {
        return acquire(OpenMode.READ_WRITE);
    }

    /** As {@link #acquire()}, with another mode for the case that the file has to be opened. */
    FileRef acquire(OpenMode mode) throws IOException {
        FileRef ref = current;
        if (ref != null && ref.tryRetain()) {
            return ref;
        }
        synchronized (this) {
            ref = current;
            if (ref != null && ref.tryRetain()) {
                return ref;
            }
            requireNotRetired();
            DiskFile file = files.disk().open(path(), mode);
            ref = new FileRef(file).retain();
            current = ref;
        }
        files.admit(this);
        return ref;
    }

    /**
     * The length of the file, whether or not it is open.
     *
     * @throws StaleLogViewException if it was retired
     * @throws java.nio.file.NoSuchFileException if it does not exist
     */
    long sizeBytes() throws IOException {
        long size;
        try {
            size = currentSizeBytes();
        } catch (IOException e) {
            requireNotRetired();
            throw e;
        }
        requireNotRetired();
        return size;
    }

    private long currentSizeBytes() throws IOException {
        FileRef ref = current;
        if (ref != null && ref.tryRetain()) {
            try {
                return ref.file().sizeBytes();
            } finally {
                ref.release();
            }
        }
        return files.disk().sizeBytes(path());
    }

    /**
     * To be called after something was read of a file that is changed in place once it is retired: what was read before
     * counts.
     *
     * @throws StaleLogViewException if the file was retired, so that what was read may be of another log
     */
    void requireNotRetired() throws StaleLogViewException {
        if (retired) {
            throw new StaleLogViewException(path() + " was truncated or deleted");
        }
    }

    boolean isOpen() {
        return current != null;
    }

    boolean takeUsedRecently() {
        FileRef ref = current;
        return ref != null && ref.takeUsedRecently();
    }

    /** Lets go of the open file on behalf of the cache. */
    synchronized void evict() {
        FileRef ref = current;
        current = null;
        if (ref != null && ref.release()) {
            List<FileRef> stillUsed = lingering == null ? new ArrayList<>(1) : lingering;
            stillUsed.removeIf(earlier -> !earlier.isOpen());
            stillUsed.add(ref);
            lingering = stillUsed;
        }
    }

    /**
     * Lets nobody in any more.
     *
     * @return whether somebody still uses the file
     */
    synchronized boolean retire() {
        retired = true;
        evict();
        return lingering != null && lingering.stream().anyMatch(FileRef::isOpen);
    }
}
