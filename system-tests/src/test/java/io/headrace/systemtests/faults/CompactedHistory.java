package io.headrace.systemtests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * What was sent to a compacted topic, each key by one producer, and whether those who read it from its beginning see the last
 * acknowledged value of each key, or a later one, nothing that was aborted, and everything where and as it always was. Safe for
 * use by many threads.
 */
final class CompactedHistory {
    /** One record, numbered as it was sent; without a value if {@code tombstone}. */
    private record Sent(int key, boolean tombstone, long atMs) {}

    private record Place(int partition, long offset) {}

    /** What was read somewhere; a tombstone does not carry its number. */
    private record Found(int key, long number) {}

    private static final long TOMBSTONE = -1;

    private final long deleteRetentionMs;
    private final List<Sent> sent = new ArrayList<>();
    private final Map<Place, Found> found = new HashMap<>();
    private final Map<Long, Place> places = new HashMap<>();
    /** By key, the number of the last that was acknowledged. */
    private final Map<Integer, Long> acknowledged = new HashMap<>();

    /** By key, the numbers of those that were not aborted as far as anybody knows. */
    private final Map<Integer, NavigableSet<Long>> tombstones = new HashMap<>();
    /** By partition, the offset behind the last that was acknowledged. */
    private final Map<Integer, Long> ends = new HashMap<>();

    private final Set<Long> aborted = new HashSet<>();
    private final Set<Place> abortedPlaces = new HashSet<>();
    private long removed;

    CompactedHistory(long deleteRetentionMs) {
        this.deleteRetentionMs = deleteRetentionMs;
    }

    /** Some keys are longer than what the cleaner keeps whole. */
    static byte[] keyBytes(int key) {
        String text = key % 3 == 0 ? "a key of more than fifteen bytes " + key : "key " + key;
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static int key(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        int key = Integer.parseInt(text.substring(text.lastIndexOf(' ') + 1));
        assertThat(bytes).isEqualTo(keyBytes(key));
        return key;
    }

    /** Notes what is about to be sent; its number. */
    synchronized long send(int key, boolean tombstone) {
        long number = sent.size();
        sent.add(new Sent(key, tombstone, HistoryFile.nowMs()));
        if (tombstone) {
            tombstonesOf(key).add(number);
        }
        return number;
    }

    private NavigableSet<Long> tombstonesOf(int key) {
        return tombstones.computeIfAbsent(key, any -> new TreeSet<>());
    }

    /** Notes that it was appended there, and is not to be read. */
    synchronized void abort(long number, int partition, long offset) {
        Place place = new Place(partition, offset);
        assertThat(found).as("what was read though it was aborted").doesNotContainKey(place);
        abortedPlaces.add(place);
        abort(number);
    }

    /** Notes that it is not to be read, wherever it is. */
    synchronized void abort(long number) {
        assertThat(places).as("what was read though it was aborted").doesNotContainKey(number);
        aborted.add(number);
        tombstonesOf(sent.get((int) number).key()).remove(number);
    }

    synchronized void acknowledge(long number, int partition, long offset) {
        Sent record = sent.get((int) number);
        Place place = new Place(partition, offset);
        meet(place, new Found(record.key(), record.tombstone() ? TOMBSTONE : number));
        Place before = places.put(number, place);
        assertThat(before == null ? place : before).isEqualTo(place);
        acknowledged.merge(record.key(), number, Math::max);
        ends.merge(partition, offset + 1, Math::max);
    }

    /** The last of each key whose sender knows that it is stored: what a pass that begins now must not miss. */
    synchronized Map<Integer, Long> due() {
        return Map.copyOf(acknowledged);
    }

    /** By partition, the offset up to which a pass that begins now has to read. */
    synchronized Map<Integer, Long> ends() {
        return Map.copyOf(ends);
    }

    /** How many records that were acknowledged the last pass did not meet any more. */
    synchronized long removed() {
        return removed;
    }

    private void meet(Place place, Found record) {
        assertThat(abortedPlaces).as("aborted ones").doesNotContain(place);
        Found before = found.putIfAbsent(place, record);
        assertThat(before == null ? record : before).as("what is at %s", place).isEqualTo(record);
    }

    /**
     * Checks one pass over all partitions.
     *
     * @param due what {@link #due} said before it; nothing was on its way then, nor since
     * @param records all that was read, in each partition from its beginning up to an end that was asked for after that
     * @param startMs when it began
     * @param endMs when it was over; in about the time for which tombstones are kept, one may have come and gone
     */
    synchronized void check(
            Map<Integer, Long> due, List<ConsumerRecord<byte[], byte[]>> records, long startMs, long endMs) {
        Map<Integer, Long> read = new HashMap<>();
        Map<Integer, Place> last = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            Place place = new Place(record.partition(), record.offset());
            Long before = read.put(record.partition(), record.offset());
            assertThat(record.offset()).as("%s after %s", place, before).isGreaterThan(before == null ? -1 : before);
            int key = key(record.key());
            meet(place, new Found(key, number(key, record.value(), place)));
            last.put(key, place);
        }
        due.forEach((key, number) -> check(key, number, last.get(key), startMs, endMs));
        removed = Math.max(0L, (long) places.size() - records.size());
    }

    private long number(int key, byte @Nullable [] value, Place place) {
        if (value == null) {
            return TOMBSTONE;
        }
        long number = RecordedProducer.value(value);
        Sent what = sent.get((int) number);
        assertThat(what.key()).as("the key of what was sent for %s", place).isEqualTo(key);
        assertThat(what.tombstone()).as("%s at %s", what, place).isFalse();
        assertThat(aborted).as("those that are not to be read").doesNotContain(number);
        Place before = places.putIfAbsent(number, place);
        assertThat(before == null ? place : before).as("record %s", number).isEqualTo(place);
        return number;
    }

    private void check(int key, long number, @Nullable Place read, long startMs, long endMs) {
        Place wanted = places.get(number);
        if (wanted == null) {
            throw new AssertionError(number + " was acknowledged and has no place");
        }
        if (read != null && read.offset() >= wanted.offset()) {
            return;
        }
        // Gone only with a tombstone, which stays for some time after it was cleaned, thus after it was sent.
        Long tombstone = tombstonesOf(key).ceiling(number);
        boolean mayBeGone =
                tombstone != null && endMs - sent.get(tombstone.intValue()).atMs() >= deleteRetentionMs;
        if (mayBeGone && (read == null || endMs - startMs >= deleteRetentionMs / 2)) {
            return;
        }
        throw new AssertionError("key " + key + " was read last at " + read + ", though record " + number + ", "
                + sent.get((int) number) + " at " + wanted + ", was acknowledged before; the pass was from " + startMs
                + " to " + endMs + " ms");
    }
}
