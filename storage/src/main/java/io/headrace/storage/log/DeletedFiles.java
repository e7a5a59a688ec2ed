package io.headrace.storage.log;

import io.headrace.storage.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Files that were renamed so that they are not part of a log any more. Any thread may delete them. Until then a power cut may
 * bring them back: {@link #syncRename} prevents that.
 *
 * @param dir where they are
 * @param delayMs the topic's {@code file.delete.delay.ms}: a good time from now to delete them, when nobody reads them any more
 */
public record DeletedFiles(Path dir, List<Path> files, long delayMs) {
    public boolean isEmpty() {
        return files.isEmpty();
    }

    /** Makes their absence durable. */
    public void syncRename(Disk disk) throws IOException {
        if (!files.isEmpty()) {
            disk.syncDirectory(dir);
        }
    }

    /** Gives their space back. */
    public void delete(Disk disk) throws IOException {
        for (Path file : files) {
            disk.delete(file);
        }
    }
}
