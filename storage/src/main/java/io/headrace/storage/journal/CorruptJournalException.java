package io.headrace.storage.journal;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The journal is damaged below its end: something that was durable is gone. Nothing may be cut off to get past it; what
 * the journal held has to come from another replica.
 */
public final class CorruptJournalException extends IOException {
    CorruptJournalException(Path file, long position, String problem) {
        super("Journal file " + file + " is damaged at position " + position + ": " + problem);
    }
}
