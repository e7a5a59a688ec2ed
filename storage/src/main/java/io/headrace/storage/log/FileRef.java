package io.headrace.storage.log;

import io.headrace.storage.disk.DiskFile;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicInteger;

/** An open file that several users share; the last one to let go closes it. Safe for use by many threads. */
final class FileRef {
    private static final Logger LOGGER = System.getLogger(FileRef.class.getName());

    private final DiskFile file;
    private final AtomicInteger users = new AtomicInteger(1);
    private volatile boolean usedRecently = true;

    /** Starts with one user: whoever makes it. */
    FileRef(DiskFile file) {
        this.file = file;
    }

    DiskFile file() {
        return file;
    }

    /** Adds a user. False if the last one has left already and the file is closed. */
    boolean tryRetain() {
        for (int seen = users.get(); seen > 0; seen = users.get()) {
            if (users.compareAndSet(seen, seen + 1)) {
                if (!usedRecently) {
                    usedRecently = true;
                }
                return true;
            }
        }
        return false;
    }

    /** Adds a user on behalf of one. */
    FileRef retain() {
        if (!tryRetain()) {
            throw new IllegalStateException("File is closed already");
        }
        return this;
    }

    /**
     * Lets go.
     *
     * @return whether somebody else still uses the file
     */
    boolean release() {
        int left = users.decrementAndGet();
        if (left < 0) {
            throw new IllegalStateException("File released more often than retained");
        }
        if (left == 0) {
            close();
        }
        return left > 0;
    }

    boolean isOpen() {
        return users.get() > 0;
    }

    /** Whether it was used since this was last asked. */
    boolean takeUsedRecently() {
        boolean used = usedRecently;
        usedRecently = false;
        return used;
    }

    private void close() {
        try {
            file.close();
        } catch (IOException e) {
            // Written data is synced before its last user leaves, so nothing can get lost here.
            LOGGER.log(Level.WARNING, "Closing a log file failed", e);
        }
    }
}
