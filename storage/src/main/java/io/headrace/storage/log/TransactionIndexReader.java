package io.headrace.storage.log;

import static io.headrace.storage.log.TransactionIndexFormat.CHECK_BYTES;
import static io.headrace.storage.log.TransactionIndexFormat.ENTRY_BYTES;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/** Reads the entries of a transaction index together with their checks, some at a time. For one thread. */
final class TransactionIndexReader implements AutoCloseable {
    private static final int CHUNK_ENTRIES = 100;

    private final @Nullable FileRef entryFile;
    private final @Nullable FileRef checkFile;
    private final ByteBuffer entries;
    private final ByteBuffer checks;
    private int chunkStart;
    private boolean loaded;

    /**
     * @param expected how many entries are likely to be read
     * @throws StaleLogViewException if the files were retired
     */
    TransactionIndexReader(LazyFile entryFile, LazyFile checkFile, int expected) throws IOException {
        int chunk = Math.max(1, Math.min(expected, CHUNK_ENTRIES));
        this.entries = ByteBuffer.allocate(chunk * ENTRY_BYTES).limit(0);
        this.checks = ByteBuffer.allocate(chunk * CHECK_BYTES).limit(0);
        this.entryFile = acquire(entryFile);
        try {
            this.checkFile = acquire(checkFile);
        } catch (IOException e) {
            release(this.entryFile);
            throw e;
        }
    }

    private static @Nullable FileRef acquire(LazyFile file) throws IOException {
        try {
            return file.acquire();
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** The entry of this number, if it is there and its check agrees; null otherwise. */
    @Nullable
    AbortedTransaction checked(int index) throws IOException {
        AbortedTransaction entry = entry(index);
        boolean matches = entry != null
                && hasCheck(index)
                && TransactionIndexFormat.matches(entries, entryAt(index), checks, checkAt(index));
        return matches ? entry : null;
    }

    /** Where the marker lies, as the entry of this number has it, whether or not that is true; -1 if it cannot be an entry. */
    long markerOfEntry(int index) throws IOException {
        AbortedTransaction entry = entry(index);
        return entry == null ? -1 : entry.lastOffset();
    }

    /** The same as the check of this number has it. */
    long markerOfCheck(int index) throws IOException {
        load(index);
        return hasCheck(index) ? TransactionIndexFormat.marker(checks, checkAt(index)) : -1;
    }

    private @Nullable AbortedTransaction entry(int index) throws IOException {
        load(index);
        boolean there = entryAt(index) + ENTRY_BYTES <= entries.limit();
        return there ? TransactionIndexFormat.entry(entries, entryAt(index)) : null;
    }

    private boolean hasCheck(int index) {
        return checkAt(index) + CHECK_BYTES <= checks.limit();
    }

    private int entryAt(int index) {
        return (index - chunkStart) * ENTRY_BYTES;
    }

    private int checkAt(int index) {
        return (index - chunkStart) * CHECK_BYTES;
    }

    private void load(int index) throws IOException {
        int chunk = entries.capacity() / ENTRY_BYTES;
        if (!loaded || index < chunkStart || index >= chunkStart + chunk) {
            chunkStart = index;
            loaded = true;
            read(entryFile, entries, (long) index * ENTRY_BYTES);
            read(checkFile, checks, (long) index * CHECK_BYTES);
        }
    }

    private static void read(@Nullable FileRef file, ByteBuffer target, long position) throws IOException {
        target.clear();
        if (file != null) {
            file.file().read(target, position);
        }
        target.flip();
    }

    @Override
    public void close() {
        release(entryFile);
        release(checkFile);
    }

    private static void release(@Nullable FileRef file) {
        if (file != null) {
            file.release();
        }
    }
}
