package io.headrace.storage.log;

import static io.headrace.storage.log.TransactionIndexFormat.CHECK_BYTES;
import static io.headrace.storage.log.TransactionIndexFormat.ENTRY_BYTES;

import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The aborted transactions whose marker lies in a segment: Kafka's {@code .txnindex}, and beside it {@code .txncheck} with a
 * checksum for each entry. There are no files when there are none.
 *
 * <p>Both are written and synced together, and whoever reads an entry compares it with its check: a transaction that is missed
 * means that records are served which were taken back. Where they do not agree the index is <em>unsound</em>: nothing is read
 * from it, until {@link TransactionIndexRebuild} has made it anew from the log. Until then the files stay as they are, so that
 * the next opening finds them unsound as well; only what is added goes to the end of {@code .txnindex}, for Kafka.
 *
 * <p>Adding, cutting and recovering belong to the log's writer; any thread may read, and make it anew.
 */
final class TransactionIndex {
    private final OpenFiles files;
    private final Path dir;
    private final long baseOffset;
    private final LazyFile entries;
    private final LazyFile checks;
    /** While the index is unsound, how many fit into the file. */
    private volatile int count;
    /** Not null while the index is unsound: what was added since. Changed with the lock held. */
    private volatile @Nullable UnindexedAborts unindexed;
    /** Grows before the index turns out to be unsound, and before its files are replaced. */
    private final AtomicInteger changes = new AtomicInteger();
    /** The marker added last by this object or found by {@link #recover}; -1 if there is none. Guarded by the lock. */
    private long lastMarker = -1;
    /** Why the index could not be made anew when that was tried last. */
    private volatile @Nullable Unrepairable unrepairable;

    /**
     * The log is damaged, too.
     *
     * @param soundTo up to which offset it was found to be sound
     */
    private record Unrepairable(CorruptLogException damage, long soundTo) {}

    /** @param count how many entries the files seem to hold; 0 when there are no files, or empty ones */
    TransactionIndex(OpenFiles files, Path dir, long baseOffset, int count) {
        this(files, dir, baseOffset, LogFiles.IN_PLACE, count);
    }

    /** @param state what the names of the files have at their ends */
    TransactionIndex(OpenFiles files, Path dir, long baseOffset, String state, int count) {
        this.files = files;
        this.dir = dir;
        this.baseOffset = baseOffset;
        this.entries = new LazyFile(files, dir, baseOffset, LogFiles.TRANSACTION_INDEX + state);
        this.checks = new LazyFile(files, dir, baseOffset, LogFiles.TRANSACTION_CHECKS + state);
        this.count = count;
    }

    /** How many entries files of these lengths have room for, the longer of the two. */
    static int countIn(long entriesBytes, long checksBytes) {
        long count =
                Math.max((entriesBytes + ENTRY_BYTES - 1) / ENTRY_BYTES, (checksBytes + CHECK_BYTES - 1) / CHECK_BYTES);
        return (int) Math.min(Integer.MAX_VALUE, count);
    }

    int count() {
        return count;
    }

    synchronized boolean isEmpty() {
        return count == 0 && unindexed == null;
    }

    /** How many transactions another object for the same files is to expect: of an unsound index, all that it seems to hold. */
    synchronized int countInFiles() throws IOException {
        return unindexed == null ? count : Math.max(1, countIn(sizeBytes(entries), sizeBytes(checks)));
    }

    OpenFiles files() {
        return files;
    }

    Path path() {
        return entries.path();
    }

    /** Lets nobody in any more, and leaves the files to whoever comes next. */
    synchronized void retire() {
        entries.retire();
        checks.retire();
    }

    /** Makes empty files. See {@link #add} for the parameter. */
    void create(List<FileRef> unsynced) throws IOException {
        addTo(unsynced, entries.acquire(OpenMode.CREATE));
        addTo(unsynced, checks.acquire(OpenMode.CREATE));
    }

    /**
     * Adds a transaction, whose marker comes after all others'.
     *
     * @param unsynced gets the open files for the caller to sync and release, unless it has them
     */
    synchronized void add(AbortedTransaction aborted, List<FileRef> unsynced) throws IOException {
        ByteBuffer entry = ByteBuffer.allocate(ENTRY_BYTES);
        TransactionIndexFormat.putEntry(entry, aborted);
        ByteBuffer check = ByteBuffer.allocate(CHECK_BYTES);
        TransactionIndexFormat.putCheck(check, entry.flip(), 0);
        int index = count;
        UnindexedAborts waiting = unindexed;
        try {
            write(entries, entry, (long) index * ENTRY_BYTES, unsynced);
            if (waiting == null) {
                write(checks, check.flip(), (long) index * CHECK_BYTES, unsynced);
            } else {
                waiting.add(aborted);
            }
        } catch (IOException e) {
            takeBack(index, e);
            throw e;
        }
        lastMarker = aborted.lastOffset();
        count = index + 1;
    }

    private static void write(LazyFile file, ByteBuffer bytes, long position, List<FileRef> unsynced)
            throws IOException {
        FileRef ref = file.acquire(OpenMode.CREATE);
        addTo(unsynced, ref);
        ref.file().write(bytes, position);
    }

    private static void addTo(List<FileRef> unsynced, FileRef ref) {
        if (unsynced.contains(ref)) {
            ref.release();
        } else {
            unsynced.add(ref);
        }
    }

    /** Half of an entry would pass for damage after a clean shutdown. */
    private void takeBack(int keep, IOException cause) {
        try {
            truncate(keep);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    private void truncate(int keep) throws IOException {
        truncate(entries, (long) keep * ENTRY_BYTES);
        if (unindexed == null) {
            truncate(checks, (long) keep * CHECK_BYTES);
        }
    }

    private static void truncate(LazyFile file, long bytes) throws IOException {
        FileRef ref = file.acquire(OpenMode.CREATE);
        try {
            ref.file().truncate(bytes);
        } finally {
            ref.release();
        }
    }

    /** Forgets the transactions whose marker is at {@code endOffset} or later, all of which were added by this object. */
    synchronized void restore(long endOffset) throws IOException {
        if (lastMarker < endOffset) {
            return;
        }
        UnindexedAborts waiting = unindexed;
        int keep = count;
        if (waiting != null) {
            keep -= waiting.cut(endOffset);
        } else {
            try (TransactionIndexReader reader = new TransactionIndexReader(entries, checks, 1)) {
                AbortedTransaction last = keep == 0 ? null : reader.checked(keep - 1);
                while (last != null && last.lastOffset() >= endOffset) {
                    keep--;
                    last = keep == 0 ? null : reader.checked(keep - 1);
                }
                if (keep > 0 && last == null) {
                    unindexed = new UnindexedAborts(endOffset - 1);
                }
            }
        }
        lastMarker = endOffset - 1;
        if (keep < count) {
            count = keep;
            truncate(keep);
        }
    }

    /**
     * Looks at the files before anything is added: keeps the transactions whose marker is below {@code endOffset}, and forgets
     * whatever follows, also what a power cut left there in place of a transaction. If one of those to be kept is not as it
     * was, the index is unsound.
     *
     * @param endOffset the marker of a transaction that is durable is below it, and of no other; {@link Long#MAX_VALUE} if
     *     all there is was made durable
     * @return the open files for the caller to sync and release
     */
    synchronized List<FileRef> recover(long endOffset) throws IOException {
        if (isEmpty()) {
            return List.of();
        }
        int keep = 0;
        try (TransactionIndexReader reader = new TransactionIndexReader(entries, checks, count)) {
            AbortedTransaction next = reader.checked(0);
            while (next != null && next.lastOffset() > lastMarker && next.lastOffset() < endOffset) {
                lastMarker = next.lastOffset();
                keep++;
                next = reader.checked(keep);
            }
            boolean missed =
                    isDue(reader.markerOfEntry(keep), endOffset) || isDue(reader.markerOfCheck(keep), endOffset);
            if (next == null && missed) {
                becomeUnsound(-1);
                return List.of();
            }
        }
        if (endOffset == Long.MAX_VALUE && isAsLongAs(keep)) {
            count = keep;
            return List.of();
        }
        truncate(keep);
        count = keep;
        List<FileRef> unsynced = new ArrayList<>(2);
        create(unsynced);
        return unsynced;
    }

    /** A marker follows at least one record; so zeros, which a power cut may leave, do not pass for one. */
    private boolean isDue(long marker, long endOffset) {
        return marker > 0 && marker > lastMarker && marker >= baseOffset && marker < endOffset;
    }

    private boolean isAsLongAs(int expected) throws IOException {
        return sizeBytes(entries) == (long) expected * ENTRY_BYTES
                && sizeBytes(checks) == (long) expected * CHECK_BYTES;
    }

    private static long sizeBytes(LazyFile file) throws IOException {
        try {
            return file.sizeBytes();
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    private void becomeUnsound(long forgottenTo) throws IOException {
        int whole = (int) (sizeBytes(entries) / ENTRY_BYTES);
        changes.incrementAndGet();
        unindexed = new UnindexedAborts(forgottenTo);
        count = whole;
    }

    /**
     * Adds to {@code found} the transactions that hide records in {@code [fetchOffset, upperBoundOffset)}.
     *
     * @return whether that is all of them, so that later segments need not be looked at
     * @throws CorruptLogException if that cannot be told as the index is unsound
     * @throws StaleLogViewException if it was found to be unsound, or made anew, at the same time
     */
    boolean collect(long fetchOffset, long upperBoundOffset, List<AbortedTransaction> found) throws IOException {
        // In this order: an index that has just been made anew counts with all its entries.
        int before = changes.get();
        if (unindexed != null) {
            throw unsound(0);
        }
        boolean complete = collect(fetchOffset, upperBoundOffset, count, found);
        if (changes.get() != before || unindexed != null) {
            throw new StaleLogViewException(entries.path() + " was looked at while it changed");
        }
        return complete;
    }

    private boolean collect(long fetchOffset, long upperBoundOffset, int seen, List<AbortedTransaction> found)
            throws IOException {
        if (seen == 0) {
            return false;
        }
        try (TransactionIndexReader reader = new TransactionIndexReader(entries, checks, seen)) {
            for (int i = 0; i < seen; i++) {
                AbortedTransaction aborted = reader.checked(i);
                // The writer cuts an index in place that it has retired, whoever is inside.
                entries.requireNotRetired();
                if (aborted == null && i >= count) {
                    return false; // taken back with the append that it came with
                }
                if (aborted == null) {
                    throw unsound(i);
                }
                if (aborted.lastOffset() >= fetchOffset && aborted.firstOffset() < upperBoundOffset) {
                    found.add(aborted);
                }
                if (aborted.lastStableOffset() >= upperBoundOffset) {
                    return true;
                }
            }
        }
        return false;
    }

    private CorruptLogException unsound(int index) {
        return new CorruptLogException(
                entries.path(),
                (long) index * ENTRY_BYTES,
                baseOffset,
                "the transaction index does not hold what was written");
    }

    /** Whether there are transactions and no checks: another program wrote the index, or an earlier version of this one. */
    boolean lacksChecks() {
        return !isEmpty() && !files.disk().exists(checks.path());
    }

    /**
     * What the last transaction of the index tells of those that ended after it: none of their records lies below this offset.
     *
     * @return -1 if there is none, or if it cannot be relied on
     */
    long laterTransactionsFrom() throws IOException {
        int seen = count;
        if (seen == 0 || unindexed != null) {
            return -1;
        }
        try (TransactionIndexReader reader = new TransactionIndexReader(entries, checks, 1)) {
            AbortedTransaction last = reader.checked(seen - 1);
            return last == null || last.lastOffset() < baseOffset ? -1 : last.lastStableOffset();
        }
    }

    /**
     * Begins to make the index anew, if it is unsound: from now on what is added is remembered.
     *
     * @param derivedFrom from where on the log will be read for that
     * @param derivedTo up to where; it has what was added to the index by then
     * @return whether it is unsound
     * @throws StaleLogViewException if the log must be read further than that
     * @throws CorruptLogException if it was tried before, and the log turned out to be damaged there, too
     */
    synchronized boolean beginRebuild(long derivedFrom, long derivedTo) throws IOException {
        entries.requireNotRetired();
        UnindexedAborts waiting = unindexed;
        if (waiting == null) {
            if (isSound()) {
                return false;
            }
            becomeUnsound(lastMarker);
        }
        Unrepairable why = unrepairable;
        if (why != null && derivedFrom <= why.soundTo()) {
            throw why.damage();
        }
        requireCompleteFrom(derivedTo);
        return true;
    }

    private boolean isSound() throws IOException {
        int expected = count;
        long last = -1;
        try (TransactionIndexReader reader = new TransactionIndexReader(entries, checks, expected)) {
            for (int i = 0; i < expected; i++) {
                AbortedTransaction aborted = reader.checked(i);
                if (aborted == null || aborted.lastOffset() <= last) {
                    return false;
                }
                last = aborted.lastOffset();
            }
        }
        return isAsLongAs(expected);
    }

    private UnindexedAborts requireCompleteFrom(long derivedTo) throws StaleLogViewException {
        UnindexedAborts waiting = unindexed;
        if (waiting == null || !waiting.isCompleteFrom(derivedTo)) {
            throw new StaleLogViewException("More was appended to " + entries.path() + " than was looked at");
        }
        return waiting;
    }

    /**
     * The log was found to be damaged: there is no use in reading it again and again, until the reading can begin later.
     *
     * @param soundTo up to which offset it is sound
     */
    void giveUpRebuild(CorruptLogException damage, long soundTo) {
        unrepairable = new Unrepairable(damage, soundTo);
    }

    /**
     * Replaces the index by one that was made from the log. Durable on return. The writer waits for that if it is about to add
     * something, which is rare enough.
     *
     * @param derived the transactions whose marker lies in the segment and below {@code derivedTo}
     */
    synchronized void finishRebuild(List<AbortedTransaction> derived, long derivedTo) throws IOException {
        entries.requireNotRetired();
        List<AbortedTransaction> all = new ArrayList<>(derived);
        all.addAll(requireCompleteFrom(derivedTo).from(derivedTo));
        changes.incrementAndGet();
        replaceFiles(all);
        entries.evict();
        checks.evict();
        lastMarker = all.isEmpty() ? -1 : all.get(all.size() - 1).lastOffset();
        count = all.size();
        unindexed = null;
    }

    /** If the power goes between the two, one is old and the other new, and they do not match. */
    private void replaceFiles(List<AbortedTransaction> all) throws IOException {
        ByteBuffer newEntries = ByteBuffer.allocate(all.size() * ENTRY_BYTES);
        ByteBuffer newChecks = ByteBuffer.allocate(all.size() * CHECK_BYTES);
        for (AbortedTransaction aborted : all) {
            int at = newEntries.position();
            TransactionIndexFormat.putEntry(newEntries, aborted);
            TransactionIndexFormat.putCheck(newChecks, newEntries, at);
        }
        Disk disk = files.disk();
        Path entriesAside = LogFiles.path(dir, baseOffset, LogFiles.TRANSACTION_INDEX + LogFiles.TEMPORARY);
        Path checksAside = LogFiles.path(dir, baseOffset, LogFiles.TRANSACTION_CHECKS + LogFiles.TEMPORARY);
        try {
            writeAside(disk, entriesAside, newEntries.flip());
            writeAside(disk, checksAside, newChecks.flip());
        } catch (IOException e) {
            disk.delete(entriesAside);
            disk.delete(checksAside);
            throw e;
        }
        disk.rename(entriesAside, entries.path());
        disk.rename(checksAside, checks.path());
        disk.syncDirectory(dir);
    }

    private static void writeAside(Disk disk, Path path, ByteBuffer contents) throws IOException {
        disk.delete(path);
        try (DiskFile file = disk.open(path, OpenMode.CREATE_NEW)) {
            file.write(contents, 0);
            file.sync();
        }
    }
}
