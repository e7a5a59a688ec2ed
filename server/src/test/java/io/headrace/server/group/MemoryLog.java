package io.headrace.server.group;

import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.server.coordinator.PartitionAppender;
import io.headrace.server.coordinator.PartitionReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** The partitions of {@code __consumer_offsets} in memory; appends become durable at once, on the executor's thread. */
final class MemoryLog implements PartitionAppender, PartitionReader {
    private final Executor executor;
    private final Map<Integer, List<ByteBuffer>> batches = new HashMap<>();
    private final Map<Integer, Long> endOffsets = new HashMap<>();

    /** While set, appends fail with it. */
    volatile @Nullable ErrorCode refusal;

    /** While set, reads are not answered. */
    final List<Runnable> heldReads = new ArrayList<>();

    volatile boolean holdReads = false;

    /** If set, the next read fails with it. */
    volatile @Nullable ErrorCode readFailure;

    MemoryLog(Executor executor) {
        this.executor = executor;
    }

    @Override
    public void append(String topic, int partition, Batches appended) {
        executor.execute(() -> {
            ErrorCode error = refusal;
            if (error != null) {
                appended.fail(error);
                return;
            }
            appended.callback().durable(store(partition, appended.batches()));
        });
    }

    private synchronized long store(int partition, List<ByteBuffer> appended) {
        long baseOffset = endOffsets.getOrDefault(partition, 0L);
        long next = baseOffset;
        for (ByteBuffer buffer : appended) {
            RecordBatch batch = RecordBatch.of(buffer);
            batch.setBaseOffset(next);
            next = batch.nextOffset();
            batches.computeIfAbsent(partition, p -> new ArrayList<>()).add(buffer);
        }
        endOffsets.put(partition, next);
        return baseOffset;
    }

    @Override
    public void readAll(String topic, int partition, Sink sink) {
        ErrorCode error = readFailure;
        readFailure = null;
        if (error != null) {
            sink.failed(error);
            return;
        }
        Runnable read = () -> {
            copyOf(partition).forEach(batch -> sink.batches(batch.duplicate()));
            sink.end();
        };
        if (holdReads) {
            synchronized (this) {
                heldReads.add(read);
            }
        } else {
            executor.execute(read);
        }
    }

    synchronized List<ByteBuffer> copyOf(int partition) {
        return List.copyOf(batches.getOrDefault(partition, List.of()));
    }

    synchronized void releaseReads() {
        holdReads = false;
        heldReads.forEach(executor::execute);
        heldReads.clear();
    }
}
