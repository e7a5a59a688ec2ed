package io.headrace.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TopicConfig;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.RecordBatchBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever sets the wall clock makes nobody forgotten, so that what is sent again is stored once. */
class ClockJumpTest extends SimulatedStore {
    private static final long DAY_MS = 86_400_000;
    private static final byte[] VALUE = new byte[30];

    private final TopicConfig config = SmallTopics.topic(true);

    @SuppressWarnings("NullAway.Init")
    private PartitionReplica replica;

    ClockJumpTest() {
        nowMs = 10 * DAY_MS;
    }

    @Override
    TopicCatalog catalog() {
        return id -> new TopicCatalog.Topic("orders", config);
    }

    @Override
    void open() throws IOException {
        super.open();
        replica = store.replica(ORDERS, config);
    }

    private Append append(ByteBuffer batch) {
        Append task = new Append(replica, batch, true);
        store.writer().enqueue(task);
        run();
        return task;
    }

    private void retain() {
        store.applyRetention();
        run();
    }

    @ParameterizedTest
    @ValueSource(longs = {2 * DAY_MS, -2 * DAY_MS, 25 * 3_600_000L})
    void aProducerIsStillKnown(long jumpMs) {
        ByteBuffer first = Append.batch(7, 0, 1, VALUE);
        assertThat(append(Append.copy(first)).error()).isEqualTo(ErrorCode.NONE);
        nowMs += jumpMs;
        retain();
        Append again = append(Append.copy(first));
        assertThat(again.error()).isEqualTo(ErrorCode.NONE);
        assertThat(again.baseOffset()).isZero();
        nowMs -= jumpMs;
        retain();
        assertThat(append(Append.copy(first)).baseOffset()).isZero();
        assertThat(append(Append.batch(7, 1, 1, VALUE)).baseOffset()).isEqualTo(1);
    }

    /** The next process goes on from the time that passed in this one, and not from what its clock shows. */
    @ParameterizedTest
    @ValueSource(longs = {2 * DAY_MS, -2 * DAY_MS})
    void aProducerIsStillKnownToTheNextProcess(long jumpMs) throws IOException {
        for (boolean inOrder : new boolean[] {true, false}) {
            nowMs += jumpMs;
            store.tick();
            run();
            ByteBuffer batch = Append.batch(inOrder ? 8 : 9, 0, 1, VALUE);
            long offset = append(Append.copy(batch)).baseOffset();
            nowMs += 1_000;
            store.tick(); // a checkpoint
            run();
            if (inOrder) {
                store.close(nowMs);
            }
            disk = disk.kill();
            nowMs += 3_600_000;
            open();
            Append again = append(Append.copy(batch));
            assertThat(again.error()).isEqualTo(ErrorCode.NONE);
            assertThat(again.baseOffset()).as("stopped in order: %s", inOrder).isEqualTo(offset);
        }
    }

    @Test
    void aDamagedNoteOfTheClockIsPassedOver() throws IOException {
        nowMs += 2 * DAY_MS;
        store.tick();
        run();
        append(Append.batch(8, 0, 1, VALUE));
        store.close(nowMs);
        disk = disk.kill();
        disk.flipBit(DIR.resolve(SteadyTime.FILE), 50);
        open();
        assertThat(append(Append.batch(8, 1, 1, VALUE)).baseOffset()).isEqualTo(1);
    }

    @Test
    void timeThatPassesStillCounts() {
        ByteBuffer first = Append.batch(7, 0, 1, VALUE);
        append(Append.copy(first));
        long endMs = nowMs + DAY_MS;
        while (nowMs < endMs) {
            nowMs += SteadyTime.STEP_MS_MAX;
            store.tick();
            run();
        }
        retain();
        assertThat(append(Append.copy(first)).baseOffset()).isEqualTo(1);
    }

    /** Batches without timestamps are as old as their segment, which is as old as the wall clock says. */
    @ParameterizedTest
    @ValueSource(longs = {2 * DAY_MS, -2 * DAY_MS})
    void aLogThatIsOpenedAfterAJumpRollsInItsTime(long jumpMs) throws IOException {
        TopicConfig hourly = TopicConfig.of(Map.of("segment.ms", "3600000"));
        nowMs += jumpMs;
        replica = store.replica(new TopicIdPartition(new UUID(1, 2), "hourly", 0), hourly);
        for (int minutes = 0; minutes <= 60; minutes += 4) {
            append(untimed());
            assertThat(segments()).as("after %d minutes", minutes).isEqualTo(1);
            nowMs += 4 * 60_000;
        }
        append(untimed());
        assertThat(segments()).isEqualTo(2);
    }

    private static ByteBuffer untimed() {
        return new RecordBatchBuilder().append(-1, null, VALUE).build();
    }

    private long segments() throws IOException {
        return disk.list(DIR.resolve("hourly-0")).stream()
                .filter(name -> name.endsWith(".log"))
                .count();
    }

    /** What waits in the journal comes to its own files in time. */
    @ParameterizedTest
    @ValueSource(longs = {2 * DAY_MS, -2 * DAY_MS})
    void aCheckpointComesInItsTime(long jumpMs) {
        append(Append.batch(7, 0, 1, VALUE));
        nowMs += jumpMs;
        store.tick();
        run();
        nowMs += SmallTopics.OPTIONS.checkpointIntervalMs() - 1;
        store.tick();
        run();
        assertThat(store.checkpointer().recoveryPoint(ORDERS.directoryName())).isZero();
        nowMs++;
        store.tick();
        run();
        assertThat(store.checkpointer().recoveryPoint(ORDERS.directoryName())).isEqualTo(1);
    }
}
