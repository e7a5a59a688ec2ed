package io.headrace.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.TopicIdPartition;
import io.headrace.core.config.TopicConfig;
import io.headrace.protocol.ErrorCode;
import io.headrace.storage.disk.SimulatedDisk;
import io.headrace.storage.disk.SimulatedDisk.Operation;
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
}
