package io.headrace.storage.metadata;

import io.headrace.core.metadata.CommandResult;
import io.headrace.core.metadata.MetadataCodec;
import io.headrace.core.metadata.MetadataCommand;
import io.headrace.core.metadata.MetadataImage;
import io.headrace.core.metadata.MetadataReplay;
import io.headrace.protocol.wire.MalformedMessageException;
import io.headrace.storage.disk.AtomicFile;
import io.headrace.storage.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

/**
 * The files of the metadata log: the newest snapshot {@code snapshot-<index>}, and the log {@code log-<index>} that begins
 * where it ends. Before the first snapshot there is a log of index 0 alone.
 *
 * <p>Making a new pair: the empty log is created durably, then the snapshot, then the old pair is deleted, and only then
 * anything is written to the new log. So a log older than the newest snapshot holds nothing that the snapshot lacks, a
 * newer one is empty, and the one that belongs to the snapshot is never missing.
 *
 * <p>Owned by the metadata thread.
 */
final class MetadataDirectory implements AutoCloseable {
    private static final String SNAPSHOT_PREFIX = "snapshot-";
    private static final String LOG_PREFIX = "log-";

    private final Disk disk;
    private final Path directory;
    private final RandomGenerator random;
    private MetadataLogFile log;
    private MetadataImage image;
    private long snapshotSizeBytes;

    private MetadataDirectory(Disk disk, Path directory, RandomGenerator random, MetadataImage start)
            throws IOException {
        this.disk = disk;
        this.directory = directory;
        this.random = random;
        this.image = start;
        Path snapshot = directory.resolve(name(SNAPSHOT_PREFIX, start.index()));
        this.snapshotSizeBytes = disk.exists(snapshot) ? disk.sizeBytes(snapshot) : 0;
        this.log = openLog(start.index());
        deleteOthers();
    }

    /** Opens the directory, creating it if it is missing, and recovers the image from it. */
    static MetadataDirectory open(Disk disk, Path directory, RandomGenerator random) throws IOException {
        Path parent = directory.getParent();
        disk.createDirectory(directory);
        disk.syncDirectory(parent == null ? Path.of("") : parent);
        // Also of what was there before: the process that gave these names may have died before they were durable.
        disk.syncDirectory(directory);
        long newestSnapshot = newest(disk.list(directory), SNAPSHOT_PREFIX);
        long newestLog = newest(disk.list(directory), LOG_PREFIX);
        if (newestLog > Math.max(0, newestSnapshot)) {
            checkEmpty(disk, directory, newestLog);
        }
        MetadataImage start = MetadataImage.EMPTY;
        if (newestSnapshot >= 0) {
            Path path = directory.resolve(name(SNAPSHOT_PREFIX, newestSnapshot));
            start = MetadataSnapshotFile.read(disk, path);
            if (start.index() != newestSnapshot) {
                throw new CorruptMetadataException(path, 0, "it holds the image of index " + start.index());
            }
        }
        return new MetadataDirectory(disk, directory, random, start);
    }

    /** Whether a log was ever begun in the directory, which need not exist. */
    static boolean isBegun(Disk disk, Path directory) throws IOException {
        return disk.isDirectory(directory)
                && disk.list(directory).stream()
                        .anyMatch(name -> name.startsWith(LOG_PREFIX) || name.startsWith(SNAPSHOT_PREFIX));
    }

    private static void checkEmpty(Disk disk, Path directory, long index) throws IOException {
        Path path = directory.resolve(name(LOG_PREFIX, index));
        MetadataLogFile.Opened opened = MetadataLogFile.open(disk, path, index);
        if (opened != null) {
            opened.file().close();
            if (!opened.frames().isEmpty()) {
                Path missing = directory.resolve(name(SNAPSHOT_PREFIX, index));
                throw new CorruptMetadataException(
                        missing, 0, "the snapshot is missing to which the newest log belongs");
            }
        }
    }

    private MetadataLogFile openLog(long firstIndex) throws IOException {
        Path path = directory.resolve(name(LOG_PREFIX, firstIndex));
        if (firstIndex > 0 && !disk.exists(path)) {
            throw new CorruptMetadataException(path, 0, "the log is missing that belongs to the newest snapshot");
        }
        if (disk.exists(path)) {
            MetadataLogFile.Opened opened = MetadataLogFile.open(disk, path, firstIndex);
            if (opened != null) {
                MetadataReplay replay = new MetadataReplay(image);
                for (MetadataFrame frame : opened.frames()) {
                    replay(path, frame, replay);
                }
                image = replay.image();
                return opened.file();
            }
        }
        return MetadataLogFile.create(disk, path, random.nextLong(), firstIndex);
    }

    private static void replay(Path path, MetadataFrame frame, MetadataReplay replay) throws IOException {
        if (frame.index() != replay.index()) {
            throw new CorruptMetadataException(
                    path, 0, "commands of index " + frame.index() + " follow those before " + replay.index());
        }
        try {
            for (MetadataCommand command : frame.commands()) {
                CommandResult result = replay.apply(command);
                if (!result.isOk()) {
                    throw new RefusedMetadataException(path, replay.index() - 1, command, result);
                }
            }
        } catch (MetadataCodec.NewerVersionException e) {
            throw new NewerMetadataException(path, String.valueOf(e.getMessage()));
        } catch (MalformedMessageException e) {
            throw new CorruptMetadataException(path, 0, String.valueOf(e.getMessage()));
        }
    }

    private void deleteOthers() throws IOException {
        String currentLog = name(LOG_PREFIX, log.firstIndex());
        String currentSnapshot = name(SNAPSHOT_PREFIX, log.firstIndex());
        for (String name : disk.list(directory)) {
            boolean ours = name.startsWith(LOG_PREFIX) || name.startsWith(SNAPSHOT_PREFIX);
            if (ours && !name.equals(currentLog) && !name.equals(currentSnapshot)) {
                disk.delete(directory.resolve(name));
            }
        }
    }

    /** The image after everything in the log. */
    MetadataImage image() {
        return image;
    }

    /**
     * Appends commands that lead from the present image to another, and returns when they are durable.
     *
     * @throws IOException when it is not known whether they are
     */
    void append(List<MetadataCommand> commands, MetadataImage after) throws IOException {
        log.append(MetadataFrame.of(image.index(), commands));
        image = after;
    }

    /** The bytes of log since the last snapshot. */
    long logSizeBytes() {
        return log.sizeBytes();
    }

    /** The bytes of the last snapshot; 0 when there is none. */
    long snapshotSizeBytes() {
        return snapshotSizeBytes;
    }

    /** Takes a snapshot and begins a new log after it. */
    void takeSnapshot() throws IOException {
        if (log.firstIndex() == image.index()) {
            return;
        }
        long index = image.index();
        MetadataLogFile next =
                MetadataLogFile.create(disk, directory.resolve(name(LOG_PREFIX, index)), random.nextLong(), index);
        try {
            snapshotSizeBytes =
                    MetadataSnapshotFile.write(disk, directory.resolve(name(SNAPSHOT_PREFIX, index)), image);
        } catch (IOException e) {
            next.close();
            throw e;
        }
        log.close();
        log = next;
        deleteOthers();
    }

    @Override
    public void close() throws IOException {
        log.close();
    }

    private static String name(String prefix, long index) {
        return prefix + String.format(Locale.ROOT, "%020d", index);
    }

    /** The largest index among the files of that kind; -1 when there is none. */
    private static long newest(List<String> names, String prefix) {
        long newest = -1;
        for (String name : names) {
            if (name.startsWith(prefix) && !AtomicFile.isTemporary(name)) {
                newest = Math.max(newest, Long.parseLong(name.substring(prefix.length())));
            }
        }
        return newest;
    }
}
