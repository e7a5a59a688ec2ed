package io.headrace.storage;

import io.headrace.storage.disk.AtomicFile;
import io.headrace.storage.disk.Disk;
import io.headrace.storage.disk.DiskFullException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The time that producers are remembered by, and that intervals are measured with. It goes with the wall clock but not with its
 * jumps: when somebody sets the clock by a day, producers that sent something a minute ago must still be known, or what they
 * send again is stored twice; and what is done each minute must not rest for a day.
 *
 * <p>It asks to be looked at more often than {@link #STEP_MS_MAX}; a longer step is taken for a jump and left out, so that a
 * process that was suspended remembers producers for longer, never for less long.
 *
 * <p>How far the wall clock is ahead is kept in a file, for producer snapshots hold steady times that the next process goes on
 * from: to it, a jump that it has not seen would be time that has passed. Owned by the log writer's thread.
 */
final class SteadyTime {
    private static final Logger LOG = System.getLogger(SteadyTime.class.getName());

    static final long STEP_MS_MAX = 5 * 60_000;
    static final String FILE = "clock-checkpoint";

    /** Smaller differences are those of a clock that is kept right. */
    private static final long SAVED_CHANGE_MS_MIN = 60_000;

    /** How long after a try that found no room another one is made. */
    private static final long RETRY_MS = 60_000;

    private static final int FILE_BYTES = Integer.BYTES + Long.BYTES;

    /** What is read of a damaged one. */
    private static final int FILE_BYTES_MAX = 4096;

    private final Disk disk;
    private final Path file;
    private long wallMs;
    private long steadyMs;
    private long savedAheadMs;
    private long retryAtMs = Long.MIN_VALUE;

    private SteadyTime(Disk disk, Path file, long nowMs, long aheadMs) {
        this.disk = disk;
        this.file = file;
        this.wallMs = nowMs;
        this.steadyMs = nowMs - aheadMs;
        this.savedAheadMs = aheadMs;
    }

    /** The time that goes on from what was last kept in {@code dir}; from the wall clock's if nothing was. */
    static SteadyTime open(Disk disk, Path dir, long nowMs) throws IOException {
        Path file = dir.resolve(FILE);
        return new SteadyTime(disk, file, nowMs, aheadMs(AtomicFile.read(disk, file, FILE_BYTES_MAX), file));
    }

    private static long aheadMs(@Nullable ByteBuffer contents, Path file) {
        if (contents == null) {
            return 0;
        }
        if (contents.remaining() == FILE_BYTES && contents.getInt() == checksum(contents)) {
            return contents.getLong();
        }
        LOG.log(
                Level.WARNING,
                "{0} is damaged; if the clock was set lately, producers may be forgotten too early or too late",
                file);
        return 0;
    }

    private static int checksum(ByteBuffer contents) {
        CRC32C crc = new CRC32C();
        crc.update(contents.duplicate().position(Integer.BYTES));
        return (int) crc.getValue();
    }

    /** The steady time when the wall clock shows {@code nowMs}, in milliseconds. */
    long at(long nowMs) {
        long stepMs = nowMs - wallMs;
        wallMs = nowMs;
        if (stepMs > 0 && stepMs <= STEP_MS_MAX) {
            steadyMs += stepMs;
        }
        return steadyMs;
    }

    /** Keeps how far the wall clock is ahead, if it was set since that was last done. */
    void saveJump() throws IOException {
        long aheadMs = wallMs - steadyMs;
        if (Math.abs(aheadMs - savedAheadMs) < SAVED_CHANGE_MS_MIN || steadyMs < retryAtMs) {
            return;
        }
        ByteBuffer contents = ByteBuffer.allocate(FILE_BYTES).putLong(Integer.BYTES, aheadMs);
        contents.putInt(0, checksum(contents));
        try {
            AtomicFile.replace(disk, file, contents);
            savedAheadMs = aheadMs;
            LOG.log(Level.INFO, "The clock was set; it is {0} ms ahead of the time that has passed here", aheadMs);
        } catch (DiskFullException e) {
            retryAtMs = steadyMs + RETRY_MS;
            LOG.log(Level.WARNING, "No room to note that the clock was set; will try again: {0}", e.getMessage());
        }
    }
}
