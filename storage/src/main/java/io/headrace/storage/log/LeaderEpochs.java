package io.headrace.storage.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * At which offset each leader's reign over a partition began (KIP-101). Immutable; both columns grow from entry to entry,
 * and an epoch in which nothing was written has no entry or one that the next entry replaced.
 *
 * <p>As a file, in Kafka's format: a line with the version 0, a line with the number of entries, then a line for each with
 * the epoch, a blank and its start offset.
 *
 * <p>Kafka takes neither more lines than are announced nor others than of two numbers, so there is no place for a checksum but
 * behind the last number, where white space is passed over: the 32 bits of the CRC-32C of all that precedes, from the highest
 * on, as a tab for each 1 and a blank for each 0. A file without it is Kafka's, or of an earlier version, and is believed.
 */
public final class LeaderEpochs {
    public static final LeaderEpochs NONE = new LeaderEpochs(List.of());

    /** The epoch, and the end offset, that stand for none. */
    public static final int UNDEFINED_EPOCH = -1;

    public static final long UNDEFINED_OFFSET = -1;

    private static final char ONE = '\t';
    private static final char ZERO = ' ';

    /** A leader's epoch and the offset of the first record written in it. */
    public record Entry(int epoch, long startOffset) {}

    /** An epoch and the offset just past the last record written in it. */
    public record EpochEnd(int epoch, long endOffset) {
        /** The answer when nothing is known. It does not mean that anything was truncated. */
        public static final EpochEnd UNDEFINED = new EpochEnd(UNDEFINED_EPOCH, UNDEFINED_OFFSET);
    }

    private final List<Entry> entries;

    private LeaderEpochs(List<Entry> entries) {
        this.entries = entries;
    }

    public List<Entry> entries() {
        return entries;
    }

    /** The newest epoch, or {@link #UNDEFINED_EPOCH}. */
    public int latestEpoch() {
        return entries.isEmpty()
                ? UNDEFINED_EPOCH
                : entries.get(entries.size() - 1).epoch();
    }

    /**
     * With the beginning of an epoch noted. Entries that contradict it, because they begin at the same offset or later, go:
     * nothing was written in those. An epoch that is not newer than the latest changes nothing.
     */
    public LeaderEpochs assign(int epoch, long startOffset) {
        if (epoch <= latestEpoch() || epoch < 0) {
            return this;
        }
        List<Entry> next = new ArrayList<>(entries.size() + 1);
        for (Entry entry : entries) {
            if (entry.startOffset() < startOffset) {
                next.add(entry);
            }
        }
        next.add(new Entry(epoch, startOffset));
        return new LeaderEpochs(List.copyOf(next));
    }

    /** With what begins at {@code endOffset} or later forgotten, as the log now ends there. */
    public LeaderEpochs truncateFromEnd(long endOffset) {
        if (entries.isEmpty() || entries.get(entries.size() - 1).startOffset() < endOffset) {
            return this;
        }
        return new LeaderEpochs(entries.stream()
                .filter(entry -> entry.startOffset() < endOffset)
                .toList());
    }

    /** With what ended before {@code startOffset} forgotten, as the log now starts there; the epoch it lies in starts there. */
    public LeaderEpochs truncateFromStart(long startOffset) {
        if (entries.isEmpty() || entries.get(0).startOffset() >= startOffset) {
            return this;
        }
        int last = 0;
        while (last + 1 < entries.size() && entries.get(last + 1).startOffset() <= startOffset) {
            last++;
        }
        List<Entry> next = new ArrayList<>(entries.subList(last, entries.size()));
        next.set(0, new Entry(next.get(0).epoch(), startOffset));
        return new LeaderEpochs(List.copyOf(next));
    }

    /**
     * Where an epoch ended: the largest known epoch up to the one asked for, with the offset at which the next one began.
     *
     * <p>An epoch before the first known one ended no later than the first known one began, so that is the answer, with the
     * epoch asked for. The epoch asked for is undefined if it is newer than the latest: this log has not heard of it.
     *
     * @param logEndOffset where the latest epoch ends so far
     */
    public EpochEnd endOffsetFor(int epoch, long logEndOffset) {
        if (epoch == UNDEFINED_EPOCH || entries.isEmpty() || epoch > latestEpoch()) {
            return EpochEnd.UNDEFINED;
        }
        if (epoch == latestEpoch()) {
            return new EpochEnd(epoch, logEndOffset);
        }
        int floor = floorIndex(epoch);
        if (floor < 0) {
            return new EpochEnd(epoch, entries.get(0).startOffset());
        }
        return new EpochEnd(entries.get(floor).epoch(), entries.get(floor + 1).startOffset());
    }

    private int floorIndex(int epoch) {
        int index = entries.size() - 1;
        while (index >= 0 && entries.get(index).epoch() > epoch) {
            index--;
        }
        return index;
    }

    /** The epoch in which the record at {@code offset} was written, or {@link #UNDEFINED_EPOCH}. */
    public int epochAt(long offset) {
        int index = entries.size() - 1;
        while (index >= 0 && entries.get(index).startOffset() > offset) {
            index--;
        }
        return index < 0 ? UNDEFINED_EPOCH : entries.get(index).epoch();
    }

    /** The contents of the checkpoint file. */
    byte[] encode() {
        StringBuilder text = new StringBuilder("0\n").append(entries.size());
        for (Entry entry : entries) {
            text.append('\n').append(entry.epoch()).append(' ').append(entry.startOffset());
        }
        String checksum = entries.isEmpty() ? "" : checksum(text.toString());
        return text.append(checksum).append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String checksum(String text) {
        CRC32C crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        StringBuilder bits = new StringBuilder(Integer.SIZE);
        for (int bit = Integer.SIZE - 1; bit >= 0; bit--) {
            bits.append((crc.getValue() >>> bit & 1) == 0 ? ZERO : ONE);
        }
        return bits.toString();
    }

    /**
     * Reads the contents of a checkpoint file.
     *
     * @return null if it is damaged
     */
    static @Nullable LeaderEpochs decode(String contents) {
        // The last line is complete only with the line break that ends it.
        if (!contents.endsWith("\n")) {
            return null;
        }
        String sound = withoutChecksum(contents.substring(0, contents.length() - 1));
        return sound == null ? null : decodeLines(sound.split("\n", -1));
    }

    /** The text up to its checksum, if it has one; null if that is wrong. */
    private static @Nullable String withoutChecksum(String text) {
        int end = text.length();
        while (end > 0 && (text.charAt(end - 1) == ONE || text.charAt(end - 1) == ZERO)) {
            end--;
        }
        String checked = text.substring(0, end);
        return end == text.length() || text.substring(end).equals(checksum(checked)) ? checked : null;
    }

    private static @Nullable LeaderEpochs decodeLines(String[] lines) {
        try {
            if (lines.length < 2 || !lines[0].equals("0") || lines.length != Integer.parseInt(lines[1]) + 2) {
                return null;
            }
            List<Entry> entries = new ArrayList<>(lines.length - 2);
            for (int i = 2; i < lines.length; i++) {
                String[] fields = lines[i].split(" ", -1);
                if (fields.length != 2) {
                    return null;
                }
                entries.add(new Entry(Integer.parseInt(fields[0]), Long.parseLong(fields[1])));
            }
            return isGrowing(entries) ? new LeaderEpochs(List.copyOf(entries)) : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static boolean isGrowing(List<Entry> entries) {
        for (int i = 1; i < entries.size(); i++) {
            Entry before = entries.get(i - 1);
            Entry entry = entries.get(i);
            if (entry.epoch() <= before.epoch() || entry.startOffset() <= before.startOffset()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LeaderEpochs that && entries.equals(that.entries);
    }

    @Override
    public int hashCode() {
        return entries.hashCode();
    }

    @Override
    public String toString() {
        return entries.toString();
    }
}
