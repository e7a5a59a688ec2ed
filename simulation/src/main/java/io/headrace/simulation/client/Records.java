package io.headrace.simulation.client;

import io.headrace.protocol.records.Compression;
import io.headrace.protocol.records.DecompressionLimit;
import io.headrace.protocol.records.Record;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.protocol.records.RecordBatches;
import io.headrace.protocol.wire.BufferPayload;
import io.headrace.protocol.wire.Payload;
import io.headrace.simulation.client.FetchLoop.Polled;
import io.headrace.simulation.client.Topics.Partition;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Values as records and back. A record's value holds the number and some padding. */
final class Records {
    private static final int PADDING_BYTES_MAX = 200;

    private Records() {}

    /** A batch; without a sequence if {@code firstSequence} is negative. The same values make the same batch. */
    static ByteBuffer batch(List<Long> values, long producerId, short epoch, int firstSequence, boolean transactional) {
        RecordBatchBuilder builder = new RecordBatchBuilder();
        if (firstSequence >= 0) {
            builder.producer(producerId, epoch, firstSequence).transactional(transactional);
        }
        SplittableRandom shape = new SplittableRandom(values.get(0));
        if (shape.nextInt(10) == 0) {
            builder.compression(Compression.LZ4);
        }
        for (long value : values) {
            byte[] bytes = ByteBuffer.allocate(Long.BYTES + shape.nextInt(PADDING_BYTES_MAX))
                    .putLong(value)
                    .array();
            builder.append(1_750_000_000_000L + value, null, bytes);
        }
        return builder.build();
    }

    /**
     * Takes apart what a fetch gave.
     *
     * @param fromOffset records before it are passed over, as a batch may begin before the offset that was asked for
     * @return the offset to go on from; -1 if the bytes are damaged
     */
    static long read(
            World world,
            Partition partition,
            @Nullable Payload payload,
            long fromOffset,
            AbortedRanges aborted,
            Consumer<Polled> sink) {
        long next = fromOffset;
        if (!(payload instanceof BufferPayload bytes) || bytes.sizeBytes() == 0) {
            return next;
        }
        RecordBatches walk = RecordBatches.of(bytes.buffer().duplicate());
        while (walk.next()) {
            RecordBatch batch = walk.batch();
            if (!batch.hasValidCrc()) {
                world.trace.violation("B4: a damaged batch of " + partition.key() + " was served: " + batch);
                return -1;
            }
            if (!aborted.hides(batch) && !batch.isControl()) {
                for (Record record : batch.readRecords(DecompressionLimit.NONE)) {
                    if (record.offset() >= fromOffset) {
                        ByteBuffer value = record.value();
                        Long number = value == null ? null : Long.valueOf(value.getLong(value.position()));
                        sink.accept(new Polled(partition, record.offset(), record.key(), number));
                    }
                }
            }
            next = Math.max(next, batch.nextOffset());
        }
        return next;
    }
}
