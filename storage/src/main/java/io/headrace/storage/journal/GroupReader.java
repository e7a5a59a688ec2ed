package io.headrace.storage.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads the headers of groups from journal files through a window that moves forward, and tells those that are as they were
 * written from everything else. What follows the headers is looked at by {@link #isWhole} only.
 */
final class GroupReader {
    private static final int WINDOW_BYTES = 1024 * 1024;

    /** After a group of this size, to read the next one's headers alone costs less than to read on. */
    private static final int LARGE_GROUP_BYTES = 64 * 1024;

    private final CRC32C crc = new CRC32C();
    private ByteBuffer window = ByteBuffer.allocateDirect(WINDOW_BYTES).limit(0);

    private @Nullable JournalFile windowFile;
    private long windowStart;

    /**
     * A group whose headers are as they were written.
     *
     * @param sizeBytes the size of the group without padding
     * @param headers a copy of them
     */
    record Group(
            JournalFile file,
            long position,
            long journalId,
            long sequence,
            long tail,
            int sizeBytes,
            ByteBuffer headers) {
        long endPosition() {
            return position + JournalFormat.wholePages(sizeBytes);
        }

        /** What was committed with it, in order. */
        List<JournalEntry> entries() {
            int count = headers.getInt(JournalFormat.ENTRY_COUNT_AT);
            List<JournalEntry> entries = new ArrayList<>(count);
            ByteBuffer header = headers.duplicate().position(JournalFormat.HEADER_BYTES);
            long bodyPosition = position + headers.limit();
            for (int i = 0; i < count; i++) {
                UUID topicId = new UUID(header.getLong(), header.getLong());
                long offset = header.getLong();
                int partition = header.getInt();
                int headBytes = header.getInt();
                int bodyBytes = header.getInt();
                int bodyCrc = header.getInt();
                byte type = header.get();
                // A copy, as an entry may be kept for longer than the headers of its group.
                ByteBuffer head = ByteBuffer.allocate(headBytes);
                header.get(head.array());
                JournalEntry.Body body = new JournalEntry.Body(file, bodyPosition, bodyBytes, bodyCrc);
                bodyPosition += bodyBytes;
                entries.add(new JournalEntry(sequence, type, topicId, partition, offset, head, body));
            }
            return entries;
        }
    }

    /** Whether {@code position} looks like the start of a group of this journal with that sequence or a later one. */
    boolean startsGroup(JournalFile file, long position, long journalId, long sequence) throws IOException {
        return startsGroup(file, position, journalId, sequence, WINDOW_BYTES);
    }

    private boolean startsGroup(JournalFile file, long position, long journalId, long sequence, int aheadBytes)
            throws IOException {
        ByteBuffer header = header(file, position, aheadBytes);
        return header != null
                && header.getLong(JournalFormat.ID_AT) == journalId
                && header.getLong(JournalFormat.SEQUENCE_AT) >= sequence;
    }

    /** The group that starts at {@code position}; null when there is none. */
    @Nullable
    Group read(JournalFile file, long position) throws IOException {
        return header(file, position, JournalFormat.PAGE_BYTES) == null ? null : checked(file, position);
    }

    /**
     * The group at {@code position} if it is of this journal and has that sequence or a later one.
     *
     * @param before the group that precedes it, which tells how large they are; null if there is none
     */
    @Nullable
    Group readFrom(JournalFile file, long position, long journalId, long sequence, @Nullable Group before)
            throws IOException {
        boolean small = before != null && before.sizeBytes() < LARGE_GROUP_BYTES;
        int aheadBytes = small ? WINDOW_BYTES : JournalFormat.PAGE_BYTES;
        // Looked at before the checksum: bytes that clients sent can claim to be groups of any size.
        return startsGroup(file, position, journalId, sequence, aheadBytes) ? checked(file, position) : null;
    }

    /** Whether all of a group is as it was written. Only the last one need not be: the next is begun when it is synced. */
    boolean isWhole(Group group) throws IOException {
        try {
            for (JournalEntry entry : group.entries()) {
                entry.payload();
            }
            return true;
        } catch (CorruptJournalException e) {
            return false;
        }
    }

    private @Nullable ByteBuffer header(JournalFile file, long position, int aheadBytes) throws IOException {
        if (position + JournalFormat.PAGE_BYTES > file.sizeBytes()) {
            return null;
        }
        ByteBuffer header = window(file, position, JournalFormat.HEADER_BYTES, aheadBytes);
        int magic = header.getInt(JournalFormat.MAGIC_AT);
        if (position == 0 && magic == JournalFormat.MAGIC_BEFORE) {
            throw new IOException(
                    file + " was written by an earlier build, in a format that is not read any more. If that build"
                            + " was stopped in order, its directory can be deleted");
        }
        return magic == JournalFormat.MAGIC ? header : null;
    }

    private @Nullable Group checked(JournalFile file, long position) throws IOException {
        ByteBuffer header = window(file, position, JournalFormat.HEADER_BYTES, JournalFormat.PAGE_BYTES);
        long headersBytes = header.getInt(JournalFormat.HEADERS_BYTES_AT);
        long bodyBytes = header.getInt(JournalFormat.BODY_BYTES_AT);
        if (headersBytes < JournalFormat.HEADER_BYTES
                || bodyBytes < 0
                || headersBytes + bodyBytes > file.sizeBytes() - position) {
            return null;
        }
        ByteBuffer headers = window(file, position, (int) headersBytes, JournalFormat.PAGE_BYTES);
        if (JournalFormat.headersCrc(crc, headers) != headers.getInt(JournalFormat.CRC_AT)) {
            return null;
        }
        ByteBuffer copy = ByteBuffer.allocate((int) headersBytes).put(headers).flip();
        return new Group(
                file,
                position,
                copy.getLong(JournalFormat.ID_AT),
                copy.getLong(JournalFormat.SEQUENCE_AT),
                copy.getLong(JournalFormat.TAIL_AT),
                (int) (headersBytes + bodyBytes),
                copy);
    }

    /** @param aheadBytes how much to read if it takes a read, at least */
    private ByteBuffer window(JournalFile file, long position, int size, int aheadBytes) throws IOException {
        boolean covered =
                file.equals(windowFile) && position >= windowStart && position + size <= windowStart + window.limit();
        if (!covered) {
            load(file, position, size, Math.max(size, aheadBytes));
        }
        return window.slice((int) (position - windowStart), size);
    }

    /** Moves the window, keeping what it has of that part already. */
    private void load(JournalFile file, long position, int size, int wanted) throws IOException {
        boolean overlaps =
                file.equals(windowFile) && position >= windowStart && position < windowStart + window.limit();
        window.position(overlaps ? (int) (position - windowStart) : window.limit());
        windowFile = null;
        if (wanted > window.capacity()) {
            int rounded = Integer.highestOneBit(wanted - 1) << 1;
            window = ByteBuffer.allocateDirect(Math.max(wanted, rounded)).put(window);
        } else {
            window.compact();
        }
        int kept = window.position();
        window.limit(Math.max(wanted, kept));
        file.file().read(window, position + kept);
        window.flip();
        if (window.limit() < size) {
            throw new CorruptJournalException(file.path(), position, "the file has become shorter");
        }
        windowFile = file;
        windowStart = position;
    }
}
