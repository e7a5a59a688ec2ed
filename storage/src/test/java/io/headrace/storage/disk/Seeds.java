package io.headrace.storage.disk;

import java.util.stream.LongStream;

/** Which seeds a seeded test runs: {@code -Dseed=n} picks one, to replay a failure. */
public final class Seeds {
    private Seeds() {}

    /** Seeds 1 to {@code count}, or the one asked for. */
    public static LongStream upTo(int count) {
        Long chosen = Long.getLong("seed");
        return chosen == null ? LongStream.rangeClosed(1, count) : LongStream.of(chosen);
    }

    /** What to print with a failure. */
    public static String replay(long seed) {
        return "replay with -Dseed=" + seed;
    }
}
