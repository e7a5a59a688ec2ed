package io.headrace.storage.log;

import io.headrace.storage.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Renames and deletes the files of a segment, all together. */
final class SegmentFiles {
    /** The log comes last: as long as it is there, the segment is. */
    static final List<String> SUFFIXES = List.of(
            LogFiles.TRANSACTION_INDEX,
            LogFiles.TRANSACTION_CHECKS,
            LogFiles.TIME_INDEX,
            LogFiles.OFFSET_INDEX,
            LogFiles.LOG);

    private SegmentFiles() {}

    /**
     * Renames a segment's files so that they are not part of the log any more. After a failure it may be tried again.
     *
     * @param renamed gets the new name of each file that is renamed
     */
    static void markDeleted(Disk disk, Path dir, long baseOffset, List<Path> renamed) throws IOException {
        for (int i = SUFFIXES.size() - 1; i >= 0; i--) {
            Path file = LogFiles.path(dir, baseOffset, SUFFIXES.get(i));
            if (disk.exists(file)) {
                Path deleted = file.resolveSibling(file.getFileName() + LogFiles.DELETED);
                disk.rename(file, deleted);
                renamed.add(deleted);
            }
        }
    }

    /** Takes back what {@link #markDeleted} did, the log last of each segment. */
    static void unmarkDeleted(Disk disk, List<Path> renamed) throws IOException {
        for (int i = renamed.size() - 1; i >= 0; i--) {
            Path deleted = renamed.get(i);
            String name = deleted.getFileName().toString();
            disk.rename(deleted, deleted.resolveSibling(name.substring(0, name.length() - LogFiles.DELETED.length())));
        }
    }

    static void delete(Disk disk, Path dir, long baseOffset) throws IOException {
        delete(disk, dir, baseOffset, LogFiles.IN_PLACE);
    }

    static void delete(Disk disk, Path dir, long baseOffset, String state) throws IOException {
        for (String suffix : SUFFIXES) {
            disk.delete(LogFiles.path(dir, baseOffset, suffix + state));
        }
    }

    /** Renames those of a segment's files that are there, the log last. */
    static void renameAll(Disk disk, Path dir, long baseOffset, String fromState, String toState) throws IOException {
        for (String suffix : SUFFIXES) {
            Path file = LogFiles.path(dir, baseOffset, suffix + fromState);
            if (disk.exists(file)) {
                disk.rename(file, LogFiles.path(dir, baseOffset, suffix + toState));
            }
        }
    }

    /** Gives indexes that were built aside, and are durable, their names. */
    static void adoptIndexes(Disk disk, Path dir, long baseOffset) throws IOException {
        for (String suffix : List.of(LogFiles.TIME_INDEX, LogFiles.OFFSET_INDEX)) {
            disk.rename(
                    LogFiles.path(dir, baseOffset, suffix + LogFiles.TEMPORARY),
                    LogFiles.path(dir, baseOffset, suffix));
        }
        disk.syncDirectory(dir);
    }

    /** Deletes what compaction has begun in a directory and not finished. */
    static void deleteCleaned(Disk disk, Path dir) throws IOException {
        for (String name : disk.list(dir)) {
            if (name.endsWith(LogFiles.CLEANED)) {
                disk.delete(dir.resolve(name));
            }
        }
    }
}
