package io.headrace.storage;

import io.headrace.storage.disk.Disk;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;

/**
 * The room that appends have on the disk: all but a reserve, so that checkpoints, deletions and the next start have some.
 * Asks the system a few times a second at most and reckons in between, and tells the operator now and then when there is
 * none. Owned by the log writer, and told the {@link SteadyTime}.
 */
final class DiskRoom {
    private static final Logger LOG = System.getLogger(DiskRoom.class.getName());
    private static final long ASK_INTERVAL_MS = 100;
    private static final long REPORT_INTERVAL_MS = 10_000;

    private final Disk disk;
    private final Path dir;
    private final long reserveBytes;
    private long askedMs = Long.MIN_VALUE / 2;
    private long reportedMs = Long.MIN_VALUE / 2;
    private long usableBytes;

    /** @param reserveBytes how much to leave; 0 to use the disk up */
    DiskRoom(Disk disk, Path dir, long reserveBytes) {
        this.disk = disk;
        this.dir = dir;
        this.reserveBytes = reserveBytes;
    }

    /** Whether no more is left than what is reserved. */
    boolean isReserveReached(long steadyMs) {
        if (reserveBytes <= 0) {
            return false;
        }
        if (steadyMs - askedMs >= ASK_INTERVAL_MS) {
            askedMs = steadyMs;
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

    /** An append was refused so as not to touch the reserve. */
    void reportReserveReached(long steadyMs) {
        report(dir + " has no more room than headrace.disk.reserve.bytes keeps back", steadyMs);
    }

    /** Something found no room. */
    void reportFull(IOException cause, long steadyMs) {
        report(String.valueOf(cause.getMessage()), steadyMs);
    }

    private void report(String problem, long steadyMs) {
        if (steadyMs - reportedMs >= REPORT_INTERVAL_MS) {
            reportedMs = steadyMs;
            LOG.log(Level.WARNING, "The disk is full; producers are told to try again: {0}", problem);
        }
    }
}
