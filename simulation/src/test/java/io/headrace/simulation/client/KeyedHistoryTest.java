package io.headrace.simulation.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.simulation.client.FetchLoop.Polled;
import io.headrace.simulation.client.Topics.Partition;
import io.headrace.simulation.history.Operation;
import io.headrace.simulation.history.Operation.Action;
import io.headrace.simulation.history.Operation.Kind;
import io.headrace.simulation.history.Operation.Outcome;
import io.headrace.simulation.history.Operation.Step;
import io.headrace.simulation.world.Schedule;
import io.headrace.simulation.world.Trace;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What a reader of a compacted topic may miss where tombstones go soon, and what it may not. */
class KeyedHistoryTest {
    private static final Partition PARTITION = new Partition(Topics.KEYED, new UUID(1, 1), 0);
    private static final long VALUE = number(false, 0);
    private static final long LATER_VALUE = number(false, VALUE);
    private static final long TOMBSTONE = number(true, 0);

    private final Trace trace = new Trace(new Schedule());
    private final KeyedHistory history = new KeyedHistory(trace, false);

    /** One of key 3. */
    private static long number(boolean tombstone, long after) {
        return LongStream.iterate(after + 1, number -> number + 1)
                .filter(number -> Records.keyOf(number) == 3 && Records.isTombstone(number) == tombstone)
                .findFirst()
                .orElseThrow();
    }

    private void sent(long number, long offset, Outcome outcome) {
        List<Step> steps = List.of(new Step(Action.SEND, PARTITION.key(), number, offset));
        history.add(Operation.of(1, Kind.SEND, outcome, 0, 0, steps), steps);
    }

    private void read(boolean isQuiet, Polled... polled) {
        history.check(List.of(polled), Map.of(PARTITION, 10L), isQuiet);
    }

    @Test
    void aValueWithoutALaterTombstoneIsMissedWheneverItIs() {
        sent(VALUE, 1, Outcome.OK);
        sent(LATER_VALUE, 2, Outcome.OK);
        read(false, new Polled(PARTITION, 1, VALUE));
        read(true, new Polled(PARTITION, 2, LATER_VALUE));
        assertThat(trace.violations()).hasSize(1);
        assertThat(trace.violations().get(0)).contains("B15: key 3").contains("at offset 1");
    }

    @Test
    void aValueMayGoWithATombstoneWhoseSenderIsToldLater() {
        sent(VALUE, 1, Outcome.OK);
        read(false);
        sent(TOMBSTONE, 2, Outcome.OK);
        read(true);
        assertThat(trace.violations()).isEmpty();
    }

    @Test
    void aValueMayGoWithATombstoneThatNobodyWasToldOf() {
        sent(VALUE, 1, Outcome.OK);
        read(false);
        sent(TOMBSTONE, Operation.NO_OFFSET, Outcome.INFO);
        read(true);
        assertThat(trace.violations()).isEmpty();
    }

    @Test
    void anEarlierTombstoneExcusesNothing() {
        sent(TOMBSTONE, 1, Outcome.OK);
        sent(VALUE, 2, Outcome.OK);
        read(false);
        read(true, new Polled(PARTITION, 2, VALUE));
        assertThat(trace.violations()).hasSize(1);
    }
}
