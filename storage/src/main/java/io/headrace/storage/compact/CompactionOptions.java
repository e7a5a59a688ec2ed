package io.headrace.storage.compact;

/**
 * How much compaction may take.
 *
 * @param keyMapBytesMax memory for the map of keys; when it is full, the rest of a log waits for the next time
 * @param keyMapLoadFactor how full the tables of that map may get, above 0 and below 1
 * @param bufferBytes memory for reading and writing; half for each. A batch that is larger is read whole
 */
public record CompactionOptions(long keyMapBytesMax, double keyMapLoadFactor, int bufferBytes) {
    /** As a broker without settings has it. */
    public static final CompactionOptions DEFAULT = new CompactionOptions(128L << 20, 0.9, 512 << 10);
}
