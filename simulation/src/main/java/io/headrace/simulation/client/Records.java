package io.headrace.simulation.client;

import io.headrace.protocol.records.Compression;
import io.headrace.protocol.records.DecompressionLimit;
import io.headrace.protocol.records.Record;
import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import io.headrace.protocol.records.RecordBatches;
import io.headrace.protocol.records.RecordHeader;
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

    /** So few that most records are superseded soon. */
    private static final int KEYS = 12;

    private Records() {}

    /** A batch; without a sequence if {@code firstSequence} is negative. The same values make the same batch. */
    static ByteBuffer batch(
            Partition partition,
            List<Long> values,
            long producerId,
            short epoch,
            int firstSequence,
            boolean transactional) {
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
            if (partition.isKeyed()) {
                appendKeyed(builder, value, bytes);
            } else {
                builder.append(1_750_000_000_000L + value, null, bytes);
            }
        }
        return builder.build();
    }

    /** The key that a number in a topic with keys has. */
    static int keyOf(long number) {
        return (int) (mix(number) >>> 8) % KEYS;
    }

    /** Whether a number in a topic with keys deletes its key. */
    static boolean isTombstone(long number) {
        return mix(number) % 7 == 0;
    }

    private static long mix(long number) {
        return (number * 0x9E3779B97F4A7C15L) >>> 33;
    }

    /** A record that says what its key's value is, or that it has none any more. */
    private static void appendKeyed(RecordBatchBuilder builder, long number, byte[] value) {
        byte[] id = ByteBuffer.allocate(Long.BYTES).putLong(number).array();
        builder.append(
                1_750_000_000_000L + number,
                ByteBuffer.allocate(Integer.BYTES).putInt(0, keyOf(number)),
                isTombstone(number) ? null : ByteBuffer.wrap(value),
                List.of(RecordHeader.of("id", id)));
    }

    private static long numberOf(World world, Partition partition, Record record) {
        ByteBuffer value = record.value();
        if (!partition.isKeyed()) {
            return value == null ? 0 : value.getLong(value.position());
        }
        ByteBuffer key = record.key();
        ByteBuffer id = record.headers().get(0).value();
        long number = id == null ? 0 : id.getLong(id.position());
        boolean sameValue = value == null ? isTombstone(number) : value.getLong(value.position()) == number;
        if (key == null || key.getInt(key.position()) != keyOf(number) || !sameValue) {
            world.trace.violation("B15: " + partition.key() + " has at offset " + record.offset() + " a record of "
                    + number + " that is not as it was sent");
        }
        return number;
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
                        sink.accept(new Polled(partition, record.offset(), numberOf(world, partition, record)));
                    }
                }
            }
            next = Math.max(next, batch.nextOffset());
        }
        return next;
    }
}
