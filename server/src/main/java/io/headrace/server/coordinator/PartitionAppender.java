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
     * Batches that belong together. Base offset and leader epoch are the log's to fill in.
     *
     * @param batches in the order of the log
     * @param guard if not null, what batches of a transaction were verified under: they are refused with INVALID_TXN_STATE if
     *     they would open the transaction in the partition and the guard does not hold any more
     * @param callback told what became of them; of none at all, nobody is told
     */
    record Batches(List<ByteBuffer> batches, @Nullable VerificationGuard guard, Callback callback) {
        /** No batches. */
        public static final Batches NONE = new Batches(List.of(), null, new Callback() {
            @Override
            public void durable(long baseOffset) {
                throw new IllegalStateException("There is nothing to append");
            }

            @Override
            public void failed(ErrorCode error) {
                throw new IllegalStateException("There is nothing to append");
            }
        });

        public boolean isEmpty() {
            return batches.isEmpty();
        }

        /** None of them will be appended. */
        public void fail(ErrorCode error) {
            if (!isEmpty()) {
                callback.failed(error);
            }
        }
    }

    /**
     * Appends batches in order and at consecutive offsets, all of them or none unless the process dies meanwhile. Must not
     * block, and may call back before it returns.
     *
     * @param batches at least one
     */
    void append(String topic, int partition, Batches batches);
}
