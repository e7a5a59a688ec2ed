package io.headrace.storage.log;

import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A segment's offset or time index: ascending pairs of numbers, one pair for every few KiB of log, in Kafka's format.
 *
 * <pre>
 *  .index       4 bytes  offset minus the segment's base     4 bytes  position of the batch whose last offset it is
 *  .timeindex   8 bytes  largest timestamp so far            4 bytes  last offset of the batch that has it, minus base
 * </pre>
 *
 * <p>Both numbers of a pair grow from pair to pair. Pairs that were added last wait in memory until there are enough to be
 * worth a write; all others are only in the file, and searched there by positional reads.
 *
 * <p>Adding, flushing and cutting belong to the log's writer; any thread may search.
 */
final class SparseIndex {
    /** Pairs kept in memory before they are written, 2 MiB of log or more. */
    static final int PAIRS_UNWRITTEN_MAX = 512;
    /** A search reads this many pairs at once when it has come so near. */
    private static final int PAIRS_READ_MAX = 256;
    /** So often a search looks where the pair should be before it halves what is left. */
    private static final int GUESSES_MAX = 3;

    private static final int UNKNOWN = -1;
    private static final long[] NO_PAIRS = {};

    /** Which of the two files; they differ in the width of the first number. */
    enum Kind {
        OFFSET(LogFiles.OFFSET_INDEX, 4),
        TIME(LogFiles.TIME_INDEX, 8);

        final String suffix;
        final int keyBytes;
        final int pairBytes;

        Kind(String suffix, int keyBytes) {
            this.suffix = suffix;
            this.keyBytes = keyBytes;
            this.pairBytes = keyBytes + 4;
        }
    }

    /**
     * @param key the offset minus base, or the timestamp
     * @param value the position, or the offset minus base
     */
    record Pair(long key, int value) {}

    /**
     * All pairs at one moment: those in the file, then those in memory. The array may be longer; the writer fills the rest
     * while others read the front.
     */
    static final class Pairs {
        private final int inFile;
        private final long[] unwritten;
        private final int unwrittenCount;

        private Pairs(int inFile, long[] unwritten, int unwrittenCount) {
            this.inFile = inFile;
            this.unwritten = unwritten;
            this.unwrittenCount = unwrittenCount;
        }

        private int count() {
            return inFile + unwrittenCount;
        }
    }

    private final LazyFile file;
    private final Kind kind;
    private volatile Pairs pairs;
    /** Whether the file has to be written or synced before it can be relied on after a power cut. */
    private boolean unsynced;
    /** Whether there may be no file, or one with other contents; it is made when there is something to write. */
    private boolean fileMissing;

    private SparseIndex(OpenFiles files, Path dir, long baseOffset, Kind kind, String state, int inFile) {
        this.file = new LazyFile(files, dir, baseOffset, kind.suffix + state);
        this.kind = kind;
        this.pairs = new Pairs(inFile, NO_PAIRS, 0);
        this.fileMissing = inFile == 0;
    }

    /** The index of a segment that exists; its file is first looked at when needed. */
    static SparseIndex existing(OpenFiles files, Path dir, long baseOffset, Kind kind) {
        return new SparseIndex(files, dir, baseOffset, kind, LogFiles.IN_PLACE, UNKNOWN);
    }

    /** An index without pairs, whose file, if there is one, will be overwritten. */
    static SparseIndex empty(OpenFiles files, Path dir, long baseOffset, Kind kind) {
        return empty(files, dir, baseOffset, kind, LogFiles.IN_PLACE);
    }

    /** As the other {@code empty}, for a file whose name has {@code state} at its end. */
    static SparseIndex empty(OpenFiles files, Path dir, long baseOffset, Kind kind, String state) {
        return new SparseIndex(files, dir, baseOffset, kind, state, 0);
    }

    LazyFile file() {
        return file;
    }

    int count() throws IOException {
        return current().count();
    }

    private Pairs current() throws IOException {
        Pairs seen = pairs;
        if (seen.inFile == UNKNOWN) {
            // Threads that get here at the same time find the same; the writer is past this before it adds anything.
            seen = new Pairs((int) (fileSizeBytes() / kind.pairBytes), NO_PAIRS, 0);
            pairs = seen;
        }
        return seen;
    }

    /** A segment that has not grown large enough for a pair may have no file yet. */
    private long fileSizeBytes() throws IOException {
        try {
            return file.sizeBytes();
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    /** The last pair, or null. */
    @Nullable
    Pair last() throws IOException {
        Pairs seen = current();
        return seen.count() == 0 ? null : pair(seen, seen.count() - 1);
    }

    /** The pair before the last one, or null. */
    @Nullable
    Pair lastButOne() throws IOException {
        Pairs seen = current();
        return seen.count() < 2 ? null : pair(seen, seen.count() - 2);
    }

    /** The last pair whose key is at most {@code key}, or null. */
    @Nullable
    Pair floorByKey(long key) throws IOException {
        return floor(key, false, 0);
    }

    /**
     * The last pair whose value is at most {@code value}, or null.
     *
     * @param end what the values come up to, about: batches are often alike, so that the share of it tells where to look first. 0 if that
     *     is not known
     */
    @Nullable
    Pair floorByValue(long value, long end) throws IOException {
        return floor(value, true, end);
    }

    private @Nullable Pair floor(long target, boolean byValue, long end) throws IOException {
        Pairs seen = current();
        if (seen.unwrittenCount > 0 && at(seen.unwritten, 0, byValue) <= target) {
            int index = floorIn(seen.unwritten, seen.unwrittenCount, target, byValue);
            return new Pair(seen.unwritten[2 * index], (int) seen.unwritten[2 * index + 1]);
        }
        return seen.inFile == 0 ? null : floorInFile(seen, target, byValue, end);
    }

    private @Nullable Pair floorInFile(Pairs seen, long target, boolean byValue, long end) throws IOException {
        int count = seen.inFile;
        FileRef ref = file.acquire();
        try {
            int low = 0;
            int high = count;
            // Where the pair lies if all batches are alike, then if those between are like the ones just seen.
            double guess = end > 0 ? (double) seen.count() * target / end : 0;
            for (int reads = 0; high - low > PAIRS_READ_MAX; reads++) {
                boolean guessing = end > 0 && reads < GUESSES_MAX;
                int size = guessing ? PAIRS_READ_MAX : 1;
                int middle = guessing ? (int) guess - size / 2 : (low + high) >>> 1;
                int from = Math.max(low, Math.min(high - size, middle));
                long[] near = read(ref.file(), from, size);
                int index = floorIn(near, size, target, byValue);
                if (index >= 0 && (index < size - 1 || from + size == count)) {
                    return new Pair(near[2 * index], (int) near[2 * index + 1]);
                }
                if (index < 0) {
                    high = from;
                } else {
                    low = from + index;
                }
                long first = at(near, 0, byValue);
                guess = from + (double) (target - first) * (size - 1) / (at(near, size - 1, byValue) - first);
            }
            long[] near = read(ref.file(), low, high - low);
            int index = floorIn(near, high - low, target, byValue);
            return index < 0 ? null : new Pair(near[2 * index], (int) near[2 * index + 1]);
        } finally {
            ref.release();
        }
    }

    private static int floorIn(long[] pairs, int count, long target, boolean byValue) {
        int low = -1;
        int high = count;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (at(pairs, middle, byValue) <= target) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static long at(long[] pairs, int index, boolean byValue) {
        return pairs[byValue ? 2 * index + 1 : 2 * index];
    }

    private Pair pair(Pairs seen, int index) throws IOException {
        long[] found = seen.unwritten;
        int at = index - seen.inFile;
        if (at < 0) {
            FileRef ref = file.acquire();
            try {
                found = read(ref.file(), index, 1);
                at = 0;
            } finally {
                ref.release();
            }
        }
        return new Pair(found[2 * at], (int) found[2 * at + 1]);
    }

    private long[] read(DiskFile open, int from, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count * kind.pairBytes);
        long position = (long) from * kind.pairBytes;
        open.read(bytes, position);
        // The writer cuts an index in place that it has retired, whoever is inside.
        file.requireNotRetired();
        if (bytes.hasRemaining()) {
            if (pairs.inFile < from + count) {
                throw new StaleLogViewException("The last pairs of " + file.path() + " were taken back");
            }
            throw new CorruptLogException(
                    file.path(), position + bytes.position(), -1, "the index is shorter than when it was opened");
        }
        bytes.flip();
        long[] result = new long[2 * count];
        for (int i = 0; i < count; i++) {
            result[2 * i] = kind.keyBytes == 4 ? bytes.getInt() : bytes.getLong();
            result[2 * i + 1] = bytes.getInt();
        }
        return result;
    }

    /** Adds a pair, greater in both numbers than the last one. */
    void add(long key, int value) throws IOException {
        Pairs seen = current();
        int count = seen.unwrittenCount;
        long[] unwritten = seen.unwritten;
        if (2 * count == unwritten.length) {
            unwritten = Arrays.copyOf(unwritten, Math.max(16, 2 * unwritten.length));
        }
        unwritten[2 * count] = key;
        unwritten[2 * count + 1] = value;
        pairs = new Pairs(seen.inFile, unwritten, count + 1);
    }

    boolean hasManyUnwritten() {
        return pairs.unwrittenCount >= PAIRS_UNWRITTEN_MAX;
    }

    /** Writes what waits in memory; creates the file if need be. */
    void flush() throws IOException {
        if (current().unwrittenCount > 0) {
            write().release();
        }
    }

    /**
     * Writes what waits in memory, creating the file if need be.
     *
     * @return the open file for the caller to sync and release; null if it was synced after the last write
     */
    @Nullable
    FileRef flushForSync() throws IOException {
        return current().unwrittenCount > 0 || unsynced ? write() : null;
    }

    private FileRef write() throws IOException {
        Pairs seen = current();
        FileRef ref = file.acquire(OpenMode.CREATE);
        try {
            // There may be more in it, left over from an earlier file of this name or a group of batches that failed.
            ref.file().truncate((long) seen.inFile * kind.pairBytes);
            if (seen.unwrittenCount > 0) {
                ref.file().write(encode(seen), (long) seen.inFile * kind.pairBytes);
            }
        } catch (IOException e) {
            ref.release();
            throw e;
        }
        unsynced = true;
        fileMissing = false;
        pairs = new Pairs(seen.count(), NO_PAIRS, 0);
        return ref;
    }

    /** Makes the next flush create the file, even if there is nothing to write to it. */
    void expectFile() {
        unsynced |= fileMissing;
    }

    boolean isFileMissing() {
        return fileMissing;
    }

    /** Whether {@link #flushForSync} has something to do. */
    boolean isUnsynced() {
        return unsynced || fileMissing || pairs.unwrittenCount > 0;
    }

    /** What {@link #flushForSync} returned last has been synced. */
    void onSynced() {
        unsynced = false;
    }

    /** All pairs at this moment, to come back to with {@link #restore}. */
    Pairs mark() throws IOException {
        return current();
    }

    /** Forgets what was added since a mark. Touches no file. */
    void restore(Pairs mark) {
        unsynced = true;
        pairs = mark;
    }

    private ByteBuffer encode(Pairs seen) {
        ByteBuffer bytes = ByteBuffer.allocate(seen.unwrittenCount * kind.pairBytes);
        for (int i = 0; i < seen.unwrittenCount; i++) {
            if (kind.keyBytes == 4) {
                bytes.putInt((int) seen.unwritten[2 * i]);
            } else {
                bytes.putLong(seen.unwritten[2 * i]);
            }
            bytes.putInt((int) seen.unwritten[2 * i + 1]);
        }
        return bytes.flip();
    }

    /**
     * Forgets the pairs from the first one whose key or value is {@code target} or more. What is in memory was written
     * before.
     *
     * @return the open file for the caller to release; to be synced now, or else with the next flush
     */
    FileRef cut(long target, boolean byValue) throws IOException {
        int keep = 0;
        int count = current().inFile;
        FileRef ref = file.acquire(OpenMode.CREATE);
        try {
            int high = count;
            while (keep < high) {
                int middle = (keep + high) >>> 1;
                if (at(read(ref.file(), middle, 1), 0, byValue) < target) {
                    keep = middle + 1;
                } else {
                    high = middle;
                }
            }
            ref.file().truncate((long) keep * kind.pairBytes);
        } catch (IOException e) {
            ref.release();
            throw e;
        }
        unsynced = true;
        pairs = new Pairs(keep, NO_PAIRS, 0);
        return ref;
    }

    /**
     * Whether the file is a plausible index: whole pairs, growing, values below {@code valueEnd} and keys below
     * {@code keyEnd}. Reads all of it.
     */
    boolean isSane(long keyEnd, long valueEnd) throws IOException {
        if (file.sizeBytes() % kind.pairBytes != 0) {
            return false;
        }
        int count = current().inFile;
        FileRef ref = file.acquire();
        try {
            long lastKey = -1;
            long lastValue = -1;
            for (int from = 0; from < count; from += PAIRS_READ_MAX) {
                int chunk = Math.min(PAIRS_READ_MAX, count - from);
                long[] read = read(ref.file(), from, chunk);
                for (int i = 0; i < chunk; i++) {
                    long key = read[2 * i];
                    long value = read[2 * i + 1];
                    // Zeros are what a power cut leaves where a pair should be.
                    boolean zeros = value == 0 && (key == 0 || kind == Kind.OFFSET);
                    if (zeros || key <= lastKey || value <= lastValue || key >= keyEnd || value >= valueEnd) {
                        return false;
                    }
                    lastKey = key;
                    lastValue = value;
                }
            }
            return true;
        } finally {
            ref.release();
        }
    }
}
