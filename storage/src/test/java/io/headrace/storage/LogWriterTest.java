package io.headrace.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.TopicIdPartition;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.TimestampType;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.disk.SimulatedDisk.Operation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogWriterTest {
    private static final Path DIR = Path.of("/data");
    private static final long NOW_MS = 1_700_000_000_000L;

    private final SimulatedDisk disk = new SimulatedDisk();
    private final List<Path> synced = new ArrayList<>();
    private LogStore store;
    private PartitionReplica replica;

    @BeforeEach
    void open() throws IOException {
        disk.createDirectory(DIR);
        store = LogStore.open(disk, DIR, StoreOptions.defaults(), id -> null, Runnable::run, 7, NOW_MS);
        replica = store.replica(new TopicIdPartition(new UUID(1, 1), "orders", 0), SmallTopics.topic(true, -1, false));
        assertThat(replica.ensureOpen(NOW_MS)).isTrue();
        disk.failWhen((operation, path, step) -> {
            if (operation == Operation.SYNC) {
                synced.add(path);
            }
            return false;
        });
    }

    private Append append(int sequence, boolean awaitsDurability) {
        Append task = new Append(replica, Append.batch(5, sequence, 1, new byte[20]), awaitsDurability);
        assertThat(store.writer().enqueue(task)).isTrue();
        return task;
    }

    @Test
    void oneSyncServesAllThatQueuedUp() {
        List<Append> tasks = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            tasks.add(append(i, true));
        }
        assertThat(store.writer().runOnce(NOW_MS)).isEqualTo(100);
        assertThat(synced).hasSize(1);
        assertThat(synced.get(0).startsWith(DIR.resolve(LogStore.JOURNAL))).isTrue();
        for (int i = 0; i < 100; i++) {
            assertThat(tasks.get(i).error()).isEqualTo(ErrorCode.NONE);
            assertThat(tasks.get(i).baseOffset()).isEqualTo(i);
            assertThat(tasks.get(i).released).isTrue();
        }
        assertThat(requireNonNull(replica.view()).highWatermark()).isEqualTo(100);
    }

    @Test
    void whatTheJournalCannotHoldIsRefusedAlone() throws IOException {
        Path small = Path.of("/small");
        disk.createDirectory(small);
        store = LogStore.open(disk, small, SmallTopics.OPTIONS, id -> null, Runnable::run, 7, NOW_MS);
        replica = store.replica(new TopicIdPartition(new UUID(1, 1), "orders", 0), SmallTopics.topic(true));
        int room = (int) store.journal().payloadBytesMax();
        int overhead = Append.batch(5, 0, 1, new byte[room]).remaining() - room;
        Append tooLarge = appendOf(room - overhead + 1);
        Append largest = appendOf(room - overhead);
        assertThat(largest.batch.remaining()).isEqualTo(room);
        store.writer().runOnce(NOW_MS);
        assertThat(tooLarge.error()).isEqualTo(ErrorCode.RECORD_LIST_TOO_LARGE);
        assertThat(tooLarge.released).isTrue();
        assertThat(largest.error()).isEqualTo(ErrorCode.NONE);
        assertThat(requireNonNull(replica.view()).highWatermark()).isEqualTo(1);
    }

    private Append appendOf(int valueBytes) {
        Append task = new Append(replica, Append.batch(5, 0, 1, new byte[valueBytes]), true);
        assertThat(store.writer().enqueue(task)).isTrue();
        return task;
    }

    @Test
    void whoDoesNotAwaitDurabilityIsAnsweredBeforeTheSync() {
        List<Boolean> atSync = new ArrayList<>();
        Append early = append(0, false);
        Append late = append(1, true);
        disk.failWhen((operation, path, step) -> {
            if (operation == Operation.SYNC) {
                atSync.addAll(List.of(early.answered, early.released, late.answered));
            }
            return false;
        });
        store.writer().runOnce(NOW_MS);
        assertThat(atSync).containsExactly(true, false, false);
        assertThat(early.released && late.answered && late.released).isTrue();
    }

    @Test
    void withoutFsyncNothingIsSynced() {
        replica = store.replica(new TopicIdPartition(new UUID(1, 2), "clicks", 0), SmallTopics.topic(false));
        assertThat(replica.ensureOpen(NOW_MS)).isTrue();
        synced.clear();
        Append task = append(0, true);
        store.writer().runOnce(NOW_MS);
        assertThat(task.error()).isEqualTo(ErrorCode.NONE);
        assertThat(synced).isEmpty();
    }

    @Test
    void duplicatesAreAnsweredLikeTheFirstCopy() {
        Append first = append(0, true);
        Append second = append(1, true);
        Append sameGroup = append(0, true);
        store.writer().runOnce(NOW_MS);
        Append later = append(1, true);
        store.writer().runOnce(NOW_MS);
        assertThat(List.of(first, second, sameGroup, later)).allMatch(task -> task.error() == ErrorCode.NONE);
        assertThat(sameGroup.baseOffset()).isZero();
        assertThat(later.baseOffset()).isEqualTo(1);
        assertThat(List.of(first, second)).allMatch(task -> task.logAppendTimeMs() == -1);
        assertThat(List.of(sameGroup, later)).allMatch(task -> task.logAppendTimeMs() == 1_000);
        assertThat(requireNonNull(replica.view()).logEndOffset()).isEqualTo(2);
    }

    @Test
    void aGapInTheSequenceIsRefusedAndTheRestGoesOn() {
        Append first = append(0, true);
        Append gap = append(2, true);
        Append second = append(1, true);
        store.writer().runOnce(NOW_MS);
        assertThat(first.error()).isEqualTo(ErrorCode.NONE);
        assertThat(gap.error()).isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(gap.baseOffset()).isEqualTo(-1);
        assertThat(gap.released).isTrue();
        assertThat(second.baseOffset()).isEqualTo(1);
    }

    @Test
    void logAppendTimeIsPutOnTheBatchAndAnswered() {
        replica = store.replica(new TopicIdPartition(new UUID(1, 3), "times", 0), SmallTopics.topic(true, -1, true));
        Append task = append(0, true);
        store.writer().runOnce(NOW_MS);
        assertThat(task.logAppendTimeMs()).isEqualTo(NOW_MS);
        RecordBatch batch = RecordBatch.at(task.bytes, task.bytes.position());
        assertThat(batch.timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
        assertThat(batch.maxTimestamp()).isEqualTo(NOW_MS);
        assertThat(batch.hasValidCrc()).isTrue();
        Append again = append(0, true);
        store.writer().runOnce(NOW_MS + 1_000);
        assertThat(again.logAppendTimeMs()).isEqualTo(NOW_MS);
    }

    @Test
    void aLateDeletionLeavesTheNextTopicOfTheNameAlone() throws IOException {
        TopicIdPartition old = replica.id();
        append(0, true);
        store.delete(old);
        store.writer().runOnce(NOW_MS);
        TopicIdPartition next = new TopicIdPartition(new UUID(-7, 1L << 40), old.topic(), old.partition());
        replica = store.replica(next, SmallTopics.topic(true, -1, false));
        Append task = append(0, true);
        store.writer().runOnce(NOW_MS);
        assertThat(task.error()).isEqualTo(ErrorCode.NONE);

        store.delete(old);
        store.writer().runOnce(NOW_MS);

        store.close(NOW_MS);
        store = LogStore.open(disk, DIR, StoreOptions.defaults(), id -> null, Runnable::run, 7, NOW_MS);
        replica = store.replica(next, SmallTopics.topic(true, -1, false));
        assertThat(replica.ensureOpen(NOW_MS)).isTrue();
        assertThat(requireNonNull(replica.view()).logEndOffset()).isEqualTo(1);
    }

    @Test
    void aBrokenWriterVouchesForNothing() throws IOException {
        append(0, true);
        store.writer().runOnce(NOW_MS);
        store.writer().broke(new IllegalStateException("in a test"));
        assertThat(store.isWritable()).isFalse();
        store.close(NOW_MS);
        assertThat(disk.exists(DIR.resolve(CleanShutdownMark.COMPLETE))).isFalse();
    }

    @Test
    void aFullQueueRefuses() {
        LogWriter writer = new LogWriter(store, 2);
        assertThat(writer.enqueue(new Append(replica, Append.batch(5, 0, 1, new byte[1]), true)))
                .isTrue();
        assertThat(writer.enqueue(new Append(replica, Append.batch(5, 1, 1, new byte[1]), true)))
                .isTrue();
        assertThat(writer.enqueue(new Append(replica, Append.batch(5, 2, 1, new byte[1]), true)))
                .isFalse();
        writer.runOnce(NOW_MS);
        assertThat(writer.enqueue(new Append(replica, Append.batch(5, 2, 1, new byte[1]), true)))
                .isTrue();
    }
}
