package io.headrace.server.coordinator;

import io.headrace.core.coordinator.StateRecord;
import io.headrace.core.coordinator.Step;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Packs what a step writes into record batches. */
final class StepBatches {
    /**
     * A batch is closed at this size, as {@code max.message.bytes} is about 1 MiB by default. One record may still be
     * larger: the log decides whether it takes it.
     */
    private static final int BATCH_BYTES_MAX = 900 << 10;

    private StepBatches() {}

    /** The records of a step, in one batch unless there are very many. */
    static List<ByteBuffer> of(Step step, long nowMs) {
        List<ByteBuffer> batches = new ArrayList<>(1);
        RecordBatchBuilder batch = newBatch(step);
        for (StateRecord record : step.records()) {
            if (batch.recordCount() > 0 && batch.uncompressedSizeBytes() >= BATCH_BYTES_MAX) {
                batches.add(batch.build());
                batch = newBatch(step);
            }
            batch.append(nowMs, record.key(), record.value());
        }
        batches.add(batch.build());
        return batches;
    }

    private static RecordBatchBuilder newBatch(Step step) {
        RecordBatchBuilder batch = new RecordBatchBuilder();
        return step.producerId() < 0
                ? batch
                : batch.producer(step.producerId(), step.producerEpoch(), RecordBatch.NO_SEQUENCE)
                        .transactional(true);
    }
}
