package io.headrace.storage.log;

import io.headrace.protocol.records.RecordBatch;
import io.headrace.storage.disk.OpenMode;
import io.headrace.storage.log.SparseIndex.Kind;
import io.headrace.storage.log.SparseIndex.Pair;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A part of the log: the batches from its base offset to the next segment's, with their indexes. Holds numbers only as long
 * as nobody reads.
 *
 * <p>Any thread may read up to an end position that the writer has published. When the front part of a segment is all that
 * shall remain, another object takes its place, and this one is retired: bytes that a reader can reach never change.
 */
final class LogSegment {
    private static final Logger LOG = System.getLogger(LogSegment.class.getName());
    private static final long UNKNOWN = Long.MIN_VALUE;

    private final OpenFiles files;
    private final Path dir;
    private final long baseOffset;
    private final LazyFile log;
    private final SparseIndex offsets;
    private final SparseIndex times;
    private final TransactionIndex transactions;
    /** Of a segment that is not written any more; -1 until somebody asks. */
    private volatile long sealedSizeBytes = -1;

    private volatile long sealedMaxTimestampMs = UNKNOWN;

    /** Where a batch lies. */
    record Place(long position, long baseOffset, long nextOffset, int sizeBytes, long maxTimestampMs) {}

    private LogSegment(
            OpenFiles files,
            Path dir,
            long baseOffset,
            String state,
            SparseIndex offsets,
            SparseIndex times,
            TransactionIndex transactions) {
        this.files = files;
        this.dir = dir;
        this.baseOffset = baseOffset;
        this.log = new LazyFile(files, dir, baseOffset, LogFiles.LOG + state);
        this.offsets = offsets;
        this.times = times;
        this.transactions = transactions;
    }

    /**
     * A segment whose files exist.
     *
     * @param transactionCount how many the files of the transaction index seem to hold; see {@link TransactionIndex#countIn}
     */
    static LogSegment existing(OpenFiles files, Path dir, long baseOffset, int transactionCount) {
        return new LogSegment(
                files,
                dir,
                baseOffset,
                LogFiles.IN_PLACE,
                SparseIndex.existing(files, dir, baseOffset, Kind.OFFSET),
                SparseIndex.existing(files, dir, baseOffset, Kind.TIME),
                new TransactionIndex(files, dir, baseOffset, transactionCount));
    }

    /** A segment with empty offset and time indexes, to be built by noting its batches. */
    static LogSegment withIndexesToBuild(OpenFiles files, Path dir, long baseOffset, int transactionCount) {
        return new LogSegment(
                files,
                dir,
                baseOffset,
                LogFiles.IN_PLACE,
                SparseIndex.empty(files, dir, baseOffset, Kind.OFFSET),
                SparseIndex.empty(files, dir, baseOffset, Kind.TIME),
                new TransactionIndex(files, dir, baseOffset, transactionCount));
    }

    /** As {@link #withIndexesToBuild}, with index files that get their names by {@link SegmentFiles#adoptIndexes}. */
    static LogSegment withIndexesAside(OpenFiles files, Path dir, long baseOffset) {
        String state = LogFiles.TEMPORARY;
        return new LogSegment(
                files,
                dir,
                baseOffset,
                LogFiles.IN_PLACE,
                SparseIndex.empty(files, dir, baseOffset, Kind.OFFSET, state),
                SparseIndex.empty(files, dir, baseOffset, Kind.TIME, state),
                new TransactionIndex(files, dir, baseOffset, 0));
    }

    /** A new empty segment. The file's name is durable once the directory is synced. */
    static LogSegment create(OpenFiles files, Path dir, long baseOffset) throws IOException {
        LogSegment segment = withIndexesToBuild(files, dir, baseOffset, 0);
        segment.log.acquire(OpenMode.CREATE_NEW).release();
        return segment;
    }

    /** A new empty segment that is no part of the log yet; an unfinished one of the same name is overwritten. */
    static LogSegment cleaned(OpenFiles files, Path dir, long baseOffset) throws IOException {
        String state = LogFiles.CLEANED;
        LogSegment segment = new LogSegment(
                files,
                dir,
                baseOffset,
                state,
                SparseIndex.empty(files, dir, baseOffset, Kind.OFFSET, state),
                SparseIndex.empty(files, dir, baseOffset, Kind.TIME, state),
                new TransactionIndex(files, dir, baseOffset, state, 0));
        segment.log.acquire(OpenMode.CREATE_NEW).release();
        return segment;
    }

    /** Another object for the same files, which must have been flushed. */
    LogSegment successor() throws IOException {
        return existing(files, dir, baseOffset, transactions.countInFiles());
    }

    /** Another object, in the care of another cache, for files that were given their final names. */
    LogSegment inPlace(OpenFiles caringFor) {
        return existing(caringFor, dir, baseOffset, transactions.count());
    }

    long baseOffset() {
        return baseOffset;
    }

    LazyFile log() {
        return log;
    }

    SparseIndex offsets() {
        return offsets;
    }

    SparseIndex times() {
        return times;
    }

    TransactionIndex transactions() {
        return transactions;
    }

    /** The size of a segment that is not written any more. */
    long sealedSizeBytes() throws IOException {
        long size = sealedSizeBytes;
        if (size < 0) {
            size = log.sizeBytes();
            sealedSizeBytes = size;
        }
        return size;
    }

    /** The largest timestamp in a segment that is not written any more; -1 if it has none. */
    long sealedMaxTimestampMs() throws IOException {
        long timestampMs = sealedMaxTimestampMs;
        if (timestampMs == UNKNOWN) {
            timestampMs = largestTimestampMs();
            sealedMaxTimestampMs = timestampMs;
        }
        return timestampMs;
    }

    /** As the time index says if that is true, otherwise as the batches say. */
    private long largestTimestampMs() throws IOException {
        Pair last = times.last();
        if (last == null) {
            return -1;
        }
        long largestMs = -1;
        try {
            long end = sealedSizeBytes();
            if (hasTime(last, end)) {
                return last.key();
            }
            Pair before = times.lastButOne();
            long known = before != null && hasTime(before, end) ? baseOffset + before.value() : baseOffset;
            FileRef ref = log.acquire();
            try {
                long start = startPosition(ref, known, end);
                BatchScan scan = scan(ref, start, end, BatchScan.LARGE_WINDOW_BYTES);
                while (scan.next()) {
                    // Where it is the batch that is damaged, its records must not expire too early.
                    largestMs = Math.max(largestMs, scan.header().maxTimestamp());
                    largestMs = scan.hasValidCrc() ? largestMs : Math.max(largestMs, last.key());
                }
                check(scan);
            } finally {
                ref.release();
            }
            return largestMs;
        } catch (CorruptLogException e) {
            LOG.log(
                    Level.WARNING,
                    "Believes the time index of {0}, as the log is damaged: {1}",
                    log.path(),
                    e.getMessage());
            return Math.max(largestMs, last.key());
        }
    }

    /** When its log was last written: stands in for the time of records that have none. */
    long lastModifiedMs() throws IOException {
        return files.disk().lastModifiedMs(log.path());
    }

    /** No more is written to this segment. */
    void seal(long sizeBytes, long maxTimestampMs) {
        sealedSizeBytes = sizeBytes;
        sealedMaxTimestampMs = maxTimestampMs;
    }

    /**
     * Lets no new reader in.
     *
     * @return whether somebody is still using the log file
     */
    boolean retire() {
        offsets.file().retire();
        times.file().retire();
        transactions.retire();
        return log.retire();
    }

    /**
     * The first batch that ends after {@code offset}.
     *
     * @param end no batch beyond this position is looked at
     * @return null if there is none
     */
    @Nullable
    Place find(long offset, long end) throws IOException {
        Pair near = offsets.floorByKey(offset - baseOffset);
        FileRef ref = log.acquire();
        try {
            if (near != null && near.value() > 0 && near.value() < end) {
                BatchScan scan = scan(ref, near.value(), end, BatchScan.SMALL_WINDOW_BYTES);
                if (leadsTo(near, scan)) {
                    return first(scan, offset);
                }
            }
            BatchScan scan = scan(ref, 0, end, BatchScan.SMALL_WINDOW_BYTES);
            return scan.next() ? first(scan, offset) : nothing(scan);
        } finally {
            ref.release();
        }
    }

    /**
     * Whether there is at a pair's position what it promises: the batch that ends with its offset. One of which that is not
     * so is damaged, as nobody checks the indexes of old segments, and is passed over: the batches tell the place, too.
     */
    boolean leadsTo(Pair pair, BatchScan scan) throws IOException {
        if (scan.next() && scan.header().lastOffset() == baseOffset + pair.key()) {
            return true;
        }
        LOG.log(
                Level.WARNING,
                "The index of {0} says that offset {1} is at position {2}, where it is not",
                log.path(),
                baseOffset + pair.key(),
                pair.value());
        return false;
    }

    /** Whether the time index, as far as that can be told from its last pair, is about the batches that there are. */
    boolean endsWithTrueTime(long end) throws IOException {
        Pair last = times.last();
        return last == null || hasTime(last, end);
    }

    /**
     * Whether the batch that a pair of the time index is about has the time that it says. One of which that is not so is damaged,
     * likewise, and is passed over.
     *
     * @param end no batch beyond this position is looked at
     */
    boolean hasTime(Pair pair, long end) throws IOException {
        long offset = baseOffset + pair.value();
        Place place = pair.value() < 0 ? null : find(offset, end);
        if (place != null && place.nextOffset() == offset + 1 && place.maxTimestampMs() == pair.key()) {
            return true;
        }
        LOG.log(
                Level.WARNING,
                "The time index of {0} says that a batch ending at offset {1} has timestamp {2}, which is not so",
                log.path(),
                offset,
                pair.key());
        return false;
    }

    /**
     * A position from which to walk to the batches that end at {@code offset} or later: as the index says if that is true,
     * otherwise the start.
     *
     * @param end no batch beyond this position is looked at
     */
    long startPosition(FileRef ref, long offset, long end) throws IOException {
        Pair near = offset <= baseOffset ? null : offsets.floorByKey(offset - baseOffset);
        if (near == null || near.value() <= 0 || near.value() >= end) {
            return 0;
        }
        return leadsTo(near, scan(ref, near.value(), end, RecordBatch.HEADER_SIZE_BYTES)) ? near.value() : 0;
    }

    /** Walks on, from the batch that a scan is at. */
    private @Nullable Place first(BatchScan scan, long offset) throws IOException {
        do {
            if (scan.header().lastOffset() >= offset) {
                return place(scan);
            }
        } while (scan.next());
        return nothing(scan);
    }

    private @Nullable Place nothing(BatchScan scan) throws CorruptLogException {
        check(scan);
        return null;
    }

    private static Place place(BatchScan scan) {
        RecordBatch header = scan.header();
        return new Place(
                scan.position(), header.baseOffset(), header.nextOffset(), header.sizeBytes(), header.maxTimestamp());
    }

    /** A walk over the headers; follow it with {@link #check}. */
    BatchScan scan(FileRef ref, long start, long end, int windowBytes) {
        return new BatchScan(ref.file(), start, end, windowBytes);
    }

    /** Fails if a walk over batches that must all be whole did not get to their end. */
    void check(BatchScan scan) throws CorruptLogException {
        String problem = scan.problem();
        if (problem != null) {
            throw new CorruptLogException(log.path(), scan.position(), baseOffset, problem);
        }
    }

    /** A whole batch with its checksum checked. */
    RecordBatch readBatch(FileRef ref, long position, int sizeBytes) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(sizeBytes);
        ref.file().read(bytes, position);
        RecordBatch batch = RecordBatch.at(bytes.clear(), 0);
        if (!batch.isComplete() || !batch.hasValidCrc()) {
            throw new CorruptLogException(log.path(), position, batch.baseOffset(), "the batch's checksum is wrong");
        }
        return batch;
    }

    /**
     * A place between batches after {@code start} and not beyond {@code limit}, as near to the limit as can be told without
     * effort.
     *
     * @return the batch that begins there; if there is none, the one that begins at {@code start}
     * @throws CorruptLogException if there is no batch at {@code start}; where it is later that they cannot be walked, the
     *     place lies before
     */
    Place boundary(long start, long limit, long end) throws IOException {
        Pair near = offsets.floorByValue(limit, end);
        FileRef ref = log.acquire();
        try {
            if (near != null && near.value() > start) {
                BatchScan scan = scan(ref, near.value(), end, RecordBatch.HEADER_SIZE_BYTES);
                if (leadsTo(near, scan)) {
                    return place(scan);
                }
            }
            BatchScan scan = scan(ref, start, end, BatchScan.SMALL_WINDOW_BYTES);
            Place last = null;
            while (scan.next() && (last == null || scan.position() <= limit)) {
                last = place(scan);
            }
            if (last == null) {
                check(scan);
                throw new CorruptLogException(log.path(), start, baseOffset, "there is no batch where one was");
            }
            return last;
        } finally {
            ref.release();
        }
    }
}
