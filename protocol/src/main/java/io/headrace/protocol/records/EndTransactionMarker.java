package io.headrace.protocol.records;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The control record that ends a transaction in a partition (KIP-98).
 *
 * <pre>
 * key:   version 2 = 0 | type 2: 0 abort, 1 commit
 * value: version 2 = 0 | coordinator epoch 4
 * </pre>
 *
 * @param committed false for an abort
 * @param coordinatorEpoch epoch of the transaction coordinator that decided, to fence older ones
 */
public record EndTransactionMarker(boolean committed, int coordinatorEpoch) {
    private static final short VERSION = 0;
    private static final short ABORT = 0;
    private static final short COMMIT = 1;
    private static final int KEY_BYTES = 4;
    private static final int VALUE_BYTES = 6;

    /** The batch that carries this marker for a producer's transaction. */
    public ByteBuffer toBatch(long timestampMs, long producerId, short producerEpoch) {
        ByteBuffer key = ByteBuffer.allocate(KEY_BYTES).putShort(VERSION).putShort(committed ? COMMIT : ABORT);
        ByteBuffer value = ByteBuffer.allocate(VALUE_BYTES).putShort(VERSION).putInt(coordinatorEpoch);
        return new RecordBatchBuilder()
                .producer(producerId, producerEpoch, RecordBatch.NO_SEQUENCE)
                .transactional(true)
                .control(true)
                .append(timestampMs, key.flip(), value.flip(), List.of())
                .build();
    }

    /**
     * Reads the marker that a control record carries.
     *
     * @return null for a control record of another type, which readers skip
     * @throws InvalidBatchException if the record is too short to be a control record
     */
    public static @Nullable EndTransactionMarker read(@Nullable ByteBuffer key, @Nullable ByteBuffer value) {
        if (key == null || key.remaining() < KEY_BYTES) {
            throw RecordParser.invalid("Control record without a type");
        }
        short type = key.getShort(key.position() + Short.BYTES);
        if (type != ABORT && type != COMMIT) {
            return null;
        }
        if (value == null || value.remaining() < VALUE_BYTES) {
            throw RecordParser.invalid("End-of-transaction marker without a coordinator epoch");
        }
        return new EndTransactionMarker(type == COMMIT, value.getInt(value.position() + Short.BYTES));
    }
}
