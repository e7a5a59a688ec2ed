package io.headrace.storage.checkpoint;

import io.headrace.storage.disk.Disk;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * An offset checkpoint of what cannot be had from anywhere else: there is a second file with the same contents, for when the
 * first is damaged. Used by one thread at a time.
 */
public final class MirroredCheckpoint {
    /** What the name of the second file ends with. */
    public static final String COPY_SUFFIX = ".copy";

    private static final Logger LOG = System.getLogger(MirroredCheckpoint.class.getName());

    private final Disk disk;
    private final Path path;
    private final OffsetCheckpoint file;
    private final OffsetCheckpoint copy;
    /** What the second file holds; only with that is it left alone. */
    private Map<String, Long> copied = new TreeMap<>();

    public MirroredCheckpoint(Disk disk, Path path) {
        this.disk = disk;
        this.path = path;
        this.file = new OffsetCheckpoint(disk, path);
        this.copy = new OffsetCheckpoint(disk, path.resolveSibling(path.getFileName() + COPY_SUFFIX));
    }

    /**
     * Reads what was written last.
     *
     * @throws CorruptCheckpointException if both files are damaged
     */
    public Map<String, Long> read() throws IOException {
        CorruptCheckpointException copyDamage = null;
        try {
            copied = copy.read();
        } catch (CorruptCheckpointException e) {
            copyDamage = e;
            LOG.log(Level.WARNING, "The copy of a checkpoint will be written anew", e);
            copied = Map.of("", -1L);
        }
        try {
            return disk.exists(path) ? file.read() : new TreeMap<>(copyDamage == null ? copied : Map.of());
        } catch (CorruptCheckpointException e) {
            if (copyDamage != null) {
                e.addSuppressed(copyDamage);
                throw e;
            }
            LOG.log(Level.WARNING, "A checkpoint is damaged; its copy counts", e);
            return new TreeMap<>(copied);
        }
    }

    /** Replaces both files by these offsets, durably. */
    public void write(Map<String, Long> offsetsByDirectory) throws IOException {
        file.write(offsetsByDirectory);
        if (!copied.equals(offsetsByDirectory)) {
            copy.write(offsetsByDirectory);
            copied = Map.copyOf(offsetsByDirectory);
        }
    }
}
