package io.headrace.storage.journal;

import java.io.IOException;
import java.nio.file.Path;

/** The journal met an error of the disk before and is not to be used again by this process. */
public final class JournalFailedException extends IOException {
    JournalFailedException(Path dir, IOException cause) {
        super("Journal " + dir + " has failed before and takes nothing more: " + cause.getMessage(), cause);
    }
}
