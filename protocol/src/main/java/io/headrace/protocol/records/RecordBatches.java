package io.headrace.protocol.records;

import java.nio.ByteBuffer;

/**
 * Walks consecutive batches of a buffer, from its position to its limit, with one view that moves along.
 *
 * <pre>{@code
 * RecordBatches batches = RecordBatches.of(buffer);
 * while (batches.next()) {
 *     use(batches.batch());
 * }
 * switch (batches.end()) { ... }
 * }</pre>
 *
 * <p>Looks at sizes and the magic byte only; checksums are the caller's. Not thread-safe.
 */
public final class RecordBatches {
    /** Why a walk stopped. */
    public enum End {
        /** There are batches left to visit. */
        NOT_REACHED,
        /** The last batch ends where the bytes end. */
        CLEAN,
        /** The last batch is cut short: a torn write, or a fetch that ended in the middle of a batch. */
        SHORT,
        /** What follows is no batch of a known format: its length is below a header's or its magic is not 2. */
        INVALID
    }

    private final RecordBatch batch;
    private int nextPosition;
    private End end = End.NOT_REACHED;

    private RecordBatches(ByteBuffer buffer) {
        this.batch = RecordBatch.of(buffer);
        this.nextPosition = buffer.position();
    }

    /** A walk over the remaining bytes of {@code buffer}, whose position does not change. */
    public static RecordBatches of(ByteBuffer buffer) {
        return new RecordBatches(buffer);
    }

    /** Moves to the next batch. When there is none, {@link #end} says why. */
    public boolean next() {
        if (end != End.NOT_REACHED) {
            return false;
        }
        batch.moveTo(nextPosition);
        end = look();
        if (end != End.NOT_REACHED) {
            return false;
        }
        nextPosition += batch.sizeBytes();
        return true;
    }

    /** The batch that {@link #next} moved to. The same view every time. */
    public RecordBatch batch() {
        return batch;
    }

    public End end() {
        return end;
    }

    private End look() {
        int available = batch.availableBytes();
        if (available == 0) {
            return End.CLEAN;
        }
        // A broken length must not be mistaken for a batch whose rest has not arrived.
        if (available >= RecordBatch.LENGTH_OVERHEAD_BYTES
                && batch.lengthField() < RecordBatch.HEADER_SIZE_BYTES - RecordBatch.LENGTH_OVERHEAD_BYTES) {
            return End.INVALID;
        }
        if (available > RecordBatch.MAGIC_POSITION && batch.magic() != RecordBatch.MAGIC) {
            return End.INVALID;
        }
        if (available < RecordBatch.HEADER_SIZE_BYTES
                || batch.lengthField() > available - RecordBatch.LENGTH_OVERHEAD_BYTES) {
            return End.SHORT;
        }
        return End.NOT_REACHED;
    }
}
