package io.headrace.storage.log;

import io.headrace.storage.disk.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The aborted transactions whose marker lies in a segment, in Kafka's {@code .txnindex} format; there is no file when there
 * are none.
 *
 * <pre>
 *  2 bytes version = 0    8 producer id    8 first offset    8 offset of the marker    8 last stable offset
 * </pre>
 *
 * <p>Adding and cutting belong to the log's writer; any thread may read.
 */
final class TransactionIndex {
    static final int ENTRY_BYTES = 34;
    private static final short VERSION = 0;

    private final LazyFile file;
    private final long baseOffset;
    private volatile int count;

    /** @param sizeBytes the length of the file; 0 when there is none */
    TransactionIndex(OpenFiles files, Path dir, long baseOffset, long sizeBytes) {
        this(files, dir, baseOffset, LogFiles.IN_PLACE, sizeBytes);
    }

    /** @param state what the name of the file has at its end */
    TransactionIndex(OpenFiles files, Path dir, long baseOffset, String state, long sizeBytes) {
        this.file = new LazyFile(files, dir, baseOffset, LogFiles.TRANSACTION_INDEX + state);
        this.baseOffset = baseOffset;
        this.count = (int) (sizeBytes / ENTRY_BYTES);
    }

    LazyFile file() {
        return file;
    }

    int count() {
        return count;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /**
     * Makes an empty file.
     *
     * @return the open file for the caller to sync and release
     */
    FileRef create() throws IOException {
        return file.acquire(OpenMode.CREATE);
    }

    /**
     * Adds a transaction, whose marker comes after all others'.
     *
     * @return the open file for the caller to sync and release
     */
    FileRef add(AbortedTransaction aborted) throws IOException {
        ByteBuffer entry = ByteBuffer.allocate(ENTRY_BYTES).putShort(VERSION);
        entry.putLong(aborted.producerId()).putLong(aborted.firstOffset());
        entry.putLong(aborted.lastOffset()).putLong(aborted.lastStableOffset());
        FileRef ref = file.acquire(OpenMode.CREATE);
        try {
            ref.file().write(entry.flip(), (long) count * ENTRY_BYTES);
        } catch (IOException e) {
            ref.release();
            throw e;
        }
        int more = count + 1;
        count = more;
        return ref;
    }

    /**
     * Forgets the transactions whose marker is at {@code endOffset} or later, and whatever follows in the file; also what a
     * power cut left there in place of a transaction.
     *
     * @return the open file for the caller to sync and release
     */
    FileRef cut(long endOffset) throws IOException {
        FileRef ref = file.acquire(OpenMode.CREATE);
        try {
            int keep = 0;
            long lastOffset = -1;
            for (AbortedTransaction next = readIfSound(ref, keep);
                    next != null && next.lastOffset() > lastOffset && next.lastOffset() < endOffset;
                    next = readIfSound(ref, keep)) {
                lastOffset = next.lastOffset();
                keep++;
            }
            ref.file().truncate((long) keep * ENTRY_BYTES);
            count = keep;
        } catch (IOException e) {
            ref.release();
            throw e;
        }
        return ref;
    }

    /** Forgets all but the first {@code keep} transactions. */
    void restore(int keep) throws IOException {
        if (count > keep) {
            count = keep;
            FileRef ref = file.acquire();
            try {
                ref.file().truncate((long) keep * ENTRY_BYTES);
            } finally {
                ref.release();
            }
        }
    }

    /**
     * Adds to {@code found} the transactions that hide records in {@code [fetchOffset, upperBoundOffset)}.
     *
     * @return whether that is all of them, so that later segments need not be looked at
     */
    boolean collect(long fetchOffset, long upperBoundOffset, List<AbortedTransaction> found) throws IOException {
        int seen = count;
        if (seen == 0) {
            return false;
        }
        FileRef ref = file.acquire();
        try {
            for (int i = 0; i < seen; i++) {
                AbortedTransaction aborted = readIfSound(ref, i);
                // The writer cuts an index in place that it has retired, whoever is inside.
                file.requireNotRetired();
                if (aborted == null && i >= count) {
                    return false; // taken back with the append that it came with
                }
                if (aborted == null) {
                    throw new CorruptLogException(
                            file.path(), (long) i * ENTRY_BYTES, baseOffset, "not a transaction index entry");
                }
                if (aborted.lastOffset() >= fetchOffset && aborted.firstOffset() < upperBoundOffset) {
                    found.add(aborted);
                }
                if (aborted.lastStableOffset() >= upperBoundOffset) {
                    return true;
                }
            }
        } finally {
            ref.release();
        }
        return false;
    }

    /** The format has no checksum; but zeros, say, are no transaction. */
    private @Nullable AbortedTransaction readIfSound(FileRef ref, int index) throws IOException {
        ByteBuffer entry = ByteBuffer.allocate(ENTRY_BYTES);
        ref.file().read(entry, (long) index * ENTRY_BYTES);
        if (entry.hasRemaining() || entry.flip().getShort() != VERSION) {
            return null;
        }
        AbortedTransaction aborted =
                new AbortedTransaction(entry.getLong(), entry.getLong(), entry.getLong(), entry.getLong());
        boolean sound = aborted.producerId() >= 0
                && aborted.firstOffset() >= 0
                && aborted.firstOffset() < aborted.lastOffset()
                && aborted.lastOffset() >= baseOffset;
        return sound ? aborted : null;
    }
}
