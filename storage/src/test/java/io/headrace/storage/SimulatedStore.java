package io.headrace.storage;

import io.headrace.core.TopicIdPartition;
import io.headrace.storage.disk.SimulatedDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;

/** A test's store on a simulated disk: run by the test's own thread, and told the time by it. */
abstract class SimulatedStore {
    static final Path DIR = Path.of("/data");
    static final TopicIdPartition ORDERS = new TopicIdPartition(new UUID(1, 1), "orders", 0);

    SimulatedDisk disk = new SimulatedDisk();
    StoreOptions options = SmallTopics.OPTIONS;
    long nowMs = 1_000_000;

    @SuppressWarnings("NullAway.Init")
    LogStore store;

    /** Whether slow work is done at once; otherwise it waits in {@link #later}. */
    boolean inline = true;

    final Queue<Runnable> later = new ArrayDeque<>();

    /** The topics there are. */
    abstract TopicCatalog catalog();

    @BeforeEach
    final void openInEmptyDirectory() throws IOException {
        disk.createDirectory(DIR);
        disk.syncDirectory(Path.of("/"));
        open();
    }

    /** Begins again, with nothing of what was there. */
    final void openOnEmptyDisk() throws IOException {
        disk = new SimulatedDisk();
        openInEmptyDirectory();
    }

    void open() throws IOException {
        store = LogStore.open(disk, DIR, options, catalog(), this::doSlowly, 3, nowMs);
    }

    private void doSlowly(Runnable task) {
        if (inline) {
            task.run();
        } else {
            later.add(task);
        }
    }

    /** Has the writer do all there is to do. */
    final void run() {
        while (store.writer().runOnce(nowMs) > 0) {
            // until nothing follows from what was done
        }
    }

    /** Has everything appended so far synced in its own files. */
    final void checkpoint() {
        nowMs += options.checkpointIntervalMs();
        store.tick();
        run();
    }

    /** A partition of a topic of {@link SmallTopics}, opened to be read if it can be. */
    final PartitionReplica opened(TopicIdPartition id) {
        PartitionReplica replica = store.replica(id, SmallTopics.topic(true));
        store.open(replica, () -> {});
        run();
        return replica;
    }
}
