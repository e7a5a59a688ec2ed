package io.headrace.storage;

import io.headrace.core.config.TopicConfig;
import io.headrace.core.partition.ProducerStates;
import io.headrace.storage.disk.DiskFullException;
import io.headrace.storage.log.CleanedSegment;
import io.headrace.storage.log.DeletedFiles;
import io.headrace.storage.log.LogView;
import io.headrace.storage.log.OpenFiles;
import io.headrace.storage.log.SealedSegment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One log as its compaction sees it. For one thread, which may have to wait for the log's writer. */
public interface CompactionTarget {
    /**
     * The log when its compaction begins.
     *
     * @param safeOffset everything below is durable in the segments, and known to be by the next start
     * @param lastRecords of every producer, by id
     */
    record Source(
            LogView view, long safeOffset, Map<Long, ProducerStates.LastRecord> lastRecords, TopicConfig config) {}

    /** The partition's directory. */
    Path directory();

    /** Keeps the files open that compaction writes. */
    OpenFiles openFiles();

    /** What can be compacted; the log is opened if need be. Null if it cannot be used. */
    @Nullable
    Source begin() throws IOException;

    /**
     * Puts a compacted segment in the place of those it was made from.
     *
     * @return the old files; null if the log has changed meanwhile, and nothing was done
     * @throws DiskFullException if there was no room for the new names; the log is as it was, and it may be tried again with
     *     another compacted segment
     * @throws IOException if it failed otherwise. If a file is damaged, the partition is offline; anything else is final for
     *     the data directory, which takes no more writes until a restart
     */
    @Nullable
    DeletedFiles replace(List<SealedSegment> replaced, CleanedSegment cleaned) throws IOException;

    /** Makes the absence of files durable, and deletes them some time later. */
    void delete(DeletedFiles files) throws IOException;

    /** A sync has failed, which is final for the data directory unless it was for want of room. */
    void onSyncFailed(IOException cause);
}
