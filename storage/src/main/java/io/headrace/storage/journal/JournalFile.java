package io.headrace.storage.journal;

import io.headrace.storage.disk.DiskFile;
import java.nio.file.Path;

/** One preallocated file of the ring. Its size never changes. */
record JournalFile(Path path, DiskFile file, long sizeBytes) {
    @Override
    public String toString() {
        return path.toString();
    }
}
