package io.headrace.storage.disk;

import java.io.IOException;
import java.nio.file.Path;

/** The lock is held by another process, or by someone else in this one. */
public final class LockHeldException extends IOException {
    public LockHeldException(Path file) {
        super(file + " is locked by another user of the directory");
    }
}
