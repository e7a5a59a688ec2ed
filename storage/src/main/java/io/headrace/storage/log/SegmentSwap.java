package io.headrace.storage.log;

import io.headrace.storage.disk.Disk;
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
 * <p>{@link LogDirectory#tidy} is the other half.
 */
final class SegmentSwap {
    private SegmentSwap() {}

    /** Steps 2 to 4; returns the old files, which nobody new can open. The last step is not yet durable. */
    static List<Path> run(Disk disk, Path dir, CleanedSegment cleaned, LogSegment[] replaced) throws IOException {
        long baseOffset = cleaned.baseOffset();
        SegmentFiles.renameAll(disk, dir, baseOffset, LogFiles.CLEANED, LogFiles.SWAP);
        disk.syncDirectory(dir);
        List<Path> deleted = new ArrayList<>();
        for (LogSegment old : replaced) {
            old.retire();
            deleted.addAll(SegmentFiles.markDeleted(disk, dir, old.baseOffset()));
        }
        disk.syncDirectory(dir);
        SegmentFiles.renameAll(disk, dir, baseOffset, LogFiles.SWAP, LogFiles.IN_PLACE);
        return deleted;
    }
}
