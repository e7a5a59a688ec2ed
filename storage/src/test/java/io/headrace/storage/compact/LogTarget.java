package io.headrace.storage.compact;

import io.headrace.storage.CompactionTarget;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.log.CleanedSegment;
import io.headrace.storage.log.DeletedFiles;
import io.headrace.storage.log.OpenFiles;
import io.headrace.storage.log.PartitionLog;
import io.headrace.storage.log.SealedSegment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A log without a store around it, on the thread of its writer. */
final class LogTarget implements CompactionTarget {
    private static final int BUFFER_BYTES = 600;

    private final Disk disk;
    private final PartitionLog log;
    private final long safeOffset;
    private final OpenFiles openFiles;
    final CompactionCounters counters = new CompactionCounters();

    LogTarget(Disk disk, PartitionLog log, long safeOffset) {
        this.disk = disk;
        this.log = log;
        this.safeOffset = safeOffset;
        this.openFiles = new OpenFiles(disk, 3);
    }

    LogCompaction compaction(CleanableRange range, long keyMapBytesMax, long nowMs, BooleanSupplier cancelled) {
        IoThrottle throttle = new IoThrottle(Double.MAX_VALUE, () -> 0, nanos -> {});
        return new LogCompaction(
                this,
                begin(),
                range,
                new KeyOffsets(keyMapBytesMax, 0.9, 42),
                new LogCompaction.CompactionWork(throttle, counters, cancelled),
                BUFFER_BYTES,
                nowMs);
    }

    @Override
    public Path directory() {
        return log.dir();
    }

    @Override
    public OpenFiles openFiles() {
        return openFiles;
    }

    @Override
    public Source begin() {
        return new Source(log.view(), safeOffset, log.producers().lastRecords(), log.config());
    }

    @Override
    public @Nullable DeletedFiles replace(List<SealedSegment> replaced, CleanedSegment cleaned) throws IOException {
        return log.replaceSegments(replaced, cleaned);
    }

    @Override
    public void delete(DeletedFiles files) throws IOException {
        files.syncRename(disk);
        files.delete(disk);
    }

    @Override
    public void onSyncFailed(IOException cause) {
        throw new AssertionError("a sync failed", cause);
    }
}
