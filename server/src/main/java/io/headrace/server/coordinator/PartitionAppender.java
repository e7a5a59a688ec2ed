package io.headrace.server.coordinator;

import io.headrace.core.partition.VerificationGuard;
import io.headrace.protocol.ErrorCode;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes what coordinators decide to the log of a partition that this broker leads. */
public interface PartitionAppender {
    /** Learns what became of an append. Called once, from any thread; must not block. */
    interface Callback {
        /**
         * All records are below the high watermark.
         *
         * @param baseOffset the offset of the first of them
         */
        void durable(long baseOffset);

        /** None of the records is in the log or ever will be. */
        void failed(ErrorCode error);
    }

    /**
     * Appends batches in order and at consecutive offsets, all of them or none unless the process dies meanwhile. Base offset
     * and leader epoch are the log's to fill in. Must not block, and may call back before it returns.
     *
     * @param guard if not null, what batches of a transaction were verified under: they are refused with INVALID_TXN_STATE if
     *     they would open the transaction in the partition and the guard does not hold any more
     */
    void append(
            String topic,
            int partition,
            List<ByteBuffer> batches,
            @Nullable VerificationGuard guard,
            Callback callback);
}
