package io.headrace.storage.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * At which offset each leader's reign over a partition began (KIP-101). Immutable; both columns grow from entry to entry,
 * and an epoch in which nothing was written has no entry or one that the next entry replaced.
 *
 * <p>As a file, in Kafka's format: a line with the version 0, a line with the number of entries, then a line for each with
 * the epoch, a blank and its start offset.
 */
public final class LeaderEpochs {
    public static final LeaderEpochs NONE = new LeaderEpochs(List.of());

    /** The epoch, and the end offset, that stand for none. */
    public static final int UNDEFINED_EPOCH = -1;

    public static final long UNDEFINED_OFFSET = -1;

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
        StringBuilder text = new StringBuilder("0\n").append(entries.size()).append('\n');
        for (Entry entry : entries) {
            text.append(entry.epoch()).append(' ').append(entry.startOffset()).append('\n');
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads the contents of a checkpoint file.
     *
     * @return null if it is damaged
     */
    static @Nullable LeaderEpochs decode(String contents) {
        String[] lines = contents.split("\n", -1);
        try {
            if (lines.length < 2 || !lines[0].equals("0")) {
                return null;
            }
            int count = Integer.parseInt(lines[1]);
            // The last line is complete only with the line break that ends it.
            if (count < 0 || lines.length != count + 3 || !lines[count + 2].isEmpty()) {
                return null;
            }
            List<Entry> entries = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                String[] fields = lines[i + 2].split(" ", -1);
                entries.add(new Entry(Integer.parseInt(fields[0]), Long.parseLong(fields[1])));
            }
            return isGrowing(entries) ? new LeaderEpochs(List.copyOf(entries)) : null;
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
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
