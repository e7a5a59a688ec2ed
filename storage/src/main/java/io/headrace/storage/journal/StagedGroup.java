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
    private int partCount;
    private long bodyBytes;

    StagedGroup() {
        clear();
    }

    void clear() {
        headers.clear().position(JournalFormat.HEADER_BYTES);
        Arrays.fill(parts, 0, partCount + 1, ZEROS); // lets go of the payloads
        entryCount = 0;
        partCount = 0;
        bodyBytes = 0;
    }

    int entryCount() {
        return entryCount;
    }

    /** The size of the group without padding. */
    long sizeBytes() {
        return headers.position() + bodyBytes;
    }

    /** The size of the group, had it one entry more. */
    long sizeBytesWith(ByteBuffer[] payload) {
        long size = sizeBytes() + JournalFormat.ENTRY_HEADER_BYTES;
        for (ByteBuffer part : payload) {
            size += part.remaining();
        }
        return size;
    }

    void add(byte type, UUID topicId, int partition, long offset, int headBytes, ByteBuffer[] payload) {
        int entryBytes = Math.toIntExact(sizeBytesWith(payload) - sizeBytes() - JournalFormat.ENTRY_HEADER_BYTES);
        int inHead = Math.min(headBytes, payload.length == 0 ? 0 : payload[0].remaining());
        while (headers.remaining() < JournalFormat.ENTRY_HEADER_BYTES + inHead) {
            headers = ByteBuffer.allocateDirect(headers.capacity() * 2).put(headers.flip());
        }
        headers.putLong(topicId.getMostSignificantBits())
                .putLong(topicId.getLeastSignificantBits())
                .putLong(offset)
                .putInt(partition)
                .putInt(inHead)
                .putInt(entryBytes - inHead)
                .putInt(addBody(payload, inHead))
                .put(type);
        if (inHead > 0) {
            headers.put(payload[0].slice(payload[0].position(), inHead));
        }
        bodyBytes += entryBytes - inHead;
        entryCount++;
    }

    /** Returns the checksum. */
    private int addBody(ByteBuffer[] payload, int from) {
        crc.reset();
        int skipped = from;
        for (ByteBuffer part : payload) {
            ByteBuffer body = part.duplicate();
            body.position(body.position() + skipped);
            skipped = 0;
            JournalFormat.update(crc, body);
            addPart(body);
        }
        return (int) crc.getValue();
    }

    private void addPart(ByteBuffer part) {
        if (partCount + 3 > parts.length) {
            parts = Arrays.copyOf(parts, parts.length * 2);
        }
        parts[1 + partCount++] = part;
    }

    /** Completes the group; what is returned is to be written one after the other, and makes whole pages. */
    ByteBuffer[] encode(long journalId, long sequence, long tail) {
        int size = Math.toIntExact(sizeBytes());
        ByteBuffer header = headers.duplicate().flip();
        header.putInt(JournalFormat.MAGIC_AT, JournalFormat.MAGIC)
                .putLong(JournalFormat.ID_AT, journalId)
                .putLong(JournalFormat.SEQUENCE_AT, sequence)
                .putLong(JournalFormat.TAIL_AT, tail)
                .putInt(JournalFormat.HEADERS_BYTES_AT, header.limit())
                .putInt(JournalFormat.BODY_BYTES_AT, size - header.limit())
                .putInt(JournalFormat.ENTRY_COUNT_AT, entryCount);
        parts[0] = header;
        header.putInt(JournalFormat.CRC_AT, JournalFormat.headersCrc(crc, header));
        int padding = (int) (JournalFormat.wholePages(size) - size);
        parts[1 + partCount] = ZEROS.duplicate().limit(padding);
        ByteBuffer[] group = Arrays.copyOf(parts, partCount + 2);
        return size + padding <= COPIED_BYTES_MAX ? join(group) : group;
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
