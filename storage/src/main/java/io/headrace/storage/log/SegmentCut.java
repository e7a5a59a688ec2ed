package io.headrace.storage.log;

import io.headrace.core.config.TopicConfig;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import io.headrace.storage.log.LogSegment.Place;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The front part of a segment, after the rest was cut off.
 *
 * @param active the segment that remains, with matching indexes
 * @param endOffset where it ends
 */
record SegmentCut(ActiveSegment active, long endOffset) {
    private static final int COPY_BYTES = 1 << 20;

    /**
     * Cuts a segment, all of whose files were flushed. The old object is retired. If somebody still reads the file, the front
     * part is copied to another, so that the reader gets the bytes it was promised and not others that are written in their
     * place (KAFKA-18723).
     *
     * @param offset nothing at or after it remains
     * @param end where the segment's batches ended
     */
    static SegmentCut cut(
            OpenFiles files, Path dir, LogSegment segment, long offset, long end, TopicConfig config, long nowMs)
            throws IOException {
        Place place = segment.find(offset, end);
        long newEnd = place == null ? end : place.position();
        long endOffset = place == null ? offset : Math.min(offset, place.baseOffset());
        LogSegment successor = segment.successor();
        if (segment.retire()) {
            replaceByFront(files.disk(), dir, successor.log().path(), newEnd);
        } else {
            truncate(successor, newEnd);
        }
        long relativeEnd = endOffset - segment.baseOffset();
        sync(successor.offsets().cut(relativeEnd, false));
        sync(successor.times().cut(relativeEnd, true));
        for (FileRef ref : successor.transactions().recover(endOffset)) {
            sync(ref);
        }
        ActiveSegment active = ActiveSegment.resume(successor, nowMs);
        LogRecovery.noteRest(active, newEnd, config);
        return new SegmentCut(active, endOffset);
    }

    private static void truncate(LogSegment segment, long end) throws IOException {
        FileRef ref = segment.log().acquire();
        try {
            ref.file().truncate(end);
            ref.file().sync();
        } finally {
            ref.release();
        }
    }

    private static void sync(FileRef ref) throws IOException {
        try {
            ref.file().sync();
        } finally {
            ref.release();
        }
    }

    private static void replaceByFront(Disk disk, Path dir, Path log, long end) throws IOException {
        Path copy = log.resolveSibling(log.getFileName() + LogFiles.TEMPORARY);
        try (DiskFile source = disk.open(log, OpenMode.READ);
                DiskFile target = disk.open(copy, OpenMode.CREATE)) {
            target.truncate(0);
            ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(COPY_BYTES, Math.max(1, end)));
            for (long position = 0; position < end; ) {
                buffer.clear().limit((int) Math.min(buffer.capacity(), end - position));
                source.read(buffer, position);
                target.write(buffer.flip(), position);
                position += buffer.limit();
            }
            target.sync();
        }
        disk.rename(copy, log);
        disk.syncDirectory(dir);
    }
}
