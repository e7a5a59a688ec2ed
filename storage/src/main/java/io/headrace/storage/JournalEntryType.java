package io.headrace.storage;

/** What an entry of the journal says about its partition. */
final class JournalEntryType {
    /** Batches follow; the entry's offset is the first one's base offset. */
    static final byte APPEND = 1;

    /** The log starts at the entry's offset from now on. */
    static final byte LOG_START = 2;

    /** The log ends at the entry's offset: what was after it is cut off. */
    static final byte TRUNCATE = 3;

    private JournalEntryType() {}
}
