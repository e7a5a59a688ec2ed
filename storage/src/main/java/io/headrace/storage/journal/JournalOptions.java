package io.headrace.storage.journal;

/**
 * The sizes of a journal, in bytes.
 *
 * @param firstFileBytes the size of the very first file, small so that a fresh start is fast
 * @param fileBytes the size of the others; a group that is larger gets a file of its own size
 * @param capacityBytes the most all files may take together; exceeded by at most one file, and only to be able to shrink
 * @param groupBytesMax where a group is full; a single larger entry still makes a group
 * @param checkpointBytes how much the files in use take when a checkpoint is due: what a start after a crash has to read
 */
public record JournalOptions(
        long firstFileBytes, long fileBytes, long capacityBytes, int groupBytesMax, long checkpointBytes) {
    private static final long MIB = 1024 * 1024;

    /** With a checkpoint when half the capacity is in use. */
    public JournalOptions(long firstFileBytes, long fileBytes, long capacityBytes, int groupBytesMax) {
        this(firstFileBytes, fileBytes, capacityBytes, groupBytesMax, capacityBytes / 2);
    }

    public JournalOptions {
        if (firstFileBytes < 2 * JournalFormat.PAGE_BYTES || fileBytes < 2 * JournalFormat.PAGE_BYTES) {
            throw new IllegalArgumentException(
                    "A journal file needs at least two pages: " + firstFileBytes + ", " + fileBytes);
        }
        if (firstFileBytes % JournalFormat.PAGE_BYTES != 0 || fileBytes % JournalFormat.PAGE_BYTES != 0) {
            throw new IllegalArgumentException(
                    "Journal files consist of whole pages: " + firstFileBytes + ", " + fileBytes);
        }
        if (capacityBytes < firstFileBytes + fileBytes) {
            throw new IllegalArgumentException("A journal needs room for two files: " + capacityBytes);
        }
        if (groupBytesMax < JournalFormat.PAGE_BYTES) {
            throw new IllegalArgumentException("A group is at least a page: " + groupBytesMax);
        }
    }

    /** A first file of 1 MiB, others of 16 MiB, 1 GiB in all, groups of up to 4 MiB, a checkpoint at 256 MiB. */
    public static JournalOptions defaults() {
        return new JournalOptions(MIB, 16 * MIB, 1024 * MIB, (int) (4 * MIB), 256 * MIB);
    }
}
