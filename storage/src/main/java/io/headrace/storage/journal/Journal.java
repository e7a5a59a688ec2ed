package io.headrace.storage.journal;

import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFullException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Makes a group of entries durable with one write and one sync, and gives them back after a crash.
 *
 * <p>The groups, numbered without gaps, fill a ring of preallocated files: syncing bytes that overwrite allocated ones is
 * far cheaper than syncing a file that grows. When a checkpoint has made entries durable elsewhere, {@link #release} moves
 * the tail, and files wholly below it are overwritten with new groups. The tail needs no file of its own: every group says
 * where it was, and files are reused only after a group that says so is durable.
 *
 * <p>Opening overwrites the head of a group that a crash left unfinished, mostly by committing an empty group, so that the
 * unfinished one cannot come back. It also writes the last whole group again: if the last process died of a failed sync, that group may be
 * readable and yet not on the disk.
 *
 * <p>Any error of the disk while committing is final: every later call throws {@link JournalFailedException}. A full disk
 * or a full journal while a file is prepared is not: nothing was written, and the commit can be tried again.
 *
 * <p>Owned by one thread, except for {@link #release}, {@link #prepareNext}, {@link #checkpointDue} and {@link #isHalfFull}, which
 * any thread may call.
 */
public final class Journal implements AutoCloseable {
    private static final ByteBuffer[] NO_PAYLOAD = {};

    private final Path dir;
    private final JournalOptions options;
    private final JournalFiles files;
    private final long id;
    private final StagedGroup staged = new StagedGroup();
    private final StagedGroup empty = new StagedGroup();

    private JournalFile head;
    private long headPosition;
    private volatile long lastSequence;
    private volatile @Nullable IOException failure;
    private volatile boolean headHalfUsed;

    private Journal(Path dir, JournalOptions options, JournalFiles files, long id, JournalFile head) {
        this.dir = dir;
        this.options = options;
        this.files = files;
        this.id = id;
        this.head = head;
    }

    /**
     * Opens the journal in {@code dir}, or creates it there, and replays it.
     *
     * @param dir created if missing; its parent must exist
     * @param idIfNew a random number that becomes the id if the journal is new
     * @param consumer is handed every committed entry from the tail on, in order; entries below a released sequence may
     *     come again. What it throws is passed on
     * @throws CorruptJournalException if something that was durable is damaged
     * @throws DiskFullException if there is no room for the first file
     */
    public static Journal open(
            Disk disk, Path dir, JournalOptions options, long idIfNew, JournalEntry.Consumer consumer)
            throws IOException {
        JournalFiles files = JournalFiles.open(disk, dir, options);
        try {
            JournalRecovery.End end = new JournalRecovery(files.all()).run(consumer);
            return end == null ? create(dir, options, files, idIfNew) : resume(dir, options, files, end);
        } catch (IOException | RuntimeException e) {
            files.close();
            throw e;
        }
    }

    private static Journal create(Path dir, JournalOptions options, JournalFiles files, long id) throws IOException {
        JournalFile head = files.freeOrPrepared(JournalFormat.PAGE_BYTES);
        Journal journal = new Journal(dir, options, files, id, head);
        files.use(head, 1);
        journal.commitEmpty();
        return journal;
    }

    private static Journal resume(Path dir, JournalOptions options, JournalFiles files, JournalRecovery.End end)
            throws IOException {
        JournalFile head = end.live().values().iterator().next();
        for (Map.Entry<Long, JournalFile> entry : end.live().entrySet()) {
            head = entry.getValue();
            files.use(head, entry.getKey());
        }
        files.moveTail(end.tail());
        files.tailIsRecorded(end.tail());
        for (JournalFile leftover : end.leftovers()) {
            leftover.file().write(ByteBuffer.allocate(JournalFormat.PAGE_BYTES), 0);
            leftover.file().sync();
        }
        head.file().write(end.lastGroup(), end.lastPosition());
        head.file().sync();
        Journal journal = new Journal(dir, options, files, end.journalId(), head);
        journal.headPosition = end.endPosition();
        journal.lastSequence = end.lastSequence();
        if (journal.hasRoomForEmpty()) {
            journal.commitEmpty();
        }
        return journal;
    }

    /**
     * Adds an entry to the next group. The payload's bytes must not change until the group is committed or discarded.
     *
     * @param type given back on replay; the journal gives it no meaning
     * @param headBytes how many bytes of the first part a replay shall be able to look at without reading the payload; it
     *     may be more than there are
     * @param payload the parts of the payload, in order; their positions are left alone
     * @return false if the group is too full to take it: commit, then stage it again. An empty group takes any entry
     * @throws IllegalArgumentException if the payload is larger than {@link #payloadBytesMax}
     */
    public boolean stage(byte type, UUID topicId, int partition, long offset, int headBytes, ByteBuffer... payload)
            throws IOException {
        checkUsable();
        long size = staged.sizeBytesWith(payload);
        if (staged.entryCount() > 0 && size > options.groupBytesMax()) {
            return false;
        }
        if (size > entryBytesMax()) {
            throw new IllegalArgumentException(
                    "A group of " + size + " bytes is too large for a journal of " + options.capacityBytes());
        }
        staged.add(type, topicId, partition, offset, headBytes, payload);
        return true;
    }

    /** The most bytes that the payload of one entry may have. */
    public long payloadBytesMax() {
        return entryBytesMax() - JournalFormat.HEADER_BYTES - JournalFormat.ENTRY_HEADER_BYTES;
    }

    private long entryBytesMax() {
        return options.capacityBytes() / 4;
    }

    /** As {@link #stage(byte, UUID, int, long, int, ByteBuffer...)} without a payload. */
    public boolean stage(byte type, UUID topicId, int partition, long offset) throws IOException {
        return stage(type, topicId, partition, offset, 0, NO_PAYLOAD);
    }

    /**
     * Hands out once more all that is committed from the tail on, in order. Takes as long as reading the whole journal.
     *
     * @throws CorruptJournalException if something that was durable is damaged
     */
    public void replay(JournalEntry.Consumer consumer) throws IOException {
        checkUsable();
        files.replay(consumer);
    }

    /** How many entries are staged. */
    public int stagedCount() {
        return staged.entryCount();
    }

    /** Forgets what is staged. */
    public void discard() {
        staged.clear();
    }

    /**
     * Makes the staged entries durable as one group. With nothing staged it records the tail and is otherwise without
     * effect.
     *
     * @return the sequence of the group
     * @throws JournalFullException if all files are in use: nothing was written, the entries stay staged, and the call may
     *     be repeated after {@link #release}
     * @throws DiskFullException if a file was needed and there is no room for it: likewise
     * @throws IOException any other error is final
     */
    public long commit() throws IOException {
        checkUsable();
        long size = JournalFormat.wholePages(staged.sizeBytes());
        // The last page of a file is left for an empty group, so that the tail can always be recorded.
        if (headPosition + size + JournalFormat.PAGE_BYTES > head.sizeBytes()) {
            moveOn(size);
        }
        write(staged);
        staged.clear();
        return lastSequence;
    }

    private void moveOn(long groupBytes) throws IOException {
        JournalFile next = files.peekFree(groupBytes);
        if (next == null && hasRoomForEmpty() && files.recordingFrees()) {
            commitEmpty();
        }
        try {
            next = files.freeOrPrepared(groupBytes);
        } catch (JournalFullException | DiskFullException e) {
            throw e;
        } catch (IOException e) {
            throw fail(e);
        }
        files.use(next, lastSequence + 1);
        head = next;
        headPosition = 0;
        headHalfUsed = false;
    }

    private boolean hasRoomForEmpty() {
        return headPosition + JournalFormat.PAGE_BYTES <= head.sizeBytes();
    }

    private void commitEmpty() throws IOException {
        write(empty);
    }

    private void write(StagedGroup group) throws IOException {
        long tail = files.tail();
        long sequence = lastSequence + 1;
        try {
            ByteBuffer[] parts = group.encode(id, sequence, tail);
            long written = head.file().write(parts, 0, parts.length, headPosition);
            head.file().sync();
            headPosition += written;
        } catch (IOException | RuntimeException e) {
            throw fail(e instanceof IOException io ? io : new IOException("Cannot write " + head, e));
        }
        lastSequence = sequence;
        files.tailIsRecorded(tail);
        headHalfUsed = headPosition > head.sizeBytes() / 2;
    }

    private IOException fail(IOException cause) {
        if (failure == null) {
            failure = cause;
        }
        return cause;
    }

    private void checkUsable() throws IOException {
        IOException cause = failure;
        if (cause != null) {
            throw new JournalFailedException(dir, cause);
        }
    }

    /** The sequence of the last durable group; 0 if there is none. */
    public long lastSequence() {
        return lastSequence;
    }

    /**
     * Says that groups up to and with {@code upToSequence} are not needed any more. The next group records it; until that
     * is durable, a crash brings the entries back.
     *
     * @throws IllegalArgumentException if there is no such group yet
     */
    public void release(long upToSequence) {
        if (upToSequence > lastSequence) {
            throw new IllegalArgumentException(
                    "Cannot release journal group " + upToSequence + ", the last one is " + lastSequence);
        }
        files.moveTail(upToSequence + 1);
    }

    /** Whether the files in use take so much that it is time for a checkpoint. */
    public boolean checkpointDue() {
        return files.liveBytes() >= options.checkpointBytes();
    }

    /** Whether the files in use take half the capacity, so that a checkpoint must not wait. */
    public boolean isHalfFull() {
        return files.liveBytes() >= options.capacityBytes() / 2;
    }

    /** Whether {@link #prepareNext} would find something to do, as far as can be told without waiting. */
    public boolean wantsPreparing() {
        return headHalfUsed && files.canPrepareAhead();
    }

    /**
     * Prepares a file ahead of need, if the one in use is half full and none is free, so that a commit does not have to. Takes
     * as long as writing and syncing a whole file.
     *
     * @return whether it did
     * @throws DiskFullException if there is no room; the journal goes on
     * @throws IOException any other error is final
     */
    public boolean prepareNext() throws IOException {
        checkUsable();
        if (!headHalfUsed) {
            return false;
        }
        try {
            return files.prepareAhead();
        } catch (JournalFullException | DiskFullException e) {
            throw e;
        } catch (IOException e) {
            throw fail(e);
        }
    }

    /** Records the tail if it has moved, and closes the files. What is staged is forgotten. */
    @Override
    public void close() throws IOException {
        try {
            if (failure == null && hasRoomForEmpty() && !files.isTailRecorded()) {
                commitEmpty();
            }
        } finally {
            files.close();
        }
    }
}
