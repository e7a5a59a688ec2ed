package io.headrace.storage.journal;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;
import java.util.zip.CRC32C;

/** The entries collected for the next group; see {@link JournalFormat} for the layout. Owned by the journal's thread. */
final class StagedGroup {
    /** Up to here it is cheaper to copy payloads into one buffer than to hand the system many. */
    private static final int COPIED_BYTES_MAX = 64 * 1024;

    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(JournalFormat.PAGE_BYTES);

    private final CRC32C crc = new CRC32C();
    private final ByteBuffer joined = ByteBuffer.allocateDirect(COPIED_BYTES_MAX);
    private ByteBuffer headers = ByteBuffer.allocateDirect(JournalFormat.PAGE_BYTES);
    private ByteBuffer[] parts = new ByteBuffer[16];
    private int entryCount;
    private int payloadCount;
    private long payloadBytes;

    StagedGroup() {
        clear();
    }

    void clear() {
        headers.clear().position(JournalFormat.HEADER_BYTES);
        Arrays.fill(parts, 0, payloadCount + 1, ZEROS); // lets go of the payloads
        entryCount = 0;
        payloadCount = 0;
        payloadBytes = 0;
    }

    int entryCount() {
        return entryCount;
    }

    /** The size of the group without padding. */
    long sizeBytes() {
        return headers.position() + payloadBytes;
    }

    /** The size of the group, had it one entry more. */
    long sizeBytesWith(ByteBuffer[] payload) {
        long size = sizeBytes() + JournalFormat.ENTRY_HEADER_BYTES;
        for (ByteBuffer part : payload) {
            size += part.remaining();
        }
        return size;
    }

    void add(byte type, UUID topicId, int partition, long offset, ByteBuffer[] payload) {
        int entryBytes = Math.toIntExact(sizeBytesWith(payload) - sizeBytes() - JournalFormat.ENTRY_HEADER_BYTES);
        if (headers.remaining() < JournalFormat.ENTRY_HEADER_BYTES) {
            headers = ByteBuffer.allocateDirect(headers.capacity() * 2).put(headers.flip());
        }
        headers.putLong(topicId.getMostSignificantBits())
                .putLong(topicId.getLeastSignificantBits())
                .putLong(offset)
                .putInt(partition)
                .putInt(entryBytes)
                .put(type);
        for (ByteBuffer part : payload) {
            addPayload(part);
        }
        payloadBytes += entryBytes;
        entryCount++;
    }

    private void addPayload(ByteBuffer part) {
        if (payloadCount + 3 > parts.length) {
            parts = Arrays.copyOf(parts, parts.length * 2);
        }
        parts[1 + payloadCount++] = part.duplicate();
    }

    /** Completes the group; what is returned is to be written one after the other, and makes whole pages. */
    ByteBuffer[] encode(long journalId, long sequence, long tail) {
        int size = Math.toIntExact(sizeBytes());
        ByteBuffer header = headers.duplicate().flip();
        header.putInt(JournalFormat.MAGIC_AT, JournalFormat.MAGIC)
                .putLong(JournalFormat.ID_AT, journalId)
                .putLong(JournalFormat.SEQUENCE_AT, sequence)
                .putLong(JournalFormat.TAIL_AT, tail)
                .putInt(JournalFormat.BODY_BYTES_AT, size - JournalFormat.HEADER_BYTES)
                .putInt(JournalFormat.ENTRY_COUNT_AT, entryCount);
        parts[0] = header;
        header.putInt(JournalFormat.CRC_AT, checksum(header));
        int padding = (int) (JournalFormat.wholePages(size) - size);
        parts[1 + payloadCount] = ZEROS.duplicate().limit(padding);
        ByteBuffer[] group = Arrays.copyOf(parts, payloadCount + 2);
        return size + padding <= COPIED_BYTES_MAX ? join(group) : group;
    }

    private int checksum(ByteBuffer header) {
        crc.reset();
        JournalFormat.update(crc, header.duplicate().position(JournalFormat.ID_AT));
        for (int i = 1; i <= payloadCount; i++) {
            JournalFormat.update(crc, parts[i]);
        }
        return (int) crc.getValue();
    }

    private ByteBuffer[] join(ByteBuffer[] group) {
        joined.clear();
        for (ByteBuffer part : group) {
            // The staged parts stay as they are: a group that found no room is encoded again.
            joined.put(part.duplicate());
        }
        return new ByteBuffer[] {joined.flip()};
    }
}
