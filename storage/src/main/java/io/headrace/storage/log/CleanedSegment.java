package io.headrace.storage.log;

import io.headrace.protocol.records.RecordBatches;
import io.headrace.storage.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What compaction makes of one or several segments, in files of its own until {@link PartitionLog#replaceSegments} puts it
 * in their place. Owned by one thread, which need not be the log's writer.
 */
public final class CleanedSegment {
    private final Disk disk;
    private final Path dir;
    private final ActiveSegment written;
    private final int indexIntervalBytes;
    private final List<FileRef> unsynced = new ArrayList<>();
    private final ByteBuffer[] single = new ByteBuffer[1];

    private CleanedSegment(Disk disk, Path dir, ActiveSegment written, int indexIntervalBytes) {
        this.disk = disk;
        this.dir = dir;
        this.written = written;
        this.indexIntervalBytes = indexIntervalBytes;
    }

    /**
     * Begins the successor of some neighbouring segments. What an earlier try left unfinished is overwritten.
     *
     * @param replaced the segments whose place it shall take
     * @throws io.headrace.storage.disk.DiskFullException if there is no room
     */
    public static CleanedSegment begin(
            OpenFiles files, Path dir, List<SealedSegment> replaced, int indexIntervalBytes, long nowMs)
            throws IOException {
        long baseOffset = replaced.get(0).baseOffset();
        SegmentFiles.deleteCleaned(files.disk(), dir);
        LogSegment segment = LogSegment.cleaned(files, dir, baseOffset);
        CleanedSegment cleaned =
                new CleanedSegment(files.disk(), dir, new ActiveSegment(segment, nowMs), indexIntervalBytes);
        if (replaced.get(0).hasAbortedTransactions()) {
            // Even if it stays empty: recovery could not tell it from the old one otherwise.
            segment.transactions().create(cleaned.unsynced);
        }
        return cleaned;
    }

    public long baseOffset() {
        return written.segment().baseOffset();
    }

    public long sizeBytes() {
        return written.sizeBytes();
    }

    LogSegment segment() {
        return written.segment();
    }

    long maxTimestampMs() {
        return written.maxTimestampMs();
    }

    /**
     * Appends batches.
     *
     * @param batches whole batches in the order of their offsets; consumed
     */
    public void append(ByteBuffer batches) throws IOException {
        ByteBuffer walked = batches.duplicate();
        single[0] = batches;
        written.write(single, 0, 1);
        RecordBatches walk = RecordBatches.of(walked);
        while (walk.next()) {
            written.note(walk.batch(), indexIntervalBytes);
        }
        written.flushLargeIndexes();
    }

    /** Notes an aborted transaction whose marker comes after those noted before. */
    public void addAborted(AbortedTransaction aborted) throws IOException {
        written.segment().transactions().add(aborted, unsynced);
    }

    /** No more comes: makes all of it durable. */
    public void complete() throws IOException {
        unsynced.addAll(written.complete());
        try {
            for (FileRef ref : unsynced) {
                ref.file().sync();
            }
        } finally {
            releaseFiles();
        }
        disk.syncDirectory(dir);
    }

    /** It is not wanted: gives the space back. */
    public void discard() throws IOException {
        releaseFiles();
        SegmentFiles.deleteCleaned(disk, dir);
    }

    private void releaseFiles() {
        unsynced.forEach(FileRef::release);
        unsynced.clear();
        FileRef log = written.takeUnsynced();
        if (log != null) {
            log.release();
        }
        written.segment().retire();
    }
}
