package io.headrace.simulation.client;

import io.headrace.simulation.client.FetchLoop.Polled;
import io.headrace.simulation.client.Topics.Partition;
import io.headrace.simulation.world.Trace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What was copied in transactions, to see at the end that every record has exactly one copy. */
public final class Copies {
    private record Value(String key, long number) {}

    private final Map<Value, Value> sources = new HashMap<>();

    /** A value is about to be written as the copy of another. */
    void copying(Polled source, Partition target, long value) {
        sources.put(new Value(target.key(), value), value(source));
    }

    /**
     * Compares what a reader of both topics got; once all is copied.
     *
     * @param polled everything that is committed in both
     */
    void check(List<Polled> polled, String input, String output, Trace trace) {
        Map<Value, List<Value>> copies = new HashMap<>();
        for (Polled record : polled) {
            Value value = value(record);
            if (record.partition().topic().equals(output)) {
                Value source = sources.get(value);
                if (source == null) {
                    trace.violation("B9: " + value + " is the copy of nothing");
                } else {
                    copies.computeIfAbsent(source, any -> new ArrayList<>()).add(value);
                }
            }
        }
        for (Polled record : polled) {
            if (record.partition().topic().equals(input)) {
                Value source = value(record);
                List<Value> found = copies.getOrDefault(source, List.of());
                if (found.size() != 1) {
                    trace.violation("B9: " + source + " has " + found.size() + " copies: " + found);
                }
            }
        }
    }

    private static Value value(Polled record) {
        return new Value(record.partition().key(), record.value());
    }
}
