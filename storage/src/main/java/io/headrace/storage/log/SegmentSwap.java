package io.headrace.storage.log;

import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFullException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts a compacted segment in the place of those it was made from, so that a crash at any point leaves the old or the new.
 *
 * <ol>
 *   <li>The files of the new segment are complete and durable, each with {@code .cleaned} at the end of its name. A crash
 *       up to here leaves the old.
 *   <li>{@code .cleaned} becomes {@code .swap}, and the directory is synced. From here on opening finishes the swap.
 *   <li>The files of the old segments become {@code .deleted}, and the directory is synced.
 *   <li>{@code .swap} goes away. What has a final name now cannot be beside anything it replaced.
 * </ol>
 *
 * <p>If the disk has no room for one of the names, all of this is taken back: first the old segments get their names again,
 * then the new one loses its log, by which the others count, and then the rest. A crash meanwhile leaves the new if that was
 * complete, and otherwise the old.
 *
 * <p>{@link LogDirectory#tidy} is the other half.
 */
final class SegmentSwap {
    private final Disk disk;
    private final Path dir;
    private final long baseOffset;
    private final List<Path> deleted = new ArrayList<>();
    private boolean oldAreGone;

    private SegmentSwap(Disk disk, Path dir, long baseOffset) {
        this.disk = disk;
        this.dir = dir;
        this.baseOffset = baseOffset;
    }

    /**
     * Steps 2 to 4.
     *
     * @return the old files, which nobody new can open. The last step is not yet durable
     * @throws DiskFullException if there is no room; the old files are in place, though nobody can open them by the segments
     *     given here any more, and of the new ones some may be left with names that do not count
     */
    static List<Path> run(Disk disk, Path dir, CleanedSegment cleaned, LogSegment[] replaced) throws IOException {
        SegmentSwap swap = new SegmentSwap(disk, dir, cleaned.baseOffset());
        try {
            swap.run(replaced);
        } catch (DiskFullException e) {
            try {
                swap.takeBack();
            } catch (DiskFullException again) {
                throw new IOException("No room to finish a compaction in " + dir + ", nor to take it back", again);
            }
            throw e;
        }
        return swap.deleted;
    }

    private void run(LogSegment[] replaced) throws IOException {
        SegmentFiles.renameAll(disk, dir, baseOffset, LogFiles.CLEANED, LogFiles.SWAP);
        disk.syncDirectory(dir);
        for (LogSegment old : replaced) {
            old.retire();
            SegmentFiles.markDeleted(disk, dir, old.baseOffset(), deleted);
        }
        disk.syncDirectory(dir);
        oldAreGone = true;
        SegmentFiles.renameAll(disk, dir, baseOffset, LogFiles.SWAP, LogFiles.IN_PLACE);
    }

    private void takeBack() throws IOException {
        if (oldAreGone) {
            SegmentFiles.renameAll(disk, dir, baseOffset, LogFiles.IN_PLACE, LogFiles.SWAP);
        }
        SegmentFiles.unmarkDeleted(disk, deleted);
        disk.syncDirectory(dir);
        Path log = LogFiles.path(dir, baseOffset, LogFiles.LOG + LogFiles.SWAP);
        if (disk.exists(log)) {
            disk.rename(log, LogFiles.path(dir, baseOffset, LogFiles.LOG + LogFiles.CLEANED));
            disk.syncDirectory(dir);
        }
        SegmentFiles.delete(disk, dir, baseOffset, LogFiles.SWAP);
        disk.syncDirectory(dir);
    }
}
