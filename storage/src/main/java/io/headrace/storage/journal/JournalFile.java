package io.headrace.storage.journal;

import io.headrace.storage.disk.DiskFile;
import java.nio.file.Path;

/** One preallocated file of the ring, the same only as itself. Its size never changes. */
final class JournalFile {
    private final Path path;
    private final DiskFile file;
    private final long sizeBytes;

    JournalFile(Path path, DiskFile file, long sizeBytes) {
        this.path = path;
        this.file = file;
        this.sizeBytes = sizeBytes;
    }

    Path path() {
        return path;
    }

    DiskFile file() {
        return file;
    }

    long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
