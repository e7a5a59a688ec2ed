package io.headrace.storage;

import io.headrace.storage.disk.Disk;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;

/**
 * Room on the disk that appends leave alone, so that checkpoints, deletions and the next start have some. Asks the system
 * a few times a second at most and reckons in between. Owned by the log writer.
 */
final class DiskReserve {
    private static final Logger LOG = System.getLogger(DiskReserve.class.getName());
    private static final long ASK_INTERVAL_MS = 100;

    private final Disk disk;
    private final Path dir;
    private final long reserveBytes;
    private long askedMs = Long.MIN_VALUE / 2;
    private long usableBytes;

    /** @param reserveBytes how much to leave; 0 to use the disk up */
    DiskReserve(Disk disk, Path dir, long reserveBytes) {
        this.disk = disk;
        this.dir = dir;
        this.reserveBytes = reserveBytes;
    }

    /** Whether no more is left than what is reserved. */
    boolean isReached(long nowMs) {
        if (reserveBytes <= 0) {
            return false;
        }
        if (Math.abs(nowMs - askedMs) >= ASK_INTERVAL_MS) {
            askedMs = nowMs;
            usableBytes = ask();
        }
        return usableBytes < reserveBytes;
    }

    /** So much was appended. */
    void use(long bytes) {
        usableBytes -= bytes;
    }

    private long ask() {
        try {
            return disk.usableBytes(dir);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "Cannot ask how much room the disk of {0} has: {1}", dir, e.getMessage());
            return Long.MAX_VALUE;
        }
    }
}
