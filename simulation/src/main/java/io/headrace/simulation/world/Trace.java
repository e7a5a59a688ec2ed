package io.headrace.simulation.world;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What happened, as a hash of all of it and the last lines in words. Two runs of one seed have the same hash. Whatever
 * somebody finds wrong is gathered here too.
 */
public final class Trace {
    private static final int LINES_KEPT = 300;
    private static final int VIOLATIONS_KEPT = 50;

    private final Schedule schedule;
    private final Deque<String> last = new ArrayDeque<>();
    private final List<String> violations = new ArrayList<>();
    private long hash = 1;

    public Trace(Schedule schedule) {
        this.schedule = schedule;
    }

    /** Something happened. */
    public void note(String what) {
        mix(schedule.nowUs());
        mix(what.hashCode());
        if (last.size() == LINES_KEPT) {
            last.removeFirst();
        }
        last.addLast(schedule.nowUs() + " " + what);
    }

    /** Bytes passed. */
    public void bytes(String where, byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        note(where + " " + bytes.length + " bytes " + Long.toHexString(crc.getValue()));
    }

    /** A file was changed, or is to last: counts in the hash and makes no line. */
    public void disk(String action, Path path, long position, ByteBuffer... written) {
        CRC32C crc = new CRC32C();
        for (ByteBuffer bytes : written) {
            crc.update(bytes.duplicate());
        }
        mix(schedule.nowUs());
        mix(action.hashCode());
        mix(path.toString().hashCode());
        mix(position);
        mix(crc.getValue());
    }

    private void mix(long value) {
        hash = (hash ^ value) * 0x100000001B3L;
        hash ^= hash >>> 29;
    }

    /** Something happened that must never happen. */
    public void violation(String what) {
        note("VIOLATION " + what);
        if (violations.size() < VIOLATIONS_KEPT) {
            violations.add("at " + schedule.nowMs() + " ms: " + what);
        }
    }

    /** What must never happen and did, the first few. */
    public List<String> violations() {
        return violations;
    }

    public long hash() {
        return hash;
    }

    /** The last lines, oldest first. */
    public List<String> lastLines() {
        return List.copyOf(last);
    }
}
