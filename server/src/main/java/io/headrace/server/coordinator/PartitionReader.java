package io.headrace.server.coordinator;

import io.headrace.protocol.ErrorCode;
import java.nio.ByteBuffer;

/** Reads a partition that this broker leads from beginning to end, for a coordinator to be restored. */
public interface PartitionReader {
    /** Takes the log in. Called from one thread, never two calls at a time. */
    interface Sink {
        /** Whole batches, in the order of the log. The bytes are valid during the call only. */
        void batches(ByteBuffer batches);

        /** The whole log was handed over. Nothing follows. */
        void end();

        /** The log could not be read to its end. Nothing follows. */
        void failed(ErrorCode error);
    }

    /**
     * Reads from the log's start to its end as it is at the time of the call, and calls {@link Sink#end} once the high
     * watermark has got there: what lies between the two at a change of leaders will be committed, too. Must not block: the
     * sink is called on a thread that may read from disks.
     */
    void readAll(String topic, int partition, Sink sink);
}
