package io.headrace.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TopicConfig;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.storage.PartitionReplica.Status;
import io.headrace.storage.disk.SimulatedDisk.Operation;
import io.headrace.storage.log.LogView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class IdlePartitionsTest extends SimulatedStore {
    private static final byte[] VALUE = new byte[300];

    private TopicConfig config = SmallTopics.topic(true);

    @SuppressWarnings("NullAway.Init")
    private PartitionReplica replica;

    @Override
    TopicCatalog catalog() {
        return id -> new TopicCatalog.Topic("orders", config);
    }

    @Override
    void open() throws IOException {
        super.open();
        replica = store.replica(ORDERS, config);
    }

    private Append append(int sequence) {
        return append(Append.batch(7, sequence, 1, VALUE));
    }

    private Append append(ByteBuffer batch) {
        Append task = new Append(replica, batch, true);
        store.writer().enqueue(task);
        run();
        assertThat(task.error()).isEqualTo(ErrorCode.NONE);
        return task;
    }

    private void pass(long ms) {
        long until = nowMs + ms;
        while (nowMs < until) {
            nowMs = Math.min(until, nowMs + 10_000);
            store.tick();
            run();
        }
    }

    private LogView reopened() {
        store.open(replica, () -> {});
        run();
        assertThat(replica.problem()).isNull();
        return requireNonNull(replica.view());
    }

    @Test
    void readingAPartitionThatWasNeverWrittenToMakesNoFiles() throws IOException {
        boolean[] done = {false};
        store.open(replica, () -> done[0] = true);
        run();
        assertThat(done[0]).isTrue();
        LogView empty = requireNonNull(replica.view());
        assertThat(empty.logStartOffset()).isZero();
        assertThat(empty.highWatermark()).isZero();
        assertThat(empty.lastStableOffset()).isZero();
        assertThat(empty.sizeBytes()).isZero();
        assertThat(empty.sealedSegments()).isEmpty();
        assertThat(empty.offsetForTimestamp(0, Long.MAX_VALUE)).isNull();
        assertThat(empty.maxTimestampOffset()).isNull();
        assertThat(empty.abortedTransactions(0, 10)).isEmpty();
        assertThat(empty.read(0, 1_000, true, Long.MAX_VALUE).records()).isNull();
        assertThat(empty.readVerified(0, 1_000, true, Long.MAX_VALUE).records()).isNull();
        assertThat(store.hasFiles(ORDERS)).isFalse();

        append(0);
        assertThat(requireNonNull(replica.view()).highWatermark()).isEqualTo(1);
        assertThat(store.hasFiles(ORDERS)).isTrue();
    }

    @Test
    void aPartitionThatNobodyUsesIsClosedAndOpensAgainAsItWas() throws IOException {
        for (int i = 0; i < 20; i++) {
            append(i);
        }
        pass(IdlePartitions.IDLE_MS / 2);
        assertThat(replica.status()).isEqualTo(Status.OPEN);
        pass(IdlePartitions.IDLE_MS * 2);
        assertThat(replica.status()).isEqualTo(Status.UNOPENED);
        assertThat(replica.view()).isNull();
        int[] writes = {0};
        disk.failWhen((operation, path, step) -> {
            writes[0] += operation == Operation.WRITE || operation == Operation.SYNC ? 1 : 0;
            return false;
        });
        LogView view = reopened();
        assertThat(writes[0]).as("reopening recovers nothing").isZero();
        assertThat(view.logEndOffset()).isEqualTo(20);
        assertThat(view.highWatermark()).isEqualTo(20);
        assertThat(append(19).baseOffset()).as("a duplicate is known").isEqualTo(19);
        assertThat(append(20).baseOffset()).isEqualTo(20);
    }

    @Test
    void aClockThatIsSetBackKeepsNothingOpenForLonger() {
        append(0);
        pass(20_000);
        nowMs -= 900_000;
        pass(IdlePartitions.IDLE_MS * 2);
        assertThat(replica.status()).isEqualTo(Status.UNOPENED);
    }

    @Test
    void aClosedPartitionSurvivesAPowerCut() throws IOException {
        for (int i = 0; i < 20; i++) {
            append(i);
        }
        pass(IdlePartitions.IDLE_MS * 3);
        assertThat(replica.status()).isEqualTo(Status.UNOPENED);
        for (int seed = 1; seed <= 10; seed++) {
            disk = disk.crash(new Random(seed));
            open();
            assertThat(reopened().logEndOffset()).isEqualTo(20);
            assertThat(append(19).baseOffset()).isEqualTo(19);
        }
    }

    @Test
    void aReaderOrAWriterNowAndThenKeepsItOpen() {
        append(0);
        for (int i = 1; i < 8; i++) {
            pass(IdlePartitions.IDLE_MS / 2);
            if (i % 2 == 0) {
                append(i / 2);
            } else {
                assertThat(replica.view()).isNotNull();
            }
        }
        assertThat(replica.status()).isEqualTo(Status.OPEN);
    }

    @Test
    void whoWaitsForRecordsKeepsItOpen() {
        append(0);
        PartitionReplica.Waiter waiter = () -> {};
        replica.addWaiter(waiter);
        pass(IdlePartitions.IDLE_MS * 3);
        assertThat(replica.status()).isEqualTo(Status.OPEN);
        replica.removeWaiter(waiter);
        pass(IdlePartitions.IDLE_MS * 3);
        assertThat(replica.status()).isEqualTo(Status.UNOPENED);
    }

    @Test
    void whatIsNotInItsFilesYetKeepsItOpen() {
        append(0);
        inline = false;
        pass(IdlePartitions.IDLE_MS * 3);
        assertThat(later).as("a checkpoint that does not end").isNotEmpty();
        assertThat(replica.status()).isEqualTo(Status.OPEN);
        inline = true;
        later.forEach(Runnable::run);
        run();
        pass(IdlePartitions.IDLE_MS * 3);
        assertThat(replica.status()).isEqualTo(Status.UNOPENED);
    }

    @Test
    void anOpenTransactionKeepsItOpen() {
        append(new RecordBatchBuilder()
                .producer(9, (short) 0, 0)
                .transactional(true)
                .append(1_000, null, VALUE)
                .build());
        pass(IdlePartitions.IDLE_MS * 3);
        assertThat(replica.status()).isEqualTo(Status.OPEN);
    }

    @Test
    void aCompactedLogStaysOpen() {
        config = TopicConfig.of(Map.of("cleanup.policy", "compact"));
        replica = store.replica(new TopicIdPartition(new UUID(1, 2), "orders", 1), config);
        append(0);
        pass(IdlePartitions.IDLE_MS * 3);
        assertThat(replica.status()).isEqualTo(Status.OPEN);
    }
}
