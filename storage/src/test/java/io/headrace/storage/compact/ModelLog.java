package io.headrace.storage.compact;

import io.headrace.protocol.records.RecordBatch;
import io.headrace.storage.log.LeaderEpochs.EpochEnd;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All that was ever appended to a log, and which of it compaction has to leave; slow and obviously right. */
final class ModelLog {
    /** One record. */
    static final class Entry {
        final long offset;
        final long timestamp;
        final String key;
        final @Nullable String value;
        boolean dropped;

        Entry(long offset, long timestamp, String key, @Nullable String value) {
            this.offset = offset;
            this.timestamp = timestamp;
            this.key = key;
            this.value = value;
        }

        @Override
        public String toString() {
            return offset + ":" + key + "=" + value + "@" + timestamp + (dropped ? " dropped" : "");
        }
    }

    /** One batch that is no marker. */
    static final class Batch {
        final long producerId;
        final boolean transactional;
        final List<Entry> entries;
        boolean decided;
        boolean aborted;
        long horizonMs = RecordBatch.NO_TIMESTAMP;

        Batch(long producerId, boolean transactional, List<Entry> entries) {
            this.producerId = producerId;
            this.transactional = transactional;
            this.decided = !transactional;
            this.entries = entries;
        }

        long lastOffset() {
            return entries.get(entries.size() - 1).offset;
        }
    }

    final TreeMap<Long, Batch> batches = new TreeMap<>();
    /** The epoch in which each batch was written, markers too, by the offset of its first record. */
    private final TreeMap<Long, Integer> epochs = new TreeMap<>();
    /** The largest timestamp of each batch, likewise. */
    private final TreeMap<Long, Long> timestamps = new TreeMap<>();
    /** Nothing below is to be seen any more. */
    long logStart;
    /** What was compacted last, and the compaction that may or may not have come through. */
    long cleanedTo;

    void add(Batch batch) {
        batches.put(batch.entries.get(0).offset, batch);
    }

    /** Notes a batch, or a marker. */
    void noteBatch(long baseOffset, int epoch, long maxTimestampMs) {
        epochs.put(baseOffset, epoch);
        timestamps.put(baseOffset, maxTimestampMs);
    }

    int epochAt(long offset) {
        return Objects.requireNonNull(epochs.floorEntry(offset)).getValue();
    }

    /** What a leader has to answer that is asked where an epoch ended (KIP-101, KIP-279). */
    EpochEnd endOfEpoch(int epoch, long logEndOffset) {
        if (epoch < 0
                || epochs.isEmpty()
                || epoch > Objects.requireNonNull(epochs.lastEntry()).getValue()) {
            return EpochEnd.UNDEFINED;
        }
        int known = epoch;
        for (Map.Entry<Long, Integer> batch : epochs.entrySet()) {
            if (batch.getValue() > epoch) {
                return new EpochEnd(known, batch.getKey());
            }
            known = batch.getValue();
        }
        return new EpochEnd(known, logEndOffset);
    }

    void end(long producerId, boolean aborted) {
        for (Batch batch : batches.values()) {
            if (batch.producerId == producerId && !batch.decided) {
                batch.decided = true;
                batch.aborted = aborted;
            }
        }
    }

    /** The power went: nothing from this offset on is left. */
    void truncateTo(long endOffset) {
        batches.tailMap(endOffset, true).clear();
        epochs.tailMap(endOffset, true).clear();
        timestamps.tailMap(endOffset, true).clear();
    }

    /** As {@link LogCompaction} does it: keys below {@code mappedTo} are known, what is below {@code copiedTo} is copied. */
    void compact(long mappedTo, long copiedTo, long nowMs, long deleteRetentionMs) {
        Map<String, Long> last = new HashMap<>();
        for (Batch batch : batches.values()) {
            for (Entry entry : batch.entries) {
                if (!batch.aborted && entry.offset < mappedTo) {
                    last.put(entry.key, entry.offset);
                }
            }
        }
        for (Batch batch : batches.headMap(copiedTo).values()) {
            boolean past = batch.horizonMs != RecordBatch.NO_TIMESTAMP && batch.horizonMs <= nowMs;
            boolean tombstones = false;
            for (Entry entry : batch.entries) {
                boolean known = entry.offset < mappedTo;
                boolean superseded = known && Objects.requireNonNull(last.getOrDefault(entry.key, -1L)) > entry.offset;
                boolean expired = known && entry.value == null && past;
                entry.dropped |= batch.aborted || superseded || expired;
                tombstones |= !entry.dropped && entry.value == null;
            }
            if (tombstones && batch.horizonMs == RecordBatch.NO_TIMESTAMP) {
                batch.horizonMs = nowMs + deleteRetentionMs;
            }
        }
        cleanedTo = mappedTo;
    }

    /** The latest timestamp of all that was ever appended from one offset to before another, markers too; -1 if nothing. */
    long latestTimestamp(long fromOffset, long toOffset) {
        if (fromOffset >= toOffset || timestamps.isEmpty()) {
            return -1;
        }
        Long first = timestamps.floorKey(fromOffset);
        return timestamps.subMap(first == null ? fromOffset : first, toOffset).values().stream()
                .mapToLong(Long::longValue)
                .max()
                .orElse(-1);
    }

    /** The records that a reader of committed data must find below an offset. */
    List<Entry> visible(long endOffset) {
        List<Entry> found = new ArrayList<>();
        for (Batch batch : batches.values()) {
            for (Entry entry : batch.entries) {
                boolean inRange = entry.offset >= logStart && entry.offset < endOffset;
                if (batch.decided && !batch.aborted && !entry.dropped && inRange) {
                    found.add(entry);
                }
            }
        }
        return found;
    }

    @Nullable
    Entry at(long offset) {
        Map.Entry<Long, Batch> floor = batches.floorEntry(offset);
        if (floor == null) {
            return null;
        }
        return floor.getValue().entries.stream()
                .filter(entry -> entry.offset == offset)
                .findAny()
                .orElse(null);
    }

    /** What the keys stand for below an offset, whatever was dropped meanwhile. */
    Map<String, String> table(long endOffset) {
        Map<String, String> table = new TreeMap<>();
        for (Batch batch : batches.values()) {
            for (Entry entry : batch.entries) {
                boolean inRange = entry.offset >= logStart && entry.offset < endOffset;
                if (batch.decided && !batch.aborted && inRange) {
                    put(table, entry.key, entry.value);
                }
            }
        }
        return table;
    }

    static void put(Map<String, String> table, String key, @Nullable String value) {
        if (value == null) {
            table.remove(key);
        } else {
            table.put(key, value);
        }
    }
}
