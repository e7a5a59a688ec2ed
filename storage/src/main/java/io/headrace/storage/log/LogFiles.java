package io.headrace.storage.log;

import java.nio.file.Path;

/** The names of the files in a partition's directory. */
final class LogFiles {
    static final String LOG = ".log";
    static final String OFFSET_INDEX = ".index";
    static final String TIME_INDEX = ".timeindex";
    static final String TRANSACTION_INDEX = ".txnindex";
    /** Not one of Kafka's: what the transaction index is checked with. */
    static final String TRANSACTION_CHECKS = ".txncheck";

    static final String SNAPSHOT = ".snapshot";

    /** Added to the name of a file that is part of the log: nothing. */
    static final String IN_PLACE = "";

    /** Added to the name of a file that waits to be deleted. */
    static final String DELETED = ".deleted";
    /** Added to the name of a compacted segment that is not yet complete. */
    static final String CLEANED = ".cleaned";
    /** Added to the name of a complete compacted segment that is about to take the place of others. */
    static final String SWAP = ".swap";
    /** Added to the name of a copy that is being made. */
    static final String TEMPORARY = ".tmp";

    static final String LEADER_EPOCHS = "leader-epoch-checkpoint";
    static final String PARTITION_METADATA = "partition.metadata";

    private static final int OFFSET_DIGITS = 20;

    private LogFiles() {}

    /** A file name: 20 digits, so that names sort like offsets, and what kind of file it is. */
    static String name(long baseOffset, String suffix) {
        String digits = Long.toString(baseOffset);
        // Not with a format: a start after a crash makes thousands of names.
        return "0".repeat(Math.max(0, OFFSET_DIGITS - digits.length())) + digits + suffix;
    }

    static Path path(Path dir, long baseOffset, String suffix) {
        return dir.resolve(name(baseOffset, suffix));
    }

    /** Whether {@code name} is an offset followed by {@code suffix} and nothing else. */
    static boolean is(String name, String suffix) {
        return name.length() == OFFSET_DIGITS + suffix.length() && name.endsWith(suffix) && offset(name) >= 0;
    }

    /** The offset that a name begins with; -1 if it begins with something else. */
    static long offset(String name) {
        if (name.length() < OFFSET_DIGITS) {
            return -1;
        }
        long offset = 0;
        for (int i = 0; i < OFFSET_DIGITS; i++) {
            int digit = name.charAt(i) - '0';
            if (digit < 0 || digit > 9 || offset > (Long.MAX_VALUE - digit) / 10) {
                return -1;
            }
            offset = offset * 10 + digit;
        }
        return offset;
    }
}
