package io.headrace.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TopicConfig;
import io.headrace.protocol.ErrorCode;
import io.headrace.storage.disk.DiskFile;
import io.headrace.storage.disk.OpenMode;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.disk.SimulatedDisk.Operation;
import io.headrace.storage.journal.CorruptJournalException;
import io.headrace.storage.journal.JournalOptions;
import io.headrace.storage.log.ProducerLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a start after a crash reads and when it makes the first checkpoint. */
class RecoveryReadsTest {
    private static final Path DIR = Path.of("/data");
    private static final TopicIdPartition ORDERS = new TopicIdPartition(new UUID(1, 1), "orders", 0);
    private static final TopicConfig CONFIG = TopicConfig.DEFAULT;

    private SimulatedDisk disk = new SimulatedDisk();
    private int logReads;

    private LogStore open(StoreOptions options, long nowMs) throws IOException {
        return LogStore.open(
                disk, DIR, options, id -> new TopicCatalog.Topic("orders", CONFIG), Runnable::run, 3, nowMs);
    }

    private static void append(LogStore store, int count, int valueBytes, long nowMs) {
        for (int i = 0; i < count; i++) {
            Append task =
                    new Append(store.replica(ORDERS, CONFIG), Append.batch(-1, -1, 1, new byte[valueBytes]), true);
            assertThat(store.writer().enqueue(task)).isTrue();
            store.writer().runOnce(nowMs);
            assertThat(task.error()).isEqualTo(ErrorCode.NONE);
        }
    }

    @Test
    void aJournalThatAgreesWithTheSegmentCausesNoReadOfIt() throws IOException {
        disk.createDirectory(DIR);
        LogStore store = open(StoreOptions.defaults(), 0);
        append(store, 300, 100, 0);
        disk = disk.kill();
        disk.failWhen((operation, path, step) -> {
            logReads += operation == Operation.READ && path.toString().endsWith(".log") ? 1 : 0;
            return false;
        });
        store = open(StoreOptions.defaults(), 0);
        // All of it with the first, and where it ends.
        assertThat(logReads).isBetween(1, 3);
        append(store, 1, 100, 0);
        assertThat(store.replica(ORDERS, CONFIG).log().logEndOffset()).isEqualTo(301);
    }

    @Test
    void onlyWhatTheSegmentLacksIsReadOfTheJournal() throws IOException {
        disk.createDirectory(DIR);
        append(open(StoreOptions.defaults(), 0), 10, 100, 0);
        disk = disk.kill();
        // A group to a page; not the last one, which is looked at in any case.
        for (int page = 1; page < 10; page++) {
            disk.flipBit(DIR.resolve("journal/journal-0"), (page * 4096L + 200) * 8);
        }
        LogStore store = open(StoreOptions.defaults(), 0);
        assertThat(store.replica(ORDERS, CONFIG).log().logEndOffset()).isEqualTo(10);

        disk = disk.kill();
        try (DiskFile log = disk.open(DIR.resolve("orders-0/00000000000000000000.log"), OpenMode.READ_WRITE)) {
            log.truncate(log.sizeBytes() / 2);
        }
        assertThatThrownBy(() -> open(StoreOptions.defaults(), 0))
                .isInstanceOf(CorruptJournalException.class)
                .hasMessageContaining("journal-0")
                .hasMessageContaining("offset 5 of partition 0");
    }

    @Test
    void aLogThatTheLastCheckpointHasSyncedIsOpenedWithoutASync() throws IOException {
        disk.createDirectory(DIR);
        for (int valueBytes : new int[] {20, 3_000}) {
            LogStore store = open(StoreOptions.defaults(), 0);
            append(store, 5, valueBytes, 0);
            long checkpointMs = StoreOptions.defaults().checkpointIntervalMs();
            store.tick();
            while (store.writer().runOnce(checkpointMs) > 0) {
                // until the checkpoint is done
            }
            long end = store.replica(ORDERS, CONFIG).log().logEndOffset();
            assertThat(store.checkpointer().recoveryPoint("orders-0")).isEqualTo(end);
            disk = disk.kill();
            store = open(StoreOptions.defaults(), 0);
            long before = disk.steps();
            PartitionReplica replica = store.replica(ORDERS, CONFIG);
            store.open(replica, () -> {});
            store.writer().runOnce(0);
            assertThat(replica.log().logEndOffset()).isEqualTo(end);
            // Its indexes, where it has any, are cut at the recovery point.
            assertThat(disk.steps() - before).isLessThanOrEqualTo(2);
            assertThat(replica.log().isDirty()).isFalse();
        }
    }

    @Test
    void aStartThatFindsTheJournalFullServesFirstAndMakesTheCheckpointLater() throws IOException {
        disk.createDirectory(DIR);
        LogStore store = open(journalWithCheckpointAt(32), 0);
        append(store, 17, 3_000, 0);
        assertThat(store.checkpointer().recoveryPoint("orders-0")).isZero();
        disk = disk.kill();

        store = open(journalWithCheckpointAt(16), 0);
        assertThat(store.journal().checkpointDue()).isTrue();
        append(store, 1, 3_000, 9_999);
        append(store, 1, 3_000, 9_999);
        assertThat(store.checkpointer().recoveryPoint("orders-0")).isZero();
        append(store, 1, 3_000, 10_000);
        append(store, 1, 3_000, 10_000);
        assertThat(store.checkpointer().recoveryPoint("orders-0")).isEqualTo(20);
    }

    private static StoreOptions journalWithCheckpointAt(int pages) {
        long page = 4096;
        JournalOptions journal = new JournalOptions(4 * page, 4 * page, 64 * page, 8192, pages * page);
        return new StoreOptions(journal, 60_000, 100, 100, 1_000, ProducerLimits.DEFAULT);
    }
}
