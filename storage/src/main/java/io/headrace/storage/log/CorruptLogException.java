package io.headrace.storage.log;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A file of a log does not hold what was durably written to it. The replica must not serve or lead; it is neither cut nor
 * repaired here, since what is missing may exist on another replica.
 */
public final class CorruptLogException extends IOException {
    private final Path file;
    private final long position;
    private final long offset;

    /**
     * @param file the damaged file
     * @param position where in it, in bytes
     * @param offset the first Kafka offset that may be affected
     * @param problem what is wrong there, without the place
     */
    public CorruptLogException(Path file, long position, long offset, String problem) {
        super(file + " is corrupt at position " + position + ", offset " + offset + ": " + problem);
        this.file = file;
        this.position = position;
        this.offset = offset;
    }

    public Path file() {
        return file;
    }

    public long position() {
        return position;
    }

    public long offset() {
        return offset;
    }
}
