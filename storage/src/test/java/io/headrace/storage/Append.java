package io.headrace.storage;

import io.headrace.protocol.records.RecordBatchBuilder;
import java.nio.ByteBuffer;

/** An append that remembers what it was told, and what was told when. */
final class Append extends AppendTask {
    final ByteBuffer bytes;
    boolean answered;
    boolean released;
    private final Runnable onAnswer;

    Append(PartitionReplica replica, ByteBuffer batch, boolean awaitsDurability, Runnable onAnswer) {
        super(replica, batch, 0, awaitsDurability);
        this.bytes = batch.duplicate();
        this.onAnswer = onAnswer;
    }

    Append(PartitionReplica replica, ByteBuffer batch, boolean awaitsDurability) {
        this(replica, batch, awaitsDurability, () -> {});
    }

    @Override
    protected void onOutcome() {
        answered = true;
        onAnswer.run();
    }

    @Override
    protected void onReleased() {
        released = true;
    }

    /** A batch of an idempotent producer. */
    static ByteBuffer batch(long producerId, int sequence, int records, byte[] value) {
        RecordBatchBuilder builder = new RecordBatchBuilder().producer(producerId, (short) 0, sequence);
        for (int i = 0; i < records; i++) {
            builder.append(1_000 + i, null, value);
        }
        return builder.build();
    }

    static ByteBuffer copy(ByteBuffer batch) {
        return ByteBuffer.allocate(batch.remaining()).put(batch.duplicate()).flip();
    }
}
