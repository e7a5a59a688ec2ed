package io.headrace.core.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Whatever order plain commits, transactions, deletions and markers come in, a coordinator that reads the log knows what the one
 * that wrote it knew, also when the log has been compacted; and of two commits the one counts that was complete last: a plain one
 * where its record lies, one in a transaction where the marker does. Compaction keeps the last record of a key, so a commit that
 * was overtaken is written again before its marker.
 */
class OffsetsAfterCompactionTest {
    private static final int STEPS = 5;
    private static final String TOPIC = "t";

    private enum Event {
        COMMIT,
        DELETE,
        STAGE_7,
        COMMIT_7,
        ABORT_7,
        STAGE_8,
        COMMIT_8
    }

    /** A producer's transaction ended behind the records before {@code logOffset}. */
    private record Marker(int logOffset, long producerId, boolean commit) {}

    private static final class Life {
        final Bed bed = new Bed();
        final List<Marker> markers = new ArrayList<>();
        private long nextOffset = 100;

        /** The offset that counts by the places of markers, -1 for none, and what the transactions have staged. */
        long expected = -1;

        private final Map<Long, Long> staged = new HashMap<>();

        void take(Event event) {
            switch (event) {
                case COMMIT -> {
                    expected = nextOffset;
                    assertThat(bed.commit("", -1, TOPIC, nextOffset++).code()).isZero();
                }
                case DELETE -> {
                    expected = -1;
                    staged.clear();
                    assertThat(bed.deleteOffset(TOPIC).isOutstanding()).isFalse();
                }
                case STAGE_7 -> stage(7);
                case STAGE_8 -> stage(8);
                case COMMIT_7 -> end(7, true);
                case ABORT_7 -> end(7, false);
                case COMMIT_8 -> end(8, true);
            }
        }

        private void stage(long producerId) {
            staged.put(producerId, nextOffset);
            assertThat(bed.commitInTransaction(producerId, TOPIC, nextOffset++).isOutstanding())
                    .isFalse();
        }

        void end(long producerId, boolean commit) {
            Long offset = staged.remove(producerId);
            if (commit && offset != null) {
                expected = offset;
            }
            bed.endTransaction(producerId, commit);
            markers.add(new Marker(bed.log.size(), producerId, commit));
        }

        /** The offsets in the log of what compaction leaves over. */
        Set<Integer> compacted(boolean withTombstones) {
            Map<String, Integer> last = new HashMap<>();
            for (int offset = 0; offset < bed.log.size(); offset++) {
                Bed.Logged logged = bed.log.get(offset);
                if (logged.producerId() < 0 || isCommitted(offset, logged.producerId())) {
                    last.put(Arrays.toString(logged.record().key()), offset);
                }
            }
            Set<Integer> kept = new HashSet<>(last.values());
            if (!withTombstones) {
                kept.removeIf(offset -> bed.log.get(offset).record().value() == null);
            }
            return kept;
        }

        private boolean isCommitted(int offset, long producerId) {
            return markers.stream()
                    .filter(marker -> marker.producerId() == producerId && marker.logOffset() > offset)
                    .findFirst()
                    .orElseThrow()
                    .commit();
        }

        /** The committed offset that a coordinator finds which reads only these records of the log. */
        long offsetAfterReading(Set<Integer> kept) {
            Bed reader = new Bed();
            int marker = 0;
            for (int offset = 0; offset <= bed.log.size(); offset++) {
                while (marker < markers.size() && markers.get(marker).logOffset() == offset) {
                    Marker next = markers.get(marker++);
                    reader.coordinator.applyTransactionEnd(next.producerId(), next.commit());
                }
                if (kept.contains(offset)) {
                    Bed.Logged logged = bed.log.get(offset);
                    byte[] value = logged.record().value();
                    reader.coordinator.replay(
                            offset,
                            logged.producerId(),
                            logged.producerEpoch(),
                            ByteBuffer.wrap(logged.record().key()),
                            value == null ? null : ByteBuffer.wrap(value));
                }
            }
            return reader.offset(TOPIC);
        }

        Set<Integer> everything() {
            Set<Integer> all = new HashSet<>();
            for (int offset = 0; offset < bed.log.size(); offset++) {
                all.add(offset);
            }
            return all;
        }
    }

    @Test
    @DisplayName(
            "The offsets read from the log are those that were known, compacted or not, in every order of five events")
    void theOffsetsReadAreThoseThatWereKnown() {
        Event[] events = Event.values();
        int orders = (int) Math.pow(events.length, STEPS);
        for (int order = 0; order < orders; order++) {
            Life life = new Life();
            List<Event> taken = new ArrayList<>(STEPS);
            int rest = order;
            for (int i = 0; i < STEPS; i++) {
                taken.add(events[rest % events.length]);
                rest /= events.length;
            }
            taken.forEach(life::take);
            life.end(7, true);
            life.end(8, false);
            long known = life.bed.offset(TOPIC);
            assertThat(known).as("%s", taken).isEqualTo(life.expected);
            assertThat(life.offsetAfterReading(life.everything()))
                    .as("%s", taken)
                    .isEqualTo(known);
            assertThat(life.offsetAfterReading(life.compacted(true)))
                    .as("%s, compacted", taken)
                    .isEqualTo(known);
            assertThat(life.offsetAfterReading(life.compacted(false)))
                    .as("%s, compacted, tombstones gone", taken)
                    .isEqualTo(known);
        }
    }
}
