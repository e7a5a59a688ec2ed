package io.headrace.server.coordinator;

import io.headrace.protocol.ErrorCode;
import java.nio.ByteBuffer;
import java.util.List;

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
     * Appends batches in order and at consecutive offsets, all of them or none. Base offset and leader epoch are the
     * log's to fill in. Must not block, and may call back before it returns.
     */
    void append(String topic, int partition, List<ByteBuffer> batches, Callback callback);
}
