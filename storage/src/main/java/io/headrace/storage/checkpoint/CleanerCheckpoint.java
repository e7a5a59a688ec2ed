package io.headrace.storage.checkpoint;

import io.headrace.storage.disk.Disk;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The file that says how far compacted logs are clean. It knows them by their directories' names: of a topic that is deleted
 * it must say nothing any more before there is another of its name. Safe for use by many threads.
 */
public final class CleanerCheckpoint {
    /** The name of the file in the data directory. */
    public static final String NAME = "cleaner-offset-checkpoint";

    private static final Logger LOG = System.getLogger(CleanerCheckpoint.class.getName());

    private final OffsetCheckpoint file;

    /** @param dir the data directory */
    public CleanerCheckpoint(Disk disk, Path dir) {
        this.file = new OffsetCheckpoint(disk, dir.resolve(NAME));
    }

    /** Reads the file, by directory name; what is damaged or missing says nothing, so that logs are compacted anew. */
    public synchronized Map<String, Long> read() throws IOException {
        try {
            return file.read();
        } catch (CorruptCheckpointException e) {
            LOG.log(Level.WARNING, "All logs will be compacted anew, for how far they were is lost", e);
            return new TreeMap<>();
        }
    }

    /**
     * Replaces the file.
     *
     * @param offsets by directory name, for partitions that are not deleted; asked while nothing is forgotten
     */
    public synchronized void write(Supplier<Map<String, Long>> offsets) throws IOException {
        file.write(offsets.get());
    }

    /** Removes what the file says of these directories; durable on return. */
    public synchronized void forget(Set<String> directoryNames) throws IOException {
        if (directoryNames.isEmpty()) {
            return;
        }
        Map<String, Long> offsets = read();
        if (offsets.keySet().removeAll(directoryNames)) {
            file.write(offsets);
        }
    }
}
