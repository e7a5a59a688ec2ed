package io.headrace.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How long this process has been running. Linux keeps the start of a process and the time now on one clock that nobody sets;
 * the JDK compares wall-clock times, between which the clock may have been set.
 */
final class ProcessAge {
    /** The unit of times in {@code /proc/PID/stat}, whatever the kernel's own tick is; see proc(5). */
    private static final int TICK_MS = 10;

    /** Of {@code starttime} behind the program's name, the first field there being number 0. */
    private static final int START_FIELD = 19;

    private ProcessAge() {}

    /** In milliseconds, to 10 ms as the system keeps it. */
    static long ofThisProcessMs() {
        try {
            long ms =
                    betweenMs(Files.readString(Path.of("/proc/self/stat")), Files.readString(Path.of("/proc/uptime")));
            // Some containers show an uptime of their own.
            return ms >= 0 ? ms : byWallClockMs();
        } catch (IOException | NumberFormatException | IndexOutOfBoundsException e) {
            return byWallClockMs(); // not Linux
        }
    }

    /**
     * The time between a process's start and an uptime.
     *
     * @param stat the text of {@code /proc/PID/stat}
     * @param uptime the text of {@code /proc/uptime}: seconds since the start of the system, and another number
     * @throws NumberFormatException or IndexOutOfBoundsException if they are not such texts
     */
    static long betweenMs(String stat, String uptime) {
        // The name stands in parentheses and may have spaces and parentheses itself.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        long startMs = Long.parseLong(fields[START_FIELD]) * TICK_MS;
        double nowSeconds = Double.parseDouble(uptime.substring(0, uptime.indexOf(' ')));
        return Math.round(nowSeconds * 1000) - startMs;
    }

    private static long byWallClockMs() {
        long nowMs = System.currentTimeMillis();
        return ProcessHandle.current()
                .info()
                .startInstant()
                .map(start -> nowMs - start.toEpochMilli())
                .orElse(0L);
    }
}
