package io.headrace.storage.log;

import io.headrace.storage.disk.AtomicFile;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A partition's directory when it is opened: whose it is, what is in it, and what an interrupted change left behind. */
final class LogDirectory {
    private static final int METADATA_BYTES_MAX = 1024;

    /** A flipped bit changes one character of an id's text, which stands for six bits of it; unrelated ids differ in sixty. */
    private static final int DAMAGED_BITS_MAX = 6;

    private final Disk disk;
    private final Path dir;
    private final Set<String> names;

    private LogDirectory(Disk disk, Path dir, List<String> names) {
        this.disk = disk;
        this.dir = dir;
        this.names = new TreeSet<>(names);
    }

    /** Looks at a directory, which is created if it is missing. */
    static LogDirectory open(Disk disk, Path dir) throws IOException {
        if (!disk.isDirectory(dir)) {
            disk.createDirectory(dir);
            Path parent = dir.getParent();
            disk.syncDirectory(parent == null ? Path.of("") : parent);
        }
        return new LogDirectory(disk, dir, disk.list(dir));
    }

    boolean contains(String name) {
        return names.contains(name);
    }

    List<String> names() {
        return List.copyOf(names);
    }

    /** The base offsets of the segments, ascending. */
    NavigableSet<Long> baseOffsets() {
        NavigableSet<Long> offsets = new TreeSet<>();
        for (String name : names) {
            if (LogFiles.is(name, LogFiles.LOG)) {
                offsets.add(LogFiles.offset(name));
            }
        }
        return offsets;
    }

    /**
     * Compares the topic id with the one the directory was made for.
     *
     * @return whether there was one
     * @throws InconsistentTopicIdException if it is another topic's
     * @throws CorruptLogException if it is this topic's but for a few bits
     */
    boolean checkTopicId(UUID topicId) throws IOException {
        UUID found = topicId(disk, dir);
        if (found == null) {
            return false;
        }
        if (isDamaged(found, topicId)) {
            throw new CorruptLogException(
                    dir.resolve(LogFiles.PARTITION_METADATA),
                    0,
                    0,
                    "it names topic id " + found + ", which is that of this topic, " + topicId
                            + ", but for a few bits; partition.metadata has to be restored");
        }
        if (!found.equals(topicId)) {
            throw new InconsistentTopicIdException(dir, found, topicId);
        }
        return true;
    }

    /** Whether {@code found} can only be {@code expected} with damage, as ids are random. */
    static boolean isDamaged(UUID found, UUID expected) {
        int bits = Long.bitCount(found.getMostSignificantBits() ^ expected.getMostSignificantBits())
                + Long.bitCount(found.getLeastSignificantBits() ^ expected.getLeastSignificantBits());
        return bits > 0 && bits <= DAMAGED_BITS_MAX;
    }

    /** The topic id that a directory was made for; null if there is none in it. */
    static @Nullable UUID topicId(Disk disk, Path dir) throws IOException {
        ByteBuffer contents = AtomicFile.read(disk, dir.resolve(LogFiles.PARTITION_METADATA), METADATA_BYTES_MAX);
        if (contents == null) {
            return null;
        }
        UUID found = decodeTopicId(StandardCharsets.UTF_8.decode(contents).toString());
        if (found == null) {
            throw new CorruptLogException(
                    dir.resolve(LogFiles.PARTITION_METADATA), 0, 0, "it does not hold a version and a topic id");
        }
        return found;
    }

    /** Notes whose directory this is; durable on return, and all other names in the directory with it. */
    void storeTopicId(UUID topicId) throws IOException {
        ByteBuffer id = ByteBuffer.allocate(16);
        id.putLong(topicId.getMostSignificantBits()).putLong(topicId.getLeastSignificantBits());
        String encoded = Base64.getUrlEncoder().withoutPadding().encodeToString(id.array());
        String text = "version: 0\ntopic_id: " + encoded;
        AtomicFile.replace(
                disk, dir.resolve(LogFiles.PARTITION_METADATA), ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static @Nullable UUID decodeTopicId(String text) {
        String[] lines = text.strip().split("\n", -1);
        if (lines.length != 2 || !lines[0].strip().equals("version: 0") || !lines[1].startsWith("topic_id: ")) {
            return null;
        }
        try {
            byte[] id = Base64.getUrlDecoder()
                    .decode(lines[1].substring("topic_id: ".length()).strip());
            ByteBuffer bytes = ByteBuffer.wrap(id);
            return id.length == 16 ? new UUID(bytes.getLong(), bytes.getLong()) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /**
     * Finishes or takes back what a crash interrupted; see {@link SegmentSwap} for what compaction does. As long as a file of
     * a compacted segment is called {@code .cleaned}, none of it counts; when all are {@code .swap}, it does and the
     * segments it replaces do not.
     *
     * <p>What decides is always the last to change, and durably so: the power may go here, too.
     */
    void tidy() throws IOException {
        discardIncomplete();
        for (String name : List.copyOf(names)) {
            if (LogFiles.is(name, LogFiles.LOG + LogFiles.SWAP)) {
                adopt(LogFiles.offset(name));
            }
        }
        finishRenames();
        deleteAll(this::isOfNoSegment);
    }

    /** Aborted transactions that are of no segment any more must not pass for those of one that begins there again. */
    private boolean isOfNoSegment(String name) {
        boolean ofTransactions =
                LogFiles.is(name, LogFiles.TRANSACTION_INDEX) || LogFiles.is(name, LogFiles.TRANSACTION_CHECKS);
        return ofTransactions && !contains(LogFiles.name(LogFiles.offset(name), LogFiles.LOG));
    }

    private void discardIncomplete() throws IOException {
        long incompleteFrom = Long.MAX_VALUE;
        for (String name : names) {
            if (name.endsWith(LogFiles.CLEANED) && LogFiles.offset(name) >= 0) {
                incompleteFrom = Math.min(incompleteFrom, LogFiles.offset(name));
            }
        }
        long from = incompleteFrom;
        deleteAll(name -> name.endsWith(LogFiles.SWAP) && LogFiles.offset(name) >= from);
        deleteAll(name -> name.endsWith(LogFiles.DELETED)
                || name.endsWith(LogFiles.CLEANED)
                || name.endsWith(LogFiles.TEMPORARY));
    }

    private void deleteAll(Predicate<String> unwanted) throws IOException {
        List<String> doomed = names.stream().filter(unwanted).toList();
        for (String name : doomed) {
            delete(name);
        }
        if (!doomed.isEmpty()) {
            disk.syncDirectory(dir);
        }
    }

    /** Puts a compacted segment in the place of those it replaces. Its offset and time indexes are built anew. */
    private void adopt(long baseOffset) throws IOException {
        String swap = LogFiles.name(baseOffset, LogFiles.LOG + LogFiles.SWAP);
        long lastOffset = lastOffset(dir.resolve(swap), baseOffset);
        for (long replaced : baseOffsets()) {
            if (replaced > baseOffset && replaced <= lastOffset) {
                deleteSegment(replaced);
            }
        }
        delete(LogFiles.name(baseOffset, LogFiles.LOG));
        for (String suffix : List.of(LogFiles.OFFSET_INDEX, LogFiles.TIME_INDEX)) {
            delete(LogFiles.name(baseOffset, suffix));
            delete(LogFiles.name(baseOffset, suffix + LogFiles.SWAP));
        }
        disk.syncDirectory(dir);
        for (String suffix : List.of(LogFiles.TRANSACTION_INDEX, LogFiles.TRANSACTION_CHECKS)) {
            String name = LogFiles.name(baseOffset, suffix);
            if (contains(name + LogFiles.SWAP)) {
                rename(name + LogFiles.SWAP, name);
            }
        }
        rename(swap, LogFiles.name(baseOffset, LogFiles.LOG));
        disk.syncDirectory(dir);
    }

    /** The log file got its final name but not all that belongs to it did. */
    private void finishRenames() throws IOException {
        List<String> left =
                names.stream().filter(name -> name.endsWith(LogFiles.SWAP)).toList();
        for (String name : left) {
            if (LogFiles.is(name, LogFiles.TRANSACTION_INDEX + LogFiles.SWAP)
                    || LogFiles.is(name, LogFiles.TRANSACTION_CHECKS + LogFiles.SWAP)) {
                rename(name, name.substring(0, name.length() - LogFiles.SWAP.length()));
            } else {
                delete(name);
            }
        }
        if (!left.isEmpty()) {
            disk.syncDirectory(dir);
        }
    }

    private long lastOffset(Path log, long baseOffset) throws IOException {
        try (DiskFile file = disk.open(log, OpenMode.READ)) {
            BatchScan scan = new BatchScan(file, 0, file.sizeBytes(), BatchScan.LARGE_WINDOW_BYTES);
            long lastOffset = baseOffset;
            while (scan.next()) {
                lastOffset = scan.header().lastOffset();
            }
            if (scan.problem() != null) {
                throw new CorruptLogException(log, scan.position(), lastOffset, scan.problem());
            }
            return lastOffset;
        }
    }

    private void rename(String from, String to) throws IOException {
        disk.rename(dir.resolve(from), dir.resolve(to));
        names.remove(from);
        names.add(to);
    }

    void delete(String name) throws IOException {
        if (names.remove(name)) {
            disk.delete(dir.resolve(name));
        }
    }

    void deleteSegment(long baseOffset) throws IOException {
        for (String suffix : SegmentFiles.SUFFIXES) {
            delete(LogFiles.name(baseOffset, suffix));
        }
    }
}
