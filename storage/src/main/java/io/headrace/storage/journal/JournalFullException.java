package io.headrace.storage.journal;

import java.io.IOException;
import java.nio.file.Path;

/** The journal has reached its capacity; it works again after a checkpoint and {@link Journal#release}. */
public final class JournalFullException extends IOException {
    JournalFullException(Path dir, long capacityBytes) {
        super("Journal " + dir + " has used its " + capacityBytes + " bytes and waits for a checkpoint");
    }
}
