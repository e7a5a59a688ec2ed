package io.headrace.storage.log;

import io.headrace.core.config.TopicConfig;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a partition's directory tells of its log without opening it: enough to see whether retention may find something to do.
 * Any thread may look at any directory that is not being written to.
 */
public final class LogFootprint {
    private static final int TIME_PAIR_BYTES = SparseIndex.Kind.TIME.pairBytes;

    private final Disk disk;
    private final Path dir;
    private final UUID topicId;
    /** Ascending. */
    private final List<Long> baseOffsets;

    private LogFootprint(Disk disk, Path dir, UUID topicId, List<Long> baseOffsets) {
        this.disk = disk;
        this.dir = dir;
        this.topicId = topicId;
        this.baseOffsets = baseOffsets;
    }

    /** Looks at a directory. Null if it is no partition's, or an empty one's, or gone. */
    public static @Nullable LogFootprint of(Disk disk, Path dir) throws IOException {
        UUID topicId = LogDirectory.topicId(disk, dir);
        if (topicId == null) {
            return null;
        }
        List<Long> baseOffsets = new ArrayList<>(1);
        for (String name : disk.list(dir)) {
            if (LogFiles.is(name, LogFiles.LOG)) {
                baseOffsets.add(LogFiles.offset(name));
            }
        }
        return baseOffsets.isEmpty() ? null : new LogFootprint(disk, dir, topicId, baseOffsets);
    }

    /**
     * The topic that a directory was made for; null if there is no such directory, or it does not tell.
     *
     * @throws CorruptLogException if it tells so with damage
     */
    public static @Nullable UUID topicId(Disk disk, Path dir) throws IOException {
        return LogDirectory.topicId(disk, dir);
    }

    /** The topic that the directory was made for. */
    public UUID topicId() {
        return topicId;
    }

    /** Whether the directory can only be this topic's, with some bits of the id in it damaged. */
    public boolean hasDamagedIdOf(UUID expected) {
        return LogDirectory.isDamaged(topicId, expected);
    }

    /**
     * Whether {@link PartitionLog#applyRetention} may find something to do once the log is open; as a rule it then does.
     *
     * @param logStartOffset as it is stored elsewhere
     */
    public boolean mayExpire(TopicConfig config, long logStartOffset, long nowMs) throws IOException {
        try {
            boolean single = baseOffsets.size() == 1;
            if (!single && baseOffsets.get(1) <= logStartOffset) {
                return true;
            }
            long firstSize = disk.sizeBytes(file(0, LogFiles.LOG));
            // Deleting the only segment when it is empty would only make another.
            return config.delete()
                    && !(single && firstSize == 0)
                    && (isTooMuch(config, firstSize) || isTooOld(config, nowMs));
        } catch (NoSuchFileException e) {
            return false; // deleted meanwhile
        }
    }

    private boolean isTooMuch(TopicConfig config, long firstSize) throws IOException {
        if (config.retentionBytes() < 0) {
            return false;
        }
        long size = 0;
        for (int i = 0; i < baseOffsets.size(); i++) {
            size += disk.sizeBytes(file(i, LogFiles.LOG));
        }
        return size - config.retentionBytes() >= firstSize;
    }

    private boolean isTooOld(TopicConfig config, long nowMs) throws IOException {
        if (config.retentionMs() < 0) {
            return false;
        }
        long latestMs = lastIndexedTimestampMs();
        if (latestMs < 0) {
            latestMs = disk.lastModifiedMs(file(0, LogFiles.LOG));
        }
        return nowMs - latestMs > config.retentionMs();
    }

    /** The largest timestamp in the first segment as far as its index tells, which is complete if the log was closed. */
    private long lastIndexedTimestampMs() throws IOException {
        try (DiskFile index = disk.open(file(0, LogFiles.TIME_INDEX), OpenMode.READ)) {
            long pairs = index.sizeBytes() / TIME_PAIR_BYTES;
            ByteBuffer last = ByteBuffer.allocate(Long.BYTES);
            if (pairs > 0) {
                index.read(last, (pairs - 1) * TIME_PAIR_BYTES);
            }
            return last.hasRemaining() ? -1 : last.getLong(0);
        } catch (NoSuchFileException e) {
            return -1;
        }
    }

    private Path file(int segment, String suffix) {
        return LogFiles.path(dir, baseOffsets.get(segment), suffix);
    }
}
