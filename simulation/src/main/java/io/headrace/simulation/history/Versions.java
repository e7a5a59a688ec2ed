package io.headrace.simulation.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The order of one partition's values by offset, as far as clients have seen it, with the holes left out that markers of
 * transactions make: the value of the smallest offset has index 0, the next one 1, however far apart they are.
 *
 * <p>First every sighting is {@linkplain #sighted noted}, then {@link #order} makes the indexes.
 */
final class Versions {
    /** The index of a value that nobody saw at any offset. */
    static final int NOWHERE = -1;

    private record Sighting(long offset, int value) {}

    private final String key;
    private final LongMap numbers = new LongMap();
    private final List<Sighting> sightings = new ArrayList<>();

    // For each value, by its number
    private final List<Long> values = new ArrayList<>();
    private final IntList writers = new IntList();
    private final IntList reads = new IntList();
    private final IntList firstIndexes = new IntList();
    private final IntList lastIndexes = new IntList();

    Versions(String key) {
        this.key = key;
    }

    String key() {
        return key;
    }

    /** The number of a value, given to it when it is first seen. */
    int number(long value) {
        int number = numbers.get(value);
        if (number == LongMap.ABSENT) {
            number = values.size();
            numbers.put(value, number);
            values.add(value);
            writers.add(NOWHERE);
            reads.add(0);
            firstIndexes.add(NOWHERE);
            lastIndexes.add(NOWHERE);
        }
        return number;
    }

    int count() {
        return values.size();
    }

    long value(int number) {
        return values.get(number);
    }

    /** The operation that sent a value; {@link #NOWHERE} if none did. */
    int writer(int number) {
        return writers.at(number);
    }

    void writtenBy(int number, int operation) {
        writers.set(number, operation);
    }

    /** A poll that is known to have succeeded returned the value. */
    void read(int number) {
        reads.set(number, reads.at(number) + 1);
    }

    boolean isRead(int number) {
        return reads.at(number) > 0;
    }

    void sighted(int number, long offset) {
        sightings.add(new Sighting(offset, number));
    }

    int firstIndex(int number) {
        return firstIndexes.at(number);
    }

    int lastIndex(int number) {
        return lastIndexes.at(number);
    }

    /** The value with the last index but one before each; for cycles of writes. Empty where it is not unique. */
    int[] order(Findings findings) {
        sightings.sort(Comparator.comparingLong(Sighting::offset).thenComparingInt(Sighting::value));
        IntList ordered = new IntList();
        int index = -1;
        Sighting previous = new Sighting(Long.MIN_VALUE, NOWHERE);
        for (Sighting sighting : sightings) {
            if (sighting.equals(previous)) {
                continue;
            }
            if (sighting.offset() != previous.offset()) {
                index++;
                ordered.add(sighting.value());
            } else {
                findings.add(
                        AnomalyKind.INCONSISTENT_OFFSETS,
                        key + " has at offset " + sighting.offset() + " both " + value(previous.value()) + " and "
                                + value(sighting.value()));
            }
            place(findings, sighting, index);
            previous = sighting;
        }
        sightings.clear();
        int[] result = new int[ordered.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = ordered.at(i);
        }
        return result;
    }

    private void place(Findings findings, Sighting sighting, int index) {
        int number = sighting.value();
        if (firstIndexes.at(number) == NOWHERE) {
            firstIndexes.set(number, index);
        } else {
            findings.add(
                    AnomalyKind.DUPLICATE,
                    key + " has " + value(number) + " at offset " + sighting.offset() + " and at an earlier one");
        }
        lastIndexes.set(number, index);
    }
}
