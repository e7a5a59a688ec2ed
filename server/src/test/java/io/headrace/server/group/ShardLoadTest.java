package io.headrace.server.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.coordinator.Step;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.protocol.wire.MalformedMessageException;
import io.headrace.server.coordinator.CoordinatorShards;
import io.headrace.server.coordinator.CoordinatorShards.Unreadable;
import io.headrace.server.coordinator.Coordinators;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Coordinators that cannot be restored from their log, or not begin with what they were restored to. */
class ShardLoadTest {
    private static final long RETRY_MS = 500;

    private final CoordinatorBed bed = new CoordinatorBed();
    private long nowMs = 1_000_000;
    private boolean failsToBegin;
    private boolean readsAll = true;

    private final class Restored extends IdleCoordinator {
        private int records;

        @Override
        public void showWallClock(long now, long nowByWallMs) {
            assertThat(now).isEqualTo(nowByWallMs);
        }

        @Override
        public void replay(
                long logOffset,
                long producerId,
                short producerEpoch,
                @Nullable ByteBuffer key,
                @Nullable ByteBuffer value) {
            if (!readsAll && logOffset == 1) {
                throw new MalformedMessageException("no such version");
            }
            records++;
        }

        @Override
        public void applyTransactionEnd(long producerId, boolean commit) {
            throw new AssertionError("there are no transactions");
        }

        @Override
        public int size() {
            return records;
        }

        @Override
        public Step onLoaded(long now) {
            if (failsToBegin) {
                throw new IllegalStateException("as the test wants it");
            }
            return Step.NOTHING;
        }
    }

    /** With three records in its log. */
    private Coordinators<Restored> begin(Unreadable unreadable) {
        bed.createTopic(1);
        RecordBatchBuilder batch = new RecordBatchBuilder();
        for (int i = 0; i < 3; i++) {
            batch.append(nowMs, new byte[1], new byte[1]);
        }
        bed.write(0, batch);
        CoordinatorShards<Restored> shards =
                bed.shards(unreadable, () -> nowMs, (partition, leaderEpoch) -> new Restored());
        Coordinators<Restored> coordinators = () -> shards;
        coordinators.begin();
        run(coordinators);
        return coordinators;
    }

    private static void run(Coordinators<Restored> coordinators) {
        while (coordinators.runOnce()) {
            // Until all of it is done.
        }
    }

    /** How many records the coordinator knows, or why there is none. */
    private Object ask(Coordinators<Restored> coordinators) {
        List<Object> answers = new ArrayList<>();
        coordinators.submit(
                "key",
                (coordinator, now) -> {
                    answers.add(coordinator.records);
                    return Step.NOTHING;
                },
                answers::add);
        run(coordinators);
        assertThat(answers).hasSize(1);
        return answers.get(0);
    }

    private Object askLater(Coordinators<Restored> coordinators) {
        nowMs += 2 * RETRY_MS;
        run(coordinators);
        return ask(coordinators);
    }

    @Test
    void oneThatFailsToBeginIsReadAgainAfterAWhile() {
        failsToBegin = true;
        Coordinators<Restored> coordinators = begin(Unreadable.PASSED_OVER);
        assertThat(ask(coordinators)).isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
        assertThat(askLater(coordinators)).isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
        failsToBegin = false;
        assertThat(ask(coordinators)).as("before its time").isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
        assertThat(askLater(coordinators)).isEqualTo(3);
    }

    @Test
    void whereEachRecordMattersNothingIsDecidedWithoutOne() {
        readsAll = false;
        Coordinators<Restored> coordinators = begin(Unreadable.REFUSED);
        assertThat(ask(coordinators)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        assertThat(askLater(coordinators)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        readsAll = true;
        assertThat(askLater(coordinators)).isEqualTo(3);
    }

    @Test
    void elsewhereItIsPassedOver() {
        readsAll = false;
        assertThat(ask(begin(Unreadable.PASSED_OVER))).isEqualTo(2);
    }
}
