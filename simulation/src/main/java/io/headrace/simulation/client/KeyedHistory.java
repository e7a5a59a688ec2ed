package io.headrace.simulation.client;

import io.headrace.simulation.client.FetchLoop.Polled;
import io.headrace.simulation.client.Topics.Partition;
import io.headrace.simulation.history.Operation;
import io.headrace.simulation.history.Operation.Outcome;
import io.headrace.simulation.history.Operation.Step;
import io.headrace.simulation.world.Trace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What clients sent to a compacted topic, and whether those who read it from its beginning saw the last value of each key:
 * that one, or a later one, wherever they were when the cleaner came by.
 */
public final class KeyedHistory {
    private record Value(String partition, long number) {}

    /** A pass up to an end saw a key last at an offset, or -1, though there was something later. */
    private record Missed(String partition, int key, long found, long offset, long number, long end) {}

    private final Trace trace;
    private final boolean keepsTombstones;
    private final Map<Value, Outcome> outcomes = new HashMap<>();
    private final Map<Value, Long> offsets = new HashMap<>();
    private final Map<String, TreeMap<Long, Long>> committed = new HashMap<>();
    /** By partition, the keys of tombstones that may be stored: nobody was told. */
    private final Map<String, Set<Integer>> doubtfulTombstones = new HashMap<>();

    /** What was missed and may be right; decided on when all is quiet. */
    private final List<Missed> doubtful = new ArrayList<>();

    private long passes;

    /** @param keepsTombstones whether no tombstone is old enough to be removed */
    KeyedHistory(Trace trace, boolean keepsTombstones) {
        this.trace = trace;
        this.keepsTombstones = keepsTombstones;
    }

    /** How often somebody has read everything. */
    public long passes() {
        return passes;
    }

    /** Takes what an operation sent to the compacted topic. */
    void add(Operation operation, List<Step> steps) {
        for (Step step : steps) {
            Value value = new Value(step.key(), step.value());
            outcomes.put(value, operation.outcome());
            if (operation.outcome() == Outcome.OK && step.offset() != Operation.NO_OFFSET) {
                place(value, step.offset());
                committed.computeIfAbsent(step.key(), key -> new TreeMap<>()).put(step.offset(), step.value());
            } else if (operation.outcome() != Outcome.FAIL && Records.isTombstone(step.value())) {
                doubtfulTombstones
                        .computeIfAbsent(step.key(), key -> new HashSet<>())
                        .add(Records.keyOf(step.value()));
            }
        }
    }

    private void place(Value value, long offset) {
        Long before = offsets.putIfAbsent(value, offset);
        if (before != null && before != offset) {
            trace.violation("B15: " + value + " was at offset " + before + " and is at " + offset);
        }
    }

    /**
     * Checks one pass over the topic.
     *
     * @param polled what a reader of committed records got, from the beginning on
     * @param ends up to where, by partition
     * @param isQuiet whether nobody wrote or compacted meanwhile
     */
    void check(List<Polled> polled, Map<Partition, Long> ends, boolean isQuiet) {
        passes++;
        Map<String, Map<Integer, Long>> seen = new HashMap<>();
        for (Polled record : polled) {
            String partition = record.partition().key();
            Value value = new Value(partition, record.value());
            place(value, record.offset());
            if (outcomes.get(value) == Outcome.FAIL) {
                trace.violation("B9: " + value + " was read, and its transaction was aborted");
            }
            Long before = seen.computeIfAbsent(partition, key -> new HashMap<>())
                    .put(Records.keyOf(record.value()), record.offset());
            if (before != null && before >= record.offset()) {
                trace.violation("B15: " + value + " at offset " + record.offset() + " came after offset " + before);
            }
        }
        ends.forEach((partition, end) ->
                checkLast(partition.key(), end, seen.getOrDefault(partition.key(), Map.of()), isQuiet));
    }

    private void checkLast(String partition, long end, Map<Integer, Long> seen, boolean isQuiet) {
        Map<Integer, Long> last = new TreeMap<>();
        Map<Long, Long> below =
                committed.getOrDefault(partition, new TreeMap<>()).headMap(end);
        below.forEach((offset, number) -> last.put(Records.keyOf(number), offset));
        last.forEach((key, offset) -> {
            long found = seen.getOrDefault(key, -1L);
            Missed missed = new Missed(partition, key, found, offset, below.getOrDefault(offset, 0L), end);
            if (found >= offset) {
                return;
            }
            if (keepsTombstones || (isQuiet && found >= 0)) {
                report(missed);
            } else {
                // A tombstone may have come and gone between two fetches, its sender still waiting.
                doubtful.add(missed);
            }
        });
        if (isQuiet) {
            doubtful.stream().filter(missed -> !isExcused(missed)).forEach(this::report);
            doubtful.clear();
        }
    }

    /** Whether a tombstone that may be gone was later than what was missed, now that all senders were answered. */
    private boolean isExcused(Missed missed) {
        Map<Long, Long> later =
                committed.getOrDefault(missed.partition(), new TreeMap<>()).subMap(missed.offset(), missed.end());
        return later.values().stream()
                        .anyMatch(number -> Records.isTombstone(number) && Records.keyOf(number) == missed.key())
                || doubtfulTombstones.getOrDefault(missed.partition(), Set.of()).contains(missed.key());
    }

    private void report(Missed missed) {
        trace.violation("B15: key " + missed.key() + " of " + missed.partition() + " was read last at offset "
                + missed.found() + ", though " + missed.number() + " at offset " + missed.offset() + " is later");
    }
}
