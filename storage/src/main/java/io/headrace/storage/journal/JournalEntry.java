package io.headrace.storage.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * One thing that was done to a partition, as read back from the journal.
 *
 * @param sequence the number of the group it was committed with
 * @param type what it is; the journal gives it no meaning
 * @param topicId the topic
 * @param partition the partition's number in the topic
 * @param offset the place in the partition's log; for an append, the base offset
 * @param payload the bytes that belong to it; valid only until the consumer returns
 */
public record JournalEntry(long sequence, byte type, UUID topicId, int partition, long offset, ByteBuffer payload) {
    /** Receives the entries of a journal in the order in which they were committed. */
    @FunctionalInterface
    public interface Consumer {
        void accept(JournalEntry entry) throws IOException;
    }
}
