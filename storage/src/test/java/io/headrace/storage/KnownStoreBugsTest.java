package io.headrace.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.TopicIdPartition;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatches;
import io.headrace.storage.PartitionReplica.Status;
import io.headrace.storage.disk.Seeds;
import io.headrace.storage.log.FetchSlice;
import io.headrace.storage.log.LogView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Bugs that other brokers had with the end of one run and the beginning of the next. */
final class KnownStoreBugsTest extends TwoTopicStore {
    private static final int LAST_BATCHES_KNOWN = 5;
    private static final byte[] VALUE = new byte[300];

    private void stop() throws IOException {
        store.close(nowMs);
        disk = disk.kill();
    }

    private LogView view(TopicIdPartition id) {
        PartitionReplica replica = replica(id);
        assertThat(replica.status()).as(replica.problem()).isEqualTo(Status.OPEN);
        return requireNonNull(replica.view());
    }

    private Append append(TopicIdPartition id, ByteBuffer batch) {
        Append task = new Append(replica(id), batch, true);
        assertThat(store.writer().enqueue(task)).isTrue();
        run();
        return task;
    }

    private void append(TopicIdPartition id, int count) {
        for (int i = 0; i < count; i++) {
            assertThat(append(id, Append.batch(-1, -1, 1, VALUE)).error()).isEqualTo(ErrorCode.NONE);
        }
    }

    /** Every batch there is, whole and one after the other. */
    private List<RecordBatch> batches(TopicIdPartition id) throws IOException {
        LogView view = view(id);
        List<RecordBatch> found = new ArrayList<>();
        long next = view.logStartOffset();
        while (next < view.logEndOffset()) {
            FetchSlice slice = view.read(next, 1_000, true, view.logEndOffset());
            ByteBuffer bytes = ByteBuffer.allocate(slice.sizeBytes());
            Objects.requireNonNull(slice.records()).readInto(bytes);
            slice.records().release();
            RecordBatches walk = RecordBatches.of(bytes.flip());
            while (walk.next()) {
                RecordBatch batch = RecordBatch.at(bytes, walk.batch().position());
                assertThat(batch.hasValidCrc()).as("%s", batch).isTrue();
                assertThat(batch.baseOffset()).isLessThanOrEqualTo(next);
                assertThat(found.isEmpty() || batch.baseOffset() == next).isTrue();
                found.add(batch);
                next = batch.nextOffset();
            }
        }
        return found;
    }

    /**
     * A broker that was stopped while it recovered its logs left the mark of a stop in order, and the next start took what no
     * one had looked at for sound. Logs are recovered when they are first used here.
     */
    @Test
    void kafka15375AStopBeforeALogWasRecoveredDoesNotVouchForIt() throws IOException {
        int torn = 0;
        for (long seed : Seeds.upTo(60).toArray()) {
            Random random = new Random(seed);
            openOnEmptyDisk();
            append(CLICKS, 1 + random.nextInt(4));
            checkpoint();
            long durable = view(CLICKS).logEndOffset();
            int more = 1 + random.nextInt(4);
            append(CLICKS, more);
            disk = disk.crash(random);
            for (int stops = 1 + random.nextInt(3); stops > 0; stops--) {
                open();
                append(ORDERS, 1);
                if (random.nextInt(4) == 0) {
                    disk = disk.kill();
                } else {
                    stop();
                }
            }
            open();
            assertThat(view(CLICKS).logEndOffset()).as(Seeds.replay(seed)).isBetween(durable, durable + more);
            torn += view(CLICKS).logEndOffset() < durable + more ? 1 : 0;
            int whole = batches(CLICKS).size();
            assertThat(whole).as(Seeds.replay(seed)).isEqualTo((int)
                    view(CLICKS).logEndOffset());
            stop();
            open();
            assertThat(store.wasClosedInOrder(CLICKS.directoryName())).isTrue();
            append(CLICKS, 1);
            assertThat(batches(CLICKS)).hasSize(whole + 1);
        }
        assertThat(torn).isGreaterThan(System.getProperty("seed") == null ? 10 : -1);
    }

    /** The power goes while what a crash left is being recovered, and the start after that is stopped before it has used anything. */
    @Test
    void kafka10471AStopAfterARecoveryThatWasCutShortLosesNothing() throws IOException {
        boolean finished = false;
        for (long step = 1; !finished; step++) {
            Random random = new Random(step);
            openOnEmptyDisk();
            append(ORDERS, 3);
            checkpoint();
            append(ORDERS, 4);
            append(CLICKS, 3);
            disk = disk.crash(random);
            disk.cutPowerAtStep(step);
            try {
                open();
                assertThat(view(ORDERS).logEndOffset()).isEqualTo(7);
                finished = true;
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("Power cut");
            }
            disk = disk.crash(random);
            open();
            stop();
            open();
            assertThat(batches(ORDERS)).as("cut at step %s", step).hasSize(7);
            assertThat(batches(CLICKS)).hasSizeLessThanOrEqualTo(3);
        }
    }

    /** A life ends in one of the ways there are. */
    private void end(Random random) throws IOException {
        switch (random.nextInt(3)) {
            case 0 -> stop();
            case 1 -> disk = disk.kill();
            default -> disk = disk.crash(random);
        }
    }

    /**
     * A client whose answers were lost sent its batches again. They were refused as out of order, so that it went on under
     * another epoch and wrote them a second time (also librdkafka 3584 and 4953).
     */
    @Test
    void redpanda3039BatchesSentAgainAfterALostAnswerAreAnsweredLikeTheFirstTime() throws IOException {
        for (long seed : Seeds.upTo(40).toArray()) {
            Random random = new Random(seed);
            openOnEmptyDisk();
            List<ByteBuffer> sent = new ArrayList<>();
            List<Long> offsets = new ArrayList<>();
            int sequence = 0;
            for (int life = 0; life < 3; life++) {
                for (int i = 1 + random.nextInt(7); i > 0; i--) {
                    int records = 1 + random.nextInt(3);
                    ByteBuffer batch = Append.batch(9, sequence, records, VALUE);
                    sent.add(Append.copy(batch));
                    Append task = append(ORDERS, batch);
                    assertThat(task.error()).as(Seeds.replay(seed)).isEqualTo(ErrorCode.NONE);
                    offsets.add(task.baseOffset());
                    sequence += records;
                    if (random.nextInt(4) == 0) {
                        checkpoint();
                    }
                }
                end(random);
                open();
                long endOffset = view(ORDERS).logEndOffset();
                for (int i = Math.max(0, sent.size() - LAST_BATCHES_KNOWN); i < sent.size(); i++) {
                    Append again = append(ORDERS, Append.copy(sent.get(i)));
                    assertThat(again.error()).as(Seeds.replay(seed)).isEqualTo(ErrorCode.NONE);
                    assertThat(again.baseOffset()).as(Seeds.replay(seed)).isEqualTo(offsets.get(i));
                }
                assertThat(view(ORDERS).logEndOffset()).as(Seeds.replay(seed)).isEqualTo(endOffset);
            }
            assertThat(batches(ORDERS).stream().map(RecordBatch::baseOffset)).containsExactlyElementsOf(offsets);
        }
    }

    /** A log that starts inside a batch, after DeleteRecords, could not be read from its start by whoever needed all of it. */
    @Test
    void kafka6975ALogThatStartsInsideABatchIsReadRecoveredAndWrittenTo() throws IOException {
        for (long seed : Seeds.upTo(40).toArray()) {
            Random random = new Random(seed);
            openOnEmptyDisk();
            long start = 0;
            int sequence = 0;
            for (int life = 0; life < 4; life++) {
                ByteBuffer last = Append.batch(9, sequence, 4, VALUE);
                for (int i = 1 + random.nextInt(3); i > 0; i--) {
                    last = Append.batch(9, sequence, 4, VALUE);
                    assertThat(append(ORDERS, Append.copy(last)).error())
                            .as(Seeds.replay(seed))
                            .isEqualTo(ErrorCode.NONE);
                    sequence += 4;
                }
                start += random.nextInt((int) (sequence - start));
                store.trim(replica(ORDERS), start, outcome -> assertThat(outcome.error())
                        .isEqualTo(ErrorCode.NONE));
                run();
                if (random.nextBoolean()) {
                    checkpoint();
                }
                if (random.nextBoolean()) {
                    store.applyRetention();
                    run();
                }
                checkStartsInside(start, sequence);
                end(random);
                open();
                checkStartsInside(start, sequence);
                assertThat(append(ORDERS, Append.copy(last)).baseOffset())
                        .as(Seeds.replay(seed))
                        .isEqualTo(sequence - 4L);
            }
        }
    }

    /** The batch that the log starts in is there as a whole, and nothing below the start is told. */
    private void checkStartsInside(long start, long end) throws IOException {
        LogView view = view(ORDERS);
        assertThat(view.logStartOffset()).isEqualTo(start);
        assertThat(view.logEndOffset()).isEqualTo(end);
        List<RecordBatch> found = batches(ORDERS);
        assertThat(found.get(0).baseOffset()).isEqualTo(start - start % 4);
        assertThat(found).hasSize((int) ((end - start + start % 4) / 4));
        assertThat(requireNonNull(view.offsetForTimestamp(0, end)).offset()).isEqualTo(start);
    }
}
