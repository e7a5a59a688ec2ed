package io.headrace.storage.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads groups from journal files through a window that moves forward, and tells whole ones from everything else. */
final class GroupReader {
    private static final int WINDOW_BYTES = 1024 * 1024;

    /** Enough to look at the start of a file; those who read on get whole windows. */
    private static final int FIRST_READ_BYTES = 64 * 1024;

    private final CRC32C crc = new CRC32C();
    private ByteBuffer window = ByteBuffer.allocateDirect(WINDOW_BYTES).limit(0);

    private @Nullable JournalFile windowFile;
    private long windowStart;

    /**
     * A group whose checksum is right.
     *
     * @param bytes the group without padding; valid until the reader reads on
     */
    record Group(JournalFile file, long position, long journalId, long sequence, long tail, ByteBuffer bytes) {
        long endPosition() {
            return position + JournalFormat.wholePages(bytes.limit());
        }

        void forEachEntry(JournalEntry.Consumer consumer) throws IOException {
            int entryCount = bytes.getInt(JournalFormat.ENTRY_COUNT_AT);
            int headerAt = JournalFormat.HEADER_BYTES;
            int payloadAt = headerAt + entryCount * JournalFormat.ENTRY_HEADER_BYTES;
            for (int i = 0; i < entryCount; i++) {
                ByteBuffer header = bytes.duplicate().position(headerAt);
                UUID topicId = new UUID(header.getLong(), header.getLong());
                long offset = header.getLong();
                int partition = header.getInt();
                int payloadBytes = header.getInt();
                byte type = header.get();
                ByteBuffer payload = bytes.slice(payloadAt, payloadBytes);
                consumer.accept(new JournalEntry(sequence, type, topicId, partition, offset, payload));
                headerAt += JournalFormat.ENTRY_HEADER_BYTES;
                payloadAt += payloadBytes;
            }
        }
    }

    /** Whether {@code position} looks like the start of a group of this journal with that sequence or a later one. */
    boolean startsGroup(JournalFile file, long position, long journalId, long sequence) throws IOException {
        ByteBuffer header = header(file, position);
        return header != null
                && header.getLong(JournalFormat.ID_AT) == journalId
                && header.getLong(JournalFormat.SEQUENCE_AT) >= sequence;
    }

    /** The whole group that starts at {@code position}; null when there is none. */
    @Nullable
    Group read(JournalFile file, long position) throws IOException {
        return header(file, position) == null ? null : checked(file, position);
    }

    /** The whole group at {@code position} if it is of this journal and has that sequence or a later one. */
    @Nullable
    Group readFrom(JournalFile file, long position, long journalId, long sequence) throws IOException {
        // Looked at before the checksum: bytes that clients sent can claim to be groups of any size.
        return startsGroup(file, position, journalId, sequence) ? checked(file, position) : null;
    }

    private @Nullable ByteBuffer header(JournalFile file, long position) throws IOException {
        if (position + JournalFormat.PAGE_BYTES > file.sizeBytes()) {
            return null;
        }
        ByteBuffer header = window(file, position, JournalFormat.HEADER_BYTES);
        return header.getInt(JournalFormat.MAGIC_AT) == JournalFormat.MAGIC ? header : null;
    }

    private @Nullable Group checked(JournalFile file, long position) throws IOException {
        long bodyBytes = window(file, position, JournalFormat.HEADER_BYTES).getInt(JournalFormat.BODY_BYTES_AT);
        long size = JournalFormat.HEADER_BYTES + bodyBytes;
        if (bodyBytes < 0 || size > file.sizeBytes() - position) {
            return null;
        }
        ByteBuffer group = window(file, position, (int) size);
        crc.reset();
        JournalFormat.update(crc, group.duplicate().position(JournalFormat.ID_AT));
        if ((int) crc.getValue() != group.getInt(JournalFormat.CRC_AT)) {
            return null;
        }
        return new Group(
                file,
                position,
                group.getLong(JournalFormat.ID_AT),
                group.getLong(JournalFormat.SEQUENCE_AT),
                group.getLong(JournalFormat.TAIL_AT),
                group);
    }

    private ByteBuffer window(JournalFile file, long position, int size) throws IOException {
        boolean covered =
                file.equals(windowFile) && position >= windowStart && position + size <= windowStart + window.limit();
        if (!covered) {
            load(file, position, size);
        }
        return window.slice((int) (position - windowStart), size);
    }

    /** Moves the window, keeping what it has of that part already. */
    private void load(JournalFile file, long position, int size) throws IOException {
        boolean readsOn = file.equals(windowFile);
        int wanted = Math.max(size, readsOn && position > 0 ? WINDOW_BYTES : FIRST_READ_BYTES);
        boolean overlaps = readsOn && position >= windowStart && position < windowStart + window.limit();
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
