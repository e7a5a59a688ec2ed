package io.headrace.storage.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.zip.CRC32C;

/** One thing that was done to a partition, as read back from the journal. Valid as long as the journal is replayed. */
public final class JournalEntry {
    private final long sequence;
    private final byte type;
    private final UUID topicId;
    private final int partition;
    private final long offset;
    private final ByteBuffer head;
    private final Body body;

    /** Where the rest of a payload is, and its checksum. */
    record Body(JournalFile file, long position, int sizeBytes, int crc) {}

    JournalEntry(long sequence, byte type, UUID topicId, int partition, long offset, ByteBuffer head, Body body) {
        this.sequence = sequence;
        this.type = type;
        this.topicId = topicId;
        this.partition = partition;
        this.offset = offset;
        this.head = head;
        this.body = body;
    }

    /** Receives the entries of a journal in the order in which they were committed. */
    @FunctionalInterface
    public interface Consumer {
        void accept(JournalEntry entry) throws IOException;
    }

    /** The number of the group it was committed with. */
    public long sequence() {
        return sequence;
    }

    /** What it is; the journal gives it no meaning. */
    public byte type() {
        return type;
    }

    /** The topic. */
    public UUID topicId() {
        return topicId;
    }

    /** The partition's number in the topic. */
    public int partition() {
        return partition;
    }

    /** The place in the partition's log; for an append, the base offset. */
    public long offset() {
        return offset;
    }

    /** The first bytes of the payload, as many as were said to be its head; a buffer of the caller's own. */
    public ByteBuffer head() {
        return head.duplicate();
    }

    /** The size of the payload, with its head. */
    public int payloadBytes() {
        return head.remaining() + body.sizeBytes();
    }

    /**
     * Reads the bytes that belong to it.
     *
     * @return a buffer of the caller's own
     * @throws CorruptJournalException if they are not what was committed
     */
    public ByteBuffer payload() throws IOException {
        ByteBuffer payload = ByteBuffer.allocate(payloadBytes()).put(head.duplicate());
        body.file().file().read(payload, body.position());
        CRC32C crc = new CRC32C();
        crc.update(payload.array(), head.remaining(), payload.position() - head.remaining());
        if (payload.hasRemaining() || (int) crc.getValue() != body.crc()) {
            throw new CorruptJournalException(
                    body.file().path(),
                    body.position(),
                    "what group " + sequence + " has for offset " + offset + " of partition " + partition + " of topic "
                            + topicId + " is damaged");
        }
        return payload.flip();
    }
}
